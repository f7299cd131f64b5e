//! Each guard is one: without it, a world goes wrong that goes well with it.

use stateright::{Checker, HasDiscoveries, Model};
use threadline_model::guard::Guard;
use threadline_model::model::COMES_TO_REST;
use threadline_model::setting::Setting;

/// What goes wrong without this guard, in the world that shows it.
fn goes_wrong_without(guard: Guard, reduced: bool) -> Option<&'static str> {
    let world = Setting::short().into_iter().find(|world| world.name == guard.needed_in());
    let world = world.unwrap_or_else(|| panic!("{guard:?}: there is no world \"{}\"", guard.needed_in()));
    let checker = Setting { reduced, ..world.without(guard) }
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_dfs()
        .join();
    checker.discoveries().into_keys().find(|property| *property != COMES_TO_REST)
}

/// Both with every step by itself, and as the worlds are explored ordinarily.
#[test]
fn without_any_one_guard_something_goes_wrong() {
    let mut missed = Vec::new();
    for (guard, reduced) in Guard::ALL.into_iter().flat_map(|guard| [(guard, false), (guard, true)]) {
        match goes_wrong_without(guard, reduced) {
            Some(property) if reduced => {
                println!("without {guard:?}: \"{property}\" fails in \"{}\"", guard.needed_in());
            }
            Some(_) => {}
            None => missed.push((guard, reduced)),
        }
    }
    assert!(missed.is_empty(), "nothing goes wrong without {missed:?} (with fewer states: true)");
}
