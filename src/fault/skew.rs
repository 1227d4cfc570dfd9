//! The sender's clock is not the receiver's.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "skew",
    meaning: "it is signed by a clock that is fast or slow",
    least: Class::Legal,
    params: &[
        Param { name: "by", default: "2m", kind: ParamKind::Span, meaning: "how much" },
        Param {
            name: "to",
            default: "fast",
            kind: ParamKind::Choice(&["fast", "slow"]),
            meaning: "which way",
        },
    ],
    effect: Effect::Each(|callback, args, sender| {
        sender.signed()?;
        let by = args.seconds("by");
        let fast = args.text("to") == "fast";
        callback.wire_fault.clock = callback.wire_fault.clock.saturating_add(if fast { by } else { -by });
        // A clock so slow that the signature has expired is no skew that a receiver could allow for.
        if !fast && by > sender.lifetime {
            callback.class = callback.class.max(Class::Hostile);
        }
        Ok(())
    }),
};
