//! A field more than the provider sends.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, field};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "add-field",
    family: Family::Json,
    meaning: "one more field, which the provider does not document (providers add fields without notice)",
    least: Class::Legal,
    params: &[
        Param { name: "name", default: "added_later", kind: ParamKind::Text, meaning: "its key" },
        Param {
            name: "value",
            default: "{\"nested\":[1,null,true]}",
            kind: ParamKind::Text,
            meaning: "JSON, sent as it is written, or else a text",
        },
    ],
    effect: Effect::Each(|callback, args, _| {
        let name = args.text("name");
        if callback.body.at(name).is_some() {
            return Err(format!(
                "{} has a field `{name}` already; the fault `set` changes it",
                callback.event
            ));
        }
        callback.body.set(name, field::read(args.text("value")));
        Ok(())
    }),
};
