//! A field's key is spelled in another way, which makes it another key.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, field};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "rename",
    family: Family::Json,
    meaning: "a field stands under another key, for example the same in upper case",
    least: Class::Rough,
    params: &[
        Param {
            name: "field",
            default: "@file",
            kind: ParamKind::Text,
            meaning: "its name, or its part: @file, @stream, ...",
        },
        Param {
            name: "to",
            default: "",
            kind: ParamKind::Text,
            meaning: "the other key; none = in upper case",
        },
    ],
    effect: Effect::Each(|callback, args, sender| {
        let (name, _) = field::present(callback, sender, args.text("field"))?;
        field::at_top(&name)?;
        let given = Some(args.text("to")).filter(|to| !to.is_empty());
        let other = |name: &str| given.map_or_else(|| name.to_uppercase(), str::to_owned);
        if other(&name) == name {
            return Err(format!("`{name}` is its name already"));
        }
        if field::needed(callback, sender, &name) {
            callback.class = callback.class.max(Class::Hostile);
        }
        let mut all = field::places(callback, sender, args.text("field"))?;
        // Two keys cannot have one name.
        all.truncate(given.map_or(all.len(), |_| 1));
        for body in std::iter::once(&mut callback.body).chain(&mut callback.signed) {
            for (key, _) in body.fields.iter_mut().filter(|(key, _)| all.iter().any(|place| place == key)) {
                *key = other(key).into();
            }
        }
        Ok(())
    }),
};
