//! The lines of the head end, or begin, in another way.

use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "line-ends",
    meaning: "lines of the head end in LF alone, or an empty line stands before the request",
    least: Class::Rough,
    params: &[Param {
        name: "form",
        default: "lf",
        kind: Kind::Choice(&["lf", "empty-line-first"]),
        meaning: "which of the two",
    }],
    deed: Deed::Each(|callback, args, _| {
        let lf = args.text("form") == "lf";
        callback.hardship.tamper(move |letter| {
            if lf {
                letter.line_end = b"\n";
            } else {
                letter.method = [b"\r\n", letter.method.as_slice()].concat();
            }
        });
        Ok(())
    }),
};
