//! Names of streams chosen to attack a receiver.

use serde_json::Value;

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, field};
use crate::callback::{Class, FieldSlot};
use crate::family::Family;

/// Name, its JSON text, and the class of a callback with it.
static NAMES: &[(&str, &str, Class)] = &[
    ("sql", r#""mystream'; DROP TABLE recordings; --""#, Class::Rough),
    ("shell", r#""mystream$(id)`id`;id|id&&id""#, Class::Rough),
    ("template", r#""${7*7}{{7*7}}<%= 7*7 %>${jndi:ldap://127.0.0.1/a}""#, Class::Rough),
    ("ldap", r#""*)(uid=*))(|(uid=*""#, Class::Rough),
    ("html", r#""<script>alert(1)</script>\"'><img src=x onerror=alert(1)>""#, Class::Rough),
    ("line-break", r#""mystream\r\nINFO callback accepted""#, Class::Rough),
    ("ansi", r#""mystream\u001b[2J\u001b[31m""#, Class::Rough),
    ("path-traversal", r#""../../../../etc/passwd""#, Class::Rough),
    ("right-to-left", r#""mystream\u202e4pm.exe""#, Class::Rough),
    ("zero-width", r#""my\u200bstream""#, Class::Rough),
    ("look-alike", r#""mystre\u0430m""#, Class::Rough),
    ("nul", r#""mystream\u0000.m3u8""#, Class::Rough),
    ("lone-surrogate", r#""mystream\ud83c""#, Class::Rough),
    ("composed", r#""caf\u00e9""#, Class::Legal),
    ("decomposed", r#""cafe\u0301""#, Class::Legal),
    ("emoji", r#""mystream-\ud83c\udfa5""#, Class::Legal),
];

pub(super) static FAULT: Fault = Fault {
    name: "name",
    family: Family::Json,
    meaning: "the stream has a name that is dangerous to store, show, log or run; rightly signed",
    least: Class::Legal,
    params: &[
        Param {
            name: "as",
            default: "html",
            kind: ParamKind::Choice(&[
                "sql",
                "shell",
                "template",
                "ldap",
                "html",
                "line-break",
                "ansi",
                "path-traversal",
                "right-to-left",
                "zero-width",
                "look-alike",
                "nul",
                "lone-surrogate",
                "composed",
                "decomposed",
                "emoji",
                "long",
            ]),
            meaning: "what it holds",
        },
        Param {
            name: "length",
            default: "256",
            kind: ParamKind::Count(10_000_000),
            meaning: "of a long one, in characters",
        },
    ],
    effect: Effect::Each(|callback, args, sender| {
        field::present(callback, sender, "@stream")?;
        let known = NAMES.iter().find(|(word, ..)| *word == args.text("as"));
        let (slot, class) = match known {
            Some((_, json, class)) => (spelled(json), *class),
            None => (FieldSlot::Value("x".repeat(args.count("length")).into()), Class::Rough),
        };
        for field in field::places(callback, sender, "@stream")? {
            field::put(callback, sender, &field, slot.clone());
        }
        callback.class = callback.class.max(class);
        Ok(())
    }),
};

/// The JSON text as an ordinary encoder writes it; half a surrogate pair can be written only as an escape.
fn spelled(json: &str) -> FieldSlot {
    serde_json::from_str::<Value>(json).map_or_else(|_| FieldSlot::Literal(json.to_owned()), FieldSlot::Value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_but_long_is_in_the_table() {
        let Some(Param { kind: ParamKind::Choice(words), .. }) = FAULT.params.first() else { unreachable!() };
        let known: Vec<&str> = NAMES.iter().map(|(word, ..)| *word).chain(["long"]).collect();
        assert_eq!(*words, known);
    }
}
