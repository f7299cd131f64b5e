//! How people's pages show a person: name, initials and a colour of their own.

use crate::people::Identity;

/// A person on a page.
#[derive(Debug, Clone)]
pub(super) struct Face {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) initials: String,
    /// Hue of the avatar, in degrees.
    pub(super) hue: u32,
    /// Whether the person is preselected.
    pub(super) chosen: bool,
}

impl Face {
    pub(super) fn named(name: &str) -> Self {
        let initials: String =
            name.split_whitespace().take(2).filter_map(|word| word.chars().next()).collect();
        let hue =
            name.bytes().fold(7_u32, |hue, byte| hue.wrapping_mul(31).wrapping_add(u32::from(byte))) % 360;
        Self {
            id: String::new(),
            name: name.to_owned(),
            initials: initials.to_uppercase(),
            hue,
            chosen: false,
        }
    }

    /// A person to choose, by account id or object id.
    pub(super) fn choice(person: &Identity, id: &str, chosen: bool) -> Self {
        Self { id: id.to_owned(), chosen, ..Self::named(&person.name) }
    }
}
