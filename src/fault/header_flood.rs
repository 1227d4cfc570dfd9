//! More in the head than a server should hold.

use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "header-flood",
    meaning: "many headers, or a long one",
    class: Class::Rough,
    params: &[
        Param { name: "count", default: "101", kind: Kind::Count(100_000), meaning: "how many more" },
        Param {
            name: "bytes",
            default: "1",
            kind: Kind::Count(100 << 20),
            meaning: "length of each one's value",
        },
    ],
    deed: Deed::Each(|callback, args, _| {
        let (count, value) = (args.count("count"), vec![b'x'; args.count("bytes")]);
        callback.hardship.tamper(move |letter| {
            for n in 1..=count {
                letter.add(&format!("X-Flood-{n}"), &value);
            }
        });
        Ok(())
    }),
};
