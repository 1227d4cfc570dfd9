//! A message in the making: its holes for what only the moment of sending knows, and how they are filled.

use std::collections::BTreeMap;
use std::fmt;

use hyper::body::Bytes;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::json_style;
use super::signature::{HOST, Signature, SignatureKeys, SignedHeader, SignedPart};
use crate::callback::{
    Body, BodyTemplate, Encoding, FieldSlot, Layout, Piece, SignatureTemplate, TimeForm, TimeText,
};
use crate::percent;
use crate::stretch::Stretches;

/// What becomes of the fields for time and signature when there is nothing to put into them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unsigned {
    /// They are left out.
    #[default]
    Absent,
    /// They hold the empty text.
    Empty,
}

/// The bytes of a body that is sent without a signature.
pub fn unsigned(body: &Body, how: Unsigned) -> BodyTemplate {
    let slots = body.fields.iter().filter_map(|(name, slot)| match (slot, how) {
        (FieldSlot::Value(_) | FieldSlot::Literal(_) | FieldSlot::Count(_) | FieldSlot::SentMillis, _) => {
            Some((name.clone(), slot.clone()))
        }
        (_, Unsigned::Absent) => None,
        (_, Unsigned::Empty) => Some((name.clone(), FieldSlot::Value("".into()))),
    });
    let body = Body { layout: body.layout, ..Body::new(slots) };
    BodyTemplate { body: pieces(&body), ..BodyTemplate::default() }
}

/// A message with its holes filled.
///
/// Two of them cannot be compared, since each holds a signature.
///
/// ```compile_fail,E0369
/// fn same(one: &hookreel::provider::signature::SignedMessage, other: &hookreel::provider::signature::SignedMessage) -> bool {
///     one == other
/// }
/// ```
#[derive(Clone)]
pub struct SignedMessage {
    /// The body as it goes over the wire.
    pub body: Bytes,
    /// The sender's own headers, as they go over the wire.
    pub headers: Vec<(&'static str, Vec<u8>)>,
    /// The query of a GET; none = it is a POST.
    pub query: Option<String>,
    /// The signature that proves it; empty when there is none. Secret: made with the key, and valid for a while.
    pub signature: String,
    /// Other signatures that it bears. Secret, as every signature.
    pub beside: Vec<String>,
}

/// Bytes are counted, not shown: they hold a signature.
impl fmt::Debug for SignedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedMessage({} bytes, {} headers)", self.body.len(), self.headers.len())
    }
}

/// What only the moment of sending knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The time that is signed, in Unix seconds.
    pub time: i64,
    /// Retries of the stream before this request.
    pub retries: u64,
}

impl From<i64> for Moment {
    fn from(time: i64) -> Self {
        Self { time, retries: 0 }
    }
}

/// Fills the holes: the message as it goes over the wire, signed for its moment.
pub fn seal(
    body_template: &BodyTemplate,
    signing: Option<&SignatureKeys>,
    moment: impl Into<Moment>,
) -> SignedMessage {
    seal_rewritten(body_template, signing, moment, |body| body)
}

/// The same for a body that is rewritten before it is signed, where its bytes are what is signed; elsewhere it stays as it is.
pub fn seal_rewritten(
    body_template: &BodyTemplate,
    signing: Option<&SignatureKeys>,
    moment: impl Into<Moment>,
    rewrite: impl FnOnce(Vec<u8>) -> Vec<u8>,
) -> SignedMessage {
    let moment: Moment = moment.into();
    let digits = moment.time.to_string();
    let key = signing.map_or(b"".as_slice(), |signing| signing.key.expose_secret().as_bytes());
    let mut holes =
        Holes { key, time: &digits, moment, body: Vec::new(), signatures: Vec::new(), earlier: Vec::new() };
    // Either the body is signed as it is, or it bears a signature: both at once nobody could make.
    let bytes = body_template.signs_bytes();
    if bytes {
        holes.body = rewrite(holes.fill(&body_template.body));
    }
    if signing.is_some() {
        let sign = |seal: &SignatureTemplate| {
            seal.encoding.write(&seal.digest.sign(&holes.fill(&seal.message), key))
        };
        holes.signatures = body_template.seals.iter().map(sign).collect();
    }
    let lists =
        |(_, pieces): &(&str, Vec<Piece>)| pieces.iter().any(|piece| matches!(piece, Piece::Earlier(_)));
    if let (Some(signing), Some(seal)) = (signing, body_template.seals.first())
        && body_template.head.iter().any(lists)
    {
        let message = holes.fill(&seal.message);
        let under = |key: &SecretString| {
            seal.encoding.write(&seal.digest.sign(&message, key.expose_secret().as_bytes()))
        };
        holes.earlier = signing.others.earlier.iter().map(under).collect();
    }
    let headers = body_template.head.iter().map(|(name, pieces)| (*name, holes.fill(pieces))).collect();
    let body = if bytes { std::mem::take(&mut holes.body) } else { holes.fill(&body_template.body) };
    let mut signatures = holes.signatures.into_iter();
    // A message that is not signed has an empty one.
    let signature = signatures.next().unwrap_or_default();
    let beside = signatures.chain(holes.earlier).collect();
    SignedMessage { body: body.into(), headers, query: body_template.query.clone(), signature, beside }
}

