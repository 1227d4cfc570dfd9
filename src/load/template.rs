//! A callback of many broadcasts, as bytes in which only a few places differ.
//!
//! A template is learnt from what the ordinary path makes of a few broadcasts (`learn.rs` compares them). So no provider has to
//! know of templates, and what a template writes is what the ordinary path would have sent.

use secrecy::ExposeSecret;

use super::learn::{Difference, Pattern, TIME_DIGITS, Text, Variable, learn, write_digits};
use crate::callback::{BodyTemplate, Piece};
use crate::plan::Broadcast;
use crate::provider::signature::{SignatureKeys, Signer};

/// A request that is written over and over, each time for another broadcast. Nothing is allocated for it.
#[derive(Clone)]
pub struct RequestTemplate {
    request: Vec<u8>,
    variables: Vec<Variable>,
    times: Vec<usize>,
    seal: Option<Seal>,
    /// Broadcast and time that the request is filled in for.
    filled: Option<(Broadcast, i64)>,
}

/// Signature of a template.
#[derive(Clone)]
struct Seal {
    signer: Signer,
    /// Signed bytes; with the key in them, where the scheme signs the key.
    message: Vec<u8>,
    variables: Vec<Variable>,
    times: Vec<usize>,
    signature: Vec<u8>,
    /// Offsets of the signature in the request.
    places: Vec<usize>,
}

impl RequestTemplate {
    /// Learns from the callback of each of [`super::learn::samples`]; `head` is what stands before a body of so many bytes.
    ///
    /// # Errors
    /// They differ in a way that no template can write.
    pub(super) fn learn(
        head: impl FnOnce(&[OwnHeader], usize) -> Vec<u8>,
        body_templates: &[BodyTemplate],
        signing: Option<&SignatureKeys>,
    ) -> Result<Self, String> {
        let seal = |body_template: &BodyTemplate| body_template.seals.first().map(|seal| seal.digest);
        let digest = body_templates.first().and_then(seal);
        let signer = signing.zip(digest).map(|(signing, digest)| Signer::new(digest, &signing.key));
        let key = signing.map_or(b"".as_slice(), |signing| signing.key.expose_secret().as_bytes());
        let secret = (key, signer.as_ref().map_or(0, Signer::width));
        let of = |part: fn(&BodyTemplate) -> &[Piece]| body_templates.iter().map(part).collect::<Vec<_>>();
        let Pattern { bytes, mut variables, mut times, mut signatures } =
            learn(&of(|body_template| &body_template.body), secret)?;
        let mut request = head(&own_headers(body_templates)?, bytes.len());
        let begin = request.len();
        request.extend(bytes);
        let places = variables.iter_mut().flat_map(|variable| &mut variable.places);
        places.chain(&mut times).chain(&mut signatures).for_each(|place| *place += begin);
        let seal = match signer {
            None => None,
            Some(signer) => {
                let message = learn(&of(message), secret)?;
                Some(Seal {
                    signature: vec![0; signer.width()],
                    signer,
                    message: message.bytes,
                    variables: message.variables,
                    times: message.times,
                    places: signatures,
                })
            }
        };
        Ok(Self { request, variables, times, seal, filled: None })
    }

    /// The whole request for a broadcast, signed for `time` (Unix seconds, of ten digits).
    pub fn write(&mut self, broadcast: Broadcast, time: i64) -> &[u8] {
        let before = self.filled.replace((broadcast, time));
        let same_time = before.is_some_and(|(_, before)| before == time);
        fill(&mut self.request, &self.variables, broadcast, before);
        if !same_time {
            write_time(&mut self.request, &self.times, time);
        }
        let Some(seal) = &mut self.seal else { return &self.request };
        // Where only key and time are signed, the signature of a second is the same in all of it.
        if !(same_time && seal.variables.is_empty()) {
            fill(&mut seal.message, &seal.variables, broadcast, before);
            write_time(&mut seal.message, &seal.times, time);
            seal.signer.sign(&seal.message, &mut seal.signature);
            for place in &seal.places {
                put(&mut self.request, *place, &seal.signature);
            }
        }
        &self.request
    }

    /// The signature of the request for a broadcast and a time; empty where there is none.
    pub(super) fn signature(&mut self, broadcast: Broadcast, time: i64) -> String {
        self.write(broadcast, time);
        self.seal
            .as_ref()
            .map_or_else(String::new, |seal| String::from_utf8_lossy(&seal.signature).into_owned())
    }

    /// Bytes of the request.
    pub fn length(&self) -> usize {
        self.request.len()
    }
}

/// Name and value of a header that the sender gives a message.
pub type OwnHeader = (&'static str, Vec<u8>);

/// The sender's own headers, which are the same in every broadcast.
fn own_headers(body_templates: &[BodyTemplate]) -> Result<Vec<OwnHeader>, String> {
    let Some(first) = body_templates.first() else { return Ok(Vec::new()) };
    if body_templates.iter().any(|other| other.head != first.head) {
        return Err("broadcasts differ in the headers of their messages".into());
    }
    let own = first.head.iter().map(|(name, pieces)| match pieces.as_slice() {
        [Piece::Bytes(value)] => Ok((*name, value.to_vec())),
        _ => Err(format!("a load cannot sign `{name}` yet: it signs bodies, and this is a header")),
    });
    own.collect()
}

/// Signed pieces; empty if nothing is signed.
fn message(body_template: &BodyTemplate) -> &[Piece] {
    body_template.seals.first().map_or(&[], |seal| seal.message.as_slice())
}

/// Writes what is different from the broadcast that was written before.
fn fill(bytes: &mut [u8], variables: &[Variable], broadcast: Broadcast, before: Option<(Broadcast, i64)>) {
    let before = before.map(|(before, _)| before);
    let mut room = Text::default();
    for variable in variables {
        let stands = match variable.what {
            Difference::Time(..) => before.is_some_and(|before| before.began == broadcast.began),
            Difference::Number | Difference::Identity(_) => {
                before.is_some_and(|before| before.number == broadcast.number)
            }
        };
        if !stands {
            let text = variable.what.write(broadcast, &mut room);
            variable.places.iter().for_each(|place| put(bytes, *place, text));
        }
    }
}

fn write_time(bytes: &mut [u8], places: &[usize], time: i64) {
    let mut digits = [0; TIME_DIGITS];
    write_digits(time.unsigned_abs(), &mut digits);
    places.iter().for_each(|place| put(bytes, *place, &digits));
}

fn put(bytes: &mut [u8], place: usize, text: &[u8]) {
    if let Some(room) = bytes.get_mut(place..place + text.len()) {
        room.copy_from_slice(text);
    }
}
