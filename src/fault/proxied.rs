//! The request as a proxy passes it on.

use super::chunked::{LAST, chunks};
use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "proxied",
    family: Family::Connections,
    meaning: "a proxy passed it on: header names in its own case, without User-Agent, with Via and X-Forwarded-*",
    least: Class::Legal,
    params: &[
        Param {
            name: "case",
            default: "lower",
            kind: ParamKind::Choice(&["lower", "upper"]),
            meaning: "how it writes header names",
        },
        Param {
            name: "framing",
            default: "length",
            kind: ParamKind::Choice(&["length", "chunked"]),
            meaning: "whether it passes the body on with its length or in chunks",
        },
    ],
    effect: Effect::Each(|callback, args, _| {
        let (lower, chunked) = (args.text("case") == "lower", args.text("framing") == "chunked");
        callback.wire_fault.tamper(move |request| {
            request.remove("User-Agent");
            request.add("Via", "1.1 proxy.example");
            request.add("X-Forwarded-For", "192.0.2.1");
            request.add("X-Forwarded-Proto", "https");
            if chunked {
                request.remove("Content-Length");
                request.add("Transfer-Encoding", "chunked");
                request.body = [chunks(&request.body, request.body.len(), ""), LAST.to_vec()].concat();
            }
            for (name, _) in &mut request.headers {
                if lower { name.make_ascii_lowercase() } else { name.make_ascii_uppercase() }
            }
        });
        Ok(())
    }),
};
