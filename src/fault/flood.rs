//! Many connections at once that come to nothing.

use std::time::Duration;

use super::place::{BEFORE_THE_END, cut};
use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::number;
use crate::request::WireStep;

/// Time to open one connection: the sender's own, and no time to answer.
const OPENING: Duration = Duration::from_millis(3);

pub(super) static FAULT: Fault = Fault {
    name: "flood",
    family: Family::Slow,
    meaning: "many connections fall silent at once, and the callback's own is one of them",
    least: Class::Rough,
    params: &[
        Param {
            name: "connections",
            default: "200",
            kind: ParamKind::Count(10_000),
            meaning: "how many in all",
        },
        Param {
            name: "after",
            default: "mid-head",
            kind: ParamKind::Choice(BEFORE_THE_END),
            meaning: "what each says first: nothing, half a head, a head, or half a body too",
        },
    ],
    effect: Effect::Each(|callback, args, _| {
        let (others, after) = (args.count("connections").saturating_sub(1), args.text("after").to_owned());
        callback.wire_fault.own_time += OPENING.saturating_mul(number::capped::<u32>(others));
        callback.wire_fault.write(move |request| {
            let said = cut(request, &after).0;
            vec![WireStep::Crowd(others, said.clone().into()), WireStep::Write(said.into())]
        });
        Ok(())
    }),
};
