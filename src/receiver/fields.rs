//! Fields of a received message.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::habits::{DuplicateKeys, Habits};
use super::judge::Refusal;

/// A body's fields.
pub(super) struct ReceivedFields {
    /// Those that are checked.
    pub(super) signed: Map<String, Value>,
    /// Those that are believed, where they are others.
    believed: Option<Map<String, Value>>,
}

impl ReceivedFields {
    pub(super) fn parse(habits: &Habits, body: &[u8]) -> Result<Self, Refusal> {
        let Pairs(mut pairs) = serde_json::from_slice(body).map_err(|_| unparsed(body))?;
        if habits.folds_keys {
            pairs.iter_mut().for_each(|(key, _)| *key = key.to_lowercase());
        }
        let count = pairs.len();
        let believed = (habits.keys == DuplicateKeys::Torn).then(|| pairs.iter().cloned().collect());
        if matches!(habits.keys, DuplicateKeys::First | DuplicateKeys::Torn) {
            // Of two values of a key, a map that is filled in order keeps the last.
            pairs.reverse();
        }
        let signed: Map<_, _> = pairs.into_iter().collect();
        if habits.keys == DuplicateKeys::Once && signed.len() < count {
            return Err(Refusal::Malformed);
        }
        Ok(Self { signed, believed })
    }

    pub(super) fn facts(&self) -> &Map<String, Value> {
        self.believed.as_ref().unwrap_or(&self.signed)
    }
}

/// Refusal of a body that is not a message. Only a parser that takes any JSON gets as deep as it goes.
fn unparsed(body: &[u8]) -> Refusal {
    match serde_json::from_slice::<Value>(body) {
        Err(error) if error.to_string().starts_with("recursion limit") => Refusal::TooDeep,
        _ => Refusal::Malformed,
    }
}

/// The entries of a JSON object, in their order, a key that stands twice included.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    pairs.push(entry);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor)
    }
}
