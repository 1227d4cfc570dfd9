//! The body is in chunks, and the header says something else, or more.

use super::chunked::{LAST, chunks};
use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "transfer-encoding",
    meaning: "the body is in chunks, under a Transfer-Encoding that no receiver can undo",
    least: Class::Hostile,
    params: &[Param {
        name: "form",
        default: "unknown",
        kind: Kind::Choice(&["unknown", "gzip", "two-lines"]),
        meaning: "`xchunked`; `gzip, chunked` around what is not compressed; `identity` and `chunked` in a line each",
    }],
    deed: Deed::Each(|callback, args, _| {
        let lines: &[&str] = match args.text("form") {
            "gzip" => &["gzip, chunked"],
            "two-lines" => &["identity", "chunked"],
            _ => &["xchunked"],
        };
        callback.hardship.tamper(move |letter| {
            letter.remove("Content-Length");
            lines.iter().for_each(|line| letter.add("Transfer-Encoding", line));
            letter.body = [chunks(&letter.body, letter.body.len(), ""), LAST.to_vec()].concat();
        });
        Ok(())
    }),
};
