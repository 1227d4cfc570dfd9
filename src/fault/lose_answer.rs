//! The request arrives, its answer does not; so it is sent again.

use std::time::Duration;

use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;
use crate::letter::{Leaving, Step};

pub(super) static FAULT: Fault = Fault {
    name: "lose-answer",
    meaning: "the first attempt arrives whole and its answer is lost; the second is ordinary",
    least: Class::Legal,
    params: &[
        Param {
            name: "how",
            default: "reset",
            kind: Kind::Choice(&["reset", "close", "open"]),
            meaning: "the connection is reset, closed, or left open as by a sender that waited too long",
        },
        Param { name: "after", default: "50ms", kind: Kind::Span, meaning: "from the last byte to leaving" },
    ],
    deed: Deed::Each(|callback, args, _| {
        let leaving = match args.text("how") {
            "reset" => Leaving::Reset,
            "close" => Leaving::Close,
            _ => Leaving::Open,
        };
        // The vendor waits longer; a receiver that has the whole request can do its work in any time.
        let after: Duration = args.span("after");
        callback.hardship.attempts = 1;
        callback.hardship.tries = Some(2);
        callback.hardship.write(move |letter| {
            vec![Step::Write(letter.bytes().into()), Step::Pause(after), Step::Leave(leaving)]
        });
        Ok(())
    }),
};
