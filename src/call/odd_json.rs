//! Odd JSON for property tests: objects whose names are right and whose values are anything.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use serde_json::{Map, Value};

/// Objects with some of these names at every depth.
pub(crate) fn object_with(names: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        select(names).prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 64, 6, move |inner| {
        prop_oneof![vec(inner.clone(), 0..4).prop_map(Value::from), object(names, inner)]
    });
    object(names, value)
}

fn object(
    names: &'static [&'static str],
    value: impl Strategy<Value = Value>,
) -> impl Strategy<Value = Value> {
    vec((select(names), value), 0..6).prop_map(|fields| {
        Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
    })
}
