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
    /// What the request is for at present.
    filled: Option<(Broadcast, i64)>,
}

/// How a template is signed.
#[derive(Clone)]
struct Seal {
    signer: Signer,
    /// What is signed; with the key in it, where the scheme signs the key.
    message: Vec<u8>,
    variables: Vec<Variable>,
    times: Vec<usize>,
    signature: Vec<u8>,
    /// Where the signature stands in the request.
    places: Vec<usize>,
}

impl RequestTemplate {
    /// Learns from the callback of each of [`super::learn::samples`]; `head` is what stands before a body of so many bytes.
    ///
    /// # Errors
    /// They differ in a way that no template can write.
    pub(super) fn learn(
        head: impl FnOnce(usize) -> Vec<u8>,
        body_templates: &[BodyTemplate],
        signing: Option<&SignatureKeys>,
    ) -> Result<Self, String> {
        let digest = body_templates.first().and_then(|body_template| body_template.digest);
        let signer = signing.zip(digest).map(|(signing, digest)| Signer::new(digest, &signing.key));
        let key = signing.map_or(b"".as_slice(), |signing| signing.key.expose_secret().as_bytes());
        let secret = (key, signer.as_ref().map_or(0, Signer::width));
        let of = |part: fn(&BodyTemplate) -> &Vec<Piece>| {
            body_templates.iter().map(|body_template| part(body_template).as_slice()).collect::<Vec<_>>()
        };
        let Pattern { bytes, mut variables, mut times, mut signatures } =
            learn(&of(|body_template| &body_template.body), secret)?;
        let mut request = head(bytes.len());
        let begin = request.len();
        request.extend(bytes);
        let places = variables.iter_mut().flat_map(|variable| &mut variable.places);
        places.chain(&mut times).chain(&mut signatures).for_each(|place| *place += begin);
        let seal = match signer {
            None => None,
            Some(signer) => {
                let message = learn(&of(|body_template| &body_template.message), secret)?;
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
