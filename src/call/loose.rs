//! Lenient reading of foreign JSON: a field of another type than documented counts as absent,
//! so that one odd field never hides the rest of an event.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The most members that are read of one list: no platform sends nearly as many, and what is
/// read here need not be proven yet.
const MOST: usize = 1_000;

/// A text, or a number written as one: platforms send ids as either.
///
/// # Errors
/// Only if the JSON itself is broken.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Sort::<Text>::NEW.deserialize(deserializer)?.0)
}

/// A whole number, or a text that is one.
///
/// # Errors
/// Only if the JSON itself is broken.
pub fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(text(deserializer)?.and_then(|text| text.parse().ok()))
}

/// An object; its own fields should be loose too.
///
/// # Errors
/// If the object can't be read as `T`.
pub fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(Sort::<Object<T>>::NEW.deserialize(deserializer)?.0)
}

/// A list of objects, the first thousand of them; members that are none are left out.
///
/// # Errors
/// If an object can't be read as `T`.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Sort::<List<Object<T>>>::NEW.deserialize(deserializer)?.0)
}

/// A list of texts, the first thousand of them; numbers count as texts, other members are left out.
///
/// # Errors
/// Only if the JSON itself is broken.
pub fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Sort::<List<Text>>::NEW.deserialize(deserializer)?.0)
}

/// A whole body that is one JSON object; nothing for anything else, an array among them.
pub fn body<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Option<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let object = object(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    object
}

/// What a field is good for. Anything else is passed over without being kept: it may be large, and
/// nobody has proven yet who sent it.
trait Wanted<'de>: Default {
    fn of_text(_: impl ToString) -> Self {
        Self::default()
    }

    fn of_map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        IgnoredAny.visit_map(map).map(|IgnoredAny| Self::default())
    }

    fn of_seq<A: SeqAccess<'de>>(seq: A) -> Result<Self, A::Error> {
        IgnoredAny.visit_seq(seq).map(|IgnoredAny| Self::default())
    }
}

/// What a list can hold.
trait Member {
    type Kept;

    fn kept(self) -> Option<Self::Kept>;
}

#[derive(Default)]
struct Text(Option<String>);

impl Wanted<'_> for Text {
    fn of_text(text: impl ToString) -> Self {
        Self(Some(text.to_string()))
    }
}

impl Member for Text {
    type Kept = String;

    fn kept(self) -> Option<String> {
        self.0
    }
}

struct Object<T>(Option<T>);

impl<T> Default for Object<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Wanted<'de> for Object<T> {
    fn of_map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        Ok(Self(Some(T::deserialize(MapAccessDeserializer::new(map))?)))
    }
}

impl<T> Member for Object<T> {
    type Kept = T;

    fn kept(self) -> Option<T> {
        self.0
    }
}

struct List<M: Member>(Vec<M::Kept>);

impl<M: Member> Default for List<M> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, M: Member + Wanted<'de>> Wanted<'de> for List<M> {
    fn of_seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Self, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < MOST {
            let Some(member) = seq.next_element_seed(Sort::<M>::NEW)? else { return Ok(Self(kept)) };
            kept.extend(member.kept());
        }
        IgnoredAny.visit_seq(seq).map(|IgnoredAny| Self(kept))
    }
}

/// Reads whatever stands there as what it is wanted for.
struct Sort<W>(PhantomData<W>);

impl<W> Sort<W> {
    const NEW: Self = Self(PhantomData);
}

impl<'de, W: Wanted<'de>> DeserializeSeed<'de> for Sort<W> {
    type Value = W;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<W, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, W: Wanted<'de>> Visitor<'de> for Sort<W> {
    type Value = W;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<W, E> {
        Ok(W::default())
    }

    fn visit_i64<E>(self, value: i64) -> Result<W, E> {
        Ok(W::of_text(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<W, E> {
        Ok(W::of_text(value))
    }

    fn visit_f64<E>(self, _: f64) -> Result<W, E> {
        Ok(W::default())
    }

    fn visit_str<E>(self, value: &str) -> Result<W, E> {
        Ok(W::of_text(value))
    }

    fn visit_unit<E>(self) -> Result<W, E> {
        Ok(W::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<W, A::Error> {
        W::of_map(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<W, A::Error> {
        W::of_seq(seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Field {
        #[serde(default, deserialize_with = "text")]
        name: Option<String>,
        #[serde(default, deserialize_with = "list")]
        members: Vec<Name>,
        #[serde(default, deserialize_with = "texts")]
        words: Vec<String>,
    }

    #[derive(Deserialize)]
    struct Name {
        #[serde(default, deserialize_with = "number")]
        number: Option<i64>,
    }

    fn read(json: &str) -> Field {
        body(json.as_bytes()).expect("an object")
    }

    #[test]
    fn of_a_long_list_the_first_thousand_objects_are_kept_and_all_else_is_passed_over() {
        let odd = "0,[{}],null,".repeat(5_000);
        let many = vec![r#"{"number":"7"}"#; 5_000].join(",");
        let field = read(&format!(r#"{{"members":[{odd}{many}],"name":"after it"}}"#));
        assert_eq!(field.members.len(), MOST);
        assert!(field.members.capacity() <= 2 * MOST);
        assert!(field.members.iter().all(|member| member.number == Some(7)));
        assert_eq!(field.name.as_deref(), Some("after it"));
    }

    #[test]
    fn what_is_of_another_kind_counts_as_absent() {
        let field = read(r#"{"name":[0,{"a":[1]}],"members":{"number":1},"words":["a",1,{},["b"],true]}"#);
        assert!(field.name.is_none() && field.members.is_empty());
        assert_eq!(field.words, ["a", "1"]);
        assert_eq!(read(r#"{"name":12,"words":"a"}"#).name.as_deref(), Some("12"));
        assert!(body::<Field>(br#"{"name":[0,}"#).is_none(), "broken inside of what is passed over");
    }
}
