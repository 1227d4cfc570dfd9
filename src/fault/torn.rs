//! The sender ends in mid-request, in order, as if that were all.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, copies};
use crate::callback::Class;
use crate::family::Family;
use crate::request::{Leaving, WireStep};

pub(super) static FAULT: Fault = Fault {
    name: "torn",
    family: Family::Slow,
    meaning: "the request breaks off and the connection is ended (FIN); once for each of several cuts",
    least: Class::Legal,
    params: &[
        Param {
            name: "part",
            default: "body",
            kind: ParamKind::Choice(&["head", "body"]),
            meaning: "the part that breaks off",
        },
        Param {
            name: "cuts",
            default: "1",
            kind: ParamKind::Count(4096),
            meaning: "how many, evenly from no byte of the part to all but one; 1 = all but one",
        },
        Param {
            name: "retry",
            default: "no",
            kind: ParamKind::Choice(&["no", "yes"]),
            meaning: "whether the next attempt is whole, and the callback legal",
        },
    ],
    effect: Effect::Order(|callbacks, chosen, args, sender| {
        let (cuts, retry) = (args.count("cuts").max(1), args.text("retry") == "yes");
        if retry && sender.retries == 0 {
            return Err("there is no retry that could be whole".to_owned());
        }
        let mut all = Vec::new();
        for (at, mut callback) in callbacks.into_iter().enumerate() {
            if !chosen.contains(&at) {
                all.push(callback);
                continue;
            }
            if retry {
                callback.wire_fault.attempts = 1;
            } else {
                callback.class = callback.class.max(Class::Hostile);
            }
            let copies = copies(&callback, cuts - 1);
            for (n, mut one) in std::iter::once(callback).chain(copies).enumerate() {
                let body = args.text("part") == "body";
                one.wire_fault.write(move |request| {
                    let (head, mut bytes) = (request.head().len(), request.bytes());
                    let (begin, length) = if body { (head, request.body.len()) } else { (0, head) };
                    let last = length.saturating_sub(1);
                    bytes.truncate(begin + (last * n).checked_div(cuts - 1).unwrap_or(last));
                    // Whoever tries again did not stay for an answer.
                    let end = if retry { WireStep::Leave(Leaving::Close) } else { WireStep::Finish };
                    vec![WireStep::Write(bytes.into()), end]
                });
                all.push(one);
            }
        }
        Ok(all)
    }),
};
