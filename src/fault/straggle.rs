//! A callback comes long after the others.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::{Class, last_due};
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "straggle",
    family: Family::Duplicates,
    meaning: "the callback comes last, and late",
    least: Class::Legal,
    params: &[Param {
        name: "by",
        default: "1h",
        kind: ParamKind::Span,
        meaning: "after the last of the others, in stream time",
    }],
    effect: Effect::Order(|callbacks, chosen, args, _| {
        let end = last_due(&callbacks);
        let (late, mut all): (Vec<_>, Vec<_>) =
            callbacks.into_iter().enumerate().partition(|(at, _)| chosen.contains(at));
        for (_, callback) in late {
            all.push((
                0,
                crate::callback::PlannedCallback { due: end.saturating_add(args.span("by")), ..callback },
            ));
        }
        Ok(all.into_iter().map(|(_, callback)| callback).collect())
    }),
};
