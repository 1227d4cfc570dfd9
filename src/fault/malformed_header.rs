//! A header that is not written as HTTP writes headers.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "malformed-header",
    family: Family::Headers,
    meaning: "one header more, with bytes that do not belong into one",
    least: Class::Rough,
    params: &[Param {
        name: "as",
        default: "nul",
        kind: ParamKind::Choice(&["fold", "space-before-colon", "nul", "bare-cr", "latin-1", "utf-8"]),
        meaning: "over two lines, as `X-Note : x`, or with such a byte in its value",
    }],
    effect: Effect::Each(|callback, args, _| {
        let (name, value, class): (_, &[u8], _) = match args.text("as") {
            // Either refused, or the break read as a space: both are right.
            "fold" => ("X-Note", b"one\r\n two", Class::Rough),
            "space-before-colon" => ("X-Note ", b"x", Class::Hostile),
            "bare-cr" => ("X-Note", b"one\rX-Other: two", Class::Hostile),
            "latin-1" => ("X-Note", b"caf\xe9", Class::Rough),
            "utf-8" => ("X-Note", "café".as_bytes(), Class::Rough),
            _ => ("X-Note", b"one\0two", Class::Hostile),
        };
        callback.class = callback.class.max(class);
        callback.wire_fault.tamper(move |request| request.add(name, value));
        Ok(())
    }),
};
