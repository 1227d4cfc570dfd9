//! The length of the body is said twice, wrongly, or not at all.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::request::WireStep;

pub(super) static FAULT: Fault = Fault {
    name: "content-length",
    family: Family::Framing,
    meaning: "the body is whole, and its Content-Length is not what it should be",
    least: Class::Legal,
    params: &[
        Param {
            name: "form",
            default: "too-large",
            kind: ParamKind::Choice(&[
                "too-large",
                "too-small",
                "twice",
                "list",
                "different",
                "with-transfer-encoding",
                "plus",
                "negative",
                "huge",
                "empty",
                "none",
            ]),
            meaning: "more than there is, which then ends; less; twice the same, in two lines or one; two that differ; beside \
                      a Transfer-Encoding that is not so; +N; -1; 2^64; nothing; no such header",
        },
        Param {
            name: "by",
            default: "1",
            kind: ParamKind::Count(1 << 20),
            meaning: "how far too-large, too-small and different are off",
        },
    ],
    effect: Effect::Each(|callback, args, _| {
        let (form, by) = (args.text("form").to_owned(), args.count("by"));
        let class = match form.as_str() {
            // To take a length that is said twice for what it is, and nothing for no body, is as right as to refuse.
            "twice" | "list" | "none" => Class::Rough,
            _ => Class::Hostile,
        };
        callback.class = callback.class.max(class);
        if form == "too-large" {
            callback
                .wire_fault
                .write(|request| vec![WireStep::Write(request.bytes().into()), WireStep::Finish]);
        }
        callback.wire_fault.tamper(move |request| {
            let length = request.body.len();
            // What is cut off is JSON, and not the white space behind it.
            let less = request.body.trim_ascii_end().len().saturating_sub(by).to_string();
            let more = length.saturating_add(by).to_string();
            match form.as_str() {
                "too-large" => request.set("Content-Length", more),
                "too-small" => request.set("Content-Length", less),
                "twice" => request.add("Content-Length", length.to_string()),
                "list" => request.set("Content-Length", format!("{length}, {length}")),
                // The right one first: who believes the first must not get away with it.
                "different" => request.add("Content-Length", less),
                // Who believes the length sees a right callback; the coding counts, and there are no chunks.
                "with-transfer-encoding" => request.add("Transfer-Encoding", "chunked"),
                "plus" => request.set("Content-Length", format!("+{length}")),
                "negative" => request.set("Content-Length", "-1"),
                "huge" => request.set("Content-Length", "18446744073709551616"),
                "empty" => request.set("Content-Length", ""),
                _ => request.remove("Content-Length"),
            }
        });
        Ok(())
    }),
};
