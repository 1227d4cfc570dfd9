//! Not exactly one Host.

use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "host",
    meaning: "the request has no Host, or two",
    least: Class::Hostile,
    params: &[Param {
        name: "as",
        default: "none",
        kind: Kind::Choice(&["none", "two"]),
        meaning: "none at all, or a second one that differs",
    }],
    deed: Deed::Each(|callback, args, _| {
        let none = args.text("as") == "none";
        callback.hardship.tamper(move |letter| {
            if none { letter.remove("Host") } else { letter.add("Host", "other.example") }
        });
        Ok(())
    }),
};
