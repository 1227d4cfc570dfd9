//! Reading declared values: text with `$` and `{}` becomes a value of the vocabulary, or a problem with its place.

use serde_json::{Map, Value};

use super::value::{DeclaredValue, PropertyOrSetting, TextPart};
use super::vocabulary::{InstantOf, LengthOf, Property};
use crate::problem::{Problem, did_you_mean};
use crate::provider::signature::SignedPart;
use crate::stretch::Stretches;

/// Names that values of a file may use.
pub(super) struct Vocabulary<'a> {
    /// Settings.
    pub(super) settings: Vec<&'static str>,
    /// Named values above.
    pub(super) defined: Vec<(String, &'static DeclaredValue)>,
    /// Names of values that are defined further down.
    pub(super) later: Vec<String>,
    /// Editions.
    pub(super) revisions: &'a [String],
    /// Problems so far.
    pub(super) problems: Vec<Problem>,
}

/// Words that stand for what is known only when a message is sent.
const SENT: [&str; 6] = ["time", "signature", "id", "host", "key", "body"];

impl Vocabulary<'_> {
    /// Reads a value at a path of the file. What is wrong with it is noted.
    pub(super) fn value(&mut self, value: &Value, path: &str) -> DeclaredValue {
        match value {
            Value::String(text) => self.text(text, path),
            Value::Array(items) => {
                let read = |(at, item): (usize, &Value)| self.value(item, &format!("{path}[{at}]"));
                DeclaredValue::List(items.iter().enumerate().map(read).collect())
            }
            Value::Object(members) => match members.keys().find(|key| key.starts_with('$')) {
                Some(name) => self.function(&name.clone(), members, path),
                None => self.object(members, path),
            },
            plain => DeclaredValue::Literal(plain.clone()),
        }
    }

    fn object(&mut self, members: &Map<String, Value>, path: &str) -> DeclaredValue {
        // `{stream.name}` without quotes is a map in YAML, with a key and nothing behind it.
        if let Some((name, Value::Null)) = members.iter().next().filter(|_| members.len() == 1)
            && (self.known(name).is_some() || SENT.contains(&name.as_str()))
        {
            let problem =
                Problem::at(path, "in YAML this is a map and not a text").label(format!("expected ${name}"));
            self.problems.push(problem.help(format!("write `${name}`, or `\"{{{name}}}\"` in quotes")));
        }
        let read = |(name, value): (&String, &Value)| (name.clone(), self.value(value, &at(path, name)));
        DeclaredValue::Object(members.iter().map(read).collect())
    }

    /// `$name` is a value; `{name}` within a text is the text of one.
    fn text(&mut self, text: &str, path: &str) -> DeclaredValue {
        if let Some(name) = text.strip_prefix('$')
            && !name.starts_with('$')
        {
            return self.named(name, path);
        }
        let text = text.strip_prefix('$').filter(|_| text.starts_with("$$")).unwrap_or(text);
        let mut parts = Vec::new();
        for piece in self.pieces(text, path) {
            parts.push(match piece {
                TemplatePiece::Plain(plain) => TextPart::Plain(plain),
                TemplatePiece::Name(name) => TextPart::Of(self.named(&name, path)),
            });
        }
        match parts.as_slice() {
            [] => DeclaredValue::Literal("".into()),
            [TextPart::Plain(plain)] => DeclaredValue::Literal(plain.as_str().into()),
            _ => DeclaredValue::Text(parts),
        }
    }

    /// A template taken apart: `{name}` is a name, `{{` and `}}` are brackets.
    fn pieces(&mut self, text: &str, path: &str) -> Vec<TemplatePiece> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let after = rest.stretch(c.len_utf8()..);
            if c == '{' && !after.starts_with('{') {
                let Some((name, behind)) = after.split_once('}').filter(|(name, _)| !name.contains('{'))
                else {
                    let problem = Problem::at(path, "a `{` without its `}`").label("this text never ends");
                    self.problems.push(problem.help("write `{{` for a bracket that is a part of the text"));
                    return pieces;
                };
                if !plain.is_empty() {
                    pieces.push(TemplatePiece::Plain(std::mem::take(&mut plain)));
                }
                pieces.push(TemplatePiece::Name(name.trim().to_owned()));
                rest = behind;
                continue;
            }
            plain.push(c);
            let doubled = "{}".contains(c) && after.starts_with(c);
            rest = if doubled { after.stretch(1..) } else { after };
        }
        if !plain.is_empty() {
            pieces.push(TemplatePiece::Plain(plain));
        }
        pieces
    }

    /// The value of a name; unknown ones are noted.
    pub(super) fn named(&mut self, name: &str, path: &str) -> DeclaredValue {
        if let Some(found) = self.known(name) {
            return found;
        }
        if self.later.iter().any(|later| later == name) {
            let problem = Problem::at(path, format!("`{name}` is defined further down"));
            self.problems.push(problem.label("a value may use those above it").help("move it up"));
            return DeclaredValue::Literal(Value::Null);
        }
        let (title, names): (String, Vec<&str>) = if InstantOf::of(name).is_some() {
            let title = format!("`{name}` is a moment, and has no form yet");
            let help = format!("write `{{$clock: {name}, as: unix}}`, or another form");
            self.problems.push(Problem::at(path, title).help(help));
            return DeclaredValue::Literal(Value::Null);
        } else if LengthOf::of(name).is_some() {
            let title = format!("`{name}` is a length of time, and has no unit yet");
            let help = format!("write `{{$length: {name}, unit: s, round: up}}`, or another form");
            self.problems.push(Problem::at(path, title).help(help));
            return DeclaredValue::Literal(Value::Null);
        } else if let Some(setting) = name.strip_prefix("setting.") {
            (format!("the file has no setting `{setting}`"), self.settings.clone())
        } else {
            let words = Property::WORDS.iter().map(|(word, _)| *word);
            let moments = InstantOf::WORDS.iter().map(|(word, _)| *word);
            let lengths = LengthOf::WORDS.iter().map(|(word, _)| *word);
            let sealed = ["time", "signature"].into_iter();
            (
                format!("there is no source `{name}`"),
                words.chain(moments).chain(lengths).chain(sealed).collect(),
            )
        };
        let defined: Vec<String> = self.defined.iter().map(|(name, _)| name.clone()).collect();
        let all = names.iter().copied().chain(defined.iter().map(String::as_str));
        let last = name.rsplit('.').next().unwrap_or(name);
        // A word of others for one of ours: a near name would be another thing.
        let near = synonym(last)
            .filter(|own| names.contains(own))
            .map(|own| format!("did you mean `{own}`?"))
            .or_else(|| did_you_mean(last, names.iter().copied()))
            .or_else(|| did_you_mean(name, all))
            .unwrap_or_else(|| "`hookreel provider words` lists them".to_owned());
        if ["time", "signature", "sent_ms", "count"].contains(&name) {
            let title = format!("`${name}` stands where a field of the body has its value, and nowhere else");
            self.problems.push(Problem::at(path, title).label("it is known only when the message is sent"));
        } else {
            self.problems.push(Problem::at(path, title).help(near));
        }
        DeclaredValue::Literal(Value::Null)
    }

    fn known(&self, name: &str) -> Option<DeclaredValue> {
        if let Some((_, defined)) = self.defined.iter().find(|(known, _)| known == name) {
            return Some(DeclaredValue::Defined(defined));
        }
        if let Some(setting) = name.strip_prefix("setting.") {
            let setting = self.settings.iter().find(|known| **known == setting)?;
            return Some(DeclaredValue::Known(PropertyOrSetting::Setting(setting)));
        }
        Property::of(name).map(|property| DeclaredValue::Known(PropertyOrSetting::Property(property)))
    }

    /// Parts of a signed text or of a header that is made when it is sent.
    pub(super) fn signed(&mut self, text: &str, path: &str, allowed: &[&str]) -> Vec<SignedPart> {
        let mut parts = Vec::new();
        for piece in self.pieces(text, path) {
            let name = match piece {
                TemplatePiece::Plain(plain) => {
                    parts.push(SignedPart::Text(leak_text(plain)));
                    continue;
                }
                TemplatePiece::Name(name) => name,
            };
            let group = name.split_once('.').map_or(name.as_str(), |(group, _)| group);
            if !allowed.contains(&group) {
                let problem = Problem::at(path, format!("`{{{name}}}` cannot stand here"));
                let all = || {
                    allowed.iter().map(|word| match *word {
                        "field" => "field.NAME".to_owned(),
                        "setting" => "setting.NAME".to_owned(),
                        word => word.to_owned(),
                    })
                };
                let label = format!("expected one of {}", all().collect::<Vec<_>>().join(", "));
                let near = did_you_mean(&name, allowed.iter().copied());
                self.problems.push(problem.label(label).helps(near));
                continue;
            }
            parts.push(match (name.as_str(), name.split_once('.')) {
                ("key", _) => SignedPart::Key,
                ("time", _) => SignedPart::Time,
                // What a handshake signs instead.
                ("body" | "token", _) => SignedPart::Body,
                ("id", _) => SignedPart::Id,
                ("host", _) => SignedPart::Host,
                ("signature", _) => SignedPart::Signature,
                (_, Some(("field", field))) => SignedPart::Field(leak_text(field.to_owned())),
                (_, Some(("setting", setting))) => {
                    match self.settings.iter().find(|known| **known == setting) {
                        Some(known) => SignedPart::Setting(known),
                        None => {
                            let problem = Problem::at(path, format!("the file has no setting `{setting}`"));
                            self.problems
                                .push(problem.helps(did_you_mean(setting, self.settings.iter().copied())));
                            continue;
                        }
                    }
                }
                _ => continue,
            });
        }
        parts
    }
}

