//! The guards of the protocol. Each can be taken away, to see that it is one.

/// A guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guard {
    /// The intent is stored before the call.
    IntentBeforeCall,
    /// Where an intent is found, its effect is looked for before the call.
    LookBeforeCall,
    /// Before a call that follows a look the intent says what is written now.
    RenewIntent,
    /// The pair is recorded in the commit that ends the event.
    PairWithEnd,
    /// What has a pair is known.
    EchoByPair,
    /// A comment that bears our mark is our own.
    EchoByMark,
    /// Who has lost the lane records nothing.
    Fence,
    /// A lane is leased to one worker at a time.
    Lease,
    /// Who may have lost the lane does not call a platform.
    HoldForCall,
    /// Events are worked on in the order of their arrival.
    LaneOrder,
    /// Who leaves a lane looks for what has arrived meanwhile.
    LookBeforeLeaving,
    /// The same delivery is stored once.
    DedupAtTheDoor,
    /// A deletion is written down before it is made.
    GoingBeforeDeletion,
    /// What an earlier try began and nobody wants any more is looked for.
    Adoption,
    /// A message that was deleted before it was relayed is remembered.
    NeverRelayed,
    /// What was found may be old: changes since it was written are still to be carried over.
    FoundIsOld,
    /// An edit is read back: somebody else may have been faster.
    ReadBack,
    /// Only what has another stamp than the remembered one is a change.
    Stamps,
    /// An event that leaves the lane before its end looks first for what an earlier try has written.
    LookBeforeLeavingLane,
    /// An intent knows whose message it wants, whether they are logged in or not.
    WriterInIntent,
}

impl Guard {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::IntentBeforeCall,
        Self::LookBeforeCall,
        Self::RenewIntent,
        Self::PairWithEnd,
        Self::EchoByPair,
        Self::EchoByMark,
        Self::Fence,
        Self::Lease,
        Self::HoldForCall,
        Self::LaneOrder,
        Self::LookBeforeLeaving,
        Self::DedupAtTheDoor,
        Self::GoingBeforeDeletion,
        Self::Adoption,
        Self::NeverRelayed,
        Self::FoundIsOld,
        Self::ReadBack,
        Self::Stamps,
        Self::LookBeforeLeavingLane,
        Self::WriterInIntent,
    ];

    /// A world that goes wrong without it.
    pub fn needed_in(self) -> &'static str {
        match self {
            Self::IntentBeforeCall
            | Self::LookBeforeCall
            | Self::RenewIntent
            | Self::PairWithEnd
            | Self::EchoByPair
            | Self::LaneOrder
            | Self::LookBeforeLeaving
            | Self::Adoption
            | Self::Stamps => "a comment, two crashes",
            Self::NeverRelayed | Self::FoundIsOld => "a message, two crashes",
            Self::Fence | Self::Lease | Self::HoldForCall => "a comment, a standstill and a crash",
            Self::EchoByMark => "a message is given up",
            Self::DedupAtTheDoor => "edits are refused",
            Self::GoingBeforeDeletion => "a comment, restricted and opened",
            Self::LookBeforeLeavingLane => "the author's login is lost, and the comment waits",
            Self::WriterInIntent => "the author's login is lost, and the bot writes",
            Self::ReadBack => "a comment, edited and deleted by both",
        }
    }
}
