//! The sender falls silent, and stays.

use super::place::{BEFORE_THE_END, cut};
use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;
use crate::letter::Step;

pub(super) static FAULT: Fault = Fault {
    name: "silent",
    meaning: "the sender falls silent in mid-request and leaves the connection open",
    least: Class::Rough,
    params: &[Param {
        name: "after",
        default: "start",
        kind: Kind::Choice(BEFORE_THE_END),
        meaning: "where: after connecting, in mid-head, after the head, in mid-body",
    }],
    deed: Deed::Each(|callback, args, _| {
        let after = args.text("after").to_owned();
        callback.hardship.write(move |letter| vec![Step::Write(cut(letter, &after).0.into())]);
        Ok(())
    }),
};
