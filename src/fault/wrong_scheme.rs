//! It is signed by another formula than the one that was agreed.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::provider::signature::{Digests, Proof, Signature, SignedPart};

static TIME_ALONE: Signature = Signature::hex(Digests::Md5, &[SignedPart::Time]);
static KEY_ALONE: Signature = Signature::hex(Digests::Md5, &[SignedPart::Key]);
static KEY_AND_TIME: Signature = Signature::hex(Digests::Md5, &[SignedPart::Key, SignedPart::Time]);
static TIME_AND_KEY: Signature = Signature::hex(Digests::Md5, &[SignedPart::Time, SignedPart::Key]);
static EMPTY: Signature = Signature::hex(Digests::Md5, &[]);
static HMAC_OF_TIME: Signature = Signature::hex(Digests::HmacSha256, &[SignedPart::Time]);

pub(super) static FAULT: Fault = Fault {
    name: "wrong-scheme",
    family: Family::Signature,
    meaning: "it is signed by another formula than the one that was agreed",
    least: Class::Hostile,
    params: &[Param {
        name: "as",
        default: "key-and-time",
        kind: ParamKind::Choice(&["key-and-time", "time-and-key", "time", "key", "nothing", "hmac-of-time"]),
        meaning: "MD5 of these, or the HMAC of the time alone",
    }],
    effect: Effect::Each(|callback, args, sender| {
        let (right, _) = sender.signed()?;
        let wrong = match args.text("as") {
            "key-and-time" => &KEY_AND_TIME,
            "time-and-key" => &TIME_AND_KEY,
            "time" => &TIME_ALONE,
            "key" => &KEY_ALONE,
            "nothing" => &EMPTY,
            _ => &HMAC_OF_TIME,
        };
        if wrong.message.contains(&SignedPart::Time) {
            sender.timed()?;
        }
        if let (Proof::Token { .. }, Digests::Md5) = (sender.reading.proof, wrong.digest) {
            return Err("a token is signed by HMAC, over a text of its own".into());
        }
        if wrong == right {
            return Err("not a forgery here: this provider uses this formula itself".into());
        }
        callback.given = Some(sender.signed_by(wrong, callback));
        Ok(())
    }),
};
