//! The functions of the vocabulary: their keys, and how they are read.

use jiff::fmt::strtime;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::value::{ClockForm, DeclaredValue, DrawForm};
use super::vocabulary::{DrawKind, DrawPer, InstantOf, LengthOf, Rounding, TimeUnit};
use super::words::{Vocabulary, at, editions, plain};
use crate::problem::{Problem, did_you_mean};

/// A function of the vocabulary.
pub struct FunctionWord {
    /// Its name, with the dollar sign.
    pub name: &'static str,
    /// Keys that it takes beside its own.
    keys: &'static [&'static str],
    /// An example, as a file writes it.
    pub example: &'static str,
    /// Result, for a person.
    pub meaning: &'static str,
}

const fn function(
    name: &'static str,
    keys: &'static [&'static str],
    example: &'static str,
    meaning: &'static str,
) -> FunctionWord {
    FunctionWord { name, keys, example, meaning }
}

/// Every function.
pub static FUNCTIONS: &[FunctionWord] = &[
    function(
        "$clock",
        &["as", "zone", "text"],
        "{$clock: file.began, as: unix-ms}",
        "a moment: as unix (the default), unix-ms, unix-us, unix-ns, us-part or a strftime pattern, in UTC or `zone: \"+08:00\"`; `text: true` puts it in quotes",
    ),
    function(
        "$length",
        &["unit", "round", "text"],
        "{$length: file.media, unit: s, round: up}",
        "a length of time in s, ms or us, rounded down (the default), up or no",
    ),
    function(
        "$between",
        &["unit"],
        "{$between: [file.began, file.last_frame], unit: s}",
        "the difference of two moments as they are written in this unit",
    ),
    function(
        "$draw",
        &["length", "skip", "from", "to", "per", "name"],
        "{$draw: hex, length: 32, per: file, name: asset}",
        "drawn by the seed: hex, digits, alphanumeric, uuid, or a number `from` to below `to`; one value per stream, task, file, push or message",
    ),
    function(
        "$rising",
        &["name", "steps", "place"],
        "{$rising: push.began, steps: 40, name: sequence}",
        "a number of 19 digits that rises with time by so many steps a millisecond",
    ),
    function(
        "$match",
        &["cases", "else"],
        "{$match: $format, cases: {hls: m3u8}, else: mp4}",
        "one of several values, by the text of another; without `else` nothing in all other cases",
    ),
    function(
        "$revisions",
        &["value", "else"],
        "{$revisions: \"2021-05..\", value: $job}",
        "a value in certain revisions alone: one, `a..b`, `a..` or `..b`",
    ),
    function(
        "$percent",
        &["keep"],
        "{$percent: $path, keep: /}",
        "percent-encoded for a URL, but for characters to keep",
    ),
    function("$json", &[], "{$json: {codec: h264}}", "JSON inside a text"),
    function("$upper", &[], "{$upper: $format}", "in capitals"),
    function("$lower", &[], "{$lower: $event}", "in small letters"),
    function("$number", &[], "{$number: $setting.appid}", "a JSON number where the text is a whole one"),
    function(
        "$first",
        &[],
        "{$first: [$failure.message, \"failed\"]}",
        "the first of these that is there and is not empty",
    ),
    function(
        "$files",
        &[],
        "{$files: {name: $path}}",
        "a list with one value for each finished file of the task so far",
    ),
];

