//! The API and the panel: what a person sees is what their own logins can see.

mod chats;
mod description;
mod events;
mod links;
mod standing;
