//! Other texts of the same JSON, as programs write them that have read it first.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::repr;

/// Another text of a body.
pub(super) struct Rewritten {
    pub(super) bytes: Vec<u8>,
    /// What it is, for a person.
    pub(super) what: String,
}

/// Order of the keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    AsTheyCame,
    Sorted,
}

/// Place of white space.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WhiteSpace {
    None,
    Inline,
    Lines(&'static str),
}

/// Characters that are written as escapes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Fewest,
    NotAscii,
    Slashes,
    SlashesAndNotAscii,
    Html,
}

/// Numbers that are whole, written with a fraction or an exponent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbers {
    AsTheyCame,
    Whole,
}

/// One way to write JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Writer {
    keys: Keys,
    space: WhiteSpace,
    escapes: Escapes,
    numbers: Numbers,
}

const KEYS: [(Keys, &str); 2] = [
    (Keys::AsTheyCame, "its keys in the order of the body"),
    (Keys::Sorted, "its keys in alphabetical order"),
];

const SPACES: [(WhiteSpace, &str); 5] = [
    (WhiteSpace::None, "without white space"),
    (WhiteSpace::Inline, "a space behind each colon and comma, as Python writes it"),
    (WhiteSpace::Lines("  "), "a line for each field, indented by two spaces"),
    (WhiteSpace::Lines("    "), "a line for each field, indented by four spaces"),
    (WhiteSpace::Lines("\t"), "a line for each field, indented by a tab"),
];

const ESCAPES: [(Escapes, &str); 5] = [
    (Escapes::Fewest, "no more escapes than JSON demands"),
    (Escapes::NotAscii, "characters beyond ASCII as `\\u` escapes"),
    (Escapes::Slashes, "slashes as `\\/`"),
    (Escapes::SlashesAndNotAscii, "slashes as `\\/` and characters beyond ASCII as `\\u` escapes"),
    (Escapes::Html, "`<`, `>` and `&` as `\\u` escapes"),
];

const NUMBERS: [(Numbers, &str); 2] =
    [(Numbers::AsTheyCame, "numbers as they came"), (Numbers::Whole, "whole numbers without a fraction")];

/// The texts that differ from this body and mean the same, the likeliest first.
pub(super) fn of(body: &[u8]) -> Vec<Rewritten> {
    let mut all = Vec::new();
    let mut known: BTreeSet<Vec<u8>> = [body.to_vec()].into();
    let mut add = |bytes: Vec<u8>, what: String| {
        if known.insert(bytes.clone()) {
            all.push(Rewritten { bytes, what });
        }
    };
    add(
        body.trim_ascii().to_vec(),
        "the body without the white space around it, which may be in the file alone".into(),
    );
    add([body.trim_ascii(), b"\n"].concat(), "the body with one line end behind it".into());
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        let own = writers().find(|writer| writer.text(&value).as_bytes() == body.trim_ascii());
        for writer in writers() {
            let what = writer.differs(own);
            add(writer.text(&value).into(), format!("the same JSON written again: {what}"));
        }
    }
    for (bytes, what) in printed(body) {
        add(bytes, what);
    }
    super::around::of(body).into_iter().for_each(|other| add(other.bytes, other.what));
    add(Vec::new(), "an empty text, as where the body was read before".into());
    all
}

/// Members of a body that are tried alone, at most.
const MOST_MEMBERS: usize = 16;

/// Texts that are no JSON of the same meaning: an object as a language prints it, and each object in the body alone.
fn printed(body: &[u8]) -> Vec<(Vec<u8>, String)> {
    let Ok(value @ Value::Object(_)) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    let object = "`[object Object]`: a body that was parsed is no text; take it as it came".to_owned();
    let dict = "the body as Python prints it after it was parsed (`str` of a dict)".to_owned();
    let mut all = vec![(b"[object Object]".to_vec(), object), (repr::of(&value).into_bytes(), dict)];
    let members = value.as_object().into_iter().flatten().filter(|(_, value)| value.is_object());
    all.extend(members.take(MOST_MEMBERS).flat_map(|(name, value)| {
        let what = format!("the member `{name}` alone, and not of the whole body");
        let spaced = Writer {
            keys: Keys::AsTheyCame,
            space: WhiteSpace::Inline,
            escapes: Escapes::NotAscii,
            numbers: Numbers::AsTheyCame,
        };
        [(value.to_string().into_bytes(), what.clone()), (spaced.text(value).into_bytes(), what)]
    }));
    all
}

/// Every way, those of one difference first.
fn writers() -> impl Iterator<Item = Writer> {
    let all = NUMBERS.into_iter().flat_map(|(numbers, _)| {
        KEYS.into_iter().flat_map(move |(keys, _)| {
            SPACES.into_iter().flat_map(move |(space, _)| {
                ESCAPES.into_iter().map(move |(escapes, _)| Writer { keys, space, escapes, numbers })
            })
        })
    });
    let mut all: Vec<Writer> = all.collect();
    all.sort_by_key(Writer::oddness);
    all.into_iter()
}

impl Writer {
    fn oddness(&self) -> usize {
        [
            self.keys != Keys::AsTheyCame,
            self.space != WhiteSpace::None,
            self.escapes != Escapes::Fewest,
            self.numbers != Numbers::AsTheyCame,
        ]
        .iter()
        .filter(|odd| **odd)
        .count()
    }

