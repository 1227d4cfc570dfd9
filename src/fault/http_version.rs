//! The request line names another version of HTTP.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "http-version",
    family: Family::Framing,
    meaning: "the request line ends in another version than HTTP/1.1",
    least: Class::Legal,
    params: &[Param {
        name: "version",
        default: "HTTP/1.0",
        kind: ParamKind::Choice(&["HTTP/1.0", "HTTP/1.2", "HTTP/3.0", "HTTP/0.9", "HTPP/1.1"]),
        meaning: "which; HTTP/1.0 is in use, the others are not",
    }],
    effect: Effect::Each(|callback, args, _| {
        let version = args.text("version").to_owned();
        if version != "HTTP/1.0" {
            callback.class = callback.class.max(Class::Rough);
        }
        callback.wire_fault.tamper(move |request| request.version = version.clone().into_bytes());
        Ok(())
    }),
};
