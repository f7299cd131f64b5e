//! Lenient reading of foreign JSON: a field of another type than documented counts as absent,
//! so that one odd field never hides the rest of an event.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A text, or a number written as one: platforms send ids as either.
///
/// # Errors
/// Only if the JSON itself is broken.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Loose::<IgnoredAny>::deserialize(deserializer)?.text)
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
    Ok(Loose::<T>::deserialize(deserializer)?.object)
}

/// A list of objects; members that are none are left out.
///
/// # Errors
/// If an object can't be read as `T`.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Loose::<T>::deserialize(deserializer)?.list)
}

/// A whole body that is one JSON object; nothing for anything else, an array among them.
pub fn body<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Option<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let object = object(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    object
}

/// Whatever stands there, sorted into what it might be good for.
struct Loose<T> {
    text: Option<String>,
    object: Option<T>,
    list: Vec<T>,
}

impl<T> Loose<T> {
    const NOTHING: Self = Self { text: None, object: None, list: Vec::new() };

    fn of_text(text: String) -> Self {
        Self { text: Some(text), ..Self::NOTHING }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor(PhantomData))
    }
}

struct LooseVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for LooseVisitor<T> {
    type Value = Loose<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Loose::NOTHING)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Loose::of_text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Loose::of_text(value.to_string()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Loose::NOTHING)
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Loose::of_text(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Loose::NOTHING)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let object = T::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Loose { object: Some(object), ..Loose::NOTHING })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let members = Vec::<Loose<T>>::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(Loose { list: members.into_iter().filter_map(|member| member.object).collect(), ..Loose::NOTHING })
    }
}
