//! Any interleaving of what people do on both sides, of events that come late, twice and in the
//! wrong order, and of crashes in the middle of a change, ends with both sides alike.

mod world;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use self::world::{Deed, Next, World};
use super::Step;

fn next() -> impl Strategy<Value = Next> {
    let deed = prop_oneof![
        3 => Just(Deed::EditComment),
        1 => Just(Deed::RestrictComment),
        2 => Just(Deed::OpenComment),
        1 => Just(Deed::DeleteComment),
        3 => Just(Deed::EditMessage),
        2 => Just(Deed::DeleteMessage),
        2 => Just(Deed::UndeleteMessage),
    ];
    prop_oneof![
        3 => deed.prop_map(Next::People),
        4 => (any::<prop::sample::Index>(), prop::bool::weighted(0.2))
            .prop_map(|(which, again)| Next::Arrives { which: which.index(8), again }),
        6 => Just(Next::Works),
        1 => Just(Next::Dies),
    ]
}

fn story() -> impl Strategy<Value = (bool, Vec<Next>)> {
    (any::<bool>(), prop::collection::vec(next(), 0..40))
}

fn ends_alike(without: Option<Step>, in_jira: bool, story: Vec<Next>) -> Result<(), TestCaseError> {
    let mut world = World::new(in_jira);
    world.without = without;
    for next in story {
        world.happens(next);
    }
    prop_assert!(world.settle() < 1_000, "it goes on for ever");
    world.check()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn both_sides_end_alike((in_jira, story) in story()) {
        ends_alike(None, in_jira, story)?;
    }
}

#[test]
fn no_step_can_be_left_out() {
    let steps = [
        Step::WriteMessage,
        Step::RemoveMessage,
        Step::RestoreMessage,
        Step::WriteComment,
        Step::RemoveComment,
        Step::RestoreComment,
        Step::LookAtComment,
        Step::LookForComment,
    ];
    for step in steps {
        let config = ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() };
        let found =
            TestRunner::new(config).run(&story(), |(in_jira, story)| ends_alike(Some(step), in_jira, story));
        assert!(found.is_err(), "without {step:?} both sides end alike too");
    }
}
