//! It is signed with a key that is not the shared one.

use md5::{Digest, Md5};
use secrecy::ExposeSecret;

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::duration::show_duration;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "wrong-key",
    family: Family::Keys,
    meaning: "it is rightly signed, with another key",
    least: Class::Hostile,
    params: &[
        Param {
            name: "as",
            default: "other",
            kind: ParamKind::Choice(&[
                "other",
                "empty",
                "newline",
                "space",
                "upper",
                "cut",
                "twice",
                "md5",
                "previous",
                "other-target",
            ]),
            meaning: "a key of the same length, none, what carelessness makes of the right one, the key that was replaced last \
                      (legal with `signing.accepts: both`), or that of another target",
        },
        Param {
            name: "attempts",
            default: "0",
            kind: ParamKind::Count(100),
            meaning: "so many attempts, and the next one with the right key; 0 = the only one",
        },
    ],
    effect: Effect::Each(|callback, args, sender| {
        sender.signed()?;
        let signing = sender.keys()?;
        let right = signing.at(callback.due).key;
        let key = right.expose_secret();
        let wrong = match args.text("as") {
            "previous" => {
                if !signing.others.newer_alone {
                    callback.class = callback.class.min(Class::Legal);
                }
                let before = signing.before(callback.due).map(|key| key.expose_secret().to_owned());
                let due = show_duration(callback.due);
                before.ok_or_else(|| {
                    format!(
                        "no key was replaced before {} at {due}; `nth` chooses a later one",
                        callback.event
                    )
                })?
            }
            "other-target" => {
                let elsewhere = signing.others.elsewhere.as_ref().map(|key| key.expose_secret().to_owned());
                elsewhere.ok_or("the scenario has no other target")?
            }
            "empty" => String::new(),
            "newline" => format!("{key}\n"),
            "space" => format!("{key} "),
            "upper" => key.to_uppercase(),
            // The padding of Base64 holds nothing of the key.
            "cut" => {
                let letters = key.trim_end_matches('=');
                letters.chars().take(letters.chars().count().saturating_sub(1)).collect()
            }
            "twice" => key.repeat(2),
            "md5" => Md5::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect(),
            // By seed, so that it is the same in each run; digits and letters, so that any receiver could hold it.
            _ => sender.draws.named("key").hex(key.len()),
        };
        if wrong == key {
            return Err(match args.text("as") {
                "previous" | "other-target" => "it is the same key",
                _ => "the key does not change that way",
            }
            .into());
        }
        callback.wire_fault.key = Some(wrong.into());
        if let Ok(attempts @ 1..) = u32::try_from(args.count("attempts")) {
            if sender.revision.policy.last_no.ends(401, "") {
                return Err("this provider never repeats a callback after a 401".into());
            }
            // The receiver gets the new key late; until then it refuses, and nothing is lost.
            callback.class = callback.class.min(Class::Legal);
            callback.wire_fault.attempts = attempts;
            callback.wire_fault.tries = Some(attempts.saturating_add(1));
        }
        Ok(())
    }),
};