/// The same message as a GET: these fields are its query, and it has no body.
pub fn in_query(template: BodyTemplate, fields: &Body) -> BodyTemplate {
    BodyTemplate { body: Vec::new(), query: Some(query_of(fields)), ..template }
}

/// Fields as a query.
fn query_of(fields: &Body) -> String {
    let text = |slot: &FieldSlot| match slot {
        FieldSlot::Value(value) => Some(percent::text_of(value)),
        slot => slot.json(),
    };
    percent::query(fields.fields.iter().filter_map(|(name, slot)| Some((name, text(slot)?))))
}

/// Host of a callback URL that is not known.
pub(super) const LOCAL: &str = "localhost";

/// What the holes of a message are filled with.
struct Holes<'a> {
    key: &'a [u8],
    time: &'a str,
    moment: Moment,
    body: Vec<u8>,
    signatures: Vec<String>,
    earlier: Vec<String>,
}

impl Holes<'_> {
    fn fill(&self, pieces: &[Piece]) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024);
        for piece in pieces {
            match piece {
                Piece::Bytes(bytes) => out.extend_from_slice(bytes),
                Piece::Key => out.extend_from_slice(self.key),
                Piece::Time => out.extend_from_slice(self.time.as_bytes()),
                Piece::Spelt(spelling) => out.extend_from_slice(spelling.of(self.time).as_bytes()),
                Piece::Millis => out.extend_from_slice(format!("{}000", self.time).as_bytes()),
                Piece::Later(by) => {
                    out.extend_from_slice(self.moment.time.saturating_add(*by).to_string().as_bytes());
                }
                Piece::Signature(at) => {
                    out.extend_from_slice(self.signatures.get(*at).map_or(b"", |made| made.as_bytes()));
                }
                Piece::Count(number) => {
                    out.extend_from_slice(number.saturating_add(self.moment.retries).to_string().as_bytes());
                }
                // A message that has no receiver yet.
                Piece::Host => out.extend_from_slice(LOCAL.as_bytes()),
                Piece::Body => out.extend_from_slice(&self.body),
                Piece::Earlier(before) => {
                    for made in &self.earlier {
                        out.extend_from_slice(before.as_bytes());
                        out.extend_from_slice(made.as_bytes());
                    }
                }
                Piece::BodyHash => {
                    out.extend_from_slice(Encoding::Base64.write(&Sha256::digest(&self.body)).as_bytes());
                }
                Piece::Encoded(pieces) => {
                    out.extend_from_slice(Encoding::Base64Url.write(&self.fill(pieces)).as_bytes());
                }
            }
        }
        out
    }
}

/// Signatures in the making.
struct Sealing<'a> {
    /// The body whose facts are signed.
    signed: &'a Body,
    /// It is the body that is sent.
    own: bool,
    settings: &'a BTreeMap<&'static str, String>,
    /// The id of the message.
    id: &'a str,
}

impl Sealing<'_> {
    fn seal(&self, signature: &Signature) -> SignatureTemplate {
        let mut beside = Vec::new();
        let message = self.pieces(signature.message, &mut beside);
        SignatureTemplate { digest: signature.digest, encoding: signature.encoding, message }
    }

    /// The parts with holes; signatures beside the main one are added to the seals.
    fn pieces(&self, parts: &[SignedPart], seals: &mut Vec<SignatureTemplate>) -> Vec<Piece> {
        let mut out = Vec::new();
        for part in parts {
            out.push(match part {
                SignedPart::Key => Piece::Key,
                SignedPart::Time => time(self.signed),
                SignedPart::Field(name) => {
                    // A field that is not there is signed as nothing.
                    Piece::Bytes(self.signed.value(name).map(percent::text_of).unwrap_or_default().into())
                }
                SignedPart::Text(text) => Piece::Bytes(Bytes::from_static(text.as_bytes())),
                SignedPart::Setting(name) => {
                    // Every setting has a value: that of the scenario, or its default.
                    Piece::Bytes(self.settings.get(name).cloned().unwrap_or_default().into())
                }
                SignedPart::Later(by) => Piece::Later(*by),
                SignedPart::Body if self.own => Piece::Body,
                SignedPart::Body => {
                    out.extend(pieces(self.signed));
                    continue;
                }
                SignedPart::BodyHash => Piece::BodyHash,
                SignedPart::Encoded(parts) => Piece::Encoded(self.pieces(parts, seals)),
                SignedPart::Signature => Piece::Signature(0),
                SignedPart::Host => match self.settings.get(HOST).filter(|host| !host.is_empty()) {
                    Some(host) => Piece::Bytes(host.clone().into()),
                    None => Piece::Host,
                },
                SignedPart::Id => Piece::Bytes(self.id.to_owned().into()),
                SignedPart::Earlier(before) => Piece::Earlier(before),
                SignedPart::Beside(signature) => {
                    let seal = self.seal(signature);
                    seals.push(seal);
                    Piece::Signature(seals.len() - 1)
                }
            });
        }
        out
    }
}

