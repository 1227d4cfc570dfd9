//! The sender leaves, and hears no answer.

use super::place::{WORDS, cut};
use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::request::{Leaving, WireStep};

pub(super) static FAULT: Fault = Fault {
    name: "abort",
    family: Family::Slow,
    meaning: "the sender ends the connection before the answer, by a reset or a close; a retry makes it legal",
    least: Class::Legal,
    params: &[
        Param {
            name: "after",
            default: "end",
            kind: ParamKind::Choice(WORDS),
            meaning: "where: after connecting, in mid-head, after the head, in mid-body, after all of it",
        },
        Param {
            name: "how",
            default: "reset",
            kind: ParamKind::Choice(&["reset", "close"]),
            meaning: "what is on its way is lost, or not",
        },
        Param {
            name: "retry",
            default: "yes",
            kind: ParamKind::Choice(&["yes", "no"]),
            meaning: "whether the next attempt is an ordinary one",
        },
    ],
    effect: Effect::Each(|callback, args, sender| {
        let (after, retry) = (args.text("after").to_owned(), args.text("retry") == "yes");
        if !retry && after == "end" {
            return Err("whether it had an effect could not be known; only a retry can tell".to_owned());
        }
        if retry && sender.retries == 0 {
            return Err("no retry follows that could be an ordinary one".to_owned());
        }
        if retry {
            callback.wire_fault.attempts = 1;
        } else {
            callback.class = callback.class.max(Class::Rough);
        }
        let how = if args.text("how") == "reset" { Leaving::Reset } else { Leaving::Close };
        callback
            .wire_fault
            .write(move |request| vec![WireStep::Write(cut(request, &after).0.into()), WireStep::Leave(how)]);
        Ok(())
    }),
};
