//! JSON variants that only lenient parsers accept.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, body};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "loose-json",
    family: Family::Body,
    meaning: "the body is nearly JSON: what JavaScript, YAML or a lenient parser would read",
    least: Class::Rough,
    params: &[Param {
        name: "with",
        default: "trailing-comma",
        kind: ParamKind::Choice(&[
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
            "missing-comma",
            "bare-value",
        ]),
        meaning: "what is wrong with it; `lines` = two documents, a line each; `missing-comma` and `bare-value` = as examples on the vendors' pages are",
    }],
    effect: Effect::Each(|callback, args, _| {
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
        "missing-comma" => without_last_comma(body),
        "bare-value" => bare(body),
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

/// Without the comma before the last member, as Huawei's printed example is.
fn without_last_comma(mut body: Vec<u8>) -> Vec<u8> {
    let (mut inside, mut escaped, mut depth, mut last) = (false, false, 0_u32, None);
    for (at, byte) in body.iter().enumerate() {
        match (inside, escaped, byte) {
            (true, true, _) => escaped = false,
            (true, false, b'\\') => escaped = true,
            (_, false, b'"') => inside = !inside,
            (false, _, b'{' | b'[') => depth += 1,
            (false, _, b'}' | b']') => depth = depth.saturating_sub(1),
            (false, _, b',') if depth == 1 => last = Some(at),
            _ => {}
        }
    }
    if let Some(at) = last {
        body.remove(at);
    }
    body
}

/// A string without its quotes, as `"app":yourapp` in Tencent's printed examples.
fn bare(mut body: Vec<u8>) -> Vec<u8> {
    const OPENS: &[u8] = b":\"";
    let opens = body.windows(OPENS.len()).position(|two| two == OPENS).map(|at| at + 1);
    let closes =
        opens.and_then(|at| Some(at + 1 + body.get(at + 1..)?.iter().position(|byte| *byte == b'"')?));
    if let (Some(opens), Some(closes)) = (opens, closes) {
        body.remove(closes);
        body.remove(opens);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendors_broken_examples_are_broken_in_their_own_ways() {
        let body = br#"{"app":"live","ext":"{\"a\":1,\"b\":2}","list":[1,2],"t":7}"#;
        let loosened = |with| String::from_utf8(loosened(with, body.to_vec())).unwrap();
        assert_eq!(loosened("bare-value"), r#"{"app":live,"ext":"{\"a\":1,\"b\":2}","list":[1,2],"t":7}"#);
        assert_eq!(
            loosened("missing-comma"),
            r#"{"app":"live","ext":"{\"a\":1,\"b\":2}","list":[1,2]"t":7}"#
        );
    }
}
