//! Named places at which a crash must do no harm. The kill test lets the service die at each of
//! them; a release build does not have them.

/// A place between two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// An arrival is stored, and not acknowledged yet.
    ArrivalStored,
    /// An event is about to be worked on.
    EventTaken,
    /// An intent is stored, and nothing was called yet.
    IntentStored,
    /// An earlier try's effect was looked for.
    Looked,
    /// A platform has answered, and nothing is recorded yet.
    Called,
    /// A deletion is written down, and not made yet.
    GoingStored,
    /// It is decided how an event ends, and not stored yet.
    Decided,
    /// An event's end is stored.
    Settled,
    /// New tokens have come, and are not stored yet.
    TokensCame,
}

impl Point {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::ArrivalStored,
        Self::EventTaken,
        Self::IntentStored,
        Self::Looked,
        Self::Called,
        Self::GoingStored,
        Self::Decided,
        Self::Settled,
        Self::TokensCame,
    ];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::ArrivalStored => "arrival-stored",
            Self::EventTaken => "event-taken",
            Self::IntentStored => "intent-stored",
            Self::Looked => "looked",
            Self::Called => "called",
            Self::GoingStored => "going-stored",
            Self::Decided => "decided",
            Self::Settled => "settled",
            Self::TokensCame => "tokens-came",
        }
    }
}

/// The process has come to this point. It dies here at once, with nothing tidied up, if
/// `THREADLINE_DIE_AT` says `<point>:<n>` and this is the nth time.
#[cfg(debug_assertions)]
pub fn reach(point: Point) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    static DEATH: OnceLock<Option<(String, AtomicU32)>> = OnceLock::new();
    let death = DEATH.get_or_init(|| {
        let wish = std::env::var("THREADLINE_DIE_AT").ok()?;
        let (word, times) = wish.split_once(':')?;
        Some((word.to_owned(), AtomicU32::new(times.parse().ok()?)))
    });
    let Some((word, left)) = death else { return };
    if word == point.word() && left.fetch_sub(1, Ordering::SeqCst) == 1 {
        std::process::abort();
    }
}

/// The process has come to this point.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn reach(_: Point) {}
