//! Requests follow each other on one connection without waiting for answers.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::request::WireStep;

pub(super) static FAULT: Fault = Fault {
    name: "pipeline",
    family: Family::Framing,
    meaning: "the callback comes several times in one write, and each wants its answer",
    least: Class::Legal,
    params: &[Param {
        name: "requests",
        default: "2",
        kind: ParamKind::Count(1000),
        meaning: "how often it comes in all",
    }],
    effect: Effect::Each(|callback, args, _| {
        let requests = args.count("requests").max(1);
        callback.wire_fault.write(move |request| {
            let mut steps = vec![WireStep::Another; requests - 1];
            steps.push(WireStep::Write(request.bytes().repeat(requests).into()));
            steps
        });
        Ok(())
    }),
};
