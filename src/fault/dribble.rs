//! A part of the request comes in small pieces with gaps between them.

use super::place::is_long;
use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::number;
use crate::request::WireStep;

pub(super) static FAULT: Fault = Fault {
    name: "dribble",
    family: Family::Slow,
    meaning: "a part of the request comes in small pieces; rough when that may take longer than 5s, or than the sender waits for an answer",
    least: Class::Legal,
    params: &[
        Param {
            name: "part",
            default: "head",
            kind: ParamKind::Choice(&["head", "body", "all"]),
            meaning: "which part; the others come at once",
        },
        Param { name: "size", default: "1", kind: ParamKind::Count(1 << 20), meaning: "bytes of a piece" },
        Param { name: "gap", default: "1s", kind: ParamKind::Span, meaning: "after each piece" },
        Param {
            name: "last",
            default: "0",
            kind: ParamKind::Count(1 << 20),
            meaning: "only so many bytes, the last ones of the part; 0 = all of it",
        },
    ],
    effect: Effect::Each(|callback, args, sender| {
        let (part, size, gap) = (args.text("part").to_owned(), args.count("size").max(1), args.span("gap"));
        let last = Some(args.count("last")).filter(|last| *last > 0);
        let pieces = last.map_or(u32::MAX, |last| number::capped::<u32>(last.div_ceil(size)));
        let time = gap.saturating_mul(pieces);
        if is_long(time, sender) {
            callback.class = callback.class.max(Class::Rough);
        } else {
            callback.wire_fault.own_time += time;
        }
        callback.wire_fault.write(move |request| {
            let (head, whole) = (request.head().len(), request.bytes());
            let (begin, end) = match part.as_str() {
                "head" => (0, head),
                "body" => (head, whole.len()),
                _ => (0, whole.len()),
            };
            let begin = last.map_or(begin, |last| begin.max(end.saturating_sub(last)));
            let (before, rest) = whole.split_at(begin);
            let (slow, after) = rest.split_at(end - begin);
            let [before, slow, after] = [before, slow, after].map(|part| part.to_vec().into());
            vec![WireStep::Write(before), WireStep::Dribble(slow, size, gap), WireStep::Write(after)]
        });
        Ok(())
    }),
};
