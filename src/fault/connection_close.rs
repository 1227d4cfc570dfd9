//! The sender says that this is the connection's last request.

use super::{Deed, Fault};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "connection-close",
    meaning: "the request says `Connection: close`",
    least: Class::Legal,
    params: &[],
    deed: Deed::Each(|callback, _, _| {
        callback.hardship.tamper(|letter| letter.set("Connection", "close"));
        Ok(())
    }),
};
