//! YAML as the reader gives it: values with their places, and what is wrong with a text.

use std::fmt;
use std::ops::Range;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::LONGEST;
use crate::problem::Problem;
use crate::scenario::syntax;
use crate::stretch::Stretches;

pub(in crate::scenario) fn options() -> serde_saphyr::Options {
    let budget = serde_saphyr::budget! {
        max_nodes: 20_000, max_aliases: 100, max_depth: 64, max_total_scalar_bytes: 2 * LONGEST,
        max_recorded_anchor_bytes: 2 * LONGEST,
    };
    serde_saphyr::options! { budget: budget, strict_booleans: true, with_snippet: false }
}

/// True for YAML's words for what is not a number or has no end.
fn is_not_finite(written: Option<&str>) -> bool {
    let Some(word) = written else { return false };
    let word = word.trim_start_matches(['+', '-']).to_ascii_lowercase();
    word.starts_with(".nan") || word.starts_with(".inf")
}

pub(super) fn unreadable(text: &str, error: &serde_saphyr::Error) -> Problem {
    let place = error.location().map_or(0..0, |location| bytes(text, &location));
    let message = error.without_snippet().to_string();
    // The reader adds the place to its text; ours stands in the margin.
    let message = message.split(" at line ").next().unwrap_or(&message);
    let (title, help) = match message {
        m if m.starts_with("duplicate mapping key") => {
            (m.split(", set").next().unwrap_or(m).to_owned(), "give the key once")
        }
        m if m.starts_with("multiple YAML documents") => (
            "a second YAML document begins here".to_owned(),
            "one file holds one scenario; put the second into a file of its own",
        ),
        m if m.contains("recursive references") => (
            "a value stands inside itself".to_owned(),
            "`*NAME` cannot stand inside the value that `&NAME` names",
        ),
        m if m.starts_with("budget breached") => (
            "the file holds more than a scenario can".to_owned(),
            "at most 20000 values, 64 levels deep, 100 aliases, 8 MiB with what aliases stand for",
        ),
        m if m.contains("deserialize null into string") => (
            "a key is missing here: `~`, `null` and nothing at all are no key".to_owned(),
            "write it, such as `25m: drop`",
        ),
        m if m.starts_with("comments must be separated") => (
            "a space belongs before the `#` of a comment".to_owned(),
            "where the `#` belongs to a value, put the value in quotes",
        ),
        m if m.starts_with("non-finite float") && is_not_finite(text.get(place.clone())) => (
            "`.nan` and `.inf` are no amounts: not a number, and a number without an end".to_owned(),
            "write the amount, such as 30m; a text of these letters stands in quotes",
        ),
        m if m.starts_with("non-finite float") || m.contains("a number must be finite") => (
            "this number is too large for a number in YAML".to_owned(),
            "if it is a key or an id of digits (such as 12e345), put it in quotes",
        ),
        m => {
            let problem = Problem::at("", format!("the file is not valid YAML: {m}"));
            let (span, help) = match syntax::likely(text, place.start, m) {
                Some(likely) => (likely.span.unwrap_or(place), Some(likely.help)),
                None => (place, None),
            };
            return Problem { span: Some(span), ..problem.helps(help) };
        }
    };
    Problem { span: Some(place), ..Problem::at("", title).help(help) }
}

/// The reader counts characters always and bytes only sometimes.
pub(super) fn bytes(text: &str, location: &Location) -> Range<usize> {
    let (start, length) = (location.span().offset() as usize, location.span().len() as usize);
    let start = location.span().byte_offset().map_or_else(
        || text.char_indices().nth(start).map_or(text.len(), |(at, _)| at),
        |offset| offset as usize,
    );
    let rest = text.stretch(start..);
    start..start + rest.char_indices().nth(length).map_or(rest.len(), |(at, _)| at)
}

/// The tree as the reader gives it, before variables are filled in.
pub(super) enum Raw {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }
    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }
    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Number(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Number(value.into()))
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Raw, E> {
        serde_json::Number::from_f64(value)
            .map(Raw::Number)
            .ok_or_else(|| E::custom("a number must be finite"))
    }
    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}
