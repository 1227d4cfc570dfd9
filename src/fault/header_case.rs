//! Header names in another case, which means nothing.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "header-case",
    family: Family::Headers,
    meaning: "every header name in another case",
    least: Class::Legal,
    params: &[Param {
        name: "as",
        default: "upper",
        kind: ParamKind::Choice(&["upper", "lower", "mixed"]),
        meaning: "HOST, host or hOsT",
    }],
    effect: Effect::Each(|callback, args, _| {
        let case = args.text("as").to_owned();
        callback.wire_fault.tamper(move |request| {
            for (at, byte) in request.headers.iter_mut().flat_map(|(name, _)| name.iter_mut().enumerate()) {
                if case == "lower" || (case == "mixed" && at % 2 == 0) {
                    byte.make_ascii_lowercase();
                } else {
                    byte.make_ascii_uppercase();
                }
            }
        });
        Ok(())
    }),
};
