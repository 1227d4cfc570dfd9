//! Something else in the place of the body.

use serde_json::{Map, Value};

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, body};
use crate::callback::{Class, path};
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
    effect: Effect::Each(|callback, args, sender| {
        let text = args.text("by").as_bytes().to_vec();
        // What was announced is not in it any more; what is no JSON object announces nothing.
        let fields = serde_json::from_slice::<Map<String, Value>>(&text).unwrap_or_default();
        let file = path::lookup(&fields, sender.reading.file_field).and_then(Value::as_str);
        callback.file_keys = file.map(str::to_owned).into_iter().collect();
        body::rewrite(callback, move |_| text.clone());
        Ok(())
    }),
};
