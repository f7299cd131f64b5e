//! What is left out of the exploring changes no verdict: small worlds with and without it come to
//! rest in the same ways, and every guard is missed in both.

use std::collections::{BTreeSet, HashSet};

use stateright::{Expectation, Model};
use threadline_model::setting::Deed::{self, Delete, Edit, Open, Restrict, Undelete, Write};
use threadline_model::setting::Setting;
use threadline_model::setting::Side::{Chat, Issue};
use threadline_model::world::World;

/// How far everybody is, and what a thing says in Jira and in the chat.
type Rest = (Vec<u8>, Vec<(Option<u8>, Option<u8>)>);

/// What exploring came to.
struct Came {
    states: usize,
    rests: BTreeSet<Rest>,
    failed: BTreeSet<&'static str>,
}

fn rest(setting: &Setting, world: &World) -> Rest {
    let says = |thing: u8| {
        // What is over and right may have been forgotten.
        let over = !(0..setting.scripts.len())
            .any(|who| world.to_come_of(setting, who).any(|deed| deed.about() == thing));
        let alike = world.is_alike_in(setting, thing) && world.stays_away(setting, thing);
        if over && alike { (None, None) } else { world.both(thing) }
    };
    (world.scripts.clone(), (0..u8::try_from(setting.things()).unwrap()).map(says).collect())
}

fn explore(setting: &Setting) -> Came {
    let mut seen: HashSet<World> = setting.init_states().into_iter().collect();
    let mut open: Vec<World> = seen.iter().cloned().collect();
    let (mut rests, mut failed, mut actions) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    while let Some(world) = open.pop() {
        for property in setting.properties() {
            if property.expectation == Expectation::Always && !(property.condition)(setting, &world) {
                failed.insert(property.name);
            }
        }
        if world.is_at_rest() {
            rests.insert(rest(setting, &world));
        }
        actions.clear();
        setting.actions(&world, &mut actions);
        for next in actions.drain(..).filter_map(|next| setting.next_state(&world, next)) {
            if seen.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    Came { states: seen.len(), rests, failed }
}

/// Worlds that can be explored step by step, too: each kind of deed and of fault is in some.
fn worlds() -> Vec<Setting> {
    let world = |name, scripts: Vec<Vec<Deed>>, (crashes, stalls, unknown, duplicates, asides)| Setting {
        crashes,
        stalls,
        unknown,
        duplicates,
        asides,
        ..Setting::calm(name, scripts)
    };
    let comment = || vec![Write(Issue, 0), Edit(Issue, 0), Delete(Issue, 0)];
    let message = || vec![Write(Chat, 0), Edit(Chat, 0), Delete(Chat, 0)];
    vec![
        world("a comment and a crash", vec![comment()], (1, 0, 0, 0, 0)),
        world("a message and a crash", vec![message()], (1, 0, 0, 0, 0)),
        world("a comment and a standstill", vec![comment()], (0, 1, 0, 0, 0)),
        world("a message and a standstill", vec![message()], (0, 1, 0, 0, 0)),
        world("a comment and an unknown outcome", vec![comment()], (0, 0, 1, 1, 0)),
        world("a message and an unknown outcome", vec![message()], (0, 0, 1, 1, 0)),
        world("a comment and a lost login", vec![vec![Write(Issue, 0), Edit(Issue, 0)]], (0, 0, 1, 0, 1)),
        world(
            "both change a comment",
            vec![vec![Write(Issue, 0), Edit(Issue, 0)], vec![Edit(Chat, 0)]],
            (0, 0, 0, 0, 0),
        ),
        world(
            "a message comes back",
            vec![vec![Write(Chat, 0), Delete(Chat, 0), Undelete(0)]],
            (1, 0, 0, 0, 0),
        ),
        world("a comment is opened", vec![vec![Write(Issue, 0), Restrict(0), Open(0)]], (1, 0, 0, 0, 0)),
        world(
            "a comment and a message",
            vec![vec![Write(Issue, 0), Delete(Issue, 0)], vec![Write(Chat, 1)]],
            (0, 0, 0, 0, 0),
        ),
        world(
            "a message and a comment, a crash",
            vec![vec![Write(Issue, 0)], vec![Write(Chat, 1)]],
            (1, 0, 0, 1, 0),
        ),
    ]
}

#[test]
fn small_worlds_come_to_rest_in_the_same_ways() {
    for world in worlds() {
        let (few, all) = (explore(&world), explore(&world.unreduced()));
        println!("{}: {} states of {}", world.name, few.states, all.states);
        assert_eq!(few.rests, all.rests, "{}", world.name);
        assert_eq!(few.failed, all.failed, "{}", world.name);
        assert!(few.failed.is_empty() && few.states <= all.states, "{}", world.name);
    }
}
