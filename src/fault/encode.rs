//! The body in an encoding that JSON is not sent in, or in none.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, body};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "encode",
    family: Family::Body,
    meaning: "the body is not UTF-8, or not only",
    least: Class::Rough,
    params: &[Param {
        name: "as",
        default: "invalid",
        kind: ParamKind::Choice(&[
            "bom",
            "utf-16le",
            "utf-16be",
            "utf-32",
            "invalid",
            "truncated",
            "overlong",
        ]),
        meaning: "a byte order mark before it; another encoding (with its mark); or one text more that is no UTF-8",
    }],
    effect: Effect::Each(|callback, args, _| {
        let form = args.text("as").to_owned();
        body::rewrite(callback, move |body| encoded(&form, body));
        Ok(())
    }),
};

fn encoded(form: &str, body: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8_lossy(&body);
    match form {
        "bom" => ["\u{feff}", &text].concat().into_bytes(),
        "utf-16le" => ["\u{feff}", &text].concat().encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => ["\u{feff}", &text].concat().encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "utf-32" => ["\u{feff}", &text].concat().chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(),
        _ => {
            let bytes: &[u8] = match form {
                "truncated" => b"\xe4\xb8",
                "overlong" => b"\xc0\xaf",
                _ => b"\xff",
            };
            body::append(body, &[b"\"note\":\"", bytes, b"\""].concat())
        }
    }
}
