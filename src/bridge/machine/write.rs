//! One write to a platform, decided without clock, database or network:
//! `(state, observation) → (state, action)`.
//!
//! The intent is stored before the call. Where an intent is found that an earlier try has
//! stored, the effect may be there: it is looked for, and the call is made only if it isn't, after
//! the intent says what this try writes.
//! The pair is recorded in the same commit that ends the event.

/// Where a write stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Nothing is stored yet.
    Asked,
    /// The intent is being stored.
    Storing,
    /// The effect of an earlier try is being looked for.
    Looking,
    /// The intent is being renewed: what is written may not be what an earlier try wanted.
    Renewing,
    /// The platform is being called.
    Calling,
    /// Over.
    Ended,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Observation<Id, Failure> {
    /// The write is wanted.
    Wanted,
    /// The intent is durable. `first`: nobody has stored it before.
    Stored {
        /// Whether nobody has stored it before.
        first: bool,
        /// What an earlier try is known to have written.
        outcome: Option<Id>,
    },
    /// The look found the effect, or did not.
    Looked(Option<Id>),
    /// The intent says what is about to be written now.
    Renewed,
    /// The platform made the thing.
    Wrote(Id),
    /// The look or the call failed.
    Failed(Failure),
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action<Id, Failure> {
    /// Store the intent.
    StoreIntent,
    /// Look for the effect of an earlier try.
    Look,
    /// Let the intent say what is about to be written now: by that it is looked for next time.
    RenewIntent,
    /// Call the platform.
    Call,
    /// Record what was written and end.
    Record(Id),
    /// Leave the intent where it is and decide about the failure.
    GiveBack(Failure),
    /// The observation does not belong here: a defect.
    Nothing,
}

/// The decision.
pub fn next<Id, Failure>(
    state: State,
    observation: Observation<Id, Failure>,
) -> (State, Action<Id, Failure>) {
    match (state, observation) {
        (State::Asked, Observation::Wanted) => (State::Storing, Action::StoreIntent),
        (State::Storing, Observation::Stored { outcome: Some(id), .. })
        | (State::Looking, Observation::Looked(Some(id)))
        | (State::Calling, Observation::Wrote(id)) => (State::Ended, Action::Record(id)),
        (State::Storing, Observation::Stored { first: true, outcome: None })
        | (State::Renewing, Observation::Renewed) => (State::Calling, Action::Call),
        (State::Looking, Observation::Looked(None)) => (State::Renewing, Action::RenewIntent),
        (State::Storing, Observation::Stored { first: false, outcome: None }) => {
            (State::Looking, Action::Look)
        }
        (State::Looking | State::Calling, Observation::Failed(failure)) => {
            (State::Ended, Action::GiveBack(failure))
        }
        _ => (State::Ended, Action::Nothing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Seen = Observation<u8, &'static str>;

    /// Plays observations and answers with the actions.
    fn play(observations: impl IntoIterator<Item = Seen>) -> Vec<Action<u8, &'static str>> {
        let mut state = State::Asked;
        observations
            .into_iter()
            .map(|observation| {
                let (after, action) = next(state, observation);
                state = after;
                action
            })
            .collect()
    }

    #[test]
    fn a_first_try_calls_without_looking() {
        let actions = play([
            Observation::Wanted,
            Observation::Stored { first: true, outcome: None },
            Observation::Wrote(7),
        ]);
        assert_eq!(actions, [Action::StoreIntent, Action::Call, Action::Record(7)]);
    }

    #[test]
    fn a_second_try_looks_before_it_calls() {
        let found = play([
            Observation::Wanted,
            Observation::Stored { first: false, outcome: None },
            Observation::Looked(Some(7)),
        ]);
        assert_eq!(found, [Action::StoreIntent, Action::Look, Action::Record(7)]);
        let missing = play([
            Observation::Wanted,
            Observation::Stored { first: false, outcome: None },
            Observation::Looked(None),
            Observation::Renewed,
            Observation::Wrote(8),
        ]);
        assert_eq!(
            missing,
            [Action::StoreIntent, Action::Look, Action::RenewIntent, Action::Call, Action::Record(8)]
        );
    }

    #[test]
    fn a_known_outcome_is_never_written_again() {
        let actions = play([Observation::Wanted, Observation::Stored { first: false, outcome: Some(7) }]);
        assert_eq!(actions, [Action::StoreIntent, Action::Record(7)]);
    }

    #[test]
    fn a_failed_look_never_leads_to_a_call() {
        let actions = play([
            Observation::Wanted,
            Observation::Stored { first: false, outcome: None },
            Observation::Failed("throttled"),
        ]);
        assert_eq!(actions, [Action::StoreIntent, Action::Look, Action::GiveBack("throttled")]);
    }

    #[test]
    fn nothing_is_called_before_the_intent_is_stored() {
        for observation in [Observation::Looked(None), Observation::Wrote(1), Observation::Failed("x")] {
            assert_eq!(next(State::Asked, observation).1, Action::Nothing);
        }
    }
}
