//! The length of the body is said twice, wrongly, or not at all.

use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;
use crate::letter::Step;

pub(super) static FAULT: Fault = Fault {
    name: "content-length",
    meaning: "the body is whole, and its Content-Length is not what it should be",
    least: Class::Legal,
    params: &[
        Param {
            name: "form",
            default: "too-large",
            kind: Kind::Choice(&[
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
            kind: Kind::Count(1 << 20),
            meaning: "how far too-large, too-small and different are off",
        },
    ],
    deed: Deed::Each(|callback, args, _| {
        let (form, by) = (args.text("form").to_owned(), args.count("by"));
        let class = match form.as_str() {
            // To take a length that is said twice for what it is, and nothing for no body, is as right as to refuse.
            "twice" | "list" | "none" => Class::Rough,
            _ => Class::Hostile,
        };
        callback.class = callback.class.max(class);
        if form == "too-large" {
            callback.hardship.write(|letter| vec![Step::Write(letter.bytes().into()), Step::Finish]);
        }
        callback.hardship.tamper(move |letter| {
            let length = letter.body.len();
            let (more, less) = (length.saturating_add(by).to_string(), length.saturating_sub(by).to_string());
            match form.as_str() {
                "too-large" => letter.set("Content-Length", more),
                "too-small" => letter.set("Content-Length", less),
                "twice" => letter.add("Content-Length", length.to_string()),
                "list" => letter.set("Content-Length", format!("{length}, {length}")),
                // The right one first: who believes the first must not get away with it.
                "different" => letter.add("Content-Length", less),
                // Who believes the length sees a right callback; the coding counts, and there are no chunks.
                "with-transfer-encoding" => letter.add("Transfer-Encoding", "chunked"),
                "plus" => letter.set("Content-Length", format!("+{length}")),
                "negative" => letter.set("Content-Length", "-1"),
                "huge" => letter.set("Content-Length", "18446744073709551616"),
                "empty" => letter.set("Content-Length", ""),
                _ => letter.remove("Content-Length"),
            }
        });
        Ok(())
    }),
};
