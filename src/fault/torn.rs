//! The sender ends in mid-request, in order, as if that were all.

use super::terms::{Kind, Param};
use super::{Deed, Fault, copies};
use crate::callback::Class;
use crate::letter::{Leaving, Step};

pub(super) static FAULT: Fault = Fault {
    name: "torn",
    meaning: "the request breaks off and the connection is ended (FIN); once for each of several cuts",
    least: Class::Legal,
    params: &[
        Param {
            name: "part",
            default: "body",
            kind: Kind::Choice(&["head", "body"]),
            meaning: "the part that breaks off",
        },
        Param {
            name: "cuts",
            default: "1",
            kind: Kind::Count(4096),
            meaning: "how many, evenly from no byte of the part to all but one; 1 = all but one",
        },
        Param {
            name: "retry",
            default: "no",
            kind: Kind::Choice(&["no", "yes"]),
            meaning: "whether the next attempt is whole, and the callback legal",
        },
    ],
    deed: Deed::Order(|callbacks, chosen, args, sender| {
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
                callback.hardship.attempts = 1;
            } else {
                callback.class = callback.class.max(Class::Hostile);
            }
            let copies = copies(&callback, cuts - 1);
            for (n, mut one) in std::iter::once(callback).chain(copies).enumerate() {
                let body = args.text("part") == "body";
                one.hardship.write(move |letter| {
                    let (head, mut bytes) = (letter.head().len(), letter.bytes());
                    let (begin, length) = if body { (head, letter.body.len()) } else { (0, head) };
                    let last = length.saturating_sub(1);
                    bytes.truncate(begin + (last * n).checked_div(cuts - 1).unwrap_or(last));
                    // Whoever tries again did not stay for an answer.
                    let end = if retry { Step::Leave(Leaving::Close) } else { Step::Finish };
                    vec![Step::Write(bytes.into()), end]
                });
                all.push(one);
            }
        }
        Ok(all)
    }),
};
