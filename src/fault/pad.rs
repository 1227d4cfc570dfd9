//! A body of a given size.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, body};
use crate::callback::Class;
use crate::family::Family;

/// `,"padding":""`
const AROUND: usize = 13;

pub(super) static FAULT: Fault = Fault {
    name: "pad",
    family: Family::Body,
    meaning: "the body grows to a size, by a field that nobody reads",
    least: Class::Rough,
    params: &[Param {
        name: "bytes",
        default: "1048577",
        kind: ParamKind::Count(1 << 30),
        meaning: "length of the whole body; one that is longer already stays as it is",
    }],
    effect: Effect::Each(|callback, args, _| {
        let bytes = args.count("bytes");
        body::rewrite(callback, move |body| match bytes.checked_sub(body.len() + AROUND) {
            Some(room) => {
                let mut member = b"\"padding\":\"".to_vec();
                member.resize(member.len() + room, b'x');
                member.push(b'"');
                body::append(body, &member)
            }
            None => body,
        });
        Ok(())
    }),
};
