//! The receiver is restarted between two callbacks: what it only remembered in memory is gone.

use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "restart",
    family: Family::Duplicates,
    meaning: "the receiver's process, started by --exec, is ended and started again before the callback is sent",
    least: Class::Legal,
    params: &[],
    effect: Effect::Each(|callback, _, _| {
        callback.wire_fault.restarts = true;
        Ok(())
    }),
};
