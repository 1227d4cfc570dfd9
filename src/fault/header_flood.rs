//! More in the head than a server should hold.

use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;

/// Beyond this it is our memory that suffers.
const MOST: usize = 256 << 20;

pub(super) static FAULT: Fault = Fault {
    name: "header-flood",
    meaning: "many headers, or a long one",
    least: Class::Rough,
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
        let (count, bytes) = (args.count("count"), args.count("bytes"));
        if count.saturating_mul(bytes) > MOST {
            return Err(format!("at most {MOST} bytes of headers are sent"));
        }
        let value = vec![b'x'; bytes];
        callback.hardship.tamper(move |letter| {
            for n in 1..=count {
                letter.add(&format!("X-Flood-{n}"), &value);
            }
        });
        Ok(())
    }),
};
