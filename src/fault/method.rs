//! Another method than POST.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "method",
    family: Family::Headers,
    meaning: "the request is no POST",
    least: Class::Rough,
    params: &[Param {
        name: "as",
        default: "GET",
        kind: ParamKind::Text,
        meaning: "the method, as it is written: PUT, HEAD, post",
    }],
    effect: Effect::Each(|callback, args, _| {
        let method = args.text("as").as_bytes().to_vec();
        callback.wire_fault.tamper(move |request| {
            // Its answer announces a body that does not come: only the end of the connection tells that it is over.
            if method.eq_ignore_ascii_case(b"HEAD") {
                request.set("Connection", "close");
            }
            request.method.clone_from(&method);
        });
        Ok(())
    }),
};
