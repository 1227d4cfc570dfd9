//! The signature's time lies in the past.

use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "expire",
    meaning: "the signature is right, and has expired when it is sent",
    least: Class::Hostile,
    params: &[Param { name: "by", default: "11m", kind: Kind::Span, meaning: "how long ago" }],
    deed: Deed::Each(|callback, args, sender| {
        sender.signed()?;
        callback.hardship.clock -= sender.lifetime.saturating_add(args.seconds("by"));
        Ok(())
    }),
};
