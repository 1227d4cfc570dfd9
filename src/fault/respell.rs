//! The same JSON, spelled in another way that means the same.

use serde_json::{Map, Value};

use super::terms::{Kind, Param};
use super::{Deed, Fault, body};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "respell",
    meaning: "the same values in another spelling, as another serialiser writes them",
    class: Class::Legal,
    params: &[Param {
        name: "as",
        default: "pretty",
        kind: Kind::Choice(&["pretty", "crlf", "spaces", "key-order", "escaped-slashes", "unicode-escapes"]),
        meaning: "with line breaks, in either form; white space around it; keys backwards; `\\/`; `\\u0061` for `a`",
    }],
    deed: Deed::Each(|callback, args, _| {
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
        "key-order" => Value::Object(object.into_iter().rev().collect()).to_string(),
        // In JSON a slash stands in texts only.
        "escaped-slashes" => text.replace('/', "\\/"),
        "unicode-escapes" => escaped(text),
        _ => pretty()?,
    })
}

/// Every letter, digit and foreign character of the texts as an escape.
fn escaped(json: &str) -> String {
    use std::fmt::Write;
    let (mut out, mut inside) = (String::new(), false);
    let mut chars = json.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                out.push(c);
                // The rest of `\u0041` would be escaped once more.
                let next = chars.next();
                out.extend(next);
                if next == Some('u') {
                    out.extend(chars.by_ref().take(4));
                }
            }
            '"' => {
                inside = !inside;
                out.push(c);
            }
            c if inside && (c.is_alphanumeric() || !c.is_ascii()) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing into a String cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out
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
            }
        }
    }
}
