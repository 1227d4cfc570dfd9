//! The request arrives, its answer does not; so it is sent again.

use std::time::Duration;

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::request::{Leaving, WireStep};

pub(super) static FAULT: Fault = Fault {
    name: "lose-answer",
    family: Family::Duplicates,
    meaning: "the first attempt arrives whole and its answer is lost; the second is ordinary",
    least: Class::Legal,
    params: &[
        Param {
            name: "how",
            default: "reset",
            kind: ParamKind::Choice(&["reset", "close", "open"]),
            meaning: "the connection is reset, closed, or left open as by a sender that waited too long",
        },
        Param {
            name: "after",
            default: "50ms",
            kind: ParamKind::Span,
            meaning: "from the last byte to leaving",
        },
    ],
    effect: Effect::Each(|callback, args, _| {
        let leaving = match args.text("how") {
            "reset" => Leaving::Reset,
            "close" => Leaving::Close,
            _ => Leaving::Open,
        };
        // The vendor waits longer; a receiver that has the whole request can do its work in any time.
        let after: Duration = args.span("after");
        callback.wire_fault.attempts = 1;
        callback.wire_fault.tries = Some(2);
        callback.wire_fault.write(move |request| {
            let whole = request.bytes().into();
            vec![WireStep::Deaf, WireStep::Write(whole), WireStep::Pause(after), WireStep::Leave(leaving)]
        });
        Ok(())
    }),
};
