//! Signatures in headers: over a stretch of the request that they prove, made anew for each one.

use std::ops::Range;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::learn::{HoleSizes, Pattern, Variable, learn};
use super::template::{OwnHeader, WrittenPlaces, fill, put, write_time};
use crate::callback::{BodyTemplate, Piece, SignatureTemplate};
use crate::decimal::write_digits;
use crate::plan::Broadcast;
use crate::provider::signature::{SignatureKeys, Signer};
use crate::stretch::Stretches;

/// The headers of a template, before it is known where they stand.
pub(super) struct HeadPattern {
    headers: Vec<(&'static str, Pattern)>,
    signers: Vec<Signer>,
    /// The key, where it is a part of what is signed.
    key: Option<SecretString>,
}

impl HeadPattern {
    /// Learns the headers of the callback of each sample.
    ///
    /// # Errors
    /// They differ in a way that no template can write.
    pub(super) fn learn(templates: &[BodyTemplate], signing: Option<&SignatureKeys>) -> Result<Self, String> {
        let Some(first) = templates.first() else {
            return Ok(Self { headers: Vec::new(), signers: Vec::new(), key: None });
        };
        let earlier = signing.is_some_and(|signing| !signing.others.earlier.is_empty());
        let lists =
            |(_, pieces): &(&str, Vec<Piece>)| pieces.iter().any(|it| matches!(it, Piece::Earlier(_)));
        if earlier && first.head.iter().any(lists) {
            return Err("a load signs with one key at a time, and this scenario replaces its key".into());
        }
        let names = |template: &BodyTemplate| template.head.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        if templates.iter().any(|other| names(other) != names(first)) {
            return Err("broadcasts differ in the headers of their messages".into());
        }
        let signer = |seal: &SignatureTemplate| Some(Signer::new(seal.digest, seal.encoding, &signing?.key));
        let signers: Vec<Signer> = first.seals.iter().filter_map(signer).collect();
        let widths: Vec<usize> = signers.iter().map(Signer::width).collect();
        let holes = HoleSizes { key: b"", widths: &widths, in_head: true };
        let header = |(index, name): (usize, &'static str)| {
            let all = templates.iter().filter_map(|template| template.head.get(index));
            let versions: Vec<&[Piece]> = all.map(|(_, pieces)| pieces.as_slice()).collect();
            Ok((name, learn(&versions, holes)?))
        };
        let headers = names(first).into_iter().enumerate().map(header).collect::<Result<_, String>>()?;
        Ok(Self { headers, signers, key: signing.map(|signing| signing.key.clone()) })
    }

    /// True when a header bears a signature.
    pub(super) fn is_signed(&self) -> bool {
        self.headers.iter().any(|(_, value)| !value.signatures.is_empty())
    }

    /// True when every header is the same in every broadcast.
    pub(super) fn is_fixed(&self) -> bool {
        self.headers.iter().all(|(_, value)| value.is_fixed())
    }

    /// The headers as bytes, with zeros in their holes.
    pub(super) fn own(&self) -> Vec<OwnHeader> {
        self.headers.iter().map(|(name, value)| (*name, value.bytes.clone())).collect()
    }

