//! Amounts with their units, as a scenario file writes them.

use std::fmt;
use std::time::Duration;

#[cfg(test)]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};

use crate::duration::{is_negative, is_too_long, parse_duration, show_duration};
use crate::json;
use crate::number;

/// A length of time in a scenario file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&show_duration(self.0))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_duration(&text).map(Self).map_err(de::Error::custom)
    }
}

const BITRATE_PATTERN: &str = r"^\s*[0-9]+(\.[0-9]+)?\s*(bps|kbps|Mbps|Gbps)\s*$";
const COUNT_PATTERN: &str = "^[0-9]+$";
const STATUS_PATTERN: &str = "^([1-5]xx|[1-5][0-9][0-9])$";

/// True if the type behind a pattern of ours reads the text; its own reader decides, not the pattern.
pub(super) fn reads(pattern: &str, text: &str) -> bool {
    match pattern {
        DURATION_PATTERN => parse_duration(text).is_ok(),
        BITRATE_PATTERN => parse_bitrate(text).is_some(),
        COUNT_PATTERN => text.parse::<u32>().is_ok(),
        STATUS_PATTERN => parse_status(text).is_some(),
        _ => true,
    }
}

/// An amount that has the form of a pattern of ours, and lies beyond what is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beyond {
    /// Words for it, such as `too large`.
    pub(super) what: &'static str,
    /// Values that are taken, for a person.
    pub(super) expected: &'static str,
}

/// The limit that a text of this pattern breaks; none where its form is wrong, or nothing is.
pub(super) fn beyond(pattern: &str, text: &str) -> Option<Beyond> {
    let beyond = |what, expected| Some(Beyond { what, expected });
    match pattern {
        DURATION_PATTERN if is_too_long(text) => beyond("too long", "at most 10000h"),
        DURATION_PATTERN if is_negative(text) => beyond("negative", "0s or more"),
        BITRATE_PATTERN if bits(text).is_some_and(|bits| bits > MOST_BITS) => {
            beyond("too large", "at most 1000Gbps")
        }
        COUNT_PATTERN if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => text
            .parse::<u32>()
            .is_err()
            .then_some(Beyond { what: "too large", expected: "at most 4294967295" }),
        _ => None,
    }
}

/// The pattern that the schema gives for a duration: what [`parse_duration`] reads, in ISO 8601, with units, or as a clock shows it.
pub const DURATION_PATTERN: &str = concat!(
    r"^\s*(P[0-9A-Z.,]+|([0-9]+([.,][0-9]+)?\s*(w|wks?|weeks?|d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?|ms|us|µs|ns)",
    r"\s*,?\s*)+|([0-9]+\s*d\s*)?[0-9]+:[0-9]+:[0-9]+([.,][0-9]+)?)\s*$",
);

#[cfg(test)]
impl JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A length of time: `90s`, `1h30m`, `2d`, `500ms`; also `30min`, `1 hour 30 minutes`, `00:25:00` (hours, minutes, seconds) and `PT25M` (ISO 8601). A day has 24 hours.",
            "type": "string",
            "pattern": DURATION_PATTERN,
            "x-expected": crate::duration::DURATION_HINT,
        })
    }
}

/// A media bitrate in bits per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bitrate(pub u64);

impl Bitrate {
    /// Bytes of `media` at this rate, rounded down.
    pub fn bytes(self, media: Duration) -> u64 {
        let bits = u128::from(self.0) * media.as_millis() / 1000;
        number::capped::<u64>(bits / 8)
    }
}

const BITRATE_HINT: &str = "a bitrate such as 800kbps or 2.5Mbps";

/// 1 Tbps bounds the product with the longest broadcast far below u64.
const MOST_BITS: f64 = 1e12;

/// Bits per second that are written, whatever they are.
fn bits(text: &str) -> Option<f64> {
    let text = text.trim();
    let (number, factor) = [("kbps", 1e3), ("Mbps", 1e6), ("Gbps", 1e9), ("bps", 1.0)]
        .into_iter()
        .find_map(|(unit, factor)| text.strip_suffix(unit).map(|number| (number, factor)))?;
    Some(number.trim().parse::<f64>().ok()? * factor)
}

fn parse_bitrate(text: &str) -> Option<Bitrate> {
    let bits = bits(text)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie in 1..=1e12")]
    (1.0..=MOST_BITS).contains(&bits).then_some(Bitrate(bits as u64))
}

impl<'de> Deserialize<'de> for Bitrate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_bitrate(&text).ok_or_else(|| de::Error::custom(format!("`{text}` is not {BITRATE_HINT}")))
    }
}

#[cfg(test)]
impl JsonSchema for Bitrate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "bitrate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": BITRATE_PATTERN,
            "x-expected": BITRATE_HINT,
        })
    }
}

/// A word that YAML may read as a number: a revision such as `2024`, an account number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word(pub String);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordVisitor;
        impl Visitor<'_> for WordVisitor {
            type Value = Word;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a whole number")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Word, E> {
                Ok(Word(json::digits(text).to_owned()))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Word, E> {
                Ok(Word(number.to_string()))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Word, E> {
                Ok(Word(number.to_string()))
            }
        }
        deserializer.deserialize_any(WordVisitor)
    }
}

#[cfg(test)]
impl JsonSchema for Word {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "word".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer"], "x-expected": "a text or a whole number" })
    }
}

/// A whole number, also when it comes as text out of an environment variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count(pub u32);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Word(text) = Word::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| de::Error::custom("expected a whole number from 0 to 4294967295"))
    }
}

#[cfg(test)]
impl JsonSchema for Count {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "count".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["integer", "string"],
            "pattern": COUNT_PATTERN,
            "minimum": 0,
            "maximum": u32::MAX,
            "x-expected": "a whole number",
        })
    }
}

/// An HTTP status, or a whole class of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusPattern {
    /// Exactly this status.
    Exact(u16),
    /// `2xx`: every status with this hundreds digit.
    Class(u16),
}

impl StatusPattern {
    /// True if the range includes `status`.
    pub fn matches(self, status: u16) -> bool {
        match self {
            Self::Exact(wanted) => status == wanted,
            Self::Class(hundreds) => status / 100 == hundreds,
        }
    }
}

impl fmt::Display for StatusPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(status) => write!(f, "{status}"),
            Self::Class(hundreds) => write!(f, "{hundreds}xx"),
        }
    }
}

const STATUS_HINT: &str = "an HTTP status such as 200, or a class such as 2xx";

fn parse_status(text: &str) -> Option<StatusPattern> {
    let class =
        text.strip_suffix("xx").and_then(|digit| digit.parse().ok()).filter(|digit| (1..6).contains(digit));
    let exact = text.parse().ok().filter(|status| (100..600).contains(status));
    class.map(StatusPattern::Class).or(exact.map(StatusPattern::Exact))
}

impl<'de> Deserialize<'de> for StatusPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Word(text) = Word::deserialize(deserializer)?;
        parse_status(&text).ok_or_else(|| de::Error::invalid_value(Unexpected::Str(&text), &STATUS_HINT))
    }
}

#[cfg(test)]
impl JsonSchema for StatusPattern {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "status".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "integer"],
            "pattern": STATUS_PATTERN,
            "minimum": 100,
            "maximum": 599,
            "x-expected": STATUS_HINT,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_is_bitrate_times_media_time() {
        assert_eq!(parse_bitrate("2.5Mbps"), Some(Bitrate(2_500_000)));
        assert_eq!(Bitrate(2_500_000).bytes(Duration::from_secs(120)), 37_500_000);
        assert_eq!(parse_bitrate("2500"), None);
    }
}