impl Vocabulary<'_> {
    pub(super) fn function(&mut self, name: &str, members: &Map<String, Value>, path: &str) -> DeclaredValue {
        let nothing = DeclaredValue::Literal(Value::Null);
        let Some(FunctionWord { keys, .. }) = FUNCTIONS.iter().find(|known| known.name == name) else {
            let names = || FUNCTIONS.iter().map(|known| known.name);
            let problem = Problem::at(at(path, name), format!("there is no function `{name}`")).on_key();
            let label = format!("expected one of {}", names().collect::<Vec<_>>().join(", "));
            self.problems.push(problem.label(label).helps(did_you_mean(name, names())));
            return nothing;
        };
        for key in members.keys().filter(|key| *key != name && !keys.contains(&key.as_str())) {
            let problem = Problem::at(at(path, key), format!("`{name}` has no key `{key}`")).on_key();
            let label = match keys {
                [] => format!("`{name}` stands alone"),
                keys => format!("expected one of {}", keys.join(", ")),
            };
            self.problems.push(problem.label(label).helps(did_you_mean(key, keys.iter().copied())));
        }
        let call = FunctionCall { members, path, own: members.get(name).unwrap_or(&Value::Null), name };
        self.call(&call).unwrap_or(nothing)
    }

    fn call(&mut self, call: &FunctionCall<'_>) -> Option<DeclaredValue> {
        Some(match call.name {
            // All parts are read, so that all mistakes are told, before one that is wrong ends it.
            "$clock" => {
                let of = self.word(call, call.name, InstantOf::WORDS);
                let (form, zone) = (self.clock(call), self.zone(call));
                DeclaredValue::Clock { of: of?, form: form?, zone: zone?, text: call.flag("text") }
            }
            "$length" => {
                let of = self.word(call, call.name, LengthOf::WORDS);
                let unit = self.word_or(call, "unit", TimeUnit::Second, TimeUnit::WORDS);
                let round = self.word_or(call, "round", Rounding::Down, Rounding::WORDS);
                DeclaredValue::Length { of: of?, unit: unit?, round: round?, text: call.flag("text") }
            }
            "$between" => self.between(call)?,
            "$draw" => DeclaredValue::Draw(self.draw(call)?),
            "$rising" => DeclaredValue::Rising {
                of: self.word(call, call.name, InstantOf::WORDS)?,
                name: call.word("name").unwrap_or_else(|| "sequence".into()),
                // One step for each, unless the file says otherwise.
                steps: call.number("steps").unwrap_or(1),
                place: Box::new(match call.members.get("place") {
                    Some(place) => self.value(place, &at(call.path, "place")),
                    None => DeclaredValue::Literal(0.into()),
                }),
            },
            "$match" => self.matching(call)?,
            "$revisions" => self.in_revisions(call)?,
            "$percent" => DeclaredValue::Percent {
                value: Box::new(self.inner(call)),
                // Nothing is kept, unless the file says otherwise.
                keep: call.word("keep").unwrap_or_default(),
            },
            "$json" => DeclaredValue::Json(Box::new(self.inner(call))),
            "$upper" => DeclaredValue::Upper(Box::new(self.inner(call))),
            "$lower" => DeclaredValue::Lower(Box::new(self.inner(call))),
            "$number" => DeclaredValue::Number(Box::new(self.inner(call))),
            "$files" => DeclaredValue::Files(Box::new(self.inner(call))),
            _ => match self.inner(call) {
                DeclaredValue::List(values) => DeclaredValue::First(values),
                one => DeclaredValue::First(vec![one]),
            },
        })
    }

    fn between(&mut self, call: &FunctionCall<'_>) -> Option<DeclaredValue> {
        let both = call.own.as_array().map(Vec::as_slice);
        let Some([from, to]) = both else {
            return self.wrong(call, call.name, "expected a list of two moments, the earlier first");
        };
        let moment = |this: &mut Self, value: &Value| {
            let word = value.as_str().map(|word| word.trim_start_matches('$'));
            match word.and_then(InstantOf::of) {
                Some(found) => Some(found),
                None => this.wrong_word(call, call.name, value, InstantOf::WORDS),
            }
        };
        let (from, to) = (moment(self, from), moment(self, to));
        let unit = self.word_or(call, "unit", TimeUnit::Second, TimeUnit::WORDS);
        Some(DeclaredValue::Between { from: from?, to: to?, unit: unit? })
    }

    fn in_revisions(&mut self, call: &FunctionCall<'_>) -> Option<DeclaredValue> {
        let Some(value) = call.members.get("value") else {
            return self.wrong(call, call.name, "expected a `value` beside it");
        };
        let written = plain(call.own);
        let editions = match editions(self.revisions, &written) {
            Ok(editions) => editions,
            Err(label) => return self.wrong(call, call.name, &label),
        };
        Some(DeclaredValue::Editions {
            editions,
            value: Box::new(self.value(value, &at(call.path, "value"))),
            otherwise: self.otherwise(call),
        })
    }

    fn inner(&mut self, call: &FunctionCall<'_>) -> DeclaredValue {
        self.value(call.own, &at(call.path, call.name))
    }

    fn otherwise(&mut self, call: &FunctionCall<'_>) -> Option<Box<DeclaredValue>> {
        let value = call.members.get("else")?;
        Some(Box::new(self.value(value, &at(call.path, "else"))))
    }

    fn matching(&mut self, call: &FunctionCall<'_>) -> Option<DeclaredValue> {
        let Some(cases) = call.members.get("cases").and_then(Value::as_object) else {
            return self.wrong(call, call.name, "expected `cases` beside it: a map from texts to values");
        };
        let on = Box::new(self.inner(call));
        let path = at(call.path, "cases");
        let read = |(case, value): (&String, &Value)| (case.clone(), self.value(value, &at(&path, case)));
        let cases = cases.iter().map(read).collect();
        Some(DeclaredValue::Match { on, cases, otherwise: self.otherwise(call) })
    }

    fn draw(&mut self, call: &FunctionCall<'_>) -> Option<DrawForm> {
        let kind = self.word(call, call.name, DrawKind::WORDS);
        let per = self.word_or(call, "per", DrawPer::Message, DrawPer::WORDS);
        let (kind, per) = (kind?, per?);
        let Some(name) = call.word("name") else {
            return self.wrong(call, call.name, "expected a `name` beside it: draws of one name are alike");
        };
        let foreign: &[&str] = match kind {
            DrawKind::Uuid => &["length", "from", "to"],
            DrawKind::Number => &["length"],
            _ => &["from", "to"],
        };
        if let Some(member) = foreign.iter().find(|member| call.members.contains_key(**member)) {
            return self.wrong(call, member, "a draw of this kind has none");
        }
        let length = call.number("length").and_then(|length| usize::try_from(length).ok());
        let bound = |name| call.number(name).unwrap_or(0); // A range starts with 0; without an end there is none.
        let range = (bound("from"), bound("to"));
        match (kind, length) {
            (DrawKind::Uuid, _) => {}
            (DrawKind::Number, _) if range.1 > range.0 => {}
            (DrawKind::Number, _) => {
                return self.wrong(call, call.name, "expected `from` and `to` beside it, the smaller first");
            }
            (_, Some(1..=4096)) => {}
            _ => return self.wrong(call, call.name, "expected a `length` beside it, from 1 to 4096"),
        }
        let skip = call.number("skip").and_then(|skip| usize::try_from(skip.min(4096)).ok());
        // A kind with a length was given one: see above. Nothing is skipped, unless the file says so.
        Some(DrawForm { kind, length: length.unwrap_or(0), skip: skip.unwrap_or(0), range, per, name })
    }

    fn clock(&mut self, call: &FunctionCall<'_>) -> Option<ClockForm> {
        let Some(form) = call.word("as") else { return Some(ClockForm::Unix(TimeUnit::Second)) };
        Some(match form.as_str() {
            "unix" => ClockForm::Unix(TimeUnit::Second),
            "unix-ms" => ClockForm::Unix(TimeUnit::Millisecond),
            "unix-us" => ClockForm::Unix(TimeUnit::Microsecond),
            "unix-ns" => ClockForm::Nanoseconds,
            "us-part" => ClockForm::MicrosecondPart,
            pattern if pattern.contains('%') && strtime::format(pattern, Timestamp::UNIX_EPOCH).is_ok() => {
                ClockForm::Pattern(form)
            }
            _ => {
                let label = "expected unix, unix-ms, unix-us, unix-ns, us-part, or a pattern such as %Y-%m-%dT%H:%M:%SZ";
                return self.wrong(call, "as", label);
            }
        })
    }

    fn zone(&mut self, call: &FunctionCall<'_>) -> Option<SignedDuration> {
        let Some(zone) = call.word("zone") else { return Some(SignedDuration::ZERO) };
        let parts = zone.strip_prefix(['+', '-']).and_then(|rest| rest.split_once(':'));
        let parts = parts.and_then(|(hours, minutes)| Some((hours.parse().ok()?, minutes.parse().ok()?)));
        match parts {
            Some((hours @ 0..=14, minutes @ 0..=59)) => {
                let offset = SignedDuration::from_mins(hours * 60 + minutes);
                Some(if zone.starts_with('-') { -offset } else { offset })
            }
            _ => self.wrong(call, "zone", "expected an offset such as +08:00"),
        }
    }

    fn word<T: Copy>(&mut self, call: &FunctionCall<'_>, key: &str, words: &[(&str, T)]) -> Option<T> {
        // One that is not there is null, and null is none of the words.
        let value = call.members.get(key).cloned().unwrap_or_default();
        let written = plain(&value);
        let written = written.trim_start_matches('$');
        match words.iter().find(|(known, _)| *known == written) {
            Some((_, found)) => Some(*found),
            None => self.wrong_word(call, key, &value, words),
        }
    }

    fn word_or<T: Copy>(
        &mut self,
        call: &FunctionCall<'_>,
        key: &str,
        default: T,
        words: &[(&str, T)],
    ) -> Option<T> {
        if call.members.contains_key(key) { self.word(call, key, words) } else { Some(default) }
    }

    fn wrong_word<T, U>(
        &mut self,
        call: &FunctionCall<'_>,
        key: &str,
        value: &Value,
        words: &[(&str, T)],
    ) -> Option<U> {
        let names = || words.iter().map(|(word, _)| *word);
        let written = plain(value);
        let problem = Problem::at(at(call.path, key), format!("`{key}` cannot be `{written}`"));
        let label = format!("expected one of {}", names().collect::<Vec<_>>().join(", "));
        self.problems.push(problem.label(label).helps(did_you_mean(&written, names())));
        None
    }

    fn wrong<T>(&mut self, call: &FunctionCall<'_>, key: &str, label: &str) -> Option<T> {
        let title = match call.members.contains_key(key) && key != call.name {
            true => format!("`{key}` of `{}` cannot be that", call.name),
            false => format!("`{}` cannot be used like this", call.name),
        };
        self.problems.push(Problem::at(at(call.path, key), title).label(label));
        None
    }
}

/// A function where it is used.
struct FunctionCall<'a> {
    name: &'a str,
    /// Value of its own key.
    own: &'a Value,
    members: &'a Map<String, Value>,
    path: &'a str,
}

impl FunctionCall<'_> {
    fn word(&self, key: &str) -> Option<String> {
        self.members.get(key).map(plain)
    }

    fn number(&self, key: &str) -> Option<u64> {
        self.members.get(key).and_then(Value::as_u64)
    }

    fn flag(&self, key: &str) -> bool {
        self.members.get(key) == Some(&Value::Bool(true))
    }
}
