//! JSON as it was written: numbers keep every digit, and what other parsers let through is read, too.
//!
//! `serde_json` holds a number in 64 bits: an id of thirty digits would be compared by its first sixteen. So a number that
//! it cannot hold exactly is kept as a text of its digits behind [`MARK`]. Such texts are compared, shown and written as the
//! numbers they are by [`same`], [`shown`] and [`digits`].

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde_json::{Map, Number, Value};

use crate::stretch::Stretches;

/// Mark before the digits of a number that is kept as text: a code point that no text may contain.
pub const MARK: char = '\u{fdd0}';

/// Deepest nesting of lists and objects.
const DEEPEST: usize = 500;

/// Reads JSON. Beyond the grammar `NaN`, `Infinity` and half surrogate pairs are read: receivers write them.
///
/// # Errors
/// What is wrong, and where.
pub fn read(text: &str) -> Result<Value, String> {
    let mut reader = Reader { text, at: 0 };
    reader.document().ok_or_else(|| match serde_json::from_str::<IgnoredAny>(text) {
        Err(error) => error.to_string(),
        Ok(_) => format!("unexpected text at character {}", reader.at + 1),
    })
}

/// True when two values are the same. Numbers are compared as numbers: 60 is 60.0.
pub fn same(left: &Value, right: &Value) -> bool {
    if let (Some(left), Some(right)) = (literal(left), literal(right)) {
        return match (Decimal::new(&left), Decimal::new(&right)) {
            (Some(left), Some(right)) => left == right,
            _ => left == right,
        };
    }
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
        }
        (left, right) => left == right,
    }
}

/// The value as JSON text, with every digit.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.strip_prefix(MARK).map_or_else(|| value.to_string(), str::to_owned),
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(",")),
        Value::Object(entries) => {
            let entry =
                |(key, value): (&String, &Value)| format!("{}:{}", Value::from(key.as_str()), shown(value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(","))
        }
        plain => plain.to_string(),
    }
}

/// A number, from the text it was written as.
pub fn number(text: &str) -> Value {
    let number: Option<Number> = serde_json::from_str(text).ok();
    let exact = number.filter(|number| {
        let held = Decimal::new(&number.to_string());
        held.is_some() && held == Decimal::new(text)
    });
    exact.map_or_else(|| format!("{MARK}{text}").into(), Value::Number)
}

/// The digits of a number in a text, if 64 bits cannot hold it exactly.
pub fn long(text: &str) -> Option<&str> {
    let text = text.trim().trim_start_matches('+');
    serde_json::from_str::<Number>(text).ok()?;
    number(text).is_string().then_some(text)
}

/// The digits of a text that stands for a number; every other text as it is.
pub fn digits(text: &str) -> &str {
    text.strip_prefix(MARK).unwrap_or(text)
}

/// The text that a value is; a number that is kept as text is none.
pub fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.starts_with(MARK))
}

/// The text of a number.
fn literal(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Number(number) => Some(number.to_string().into()),
        Value::String(text) => text.strip_prefix(MARK).map(Cow::from),
        _ => None,
    }
}

/// A number by its decimal digits: no zero at either end, and where the point stands.
#[derive(PartialEq)]
struct Decimal {
    negative: bool,
    digits: String,
    /// Exponent of the last digit.
    exponent: i64,
}

impl Decimal {
    fn new(text: &str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{part}");
        if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = all.trim_end_matches('0');
        let zeros = i64::try_from(all.len().saturating_sub(digits.len())).ok()?;
        let exponent: i64 = exponent.parse().ok()?;
        let exponent = exponent.checked_sub(i64::try_from(part.len()).ok()?)?.checked_add(zeros)?;
        let digits = digits.trim_start_matches('0').to_owned();
        // Zero is zero, whatever its sign and exponent.
        let zero = digits.is_empty();
        Some(Self { negative: negative && !zero, exponent: if zero { 0 } else { exponent }, digits })
    }
}

/// A list or an object that is not closed yet.
enum OpenBracket {
    List(Vec<Value>),
    Object(Map<String, Value>, String),
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn document(&mut self) -> Option<Value> {
        let mut open: Vec<OpenBracket> = Vec::new();
        loop {
            let mut value = match self.next()? {
                '[' if self.skip(']') => Value::Array(Vec::new()),
                '{' if self.skip('}') => Value::Object(Map::new()),
                '[' => {
                    open.push(OpenBracket::List(Vec::new()));
                    (open.len() <= DEEPEST).then_some(())?;
                    continue;
                }
                '{' => {
                    let key = self.key()?;
                    open.push(OpenBracket::Object(Map::new(), key));
                    (open.len() <= DEEPEST).then_some(())?;
                    continue;
                }
                '"' => Value::String(self.string()?),
                first => self.word(first)?,
            };
            // The value is complete; so may be what it stands in.
            loop {
                let Some(inner) = open.pop() else {
                    self.blank();
                    return (self.at == self.text.len()).then_some(value);
                };
                match self.close(inner, value)? {
                    Ok(next) => {
                        open.push(next);
                        break;
                    }
                    Err(whole) => value = whole,
                }
            }
        }
    }

    /// Puts a value into what it stands in: it goes on, or is whole.
    fn close(&mut self, open: OpenBracket, value: Value) -> Option<Result<OpenBracket, Value>> {
        match open {
            OpenBracket::List(mut items) => {
                items.push(value);
                match self.next()? {
                    ',' => Some(Ok(OpenBracket::List(items))),
                    ']' => Some(Err(Value::Array(items))),
                    _ => None,
                }
            }
            OpenBracket::Object(mut entries, key) => {
                entries.insert(key, value);
                match self.next()? {
                    ',' => Some(Ok(OpenBracket::Object(entries, self.key()?))),
                    '}' => Some(Err(Value::Object(entries))),
                    _ => None,
                }
            }
        }
    }

