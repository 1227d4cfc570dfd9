//! Something else in the place of the body.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, body};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "replace-body",
    family: Family::Body,
    meaning: "the body is another text altogether, or none",
    least: Class::Rough,
    params: &[Param {
        name: "by",
        default: "",
        kind: ParamKind::Text,
        meaning: "the text, sent as it is written",
    }],
    effect: Effect::Each(|callback, args, _| {
        let text = args.text("by").as_bytes().to_vec();
        body::rewrite(callback, move |_| text.clone());
        Ok(())
    }),
};
