//! Each guard is one: without it, a world goes wrong that goes well with it.

use stateright::{Checker, HasDiscoveries, Model};
use threadline_model::guard::Guard;
use threadline_model::model::COMES_TO_REST;
use threadline_model::setting::Setting;

/// What goes wrong without this guard, in the world that shows it.
fn goes_wrong_without(guard: Guard) -> Option<&'static str> {
    let world = Setting::short().into_iter().find(|world| world.name == guard.needed_in());
    let checker = world
        .unwrap_or_else(|| panic!("{guard:?}: there is no world \"{}\"", guard.needed_in()))
        .without(guard)
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_dfs()
        .join();
    checker.discoveries().into_keys().find(|property| *property != COMES_TO_REST)
}

#[test]
fn without_any_one_guard_something_goes_wrong() {
    let mut missed = Vec::new();
    for guard in Guard::ALL {
        match goes_wrong_without(guard) {
            Some(property) => {
                println!("without {guard:?}: \"{property}\" fails in \"{}\"", guard.needed_in())
            }
            None => missed.push(guard),
        }
    }
    assert!(missed.is_empty(), "nothing goes wrong without {missed:?}");
}
