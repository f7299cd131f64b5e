//! The front door: what is refused, what is taken, and that it is stored before it is answered.

mod activities;
mod durable;
mod refusals;
mod unstored;
mod webhooks;
