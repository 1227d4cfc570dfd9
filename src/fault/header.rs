//! A header set, added or taken away.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "header",
    family: Family::Headers,
    meaning: "a header holds another value, comes once more, or is missing",
    least: Class::Rough,
    params: &[
        Param {
            name: "name",
            default: "X-Forwarded-For",
            kind: ParamKind::Text,
            meaning: "its name, as it is written",
        },
        Param { name: "value", default: "127.0.0.1", kind: ParamKind::Text, meaning: "its value" },
        Param {
            name: "how",
            default: "set",
            kind: ParamKind::Choice(&["set", "add", "remove", "append", "upper"]),
            meaning: "instead of all of its name, after them, or none of them; `append` = behind the sender's own value; `upper` = the sender's \
                      own value in upper case",
        },
    ],
    effect: Effect::Each(|callback, args, _| {
        let [name, value, how] = ["name", "value", "how"].map(|term| args.text(term).to_owned());
        callback.wire_fault.tamper(move |request| match how.as_str() {
            "add" => request.add(&name, &value),
            "remove" => request.remove(&name),
            "append" => request.change_headers(&name, |own| Some(format!("{own}{value}"))),
            "upper" => request.change_headers(&name, |own| Some(own.to_ascii_uppercase())),
            _ => request.set(&name, &value),
        });
        Ok(())
    }),
};
