//! The signature that was made is not the one that is sent.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, SenderFacts};
use crate::callback::{Class, Encoding, PlannedCallback, path};
use crate::family::Family;
use crate::masking::unhex;
use crate::provider::signature::Proof;
use crate::request::RawRequest;

pub(super) static FAULT: Fault = Fault {
    name: "signature",
    family: Family::Signature,
    meaning: "the signature in the body is damaged after it was made",
    least: Class::Rough,
    params: &[
        Param {
            name: "as",
            default: "cut",
            kind: ParamKind::Choice(&[
                "missing",
                "empty",
                "null",
                "number",
                "true",
                "list",
                "object",
                "cut",
                "extended",
                "upper",
                "mixed",
                "space-before",
                "space-after",
                "plus",
                "0x",
                "odd",
                "not-hex",
                "look-alike",
                "base64",
                "base64url",
                "zeros",
                "thousand",
                "tagged",
                "stars",
            ]),
            meaning: "what becomes of it; `number` = the number that its first digits are, which a loose comparison takes for all of it; `true` = the \
                      JSON value; `stars` = ten of its digits are, as in the vendor's printed examples",
        },
        Param {
            name: "to",
            default: "8",
            kind: ParamKind::Count(1000),
            meaning: "digits that are left when it is cut",
        },
    ],
    effect: Effect::Each(|callback, args, sender| {
        sender.signed()?;
        let how = args.text("as").to_owned();
        if sender.reading.proof != Proof::Body {
            return in_header(callback, how, args.count("to"), sender);
        }
        let field = sender.field("@signature")?.to_owned();
        // Other ways to write the very same digits: some receivers decode them before they compare.
        let lenient = ["upper", "mixed", "space-before", "space-after"].contains(&how.as_str());
        callback.class = callback.class.max(if lenient { Class::Rough } else { Class::Hostile });
        callback.wire_fault.damaged = !lenient;
        let to = args.count("to");
        callback.wire_fault.tamper(move |request| {
            if how == "missing" {
                remove(request, &field);
            } else {
                let json = damaged(&request.signature, &how, to);
                replace(request, &json);
            }
        });
        Ok(())
    }),
};

/// The same where the signature stands in headers, which know none of JSON's forms.
fn in_header(
    callback: &mut PlannedCallback,
    how: String,
    to: usize,
    sender: &SenderFacts<'_>,
) -> Result<(), String> {
    const TEXTS: [&str; 11] = [
        "missing", "empty", "cut", "extended", "stars", "upper", "mixed", "tagged", "odd", "not-hex", "zeros",
    ];
    // Other ways to write digits of base 16.
    const DIGITS: [&str; 6] = ["0x", "plus", "look-alike", "base64", "base64url", "thousand"];
    let headers = sender.revision.signed_headers;
    let hexadecimal = sender.signature.is_some_and(|signature| signature.encoding == Encoding::Hex);
    let base64 = sender.signature.is_some_and(|signature| signature.encoding == Encoding::Base64);
    // Many decoders of Base64 end at the padding: what stands behind it lets nobody in.
    let lenient = ["upper", "mixed"].contains(&how.as_str()) && hexadecimal || how == "extended" && base64;
    if !(TEXTS.contains(&how.as_str()) || hexadecimal && DIGITS.contains(&how.as_str())) {
        return Err(format!("a signature in a header cannot be written as `{how}`"));
    }
    callback.class = callback.class.max(if lenient { Class::Rough } else { Class::Hostile });
    callback.wire_fault.damaged = !lenient;
    callback.wire_fault.tamper(move |request| {
        if how == "missing" {
            headers.iter().for_each(|header| request.remove(header.name));
            return;
        }
        // A damaged signature is written as a text of JSON.
        let text = |right: &str| serde_json::from_str(&damaged(right, &how, to)).unwrap_or_default();
        request.change_signatures(text);
    });
    Ok(())
}