/// A message that bears its signature in its body: `body`, with the signature of `signed`.
pub(super) fn signed_in_body(body: &Body, signed: &Body, signature: &Signature) -> BodyTemplate {
    let sealing = Sealing { signed, own: std::ptr::eq(body, signed), settings: &BTreeMap::new(), id: "" };
    BodyTemplate { body: pieces(body), seals: vec![sealing.seal(signature)], ..BodyTemplate::default() }
}

/// Contents of a message that bears its signatures in headers.
pub struct HeadSigned<'a> {
    /// The body that is sent.
    pub body: &'a Body,
    /// The body whose signature it bears: mostly the same one.
    pub signed: &'a Body,
    /// Settings of the sender, which may stand in headers.
    pub settings: &'a BTreeMap<&'static str, String>,
    /// Id of the message.
    pub id: &'a str,
}

impl HeadSigned<'_> {
    /// The message with its signatures in headers.
    pub fn sealed(&self, signature: &Signature, headers: &[SignedHeader]) -> BodyTemplate {
        let &Self { body, signed, settings, id } = self;
        let sealing = Sealing { signed, own: std::ptr::eq(body, signed), settings, id };
        BodyTemplate { body: pieces(body), ..sealing.head(signature, headers) }
    }
}

/// The same for bytes that are sent as they are.
pub fn bytes_signed_in_head(
    bytes: Bytes,
    signature: &Signature,
    headers: &[SignedHeader],
    settings: &BTreeMap<&'static str, String>,
) -> BodyTemplate {
    let id = id_of(&bytes);
    let sealing = Sealing { signed: &Body::default(), own: true, settings, id: &id };
    BodyTemplate { body: vec![Piece::Bytes(bytes)], ..sealing.head(signature, headers) }
}

/// The same for the fields of a query.
pub fn query_signed_in_head(
    fields: Map<String, Value>,
    signature: &Signature,
    headers: &[SignedHeader],
    settings: &BTreeMap<&'static str, String>,
) -> BodyTemplate {
    let slots = fields.into_iter().map(|(name, value)| (name.into(), FieldSlot::Value(value)));
    let fields = Body::new(slots);
    let id = id_of(query_of(&fields).as_bytes());
    let message = HeadSigned { body: &fields, signed: &fields, settings, id: &id };
    in_query(message.sealed(signature, headers), &fields)
}

/// The id of a message of which nothing but its bytes is known: the same bytes have the same.
fn id_of(bytes: &[u8]) -> String {
    let digest = Encoding::Hex.write(&Sha256::digest(bytes));
    format!("{ID}{}", digest.stretch(..24))
}

/// Begin of the id of a message.
pub const ID: &str = "msg_";

impl Sealing<'_> {
    fn head(&self, signature: &Signature, headers: &[SignedHeader]) -> BodyTemplate {
        let mut seals = vec![self.seal(signature)];
        let head = headers.iter().map(|header| (header.name, self.pieces(header.value, &mut seals)));
        let head = head.collect();
        BodyTemplate { head, seals, ..BodyTemplate::default() }
    }
}

/// The object as JSON, in the order of its fields.
fn pieces(body: &Body) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::from("{");
    for (index, (name, slot)) in body.fields.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        json_style::before_member(&mut text, body.layout, 1);
        text.push_str(&Value::from(name.as_ref()).to_string());
        text.push_str(json_style::colon(body.layout));
        let (quote, hole) = match slot {
            FieldSlot::Value(value) => {
                json_style::value(&mut text, value, body.layout, 1);
                continue;
            }
            FieldSlot::Literal(json) => {
                text.push_str(json);
                continue;
            }
            FieldSlot::Time(form) => (quote(*form, body), time(body)),
            FieldSlot::Signature => ("\"", Piece::Signature(0)),
            FieldSlot::Count(number) => ("", Piece::Count(*number)),
            FieldSlot::SentMillis => ("", Piece::Millis),
        };
        text.push_str(quote);
        pieces.push(Piece::Bytes(std::mem::take(&mut text).into()));
        pieces.push(hole);
        text.push_str(quote);
    }
    json_style::before_end(&mut text, body.layout, 0);
    text.push('}');
    if body.layout == Layout::Styled {
        text.push('\n');
    }
    pieces.push(Piece::Bytes(text.into()));
    pieces
}

/// The time as it is written.
fn time(body: &Body) -> Piece {
    match &body.time {
        None => Piece::Time,
        Some(TimeText::Given(text)) => Piece::Bytes(text.clone().into()),
        Some(TimeText::Spelt(spelling)) => Piece::Spelt(*spelling),
    }
}

/// What stands around the time: nothing around a number, quotes around everything else.
fn quote(form: TimeForm, body: &Body) -> &'static str {
    let number = match &body.time {
        None => true,
        Some(TimeText::Given(text)) => {
            serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_number())
        }
        Some(TimeText::Spelt(spelling)) => spelling.is_number(),
    };
    if form == TimeForm::Number && number { "" } else { "\"" }
}
