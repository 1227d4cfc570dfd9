//! More in the head than a server should hold.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;

/// Beyond this it is our memory that suffers.
const MOST: usize = 256 << 20;

pub(super) static FAULT: Fault = Fault {
    name: "header-flood",
    family: Family::Headers,
    meaning: "many headers, or a long one",
    least: Class::Rough,
    params: &[
        Param { name: "count", default: "101", kind: ParamKind::Count(100_000), meaning: "how many more" },
        Param {
            name: "bytes",
            default: "1",
            kind: ParamKind::Count(100 << 20),
            meaning: "length of each one's value",
        },
    ],
    effect: Effect::Each(|callback, args, _| {
        let (count, bytes) = (args.count("count"), args.count("bytes"));
        if count.saturating_mul(bytes) > MOST {
            return Err(format!("at most {MOST} bytes of headers are sent"));
        }
        let value = vec![b'x'; bytes];
        callback.wire_fault.tamper(move |request| {
            for n in 1..=count {
                request.add(&format!("X-Flood-{n}"), &value);
            }
        });
        Ok(())
    }),
};
