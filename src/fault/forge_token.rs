//! A token that says something else than it should, and is signed rightly for what it says, or not at all.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::{Class, Encoding};
use crate::family::Family;
use crate::provider::signature::{Proof, Signature};
use crate::provider::token::Token;

pub(super) static FAULT: Fault = Fault {
    name: "forge-token",
    family: Family::Signature,
    meaning: "a token that claims something else, rightly signed but where it says that it is not",
    least: Class::Hostile,
    params: &[Param {
        name: "as",
        default: "alg-none",
        kind: ParamKind::Choice(&[
            "alg-none",
            "no-hash",
            "hex-hash",
            "other-hash",
            "other-issuer",
            "no-expiry",
            "bearer",
        ]),
        meaning: "`alg: none` and no signature; without the hash of the body; with it in hexadecimal; with that of another body; \
                  issued by somebody else; without an end; behind a scheme",
    }],
    effect: Effect::Each(|callback, args, sender| {
        let (signature, key) = sender.signed()?;
        let Proof::Token { header, .. } = sender.reading.proof else {
            return Err("this provider signs no tokens".into());
        };
        let (how, key) = (args.text("as").to_owned(), key.clone());
        let (at, expects) = (header.as_bytes(), *signature);
        // Who takes the scheme away sees a right token.
        if how == "bearer" {
            callback.class = callback.class.min(Class::Rough);
        }
        callback.wire_fault.damaged = how != "bearer";
        callback.wire_fault.tamper(move |request| {
            let value = request.headers.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(at));
            let Some((_, value)) = value else { return };
            let text = String::from_utf8_lossy(value).into_owned();
            let Some(forged) = forged(&text, &how, &expects, &key) else { return };
            if let Some((_, made)) = forged.rsplit_once('.') {
                made.clone_into(&mut request.signature);
            }
            *value = forged.into_bytes();
        });
        Ok(())
    }),
};

fn forged(text: &str, how: &str, signature: &Signature, key: &SecretString) -> Option<String> {
    if how == "bearer" {
        return Some(format!("Bearer {text}"));
    }
    let Token { mut header, mut claims, .. } = Token::read(text)?;
    match how {
        "no-hash" => drop(claims.remove("sha256")),
        "hex-hash" => {
            let digest = base64(claims.get("sha256")?.as_str()?)?;
            claims.insert("sha256".into(), Encoding::Hex.write(&digest).into());
        }
        "other-hash" => drop(claims.insert("sha256".into(), crate::provider::token::hash(b"{}").into())),
        "other-issuer" => drop(claims.insert("iss".into(), "APIsomebodyelse".into())),
        "no-expiry" => drop(claims.remove("exp")),
        _ => drop(header.insert("alg".into(), "none".into())),
    }
    let part =
        |object: Map<String, Value>| Encoding::Base64Url.write(Value::Object(object).to_string().as_bytes());
    let signed = format!("{}.{}", part(header), part(claims));
    let made = if how == "alg-none" || key.expose_secret().is_empty() {
        String::new()
    } else {
        signature.sign_bytes(key, signed.as_bytes())
    };
    Some(format!("{signed}.{made}"))
}

fn base64(text: &str) -> Option<Vec<u8>> {
    use ::base64::Engine;
    ::base64::prelude::BASE64_STANDARD.decode(text).ok()
}
