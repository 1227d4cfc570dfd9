//! The sender asks whether it may send the body.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::request::WireStep;

pub(super) static FAULT: Fault = Fault {
    name: "expect-continue",
    family: Family::Framing,
    meaning: "the head asks for 100 Continue, or for something that nobody knows",
    least: Class::Legal,
    params: &[
        Param {
            name: "wait",
            default: "3s",
            kind: ParamKind::Span,
            meaning: "how long the body waits for 100 Continue; 0s = not at all",
        },
        Param {
            name: "expectation",
            default: "100-continue",
            kind: ParamKind::Choice(&["100-continue", "unknown"]),
            meaning: "what is expected",
        },
    ],
    effect: Effect::Each(|callback, args, _| {
        let (wait, unknown) = (args.span("wait"), args.text("expectation") == "unknown");
        if unknown {
            callback.class = callback.class.max(Class::Rough);
        }
        callback.wire_fault.tamper(move |request| {
            request.add("Expect", if unknown { "200-unheard-of" } else { "100-continue" });
        });
        if !wait.is_zero() {
            callback.wire_fault.own_time += wait;
            callback.wire_fault.write(move |request| {
                let (head, body) = (request.head(), request.body.clone());
                vec![WireStep::Write(head.into()), WireStep::Listen(wait), WireStep::Write(body.into())]
            });
        }
        Ok(())
    }),
};
