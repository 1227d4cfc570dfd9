//! The request as a proxy passes it on.

use super::chunked::{LAST, chunks};
use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "proxied",
    meaning: "a proxy passed it on: header names in its own case, without User-Agent, with Via and X-Forwarded-*",
    least: Class::Legal,
    params: &[
        Param {
            name: "case",
            default: "lower",
            kind: Kind::Choice(&["lower", "upper"]),
            meaning: "how it writes header names",
        },
        Param {
            name: "framing",
            default: "length",
            kind: Kind::Choice(&["length", "chunked"]),
            meaning: "whether it passes the body on with its length or in chunks",
        },
    ],
    deed: Deed::Each(|callback, args, _| {
        let (lower, chunked) = (args.text("case") == "lower", args.text("framing") == "chunked");
        callback.hardship.tamper(move |letter| {
            letter.remove("User-Agent");
            letter.add("Via", "1.1 proxy.example");
            letter.add("X-Forwarded-For", "192.0.2.1");
            letter.add("X-Forwarded-Proto", "https");
            if chunked {
                letter.remove("Content-Length");
                letter.add("Transfer-Encoding", "chunked");
                letter.body = [chunks(&letter.body, letter.body.len(), ""), LAST.to_vec()].concat();
            }
            for (name, _) in &mut letter.headers {
                if lower { name.make_ascii_lowercase() } else { name.make_ascii_uppercase() }
            }
        });
        Ok(())
    }),
};
