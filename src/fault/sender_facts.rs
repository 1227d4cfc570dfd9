//! Properties of a sender that faults go by.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::SecretString;

use crate::callback::{BodyTemplate, Class, PlannedCallback};
use crate::lifecycle::draw::Draws;
use crate::provider::signature::{HeadSigned, Proof, Signature, SignatureKeys, SignedTime};
use crate::provider::stamp::HeaderPlace;
use crate::provider::{EventKind, FieldNames, Revision};
use crate::scenario::Method;

/// Refusal of a fault of the signature, where the sender signs and no key was given.
const UNSIGNED: &str = "nothing is signed here: there is no key; give one (`signing: {key: \"${CALLBACK_KEY}\"}`, or --secret-env \
                        CALLBACK_KEY for `send`), or leave the fault out";

/// Properties of the sender that a fault may use: never its name.
#[derive(Clone)]
pub struct SenderFacts<'a> {
    /// Its events.
    pub events: &'static [EventKind],
    /// Its edition.
    pub revision: &'static Revision,
    /// Names of signature, time and file in its messages.
    pub reading: &'static FieldNames,
    /// Signature scheme; none = unsigned.
    pub signature: Option<&'static Signature>,
    /// By which method.
    pub method: Method,
    /// Keys of the signature; none if nothing is signed.
    pub signing: Option<&'a SignatureKeys>,
    /// Its settings.
    pub settings: &'a BTreeMap<&'static str, String>,
    /// Time from sending to expiry, in seconds.
    pub lifetime: i64,
    /// Seconds by which a time may be off without it being clear what a right receiver does.
    pub leeway: i64,
    /// Number of retries of a refused callback.
    pub retries: u32,
    /// Time limit for an answer.
    pub timeout: Duration,
    /// The chance of this fault.
    pub draws: Draws,
}

impl SenderFacts<'_> {
    /// The same for a callback of this event: a second callback has names and a signature of its own.
    #[must_use]
    pub fn of(&self, event: &str) -> Self {
        let Some(second) = self.revision.second_callback(event) else { return self.clone() };
        let signature = self.signature.and(second.signature.as_ref());
        Self { reading: &second.reading, signature, ..self.clone() }
    }

    /// The field that a scenario means: by its own name, or by what it is for: `@signature`, `@time`, `@event`, `@file`,
    /// `@stream`, `@url`, `@duration`.
    ///
    /// # Errors
    /// There is no such part.
    pub fn field<'b>(&self, name: &'b str) -> Result<&'b str, String> {
        let reading = self.reading;
        let field = match name {
            "@signature" => reading.signature_field,
            "@time" => reading.time_field,
            // Empty, like the others, where the sender has no such field.
            "@event" => reading.event_field.unwrap_or_default(),
            "@file" => reading.file_field,
            "@stream" => reading.stream_field,
            "@url" => reading.url_field,
            "@duration" => reading.duration_field,
            name if name.starts_with('@') => {
                return Err(format!(
                    "there is no part `{name}`; expected @signature, @time, @event, @file, @stream, @url or @duration"
                ));
            }
            name => name,
        };
        match field {
            "" => Err(match name.trim_start_matches('@') {
                own @ ("signature" | "time" | "event") => format!("no field of the body holds the {own}"),
                // It may be there all the same, in several places or in one of many forms.
                own => format!("no field of these messages is known to hold the {own}"),
            }),
            field => Ok(field),
        }
    }

    /// Place of the signed time in a header.
    ///
    /// # Errors
    /// It is not signed, or stands inside a token.
    pub fn time_place(&self) -> Result<&'static HeaderPlace, String> {
        self.signed()?;
        self.timed()?;
        match self.reading.proof {
            Proof::Stamped(proof) => proof.time.as_ref().ok_or_else(|| "no header holds the time".into()),
            _ => Err("the time stands inside a token, which `forge-token` changes".into()),
        }
    }

    /// True if the signature covers a field, or stands in it.
    pub fn covers(&self, field: &str) -> bool {
        use crate::provider::signature::SignedPart;
        let covered = |part: &SignedPart| matches!(part, SignedPart::Field(name) if *name == field);
        if self.signs_bytes() {
            return true;
        }
        let own = [self.reading.time_field, self.reading.signature_field];
        let is_own = !field.is_empty() && own.contains(&field) && self.signature.is_some();
        is_own || self.signature.is_some_and(|s| s.message.iter().any(covered))
    }

    /// The bytes of the body are signed: a change of any byte breaks the signature.
    pub fn signs_bytes(&self) -> bool {
        self.signature.is_some_and(Signature::signs_bytes)
    }

    /// A body signed by a formula that may not be the agreed one, where this provider puts its signatures: all of them, since a
    /// receiver may look at any.
    pub fn signed_by(&self, signature: &Signature, callback: &PlannedCallback) -> BodyTemplate {
        let body = &callback.body;
        let mut template = match self.revision.signed_headers {
            [] => signature.envelope_of(body, body),
            headers => {
                let (settings, id) = (self.settings, callback.head.id.as_str());
                HeadSigned { body, signed: body, settings, id }.sealed(signature, headers)
            }
        };
        if let Some((first, beside)) = template.seals.split_first_mut() {
            beside.fill(first.clone());
        }
        template
    }

    /// A time is a part of the signature.
    ///
    /// # Errors
    /// The message has no signed time.
    pub fn timed(&self) -> Result<(), String> {
        match self.revision.signed_time {
            SignedTime::None if self.signature.is_some() => Err("the signature has no time in it".into()),
            _ => Ok(()),
        }
    }

    /// Class of a changed field: refused if the signature covers it, untold if not.
    pub fn tampered(&self, field: &str) -> Class {
        if self.covers(field) { Class::Hostile } else { Class::Unprotected }
    }

    /// The keys of this provider.
    ///
    /// # Errors
    /// It does not sign.
    pub fn keys(&self) -> Result<&SignatureKeys, String> {
        self.signing.ok_or_else(|| UNSIGNED.to_owned())
    }

    /// The signature of this provider.
    ///
    /// # Errors
    /// It does not sign, so there is no signature to break.
    pub fn signed(&self) -> Result<(&'static Signature, &SecretString), String> {
        let key = self.signing.map(|signing| &signing.key);
        let why = || match self.revision.signatures {
            [] => format!("revision {} signs nothing", self.revision.name),
            _ if key.is_some() => "this callback is not signed".to_owned(),
            _ => UNSIGNED.to_owned(),
        };
        self.signature.zip(key).ok_or_else(why)
    }
}
