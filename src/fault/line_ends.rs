//! The lines of the head end, or begin, in another way.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "line-ends",
    family: Family::Framing,
    meaning: "lines of the head end in LF alone, or an empty line stands before the request",
    least: Class::Rough,
    params: &[Param {
        name: "form",
        default: "lf",
        kind: ParamKind::Choice(&["lf", "empty-line-first"]),
        meaning: "which of the two",
    }],
    effect: Effect::Each(|callback, args, _| {
        let lf = args.text("form") == "lf";
        callback.wire_fault.tamper(move |request| {
            if lf {
                request.line_end = b"\n";
            } else {
                request.method = [b"\r\n", request.method.as_slice()].concat();
            }
        });
        Ok(())
    }),
};
