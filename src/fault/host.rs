//! No Host, or more than one.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "host",
    family: Family::Headers,
    meaning: "the request has no Host, or two",
    least: Class::Hostile,
    params: &[Param {
        name: "as",
        default: "none",
        kind: ParamKind::Choice(&["none", "two"]),
        meaning: "none at all, or a second one that differs",
    }],
    effect: Effect::Each(|callback, args, _| {
        let none = args.text("as") == "none";
        callback.wire_fault.tamper(move |request| {
            if none { request.remove("Host") } else { request.add("Host", "other.example") }
        });
        Ok(())
    }),
};
