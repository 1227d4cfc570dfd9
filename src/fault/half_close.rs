//! The sender says that it has said everything, and waits for the answer.

use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::request::WireStep;

pub(super) static FAULT: Fault = Fault {
    name: "half-close",
    family: Family::Slow,
    meaning: "after the whole request the sender ends its side (FIN) and waits for the answer",
    least: Class::Legal,
    params: &[],
    effect: Effect::Each(|callback, _, _| {
        // A retry would hide that the first answer was lost.
        callback.wire_fault.tries = Some(1);
        callback.wire_fault.write(|request| vec![WireStep::Write(request.bytes().into()), WireStep::Finish]);
        Ok(())
    }),
};
