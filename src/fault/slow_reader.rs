//! The sender reads the answer slowly.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::request::WireStep;

pub(super) static FAULT: Fault = Fault {
    name: "slow-reader",
    family: Family::Slow,
    meaning: "the answer is read in small pieces for half of the time limit, through the smallest window that the system gives",
    least: Class::Rough,
    params: &[
        Param { name: "size", default: "1", kind: ParamKind::Count(1 << 20), meaning: "bytes of a piece" },
        Param { name: "gap", default: "1s", kind: ParamKind::Span, meaning: "after each piece" },
    ],
    effect: Effect::Each(|callback, args, _| {
        let (size, gap) = (args.count("size").max(1), args.span("gap"));
        callback
            .wire_fault
            .write(move |request| vec![WireStep::Sip(size, gap), WireStep::Write(request.bytes().into())]);
        Ok(())
    }),
};
