//! A callback of many broadcasts, as bytes in which only a few places differ.
//!
//! A template is learnt from what the ordinary path makes of a few broadcasts (`learn.rs` compares them). So no provider has to
//! know of templates, and what a template writes is what the ordinary path would have sent.

use secrecy::ExposeSecret;

use super::header_seal::{HeadPattern, HeaderSeals};
use super::learn::{Difference, HoleSizes, Pattern, TIME_DIGITS, Text, Variable, learn};
use crate::callback::{BodyTemplate, Piece};
use crate::decimal::write_digits;
use crate::plan::Broadcast;
use crate::provider::signature::{SignatureKeys, Signer};

/// A request that is written over and over, each time for another broadcast. Nothing is allocated for it.
#[derive(Clone)]
pub struct RequestTemplate {
    request: Vec<u8>,
    variables: Vec<Variable>,
    times: Vec<usize>,
    /// In the body.
    seal: Option<Seal>,
    /// In headers.
    head: Option<HeaderSeals>,
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
    /// Learns from the callback of each of [`super::learn::samples`]; `head` is what stands before its body, if it has one.
    ///
    /// # Errors
    /// They differ in a way that no template can write.
    pub(super) fn learn(
        head: impl FnOnce(&[OwnHeader], MessagePlace) -> Vec<u8>,
        body_templates: &[BodyTemplate],
        signing: Option<&SignatureKeys>,
    ) -> Result<Self, String> {
        let pattern = HeadPattern::learn(body_templates, signing)?;
        let signed = body_templates.first().and_then(|template| template.seals.first());
        let signed = signed.filter(|_| !pattern.is_signed());
        let signer = signing.zip(signed);
        let signer = signer.map(|(signing, seal)| Signer::new(seal.digest, seal.encoding, &signing.key));
        let key = signing.map_or(b"".as_slice(), |signing| signing.key.expose_secret().as_bytes());
        let width = [signer.as_ref().map_or(0, Signer::width)];
        let holes = HoleSizes { key, widths: &width, in_head: false };
        let of = |part: fn(&BodyTemplate) -> &[Piece]| body_templates.iter().map(part).collect::<Vec<_>>();
        let body = learn(&of(|body_template| &body_template.body), holes)?;
        let query = query_of(body_templates, holes)?;
        let text = query.as_ref().map(|query| String::from_utf8_lossy(&query.bytes).into_owned());
        let place = text.map_or(MessagePlace::Body(body.bytes.len()), MessagePlace::Query);
        let mut request = head(&pattern.own(), place);
        let begin = request.len();
        request.extend(body.bytes);
        let mut written = WrittenPlaces::default();
        written.add(body.variables, body.times, begin);
        if let Some(query) = query {
            // It ends the target, whatever stands before it there.
            let line = request.iter().position(|byte| *byte == b'\r').unwrap_or(request.len());
            let end = line.saturating_sub(b" HTTP/1.1".len());
            let at = end.checked_sub(query.bytes.len());
            let at = at.filter(|at| request.get(*at..end) == Some(query.bytes.as_slice()));
            written.add(query.variables, query.times, at.ok_or("its query does not end the target")?);
        }
        let in_head = pattern.is_signed();
        let head = match pattern.is_fixed() {
            true => None,
            false => Some(pattern.placed(&request, begin, body_templates, &mut written)?).filter(|_| in_head),
        };
        let seal = match signer {
            None => None,
            Some(signer) => {
                let message = learn(&of(message), holes)?;
                Some(Seal {
                    signature: vec![0; signer.width()],
                    signer,
                    message: message.bytes,
                    variables: message.variables,
                    times: message.times,
                    places: body.signatures.iter().map(|(place, _)| begin + place).collect(),
                })
            }
        };
        let WrittenPlaces { variables, times } = written;
        Ok(Self { request, variables, times, seal, head, filled: None })
    }

    /// The whole request for a broadcast, signed for `time` (Unix seconds, of ten digits).
    pub fn write(&mut self, broadcast: Broadcast, time: i64) -> &[u8] {
        let before = self.filled.replace((broadcast, time));
        let same_time = before.is_some_and(|(_, before)| before == time);
        fill(&mut self.request, &self.variables, broadcast, before);
        if !same_time {
            write_time(&mut self.request, &self.times, time);
        }
        let Some(seal) = &mut self.seal else {
            if let Some(head) = &mut self.head {
                head.write(&mut self.request, broadcast, time, before);
            }
            return &self.request;
        };
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

    /// The signatures of the request for a broadcast and a time.
    pub(super) fn signatures(&mut self, broadcast: Broadcast, time: i64) -> Vec<String> {
        self.write(broadcast, time);
        let in_body = |seal: &Seal| String::from_utf8_lossy(&seal.signature).into_owned();
        let in_head = self.head.iter().flat_map(HeaderSeals::signatures);
        self.seal.iter().map(in_body).chain(in_head).collect()
    }

    /// Bytes of the request.
    pub fn length(&self) -> usize {
        self.request.len()
    }
}

/// The query of the callback of each sample; none where it is no GET.
fn query_of(templates: &[BodyTemplate], holes: HoleSizes<'_>) -> Result<Option<Pattern>, String> {
    let query = |template: &BodyTemplate| Some([Piece::Bytes(template.query.clone()?.into())]);
    let queries: Vec<[Piece; 1]> = templates.iter().filter_map(query).collect();
    let queries: Vec<&[Piece]> = queries.iter().map(<[Piece; 1]>::as_slice).collect();
    match queries.len() {
        0 => Ok(None),
        some if some == templates.len() => learn(&queries, holes).map(Some),
        _ => Err("broadcasts differ in the method of their messages".into()),
    }
}

/// Place of a message in its request.
pub enum MessagePlace {
    /// The body, of so many bytes.
    Body(usize),
    /// The query of a GET.
    Query(String),
}

/// Name and value of a header that the sender gives a message.
pub type OwnHeader = (&'static str, Vec<u8>);

/// Places of a request that are written anew for each broadcast and each time.
#[derive(Default)]
pub(super) struct WrittenPlaces {
    variables: Vec<Variable>,
    times: Vec<usize>,
}

impl WrittenPlaces {
    /// Adds the places of a part that begins there.
    pub(super) fn add(&mut self, mut variables: Vec<Variable>, times: Vec<usize>, begin: usize) {
        variables.iter_mut().flat_map(|variable| &mut variable.places).for_each(|place| *place += begin);
        self.variables.extend(variables);
        self.times.extend(times.into_iter().map(|place| begin + place));
    }
}

/// Signed pieces; empty if nothing is signed.
fn message(body_template: &BodyTemplate) -> &[Piece] {
    body_template.seals.first().map_or(&[], |seal| seal.message.as_slice())
}

/// Writes what is different from the broadcast that was written before.
pub(super) fn fill(
    bytes: &mut [u8],
    variables: &[Variable],
    broadcast: Broadcast,
    before: Option<(Broadcast, i64)>,
) {
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

/// Writes the time at these places.
pub(super) fn write_time(bytes: &mut [u8], places: &[usize], time: i64) {
    let mut digits = [0; TIME_DIGITS];
    write_digits(time.unsigned_abs(), &mut digits);
    places.iter().for_each(|place| put(bytes, *place, &digits));
}

/// Writes a text at a place.
pub(super) fn put(bytes: &mut [u8], place: usize, text: &[u8]) {
    if let Some(room) = bytes.get_mut(place..place + text.len()) {
        room.copy_from_slice(text);
    }
}
