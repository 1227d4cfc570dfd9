//! The JSON as part of an HTML form.

use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;

/// Stands in no body of ours.
const BOUNDARY: &str = "----hookreel-boundary-7d1f";

pub(super) static FAULT: Fault = Fault {
    name: "form",
    meaning: "the JSON comes as the field `payload` of a form",
    least: Class::Rough,
    params: &[Param {
        name: "as",
        default: "urlencoded",
        kind: Kind::Choice(&["urlencoded", "multipart"]),
        meaning: "application/x-www-form-urlencoded or multipart/form-data",
    }],
    deed: Deed::Each(|callback, args, _| {
        let multipart = args.text("as") == "multipart";
        callback.hardship.tamper(move |letter| {
            let json = std::mem::take(&mut letter.body);
            if multipart {
                let head =
                    format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n");
                let end = format!("\r\n--{BOUNDARY}--\r\n");
                letter.replace_body([head.as_bytes(), &json, end.as_bytes()].concat());
                letter.set("Content-Type", format!("multipart/form-data; boundary={BOUNDARY}"));
            } else {
                let encoded: String = url::form_urlencoded::byte_serialize(&json).collect();
                letter.replace_body(format!("payload={encoded}").into_bytes());
                letter.set("Content-Type", "application/x-www-form-urlencoded");
            }
        });
        Ok(())
    }),
};
