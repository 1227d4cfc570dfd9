//! The sender says that this is the connection's last request.

use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "connection-close",
    family: Family::Connections,
    meaning: "the request says `Connection: close`",
    least: Class::Legal,
    params: &[],
    effect: Effect::Each(|callback, _, _| {
        callback.wire_fault.tamper(|request| request.set("Connection", "close"));
        Ok(())
    }),
};
