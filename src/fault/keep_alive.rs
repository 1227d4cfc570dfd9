//! One connection carries many requests.

use std::time::Duration;

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::number;
use crate::request::WireStep;

/// Time limit for each answer.
const ANSWER: Duration = Duration::from_secs(20);

pub(super) static FAULT: Fault = Fault {
    name: "keep-alive",
    family: Family::Connections,
    meaning: "the callback comes again and again on one connection, each time after the answer",
    least: Class::Legal,
    params: &[
        Param {
            name: "requests",
            default: "100",
            kind: ParamKind::Count(10_000),
            meaning: "how often in all",
        },
        Param {
            name: "idle",
            default: "0s",
            kind: ParamKind::Span,
            meaning: "between an answer and the next; the receiver may close meanwhile, then what is left goes out on a new connection",
        },
    ],
    effect: Effect::Each(|callback, args, _| {
        let (again, idle) = (args.count("requests").saturating_sub(1), args.span("idle"));
        let each = idle.saturating_add(Duration::from_secs(1));
        callback.wire_fault.own_time += each.saturating_mul(number::capped::<u32>(again));
        callback.wire_fault.write(move |request| {
            let request = || WireStep::Write(request.bytes().into());
            let more = || [WireStep::Listen(ANSWER), WireStep::Pause(idle), WireStep::Another, request()];
            std::iter::once(request()).chain((0..again).flat_map(|_| more())).collect()
        });
        Ok(())
    }),
};
