//! The same JSON, spelled in another way that means the same.

use serde_json::{Map, Value};

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, body};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "respell",
    family: Family::Json,
    meaning: "the same values in another spelling, as another serialiser writes them",
    least: Class::Legal,
    params: &[Param {
        name: "as",
        default: "pretty",
        kind: ParamKind::Choice(&[
            "pretty",
            "crlf",
            "spaces",
            "newline",
            "key-order",
            "escaped-slashes",
            "unicode-escapes",
        ]),
        meaning: "with line breaks, in either form; white space around it; a line end after it; keys backwards; `\\/`; `\\u0073` for `s`",
    }],
    effect: Effect::Each(|callback, args, _| {
        let spelling = args.text("as").to_owned();
        // A body that another fault has made no JSON of has no other spelling.
        body::rewrite(callback, move |body| respelled(&spelling, &body).map_or(body, String::into_bytes));
        Ok(())
    }),
};

fn respelled(spelling: &str, body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let object: Map<String, Value> = serde_json::from_str(text).ok()?;
    let pretty = || serde_json::to_string_pretty(&object).ok();
    Some(match spelling {
        "crlf" => pretty()?.replace('\n', "\r\n"),
        "spaces" => format!(" \t\r\n{text}\r\n \t"),
        "newline" => format!("{text}\n"),
        "key-order" => Value::Object(object.into_iter().rev().collect()).to_string(),
        "escaped-slashes" => spelled(text, escaped_slash),
        "unicode-escapes" => spelled(text, escaped_letter),
        _ => pretty()?,
    })
}

/// The same JSON with every character of its strings written as an escape; existing escapes stay.
fn spelled(json: &str, spell: impl Fn(char, &mut String)) -> String {
    let (mut out, mut inside) = (String::with_capacity(json.len()), false);
    let mut chars = json.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend([c].into_iter().chain(chars.next())),
            '"' => {
                inside = !inside;
                out.push(c);
            }
            c if inside => spell(c, &mut out),
            c => out.push(c),
        }
    }
    out
}

/// Writes a slash as `\/`, as some serialisers do.
fn escaped_slash(c: char, out: &mut String) {
    if c == '/' {
        out.push('\\');
    }
    out.push(c);
}

/// Letters and foreign characters as escapes. Digits stay: they may belong to an escape.
fn escaped_letter(c: char, out: &mut String) {
    use std::fmt::Write;
    if c.is_ascii_hexdigit() || (c.is_ascii() && !c.is_ascii_alphabetic()) {
        return out.push(c);
    }
    for unit in c.encode_utf16(&mut [0; 2]) {
        // Writing into a String cannot fail.
        let _ = write!(out, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_spelling_means_the_same(key in ".*", text in ".*", number in any::<u64>()) {
            let meant: Value = serde_json::json!({ &key: { "text": &text }, "number": number, "z": [null, true] });
            for spelling in ["pretty", "crlf", "spaces", "key-order", "escaped-slashes", "unicode-escapes"] {
                let other = respelled(spelling, meant.to_string().as_bytes()).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Value>(&other).unwrap(), &meant);
                let twice = respelled(spelling, other.as_bytes()).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Value>(&twice).unwrap(), &meant);
            }
        }
    }
}
