//! The sender stops for a while in mid-request.

use super::place::{BEFORE_THE_END, PATIENCE, cut};
use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;
use crate::letter::Step;

pub(super) static FAULT: Fault = Fault {
    name: "pause",
    meaning: "the sender stops for a while in mid-request, and goes on; rough when it is longer than 5s",
    least: Class::Legal,
    params: &[
        Param {
            name: "after",
            default: "head",
            kind: Kind::Choice(BEFORE_THE_END),
            meaning: "where: after connecting, in mid-head, after the head, in mid-body",
        },
        Param { name: "time", default: "3s", kind: Kind::Span, meaning: "how long" },
    ],
    deed: Deed::Each(|callback, args, _| {
        let (after, time) = (args.text("after").to_owned(), args.span("time"));
        if time > PATIENCE {
            callback.class = callback.class.max(Class::Rough);
        }
        callback.hardship.own_time += time;
        callback.hardship.write(move |letter| {
            let (before, rest) = cut(letter, &after);
            vec![Step::Write(before.into()), Step::Pause(time), Step::Write(rest.into())]
        });
        Ok(())
    }),
};