/// The signature as JSON, damaged.
fn damaged(right: &str, how: &str, to: usize) -> String {
    let text = |text: String| Value::from(text).to_string();
    match how {
        "empty" => text(String::new()),
        "null" => "null".into(),
        "number" => leading_number(right),
        "true" => "true".into(),
        "list" => format!("[{}]", text(right.into())),
        "object" => format!("{{\"a\":{}}}", text(right.into())),
        "cut" => text(right.chars().take(to.min(right.len().saturating_sub(1))).collect()),
        "extended" => text(format!("{right}00")),
        "stars" => {
            text(right.char_indices().map(|(n, c)| if (8..18).contains(&n) { '*' } else { c }).collect())
        }
        "upper" => text(right.to_ascii_uppercase()),
        "mixed" => text(
            right.char_indices().map(|(n, c)| if n % 2 == 0 { c.to_ascii_uppercase() } else { c }).collect(),
        ),
        "space-before" => text(format!(" {right}")),
        "space-after" => text(format!("{right} ")),
        // Decoders by hand read `+f` as 15: two texts, one value.
        "plus" => text(plus(right)),
        "thousand" => text(vec!["0".repeat(right.len()); 1000].join(" ")),
        "tagged" => text(format!("v0={right}")),
        "0x" => text(format!("0x{right}")),
        "odd" => text(right.chars().take(right.len().saturating_sub(1)).collect()),
        "not-hex" => text("z".repeat(right.len())),
        // A Cyrillic letter that looks like `a`.
        "look-alike" => text(format!("\u{430}{}", right.chars().skip(1).collect::<String>())),
        "base64" => text(BASE64_STANDARD.encode(unhex(right))),
        "base64url" => text(BASE64_URL_SAFE_NO_PAD.encode(unhex(right))),
        _ => text("0".repeat(right.len())),
    }
}

/// The number that languages with loose comparisons see in a text: its leading digits, or 0.
fn leading_number(text: &str) -> String {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        number => number.to_owned(),
    }
}

/// A sign in the place of a leading zero; where there is none, before the first pair.
fn plus(right: &str) -> String {
    let pairs: Vec<&str> = (0..right.len() / 2).filter_map(|n| right.get(2 * n..2 * n + 2)).collect();
    match pairs.iter().position(|pair| pair.starts_with('0')) {
        None => format!("+{right}"),
        Some(at) => {
            let signed = |(n, pair): (usize, &&str)| {
                if n == at { pair.replacen('0', "+", 1) } else { (*pair).to_owned() }
            };
            pairs.iter().enumerate().map(signed).collect()
        }
    }
}

/// Puts JSON in the place of the signature and its quotes.
fn replace(request: &mut RawRequest, json: &str) {
    let quoted = Value::from(request.signature.as_str()).to_string();
    let body = String::from_utf8_lossy(&request.body).replacen(&quoted, json, 1);
    request.replace_body(body.into_bytes());
}

/// Takes the field away, with the comma that joins it to its neighbours.
pub(super) fn remove(request: &mut RawRequest, field: &str) {
    if let Ok(Value::Object(mut fields)) = serde_json::from_slice(&request.body) {
        path::take(&mut fields, field);
        request.replace_body(Value::Object(fields).to_string().into_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_text_is_that_of_its_leading_digits() {
        for (text, number) in [("12ab", "12"), ("007f", "7"), ("abc", "0"), ("00", "0"), ("", "0")] {
            assert_eq!(leading_number(text), number);
        }
    }

    #[test]
    fn a_sign_takes_the_place_of_a_zero_or_stands_before_everything() {
        assert_eq!(plus("a10fb2"), "a1+fb2");
        assert_eq!(plus("a1"), "+a1");
    }

    #[test]
    fn damage_stays_valid_json() {
        let right = "00ff".repeat(16);
        let all =
            ["empty", "null", "number", "list", "object", "cut", "extended", "upper", "look-alike", "zeros"];
        for how in all {
            let json = damaged(&right, how, 8);
            let value: Value = serde_json::from_str(&json).unwrap();
            assert_ne!(value, Value::from(right.as_str()), "{how}");
        }
        assert_eq!(damaged(&right, "cut", 1000), Value::from(&right[..63]).to_string());
    }
}
