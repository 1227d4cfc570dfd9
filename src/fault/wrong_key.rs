//! It is signed with a key that is not the shared one.

use md5::{Digest, Md5};
use secrecy::ExposeSecret;

use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "wrong-key",
    meaning: "it is rightly signed, with another key",
    least: Class::Hostile,
    params: &[
        Param {
            name: "as",
            default: "other",
            kind: Kind::Choice(&["other", "empty", "newline", "space", "upper", "cut", "twice", "md5"]),
            meaning: "a key of the same length, none, or what carelessness makes of the right one",
        },
        Param {
            name: "attempts",
            default: "0",
            kind: Kind::Count(100),
            meaning: "so many attempts, and the next one with the right key; 0 = the only one",
        },
    ],
    deed: Deed::Each(|callback, args, sender| {
        let (_, key) = sender.signed()?;
        let key = key.expose_secret();
        let wrong = match args.text("as") {
            "empty" => String::new(),
            "newline" => format!("{key}\n"),
            "space" => format!("{key} "),
            "upper" => key.to_uppercase(),
            "cut" => key.chars().take(key.chars().count().saturating_sub(1)).collect(),
            "twice" => key.repeat(2),
            "md5" => Md5::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect(),
            // By seed, so that it is the same in each run; digits and letters, so that any receiver could hold it.
            _ => sender.draws.named("key").hex(key.len()),
        };
        if wrong == key {
            return Err("the key does not change that way".into());
        }
        callback.hardship.key = Some(wrong.into());
        if let Ok(attempts @ 1..) = u32::try_from(args.count("attempts")) {
            // The receiver gets the new key late; until then it refuses, and nothing is lost.
            callback.class = callback.class.min(Class::Legal);
            callback.hardship.attempts = attempts;
            callback.hardship.tries = Some(attempts.saturating_add(1));
        }
        Ok(())
    }),
};
