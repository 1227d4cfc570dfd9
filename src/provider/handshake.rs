//! The handshake of a callback URL: a request with a random token, which the receiver answers with the token and its signature.

use std::fmt;

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::signature::{Signature, SignedPart};
use super::stamp::Stamp;
use crate::callback::{Encoding, path};

/// A sender's handshake.
#[derive(Debug, PartialEq, Eq)]
pub struct Handshake {
    /// Event of its request.
    pub event: &'static str,
    /// Path to the token in the request.
    pub token: &'static str,
    /// The token's signature, under the key of the callbacks: the token is the body that is signed.
    pub signature: Signature,
    /// Members of the answer.
    pub answer: &'static [(&'static str, HandshakePart)],
}

/// Value of a member of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakePart {
    /// The token.
    Token,
    /// Its signature.
    Signature,
    /// This text.
    Text(&'static str),
}

impl Handshake {
    /// The token of a request; none = the request is not one of a handshake.
    pub fn token_of<'a>(&self, event: &str, facts: &'a Map<String, Value>) -> Option<&'a str> {
        path::lookup(facts, self.token)?.as_str().filter(|_| event == self.event)
    }

    /// The right answer. Without a key there is no signature in it.
    pub fn answer(&self, key: Option<&SecretString>, token: &str) -> Map<String, Value> {
        let value = |part: &HandshakePart| match part {
            HandshakePart::Token => Some(token.into()),
            HandshakePart::Signature => Some(self.sign(key?, token).into()),
            HandshakePart::Text(text) => Some((*text).into()),
        };
        self.answer.iter().filter_map(|(name, part)| Some(((*name).to_owned(), value(part)?))).collect()
    }

    /// The signature of a token. Secret: of a token that somebody chose it may prove a callback.
    pub fn sign(&self, key: &SecretString, token: &str) -> String {
        let alone = Stamp { signatures: Vec::new(), time: "", id: "", host: "", fields: None };
        alone.sign(&self.signature, key, token.as_bytes())
    }
}

/// The answer, for a person.
impl fmt::Display for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let member = |(name, part): &(&str, HandshakePart)| match part {
            HandshakePart::Token => format!("`{name}` = the token"),
            HandshakePart::Signature => {
                let part = |part: &SignedPart| match part {
                    SignedPart::Text(text) => *text,
                    _ => "{token}",
                };
                let text = match self.signature.message {
                    [SignedPart::Body] => "it".to_owned(),
                    message => format!("`{}`", message.iter().map(part).collect::<String>()),
                };
                let (digest, encoding) = (self.signature.digest.name(), self.signature.encoding);
                format!("`{name}` = the {digest} of {text} in {encoding}")
            }
            HandshakePart::Text(text) => format!("`{name}` = `{text}`"),
        };
        let members: Vec<String> = self.answer.iter().map(member).collect();
        write!(f, "JSON with {}", members.join(" and "))
    }
}

/// A token that is sent, and what answers it.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// The handshake.
    pub handshake: &'static Handshake,
    /// The token.
    pub token: String,
    /// The key of that moment; none = nothing is signed.
    pub key: Option<SecretString>,
}

impl Challenge {
    /// The encoding in which this text would be right, where it is not the wanted one.
    fn encoded_as(&self, given: &str) -> Option<Encoding> {
        let key = self.key.as_ref()?;
        let own = &self.handshake.signature;
        let alone = Stamp { signatures: Vec::new(), time: "", id: "", host: "", fields: None };
        let same = |right: &str, encoding| match encoding {
            Encoding::Hex => right.eq_ignore_ascii_case(given),
            Encoding::Base64 | Encoding::Base64Url => {
                right.trim_end_matches('=') == given.trim_end_matches('=')
            }
        };
        [Encoding::Hex, Encoding::Base64, Encoding::Base64Url].into_iter().find(|encoding| {
            let other = Signature { encoding: *encoding, ..*own };
            *encoding != own.encoding && same(&alone.sign(&other, key, self.token.as_bytes()), *encoding)
        })
    }

    /// True when the body of an answer has every member that it should.
    pub fn is_answered_by(&self, body: &str) -> bool {
        self.departure(body).is_none()
    }

