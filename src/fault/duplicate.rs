//! A callback comes more than once, as at-least-once delivery means it to.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, copies};
use crate::callback::{Class, SendOrder};
use crate::family::Family;
use crate::provider::signature::SignedTime;

pub(super) static FAULT: Fault = Fault {
    name: "duplicate",
    family: Family::Duplicates,
    meaning: "the same callback again, byte for byte or freshly signed",
    least: Class::Legal,
    params: &[
        Param { name: "copies", default: "1", kind: ParamKind::Count(99), meaning: "how many more" },
        Param {
            name: "signature",
            default: "same",
            kind: ParamKind::Choice(&["same", "fresh"]),
            meaning: "the very same bytes, or a time and signature of their own",
        },
        Param {
            name: "when",
            default: "after",
            kind: ParamKind::Choice(&["after", "at-once", "last"]),
            meaning: "after it, in the same instant on connections of their own, or after everything else",
        },
    ],
    effect: Effect::Order(|callbacks, chosen, args, sender| {
        let (at_once, last) = (args.text("when") == "at-once", args.text("when") == "last");
        let (mut all, mut late) = (Vec::new(), Vec::new());
        for (at, callback) in callbacks.into_iter().enumerate() {
            if !chosen.contains(&at) {
                all.push(callback);
                continue;
            }
            let mut original = callback;
            let mut copies = copies(&original, args.count("copies"));
            for (n, copy) in (1..).zip(&mut copies) {
                if args.text("signature") == "same" {
                    copy.wire_fault.bytes_of = Some(original.id.clone());
                } else {
                    // What is signed in the same second would have the same signature.
                    // A time of sending that lies ahead is refused by right, so it lies back.
                    let back = sender.revision.signed_time == SignedTime::Sending;
                    copy.wire_fault.clock += if back { -n } else { n };
                }
                if at_once {
                    copy.turn = SendOrder::With(std::time::Duration::ZERO);
                }
            }
            if at_once {
                // Each holds its last byte back until all have come so far.
                let meets = Some(copies.len() + 1);
                for member in std::iter::once(&mut original).chain(&mut copies) {
                    member.wire_fault.meets = meets;
                    member.wire_fault.write(super::meet);
                }
            }
            all.push(original);
            if last { late.extend(copies) } else { all.extend(copies) }
        }
        let end = all.last().map(|callback| callback.due).unwrap_or_default();
        late.iter_mut().for_each(|copy| copy.due = end);
        all.extend(late);
        Ok(all)
    }),
};
