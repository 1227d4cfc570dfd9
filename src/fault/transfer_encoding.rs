//! The body is in chunks, and the header says something else, or more.

use super::chunked::{LAST, chunks};
use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "transfer-encoding",
    family: Family::Framing,
    meaning: "the body is in chunks, under a Transfer-Encoding that no receiver can undo",
    least: Class::Hostile,
    params: &[Param {
        name: "form",
        default: "unknown",
        kind: ParamKind::Choice(&["unknown", "gzip", "two-lines"]),
        meaning: "`xchunked`; `gzip, chunked` around what is not compressed; `identity` and `chunked` in a line each",
    }],
    effect: Effect::Each(|callback, args, _| {
        let lines: &[&str] = match args.text("form") {
            "gzip" => &["gzip, chunked"],
            "two-lines" => &["identity", "chunked"],
            _ => &["xchunked"],
        };
        callback.wire_fault.tamper(move |request| {
            request.remove("Content-Length");
            lines.iter().for_each(|line| request.add("Transfer-Encoding", line));
            request.body = [chunks(&request.body, request.body.len(), ""), LAST.to_vec()].concat();
        });
        Ok(())
    }),
};
