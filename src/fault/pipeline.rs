//! Requests follow each other on one connection without waiting for answers.

use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;
use crate::letter::Step;

pub(super) static FAULT: Fault = Fault {
    name: "pipeline",
    meaning: "the callback comes several times in one write, and each wants its answer",
    least: Class::Legal,
    params: &[Param {
        name: "requests",
        default: "2",
        kind: Kind::Count(1000),
        meaning: "how often it comes in all",
    }],
    deed: Deed::Each(|callback, args, _| {
        let requests = args.count("requests").max(1);
        callback.hardship.write(move |letter| {
            let mut steps = vec![Step::Another; requests - 1];
            steps.push(Step::Write(letter.bytes().repeat(requests).into()));
            steps
        });
        Ok(())
    }),
};
