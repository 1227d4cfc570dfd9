//! The sender says that this is the connection's last request.

use super::{Effect, Fault};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "connection-close",
    meaning: "the request says `Connection: close`",
    least: Class::Legal,
    params: &[],
    effect: Effect::Each(|callback, _, _| {
        callback.wire_fault.tamper(|request| request.set("Connection", "close"));
        Ok(())
    }),
};
