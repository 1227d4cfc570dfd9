//! Another method than POST.

use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "method",
    meaning: "the request is no POST",
    least: Class::Rough,
    params: &[Param {
        name: "as",
        default: "GET",
        kind: Kind::Text,
        meaning: "the method, as it is written: PUT, HEAD, post",
    }],
    deed: Deed::Each(|callback, args, _| {
        let method = args.text("as").as_bytes().to_vec();
        callback.hardship.tamper(move |letter| {
            // Its answer announces a body that does not come: only the end of the connection tells that it is over.
            if method.eq_ignore_ascii_case(b"HEAD") {
                letter.set("Connection", "close");
            }
            letter.method.clone_from(&method);
        });
        Ok(())
    }),
};
