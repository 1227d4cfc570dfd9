//! A header set, added or taken away.

use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "header",
    meaning: "a header holds another value, comes once more, or is missing",
    least: Class::Rough,
    params: &[
        Param {
            name: "name",
            default: "X-Forwarded-For",
            kind: Kind::Text,
            meaning: "its name, as it is written",
        },
        Param { name: "value", default: "127.0.0.1", kind: Kind::Text, meaning: "its value" },
        Param {
            name: "how",
            default: "set",
            kind: Kind::Choice(&["set", "add", "remove"]),
            meaning: "in the place of all of its name, after them, or none of them",
        },
    ],
    deed: Deed::Each(|callback, args, _| {
        let [name, value, how] = ["name", "value", "how"].map(|term| args.text(term).to_owned());
        callback.hardship.tamper(move |letter| match how.as_str() {
            "add" => letter.add(&name, &value),
            "remove" => letter.remove(&name),
            _ => letter.set(&name, &value),
        });
        Ok(())
    }),
};
