//! Message to issue: by a command and by the message action.

mod action;
mod command;