/// A part of a template.
enum TemplatePiece {
    /// As it stands.
    Plain(String),
    /// In brackets.
    Name(String),
}

/// The path of a member.
pub(super) fn at(path: &str, member: &str) -> String {
    if path.is_empty() { member.to_owned() } else { format!("{path}.{member}") }
}

/// A text as it is; JSON of everything else.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A text for as long as the program runs, as the names of all providers are.
pub(super) fn leak_text(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// First and last edition of a range: `2024`, `2021-05..`, `..2021-09`, `2021-05..2024`.
///
/// # Errors
/// The expected input.
pub(super) fn editions(revisions: &[String], written: &str) -> Result<(u8, u8), String> {
    let place = |name: &str| {
        let found = revisions.iter().position(|known| known == name.trim());
        found.and_then(|at| u8::try_from(at).ok()).ok_or_else(|| {
            format!(
                "expected a range of the revisions {}, such as {}..",
                revisions.join(", "),
                revisions.first().map_or("", String::as_str)
            )
        })
    };
    let (first, last) = written.split_once("..").unwrap_or((written, written));
    let first = if first.trim().is_empty() { 0 } else { place(first)? };
    let last = if last.trim().is_empty() { crate::provider::field::NOW } else { place(last)? };
    Ok((first, last))
}

/// The source that has what others call so.
fn synonym(word: &str) -> Option<&'static str> {
    Some(match word {
        "bytes" | "length_bytes" | "filesize" | "file_size" => "file.size",
        "duration" | "seconds" => "file.media",
        "begin" | "start" | "started" => "file.began",
        "end" | "ended" | "stop" => "file.last_frame",
        "stream" | "stream_id" => "stream.name",
        _ => return None,
    })
}
