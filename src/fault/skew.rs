//! The sender's clock is not the receiver's.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::provider::signature::SignedTime;

pub(super) static FAULT: Fault = Fault {
    name: "skew",
    family: Family::Time,
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
        sender.timed()?;
        let by = args.seconds("by");
        let fast = args.text("to") == "fast";
        // Of a time of sending a receiver says how far it may be off, in either direction.
        if sender.revision.signed_time == SignedTime::Sending {
            let beyond = if fast { sender.leeway } else { sender.lifetime.saturating_add(sender.leeway) };
            let within = if fast { 0 } else { sender.lifetime };
            callback.class = callback.class.max(match by {
                _ if by > beyond => Class::Hostile,
                _ if by > within => Class::Rough,
                _ => Class::Legal,
            });
        }
        if sender.revision.signed_time == SignedTime::Near {
            let beyond = sender.lifetime.saturating_add(sender.leeway);
            callback.class = callback.class.max(match by {
                _ if by > beyond => Class::Hostile,
                _ if by > sender.lifetime => Class::Rough,
                _ => Class::Legal,
            });
        }
        callback.wire_fault.clock = callback.wire_fault.clock.saturating_add(if fast { by } else { -by });
        // A clock so slow that the signature has expired is no skew that a receiver could allow for.
        if sender.revision.signed_time == SignedTime::Expiry && !fast && by > sender.lifetime {
            callback.class = callback.class.max(Class::Hostile);
        }
        Ok(())
    }),
};
