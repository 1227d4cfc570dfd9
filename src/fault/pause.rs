//! The sender stops for a while in mid-request.

use super::place::{BEFORE_THE_END, cut, is_long};
use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::request::WireStep;

pub(super) static FAULT: Fault = Fault {
    name: "pause",
    family: Family::Slow,
    meaning: "the sender stops for a while in mid-request, and goes on; rough when it is longer than 5s, or than the sender waits for an answer",
    least: Class::Legal,
    params: &[
        Param {
            name: "after",
            default: "head",
            kind: ParamKind::Choice(BEFORE_THE_END),
            meaning: "where: after connecting, in mid-head, after the head, in mid-body",
        },
        Param { name: "time", default: "3s", kind: ParamKind::Span, meaning: "how long" },
    ],
    effect: Effect::Each(|callback, args, sender| {
        let (after, time) = (args.text("after").to_owned(), args.span("time"));
        if is_long(time, sender) {
            callback.class = callback.class.max(Class::Rough);
        }
        callback.wire_fault.own_time += time;
        callback.wire_fault.write(move |request| {
            let (before, rest) = cut(request, &after);
            vec![WireStep::Write(before.into()), WireStep::Pause(time), WireStep::Write(rest.into())]
        });
        Ok(())
    }),
};
