//! The sender's clock is not the receiver's.

use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "skew",
    meaning: "it is signed by a clock that is fast or slow",
    least: Class::Legal,
    params: &[
        Param { name: "by", default: "2m", kind: Kind::Span, meaning: "how much" },
        Param { name: "to", default: "fast", kind: Kind::Choice(&["fast", "slow"]), meaning: "which way" },
    ],
    deed: Deed::Each(|callback, args, sender| {
        sender.signed()?;
        let by = args.seconds("by");
        let fast = args.text("to") == "fast";
        callback.hardship.clock = callback.hardship.clock.saturating_add(if fast { by } else { -by });
        // A clock so slow that the signature has expired is no skew that a receiver could allow for.
        if !fast && by > sender.lifetime {
            callback.class = callback.class.max(Class::Hostile);
        }
        Ok(())
    }),
};
