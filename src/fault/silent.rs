//! The sender falls silent, and stays.

use super::place::{BEFORE_THE_END, cut};
use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::request::WireStep;

pub(super) static FAULT: Fault = Fault {
    name: "silent",
    family: Family::Slow,
    meaning: "the sender falls silent in mid-request and leaves the connection open",
    least: Class::Rough,
    params: &[Param {
        name: "after",
        default: "start",
        kind: ParamKind::Choice(BEFORE_THE_END),
        meaning: "where: after connecting, in mid-head, after the head, in mid-body",
    }],
    effect: Effect::Each(|callback, args, _| {
        let after = args.text("after").to_owned();
        callback.wire_fault.write(move |request| vec![WireStep::Write(cut(request, &after).0.into())]);
        Ok(())
    }),
};
