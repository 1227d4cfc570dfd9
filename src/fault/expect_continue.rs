//! The sender asks whether it may send the body.

use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;
use crate::letter::Step;

pub(super) static FAULT: Fault = Fault {
    name: "expect-continue",
    meaning: "the head asks for 100 Continue, or for something that nobody knows",
    least: Class::Legal,
    params: &[
        Param {
            name: "wait",
            default: "3s",
            kind: Kind::Span,
            meaning: "how long the body waits for 100 Continue; 0s = not at all",
        },
        Param {
            name: "expectation",
            default: "100-continue",
            kind: Kind::Choice(&["100-continue", "unknown"]),
            meaning: "what is expected",
        },
    ],
    deed: Deed::Each(|callback, args, _| {
        let (wait, unknown) = (args.span("wait"), args.text("expectation") == "unknown");
        if unknown {
            callback.class = callback.class.max(Class::Rough);
        }
        callback.hardship.tamper(move |letter| {
            letter.add("Expect", if unknown { "200-unheard-of" } else { "100-continue" });
        });
        if !wait.is_zero() {
            callback.hardship.own_time += wait;
            callback.hardship.write(move |letter| {
                let (head, body) = (letter.head(), letter.body.clone());
                vec![Step::Write(head.into()), Step::Listen(wait), Step::Write(body.into())]
            });
        }
        Ok(())
    }),
};