    /// The first thing in the body of an answer that is not as it should be, without the right value; none = it is right.
    pub fn departure(&self, body: &str) -> Option<String> {
        let Ok(given) = serde_json::from_str::<Map<String, Value>>(body) else {
            return Some("there is no JSON object in the answer".into());
        };
        let right = self.handshake.answer(self.key.as_ref(), &self.token);
        let (name, value) = right.iter().find(|(name, value)| given.get(*name) != Some(value))?;
        let part = self.handshake.answer.iter().find(|(known, _)| known == name);
        let signed = part.is_some_and(|(_, part)| *part == HandshakePart::Signature);
        Some(match given.get(name) {
            None => format!("there is no `{name}` in the answer"),
            Some(own) if own.as_str().zip(value.as_str()).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b)) => {
                format!("`{name}` in the answer is right but for upper and lower case")
            }
            Some(own) if signed => match own.as_str().and_then(|own| self.encoded_as(own)) {
                Some(encoding) => format!(
                    "`{name}` in the answer is the right digest, in {encoding} instead of {}",
                    self.handshake.signature.encoding
                ),
                None => format!(
                    "`{name}` in the answer is another value: made of another text, or with another key"
                ),
            },
            Some(_) => format!("`{name}` in the answer is another value"),
        })
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

    use super::*;
    use crate::callback::Digests;

    static ZOOM: Handshake = Handshake {
        event: "endpoint.url_validation",
        token: "payload.plainToken",
        signature: Signature {
            digest: Digests::HmacSha256,
            encoding: Encoding::Hex,
            message: &[SignedPart::Body],
        },
        answer: &[("plainToken", HandshakePart::Token), ("encryptedToken", HandshakePart::Signature)],
    };

    fn bytes(hex: &str) -> Vec<u8> {
        let pair = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(pair).collect()
    }

    fn challenge() -> Challenge {
        let key = SecretString::from("hookreel-test-key-0123456789abcdef".to_owned());
        Challenge { handshake: &ZOOM, token: "qgg8vlvZRS6UYooatFL8Aw".into(), key: Some(key) }
    }

    #[test]
    fn the_answer_bears_the_token_and_its_signature() {
        let right = "8d32fef55a9f3aab182175f092cdcf5b0b70d834c3bbc03f8478e632c9700d8b";
        let token = "qgg8vlvZRS6UYooatFL8Aw";
        for (body, answers) in [
            (format!(r#"{{"plainToken":"{token}","encryptedToken":"{right}"}}"#), true),
            (format!(r#"{{"encryptedToken":"{right}","plainToken":"{token}","more":1}}"#), true),
            (format!(r#"{{"plainToken":"{token}"}}"#), false),
            (format!(r#"{{"plainToken":"{token}","encryptedToken":"{}"}}"#, right.to_uppercase()), false),
            (token.to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(challenge().is_answered_by(&body), answers, "{body}");
        }
    }

    #[test]
    fn the_member_of_an_answer_that_is_wrong_is_named_without_the_right_value() {
        let right = "8d32fef55a9f3aab182175f092cdcf5b0b70d834c3bbc03f8478e632c9700d8b";
        let token = "qgg8vlvZRS6UYooatFL8Aw";
        for (body, said) in [
            (format!(r#"{{"plainToken":"{token}"}}"#), "there is no `encryptedToken` in the answer"),
            (
                format!(r#"{{"plainToken":"x","encryptedToken":"{right}"}}"#),
                "`plainToken` in the answer is another value",
            ),
            (
                format!(r#"{{"plainToken":"{token}","encryptedToken":"00"}}"#),
                "`encryptedToken` in the answer is another value: made of another text, or with another key",
            ),
            (
                format!(r#"{{"plainToken":"{token}","encryptedToken":"{}"}}"#, right.to_uppercase()),
                "`encryptedToken` in the answer is right but for upper and lower case",
            ),
            (
                format!(
                    r#"{{"plainToken":"{token}","encryptedToken":"{}"}}"#,
                    BASE64_STANDARD.encode(bytes(right))
                ),
                "`encryptedToken` in the answer is the right digest, in base64 instead of lower-case hexadecimal",
            ),
            (
                format!(
                    r#"{{"plainToken":"{token}","encryptedToken":"{}"}}"#,
                    BASE64_URL_SAFE_NO_PAD.encode(bytes(right))
                ),
                "`encryptedToken` in the answer is the right digest, in base64url without padding instead of lower-case hexadecimal",
            ),
            ("ok".to_owned(), "there is no JSON object in the answer"),
        ] {
            assert_eq!(challenge().departure(&body).as_deref(), Some(said), "{body}");
        }
    }

    #[test]
    fn a_token_stands_in_the_request_of_its_event_alone() {
        let facts = serde_json::json!({"payload": {"plainToken": "abc"}});
        let facts = facts.as_object().unwrap();
        assert_eq!(ZOOM.token_of("endpoint.url_validation", facts), Some("abc"));
        assert_eq!(ZOOM.token_of("recording.completed", facts), None);
    }
}
