//! JSON that breaks off, in a request that does not.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, body};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "truncate-json",
    family: Family::Body,
    meaning: "the JSON breaks off, and the Content-Length is right for what is left",
    least: Class::Hostile,
    params: &[Param {
        name: "by",
        default: "1",
        kind: ParamKind::Count(1 << 20),
        meaning: "bytes that are missing at the end, at least one",
    }],
    effect: Effect::Each(|callback, args, _| {
        let by = args.count("by").max(1);
        body::rewrite(callback, move |mut body| {
            // White space at the end is no part of the JSON.
            body.truncate(body.trim_ascii_end().len().saturating_sub(by));
            body
        });
        Ok(())
    }),
};
