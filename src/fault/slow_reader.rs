//! The sender reads the answer slowly.

use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;
use crate::letter::Step;

pub(super) static FAULT: Fault = Fault {
    name: "slow-reader",
    meaning: "the answer is read in small pieces, through the smallest window that the system gives",
    least: Class::Rough,
    params: &[
        Param { name: "size", default: "1", kind: Kind::Count(1 << 20), meaning: "bytes of a piece" },
        Param { name: "gap", default: "1s", kind: Kind::Span, meaning: "after each piece" },
    ],
    deed: Deed::Each(|callback, args, _| {
        let (size, gap) = (args.count("size").max(1), args.span("gap"));
        callback.hardship.write(move |letter| vec![Step::Sip(size, gap), Step::Write(letter.bytes().into())]);
        Ok(())
    }),
};
