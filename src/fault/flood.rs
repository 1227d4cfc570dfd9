//! Many connections at once that come to nothing.

use super::place::{BEFORE_THE_END, cut};
use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;
use crate::letter::Step;

pub(super) static FAULT: Fault = Fault {
    name: "flood",
    meaning: "many connections fall silent at once, and the callback's own is one of them",
    least: Class::Rough,
    params: &[
        Param { name: "connections", default: "200", kind: Kind::Count(10_000), meaning: "how many in all" },
        Param {
            name: "after",
            default: "mid-head",
            kind: Kind::Choice(BEFORE_THE_END),
            meaning: "what each says first: nothing, half a head, a head, or half a body too",
        },
    ],
    deed: Deed::Each(|callback, args, _| {
        let (others, after) = (args.count("connections").saturating_sub(1), args.text("after").to_owned());
        callback.hardship.write(move |letter| {
            let said = cut(letter, &after).0;
            vec![Step::Crowd(others, said.clone().into()), Step::Write(said.into())]
        });
        Ok(())
    }),
};