    /// Places of the headers with holes in the request whose body starts at `begin`; its variables and times are added to those of the
    /// request.
    ///
    /// # Errors
    /// A signature is over something that a load does not write.
    pub(super) fn placed(
        self,
        request: &[u8],
        begin: usize,
        templates: &[BodyTemplate],
        written: &mut WrittenPlaces,
    ) -> Result<HeaderSeals, String> {
        let mut places = Vec::new();
        for (name, value) in &self.headers {
            places.push(find(request.stretch(..begin), name, &value.bytes));
        }
        let mut signed = Vec::new();
        // Who signs in the body alone has no signature here.
        let signers = if self.is_signed() { self.signers } else { Vec::new() };
        for index in 0..signers.len() {
            let key = self.key.as_ref().map_or(b"".as_slice(), |key| key.expose_secret().as_bytes());
            signed.push(stretch(index, templates, key, &places, begin..request.len())?);
        }
        let seals = signers.into_iter().zip(signed);
        let mut seals: Vec<HeaderSeal> = seals
            .map(|(signer, signed)| HeaderSeal {
                signature: vec![0; signer.width()],
                signer,
                signed,
                places: Vec::new(),
            })
            .collect();
        let mut encoded = Vec::new();
        for ((name, value), place) in self.headers.into_iter().zip(places) {
            let place = match place {
                Some(place) => place,
                // Without holes it may have been replaced by the user's own.
                None if value.is_fixed() => continue,
                None => return Err(format!("the header `{name}` is not the sender's own")),
            };
            for (at, index) in &value.signatures {
                seals.get_mut(*index).into_iter().for_each(|seal| seal.places.push(place + at));
            }
            encoded.extend(value.encoded.into_iter().map(|(at, plain)| (place + at, plain)));
            written.add(value.variables, value.times, place);
        }
        Ok(HeaderSeals { begin, encoded, seals })
    }
}

/// Place of a header's value, if it is this one.
fn find(head: &[u8], name: &str, value: &[u8]) -> Option<usize> {
    let line = [b"\r\n", name.as_bytes(), b": "].concat();
    let at = head.windows(line.len()).position(|window| window == line)? + line.len();
    (head.get(at..at + value.len()) == Some(value)).then_some(at)
}

/// Stretch that the signature at this place among those of the message is made over.
fn stretch(
    index: usize,
    templates: &[BodyTemplate],
    key: &[u8],
    places: &[Option<usize>],
    body: Range<usize>,
) -> Result<SignedStretch, String> {
    let message = |template: &'_ BodyTemplate| template.seals.get(index).map(|seal| seal.message.clone());
    let messages: Vec<Vec<Piece>> = templates.iter().filter_map(message).collect();
    let holes = HoleSizes { key, widths: &[], in_head: true };
    // Without templates there is nothing to learn from, which `learn` reports.
    let first = messages.first().map_or(&[][..], Vec::as_slice);
    if let [.., Piece::Body] = first {
        let before: Vec<&[Piece]> =
            messages.iter().map(|message| message.stretch(..first.len() - 1)).collect();
        return Ok(SignedStretch::BeforeBody(learn(&before, holes)?, body));
    }
    // Else it is the begin of a header, such as a token without its last part.
    let all: Vec<&[Piece]> = messages.iter().map(Vec::as_slice).collect();
    let text = learn(&all, holes)?;
    let length = text.bytes.len();
    let header = templates.first().and_then(|template| {
        template.head.iter().position(|(_, pieces)| pieces.starts_with(first) && pieces.len() > first.len())
    });
    Ok(match header.and_then(|at| *places.get(at)?) {
        Some(place) => SignedStretch::InHead(place..place + length),
        // A text of its own, which does not cover the body.
        None => SignedStretch::BeforeBody(text, body.end..body.end),
    })
}

/// The signatures of a request in its headers.
#[derive(Clone)]
pub(super) struct HeaderSeals {
    /// Offset of the body.
    begin: usize,
    /// Texts in base64 for URLs, with their places.
    encoded: Vec<(usize, Pattern)>,
    seals: Vec<HeaderSeal>,
}

#[derive(Clone)]
struct HeaderSeal {
    signer: Signer,
    signed: SignedStretch,
    signature: Vec<u8>,
    /// Offsets of the signature in the request.
    places: Vec<usize>,
}

/// Bytes that a signature is made over.
#[derive(Clone)]
enum SignedStretch {
    /// A text and then the body, which stands here; an empty range where the body is not covered.
    BeforeBody(Pattern, Range<usize>),
    /// A stretch of the head.
    InHead(Range<usize>),
}

impl HeaderSeals {
    /// Signs a request whose other bytes are those of a broadcast and a time; nothing is signed twice.
    pub(super) fn write(&mut self, request: &mut [u8], broadcast: Broadcast, time: i64, before: Before) {
        for (place, plain) in &mut self.encoded {
            renew(plain, broadcast, time, before);
            if let Some(first) = plain.hashes.first() {
                let digest = Sha256::digest(request.stretch(self.begin..));
                if let Some(room) = plain.bytes.get_mut(*first..*first + HASH_DIGITS) {
                    // The room is as long as the text.
                    let _ = BASE64_STANDARD.encode_slice(digest, room);
                }
            }
            if let Some(room) = request.get_mut(*place..) {
                let _ = BASE64_URL_SAFE_NO_PAD.encode_slice(&plain.bytes, room);
            }
        }
        for seal in &mut self.seals {
            match &mut seal.signed {
                SignedStretch::BeforeBody(text, body) => {
                    renew(text, broadcast, time, before);
                    let body = request.stretch(body.clone());
                    seal.signer.sign_both(&text.bytes, body, &mut seal.signature);
                }
                SignedStretch::InHead(stretch) => {
                    let text = request.stretch(stretch.clone());
                    seal.signer.sign(text, &mut seal.signature);
                }
            }
            seal.places.iter().for_each(|place| put(request, *place, &seal.signature));
        }
    }

    /// The signatures that were written last. Secret.
    pub(super) fn signatures(&self) -> impl Iterator<Item = String> {
        self.seals.iter().map(|seal| String::from_utf8_lossy(&seal.signature).into_owned())
    }
}

/// Broadcast and time that were written before.
pub(super) type Before = Option<(Broadcast, i64)>;

/// Characters of a hash in base64.
pub(super) const HASH_DIGITS: usize = 44;

fn renew(text: &mut Pattern, broadcast: Broadcast, time: i64, before: Before) {
    let variables: &[Variable] = &text.variables;
    fill(&mut text.bytes, variables, broadcast, before);
    if before.is_none_or(|(_, before)| before != time) {
        write_time(&mut text.bytes, &text.times, time);
        for (place, by) in &text.later {
            let mut digits = [0; super::learn::TIME_DIGITS];
            write_digits(time.saturating_add(*by).unsigned_abs(), &mut digits);
            put(&mut text.bytes, *place, &digits);
        }
    }
}
