//! Words of receivers, and what they speak of.

mod said;

use std::ops::RangeInclusive;

use super::topic::Topic;
pub(super) use said::SAID;

/// Words of a receiver, and what they speak of.
pub(super) struct RefusalWords {
    /// Statuses at which they count.
    statuses: RangeInclusive<u16>,
    /// Each list has one of its words in the answer.
    words: &'static [&'static [&'static str]],
    /// Words that turn them into something else.
    except: &'static [&'static str],
    /// The topic of the refusal.
    pub(super) topic: Topic,
}

impl RefusalWords {
    const fn of(
        statuses: RangeInclusive<u16>,
        words: &'static [&'static [&'static str]],
        except: &'static [&'static str],
        topic: Topic,
    ) -> Self {
        Self { statuses, words, except, topic }
    }

    pub(super) fn is_in(&self, answer: &str, status: u16) -> bool {
        let has = |word: &&str| contains(answer, word);
        self.statuses.contains(&status)
            && self.words.iter().all(|any| any.iter().any(has))
            && !self.except.iter().any(has)
    }
}

/// True if a text has a word. A short one must stand alone: `sign` is no part of `design`, and `iss` none of `missing`.
fn contains(text: &str, word: &str) -> bool {
    if word.len() > 5 || !word.is_ascii() || word.contains(' ') {
        return text.contains(word);
    }
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == word)
}

/// Words of parsers that refuse a field which they do not know, in lower case.
const UNKNOWN_FIELD: &[&str] = &[
    "additional propert",
    "additionalproperties",
    "extra fields",
    "extra inputs",
    "extra_forbidden",
    "property names are not permitted",
    "should not exist",
    "unevaluated propert",
    "unexpected field",
    "unexpected key",
    "unexpected propert",
    "unknown field",
    "unknown key",
    "unknown propert",
    "unrecognised key",
    "unrecognized field",
    "unrecognized key",
    "unrecognized propert",
    "unrecognizedproperty",
];

/// True for an answer that refuses a message for a field which the receiver does not know.
pub fn refuses_unknown_field(answer: &str) -> bool {
    let answer = answer.to_lowercase();
    UNKNOWN_FIELD.iter().any(|words| answer.contains(words))
}

/// Words of errors of programs that read a field which is not there, in lower case.
const ERROR_AT_A_FIELD: &[&str] =
    &["cannot read propert", "keyerror", "nonetype", "nullpointer", "undefined array key", "undefined index"];

/// Other words of programs and parsers that miss a field, in lower case.
const MISSING_FIELD: &[&str] = &[
    "\"missing\"",
    "field required",
    "is a required property",
    "missing field",
    "missing required",
    "must have required property",
    "nil pointer",
    "undefined property",
    "multivaluedictkeyerror",
    "cannot destructure property",
    "undefined (reading",
];

/// True for an answer by which a field is missing that the receiver demands.
pub fn misses_field(answer: &str) -> bool {
    let answer = answer.to_lowercase();
    ERROR_AT_A_FIELD.iter().chain(MISSING_FIELD).any(|words| answer.contains(words))
}

/// True for the words of a refusal that is about an event which the receiver does not know.
pub fn refuses_event(answer: &str) -> bool {
    is_about(answer, Topic::Event)
}

/// True for the words of a parser that got a part of the body, or nothing.
pub fn tells_of_a_cut_body(answer: &str) -> bool {
    is_about(answer, Topic::CutBody)
}

/// True for the words of a receiver that does not read a body as JSON.
pub fn finds_no_json(answer: &str) -> bool {
    is_about(answer, Topic::Json)
}

fn is_about(answer: &str, topic: Topic) -> bool {
    let words = answer.to_lowercase();
    let said = SAID.iter().find(|said| said.is_in(&words, 400));
    said.is_some_and(|said| said.topic == topic)
}
