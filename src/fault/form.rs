//! The JSON as part of an HTML form.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;

/// Stands in no body of ours.
const BOUNDARY: &str = "----hookreel-boundary-7d1f";

pub(super) static FAULT: Fault = Fault {
    name: "form",
    family: Family::Body,
    meaning: "the JSON comes as the field `payload` of a form",
    least: Class::Rough,
    params: &[Param {
        name: "as",
        default: "urlencoded",
        kind: ParamKind::Choice(&["urlencoded", "multipart"]),
        meaning: "application/x-www-form-urlencoded or multipart/form-data",
    }],
    effect: Effect::Each(|callback, args, _| {
        let multipart = args.text("as") == "multipart";
        callback.wire_fault.tamper(move |request| {
            let json = std::mem::take(&mut request.body);
            if multipart {
                let head =
                    format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n");
                let end = format!("\r\n--{BOUNDARY}--\r\n");
                request.replace_body([head.as_bytes(), &json, end.as_bytes()].concat());
                request.set("Content-Type", format!("multipart/form-data; boundary={BOUNDARY}"));
            } else {
                let encoded: String = url::form_urlencoded::byte_serialize(&json).collect();
                request.replace_body(format!("payload={encoded}").into_bytes());
                request.set("Content-Type", "application/x-www-form-urlencoded");
            }
        });
        Ok(())
    }),
};
