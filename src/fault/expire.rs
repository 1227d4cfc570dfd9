//! The signature's time lies in the past.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "expire",
    family: Family::Time,
    meaning: "the signature is right, and has expired when it is sent",
    least: Class::Hostile,
    params: &[Param { name: "by", default: "11m", kind: ParamKind::Span, meaning: "how long ago" }],
    effect: Effect::Each(|callback, args, sender| {
        sender.signed()?;
        sender.timed()?;
        if args.seconds("by") <= sender.leeway {
            callback.class = callback.class.min(Class::Rough);
        }
        callback.wire_fault.clock -= sender.lifetime.saturating_add(args.seconds("by"));
        Ok(())
    }),
};
