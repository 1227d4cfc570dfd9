//! What lenient parsers take for JSON.

use super::terms::{Kind, Param};
use super::{Deed, Fault, body};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "loose-json",
    meaning: "the body is nearly JSON: what JavaScript, YAML or a lenient parser would read",
    least: Class::Rough,
    params: &[Param {
        name: "with",
        default: "trailing-comma",
        kind: Kind::Choice(&[
            "comment",
            "trailing-comma",
            "single-quotes",
            "bare-keys",
            "nan",
            "infinity",
            "hex",
            "leading-zero",
            "two-documents",
            "trailing-garbage",
            "lines",
        ]),
        meaning: "what is wrong with it; `lines` = two documents, a line each",
    }],
    deed: Deed::Each(|callback, args, _| {
        let with = args.text("with").to_owned();
        body::rewrite(callback, move |body| loosened(&with, body));
        Ok(())
    }),
};

fn loosened(with: &str, mut body: Vec<u8>) -> Vec<u8> {
    let note = |body, number| body::append(body, format!("\"note\":{number}").as_bytes());
    match with {
        "comment" => [&b"/* a comment */"[..], &body, b" // another"].concat(),
        "trailing-comma" => match body.iter().rposition(|byte| *byte == b'}') {
            Some(end) => {
                body.insert(end, b',');
                body
            }
            None => body,
        },
        "single-quotes" => {
            body.iter_mut().filter(|byte| **byte == b'"').for_each(|byte| *byte = b'\'');
            body
        }
        "bare-keys" => body::append(body, b"note:0"),
        "two-documents" => body.repeat(2),
        "trailing-garbage" => [&body, &b"]garbage"[..]].concat(),
        "lines" => [&body, &b"\n"[..]].concat().repeat(2),
        "nan" => note(body, "NaN"),
        "infinity" => note(body, "-Infinity"),
        "hex" => note(body, "0x1F"),
        _ => note(body, "007"),
    }
}