    fn rest(&self) -> &str {
        self.text.stretch(self.at..)
    }

    fn blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    /// The next character that is not blank.
    fn next(&mut self) -> Option<char> {
        self.blank();
        let next = self.rest().chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// True when this character is the next one; it is passed then.
    fn skip(&mut self, wanted: char) -> bool {
        self.blank();
        let there = self.rest().starts_with(wanted);
        self.at += if there { wanted.len_utf8() } else { 0 };
        there
    }

    fn key(&mut self) -> Option<String> {
        let key = self.skip('"').then(|| self.string())??;
        self.skip(':').then_some(key)
    }

    /// After the opening quotation mark.
    fn string(&mut self) -> Option<String> {
        let start = self.at;
        let mut escaped = false;
        loop {
            let rest = self.rest();
            let end = rest.find(['"', '\\'])?;
            let quote = rest.get(end..)?.starts_with('"');
            if quote {
                self.at += end + 1;
                break;
            }
            escaped = true;
            let after = rest.get(end + 1..)?.chars().next()?;
            self.at += end + 1 + after.len_utf8();
        }
        let inner = self.text.get(start..self.at - 1)?;
        if inner.contains(|c: char| c < ' ') {
            return None;
        }
        if escaped { unescape(inner) } else { Some(inner.to_owned()) }
    }

    /// A number or a word.
    fn word(&mut self, first: char) -> Option<Value> {
        let start = self.at - first.len_utf8();
        let rest = self.text.get(start..)?;
        let inside = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        let word = rest.get(..rest.find(|c| !inside(c)).unwrap_or(rest.len()))?;
        self.at = start + word.len();
        match word {
            "null" => Some(Value::Null),
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "NaN" | "Infinity" | "-Infinity" => Some(format!("{MARK}{word}").into()),
            // The grammar of numbers is left to the one who knows it.
            digits => serde_json::from_str::<IgnoredAny>(digits).is_ok().then(|| number(digits)),
        }
    }
}

/// Resolves escapes; half of a surrogate pair becomes a replacement character.
fn unescape(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut units: Vec<u16> = Vec::new();
    let mut chars = text.chars();
    let flush = |units: &mut Vec<u16>, out: &mut String| {
        out.push_str(&String::from_utf16_lossy(units));
        units.clear();
    };
    while let Some(c) = chars.next() {
        if c != '\\' {
            flush(&mut units, &mut out);
            out.push(c);
            continue;
        }
        let plain = match chars.next()? {
            'u' => {
                let hex = chars.as_str().get(..4)?;
                let digits = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
                units.push(digits.then(|| u16::from_str_radix(hex, 16).ok())??);
                chars.nth(3);
                continue;
            }
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            same @ ('"' | '\\' | '/') => same,
            _ => return None,
        };
        flush(&mut units, &mut out);
        out.push(plain);
    }
    flush(&mut units, &mut out);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn every_digit_is_kept_and_shown() {
        for text in [
            "123456789012345678901234567890",
            "-18446744073709551616",
            "9007199254740993",
            "0.1000000000000000055511151231257827",
            "1e400",
            "[{\"id\":20000000000000000001},1742375436000]",
            "NaN",
            "{\"a\":-Infinity}",
        ] {
            assert_eq!(shown(&read(text).unwrap()), text);
        }
    }

    #[test]
    fn numbers_are_the_same_by_their_value() {
        let same_text = |a: &str, b: &str| same(&read(a).unwrap(), &read(b).unwrap());
        for (a, b) in [("60", "60.0"), ("1e3", "1000"), ("0", "-0.0"), ("1.50", "15e-1"), ("[1]", "[1.0]")] {
            assert!(same_text(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("123456789012345678901234567890", "123456789012345678901234567891"),
            ("9007199254740992", "9007199254740993"),
            ("60", "\"60\""),
            ("1", "-1"),
            ("1e400", "1e401"),
            ("{\"a\":1}", "{\"b\":1}"),
        ] {
            assert!(!same_text(a, b), "{a} {b}");
        }
        assert!(same_text("{\"a\":1,\"b\":2}", "{\"b\":2.0,\"a\":1}"));
    }

    #[test]
    fn what_receivers_write_is_read_and_what_is_not_json_is_refused_with_its_place() {
        assert_eq!(read(r#""a\ud800b\ud83d\ude00""#).unwrap(), json!("a\u{fffd}b\u{1f600}"));
        let deep = format!("{}{}", "[".repeat(400), "]".repeat(400));
        assert_eq!(shown(&read(&deep).unwrap()), deep);
        read(&"[".repeat(1_000_000)).unwrap_err();
        for wrong in [
            "",
            "{",
            "[1,]",
            "{\"a\" 1}",
            "01",
            "+1",
            "1.",
            "'a'",
            "nul",
            "\"\\x\"",
            "\"\n\"",
            "1 2",
            "\"\\ud8\"",
            "[1}",
        ] {
            assert!(!read(wrong).unwrap_err().is_empty(), "{wrong}");
        }
        assert!(read("{\"a\": x}").unwrap_err().contains("line 1 column 7"));
    }

    proptest! {
        #[test]
        fn whatever_serde_json_reads_is_read_alike(text in "[\\[\\]{}:,\"\\\\a0-9.eE \\-u+tn]{0,24}") {
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                prop_assert!(same(&read(&text).unwrap(), &value) || text.len() > 15, "{}", text);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,64}") {
            let _ = read(&text);
        }
    }
}