    /// Its difference from the way in which a body is written, if that is known.
    fn differs(&self, own: Option<Self>) -> String {
        fn of<T: PartialEq + Copy>(
            all: &[(T, &'static str)],
            new: T,
            own: Option<T>,
        ) -> Option<&'static str> {
            let usual = all.first().is_some_and(|(usual, _)| *usual == new);
            let tells = own.map_or(!usual, |own| own != new);
            all.iter().find(|(known, _)| *known == new).map(|(_, what)| *what).filter(|_| tells)
        }
        let parts = [
            of(&SPACES, self.space, own.map(|own| own.space)),
            of(&KEYS, self.keys, own.map(|own| own.keys)),
            of(&ESCAPES, self.escapes, own.map(|own| own.escapes)),
            of(&NUMBERS, self.numbers, own.map(|own| own.numbers)),
        ];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        if parts.is_empty() { "without white space".to_owned() } else { parts.join(", ") }
    }

    fn text(&self, value: &Value) -> String {
        let mut out = String::new();
        self.write(&mut out, value, 0);
        out
    }

    fn write(&self, out: &mut String, value: &Value, depth: usize) {
        match value {
            Value::Object(fields) => {
                let fields = self.ordered(fields);
                out.push('{');
                self.list(out, depth, fields, |writer, out, (name, value)| {
                    writer.string(out, name);
                    out.push_str(if writer.space == WhiteSpace::None { ":" } else { ": " });
                    writer.write(out, value, depth + 1);
                });
                out.push('}');
            }
            Value::Array(values) => {
                let values = values.iter().collect();
                out.push('[');
                self.list(out, depth, values, |writer, out, value| {
                    writer.write(out, value, depth + 1);
                });
                out.push(']');
            }
            Value::String(text) => self.string(out, text),
            Value::Number(number) if self.numbers == Numbers::Whole => {
                let whole = number.as_f64().filter(|value| value.fract() == 0.0 && value.abs() < 1e15);
                match whole.filter(|_| number.is_f64()) {
                    Some(whole) => out.push_str(&format!("{whole:.0}")),
                    None => out.push_str(&number.to_string()),
                }
            }
            other => out.push_str(&other.to_string()),
        }
    }

    fn ordered<'a>(&self, fields: &'a Map<String, Value>) -> Vec<(&'a String, &'a Value)> {
        let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
        if self.keys == Keys::Sorted {
            fields.sort_by_key(|(name, _)| *name);
        }
        fields
    }

    /// The parts of an object or a list, with what stands between them.
    fn list<T>(&self, out: &mut String, depth: usize, parts: Vec<T>, each: impl Fn(&Self, &mut String, T)) {
        let line = |out: &mut String, depth: usize| {
            if let WhiteSpace::Lines(indent) = self.space {
                out.push('\n');
                out.push_str(&indent.repeat(depth));
            }
        };
        let empty = parts.is_empty();
        for (n, part) in parts.into_iter().enumerate() {
            if n > 0 {
                out.push_str(if self.space == WhiteSpace::Inline { ", " } else { "," });
            }
            line(out, depth + 1);
            each(self, out, part);
        }
        if !empty {
            line(out, depth);
        }
    }

    fn string(&self, out: &mut String, text: &str) {
        let slashes = matches!(self.escapes, Escapes::Slashes | Escapes::SlashesAndNotAscii);
        let ascii = matches!(self.escapes, Escapes::NotAscii | Escapes::SlashesAndNotAscii);
        for c in Value::from(text).to_string().chars() {
            match c {
                '/' if slashes => out.push_str("\\/"),
                '<' | '>' | '&' if self.escapes == Escapes::Html => {
                    out.push_str(&format!("\\u{:04x}", u32::from(c)));
                }
                c if ascii && !c.is_ascii() => {
                    let units = c.encode_utf16(&mut [0; 2]).to_vec();
                    out.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
                }
                c => out.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_texts_of_common_programs_are_among_them() {
        let body = r#"{"b":"é/<","a":[1.0,{}]}"#;
        for (text, what) in [
            ("{\"b\": \"\\u00e9/<\", \"a\": [1.0, {}]}", "as Python writes it"),
            ("{\"a\":[1.0,{}],\"b\":\"é/<\"}", "its keys in alphabetical order"),
            ("{\"b\":\"\\u00e9\\/<\",\"a\":[1.0,{}]}", "slashes as `\\/` and characters beyond ASCII"),
            ("{\"b\":\"é/\\u003c\",\"a\":[1.0,{}]}", "`<`, `>` and `&`"),
            ("{\"b\":\"é/<\",\"a\":[1,{}]}", "whole numbers without a fraction"),
            ("{\n  \"b\": \"é/<\",\n  \"a\": [\n    1.0,\n    {}\n  ]\n}", "indented by two spaces"),
            ("{\"b\":\"é/<\",\"a\":[1.0,{}]}\n", "line end"),
        ] {
            let found = of(body.as_bytes()).into_iter().find(|other| other.bytes == text.as_bytes());
            let found = found.unwrap_or_else(|| panic!("{text}"));
            assert!(found.what.contains(what), "{text}: {}", found.what);
        }
    }

    #[test]
    fn what_is_told_is_the_difference() {
        let pretty = "{\n  \"b\": 1,\n  \"a\": \"/\"\n}";
        let what = |text: &str| {
            let all = of(pretty.as_bytes());
            all.into_iter().find(|other| other.bytes == text.as_bytes()).map(|other| other.what).unwrap()
        };
        assert_eq!(what("{\"b\":1,\"a\":\"/\"}"), "the same JSON written again: without white space");
        let sorted = "{\n  \"a\": \"/\",\n  \"b\": 1\n}";
        assert_eq!(what(sorted), "the same JSON written again: its keys in alphabetical order");
    }
}
