//! A key stands twice, and parsers disagree on which of its values counts.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, body, field};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "repeat-key",
    family: Family::Json,
    meaning: "a key stands twice, with another value",
    least: Class::Hostile,
    params: &[
        Param {
            name: "field",
            default: "@file",
            kind: ParamKind::Text,
            meaning: "its name, or its part: @file, @stream, ...",
        },
        Param {
            name: "value",
            default: "\"other\"",
            kind: ParamKind::Text,
            meaning: "of the false one, as JSON",
        },
        Param {
            name: "at",
            default: "end",
            kind: ParamKind::Choice(&["end", "begin"]),
            meaning: "where the false one stands",
        },
        Param {
            name: "spelling",
            default: "same",
            kind: ParamKind::Choice(&["same", "escaped"]),
            meaning: "how the false key is written: `sign` or `\\u0073ign`",
        },
    ],
    effect: Effect::Each(|callback, args, sender| {
        let (name, _) = field::present(callback, sender, args.text("field"))?;
        field::at_top(&name)?;
        let key = match (args.text("spelling"), name.chars().next()) {
            ("escaped", Some(first)) => {
                format!("\\u{:04x}{}", u32::from(first), name.split_at(first.len_utf8()).1)
            }
            _ => name,
        };
        let twin = format!("\"{key}\":{}", args.text("value"));
        let splice = if args.text("at") == "end" { body::append } else { body::prepend };
        body::rewrite(callback, move |body| splice(body, twin.as_bytes()));
        Ok(())
    }),
};
