//! Lines for signatures in headers: over the bytes of the body, with a time, an id or a host beside it, or as a token.

use super::Language;
use crate::callback::{Digests, Encoding};
use crate::provider::signature::{Proof, Signature, SignedPart};
use crate::provider::stamp::{HeaderPlace, StampedProof};

/// Syntax of a language for a check of headers. `NAME`, `BY` and `BEFORE` stand for a header, the separator of its entries and the
/// text before what is meant; `PARTS` for the signed bytes, `RIGHT` for the right signature, `FAR` for the tolerance in seconds.
pub(super) struct HeadSyntax {
    /// Everything around the lines, with `LINES`, `HELPERS` and `IMPORTS`.
    pub(super) frame: &'static str,
    /// What may stand beside the lines, each with the word by which they use it.
    pub(super) helpers: &'static [(&'static str, &'static str)],
    /// Everything that may be imported, in the same way.
    pub(super) imports: &'static [(&'static str, &'static str)],
    /// Lines that find signatures and time: in a header of their own, and in one that holds more.
    pub(super) given: [&'static str; 2],
    pub(super) sent: [&'static str; 2],
    /// Lines that find id and host.
    pub(super) id: &'static str,
    pub(super) host: &'static str,
    /// Words of the frame that differ where a query takes the place of the body, and a line that finds a field of it.
    pub(super) asked: &'static [(&'static str, &'static str)],
    pub(super) field: &'static str,
    /// Bytes of a variable, and of a text.
    pub(super) bytes: &'static str,
    pub(super) text: &'static str,
    /// The raw body, and what joins two parts.
    pub(super) body: &'static str,
    pub(super) joint: &'static str,
    /// Line with the signed bytes.
    pub(super) signed: &'static str,
    /// Bytes of a key, and of one in base64.
    pub(super) key: &'static str,
    pub(super) secret: &'static str,
    /// Digests, with `KEY`: the lines before, and the value.
    pub(super) md5: (&'static str, &'static str),
    pub(super) hmac: (&'static str, &'static str),
    /// Written forms of `DIGEST`.
    pub(super) hex: &'static str,
    pub(super) base64: &'static str,
    pub(super) base64url: &'static str,
    /// Lines that compare, and their last line with and without a time.
    pub(super) same: &'static str,
    pub(super) timed: &'static str,
    pub(super) untimed: &'static str,
    /// All lines for a token.
    pub(super) token: &'static str,
}

impl Language {
    fn head(self) -> &'static HeadSyntax {
        match self {
            Self::Python => &super::scripts::PYTHON,
            Self::Node => &super::scripts::NODE,
            Self::Php => &super::scripts::PHP,
            Self::Go => &super::compiled::GO,
            Self::Java => &super::compiled::JAVA,
        }
    }

    /// Lines that check headers and body; none where the body bears the signature.
    pub(super) fn of_headers(
        self,
        proof: Proof,
        in_query: bool,
        signature: &Signature,
        tolerance: i64,
    ) -> Option<String> {
        let own = self.head();
        let lines = match proof {
            Proof::Body => return None,
            Proof::Token { header, .. } => own.token.replace("NAME", &self.header(header)),
            Proof::Header(name) => {
                let signature_alone = HeaderPlace { name, parted: None, before: "" };
                let proof = StampedProof { signature: signature_alone, time: None, id: "" };
                self.stamped(&proof, signature, tolerance)
            }
            Proof::Stamped(proof) => self.stamped(proof, signature, tolerance),
        };
        let used = |all: &[(&str, &'static str)], code: &str| -> String {
            all.iter().filter(|(word, _)| code.contains(word)).map(|(_, text)| *text).collect()
        };
        let asked = own.asked.iter().filter(|_| in_query);
        let frame = asked.fold(own.frame.to_owned(), |frame, (body, query)| frame.replace(body, query));
        let code = frame.replace("HELPERS", &used(own.helpers, &lines)).replace("LINES", &lines);
        let imports = used(own.imports, &code);
        Some(code.replace("IMPORTS", &imports))
    }

    /// A name of a header as the language finds it.
    fn header(self, name: &str) -> String {
        match self {
            // Its own type of headers does not mind the case.
            Self::Go => name.to_owned(),
            _ => name.to_lowercase(),
        }
    }

    fn stamped(self, proof: &StampedProof, signature: &Signature, tolerance: i64) -> String {
        let own = self.head();
        let signs = |part: SignedPart| signature.message.contains(&part);
        let place = |[alone, among]: [&str; 2], place: &HeaderPlace| {
            let name = self.header(place.name);
            if place.parted.is_none() && place.before.is_empty() {
                return alone.replace("NAME", &name);
            }
            // One entry is a list, too.
            let by = self.quoted(&String::from(place.parted.unwrap_or(',')));
            among.replace("NAME", &name).replace("BY", &by).replace("BEFORE", &self.quoted(place.before))
        };
        let mut lines = place(own.given, &proof.signature);
        if let Some(time) = &proof.time {
            lines.push_str(&place(own.sent, time));
        }
        if signs(SignedPart::Id) {
            lines.push_str(&own.id.replace("NAME", &self.header(proof.id)));
        }
        if signs(SignedPart::Host) {
            lines.push_str(own.host);
        }
        for part in signature.message {
            if let SignedPart::Field(name) = part {
                lines.push_str(&own.field.replace("NAME", name));
            }
        }
        let part = |part: &SignedPart| match part {
            SignedPart::Text(text) => own.text.replace("TEXT", &self.quoted(text)),
            SignedPart::Body => own.body.to_owned(),
            SignedPart::Key => own.bytes.replace("WORD", &self.variable("key")),
            SignedPart::Time => own.bytes.replace("WORD", &self.variable("sent")),
            SignedPart::Id => own.bytes.replace("WORD", &self.variable("id")),
            SignedPart::Field(name) => own.bytes.replace("WORD", &self.variable(name)),
            // Nothing else stands in a text that headers and body make up.
            _ => own.bytes.replace("WORD", &self.variable("host")),
        };
        let parts: Vec<String> = signature.message.iter().map(part).collect();
        lines.push_str(&own.signed.replace("PARTS", &parts.join(own.joint)));
        let (digest, key) = match signature.digest {
            Digests::Md5 => (own.md5, ""),
            Digests::WebhookSha256 => (own.hmac, own.secret),
            Digests::HmacSha1 | Digests::HmacSha256 => (own.hmac, own.key),
        };
        let encoding = match signature.encoding {
            Encoding::Hex => own.hex,
            Encoding::Base64 => own.base64,
            Encoding::Base64Url => own.base64url,
        };
        let (before, digest) = digest;
        lines.push_str(&before.replace("KEY", key));
        let right = encoding.replace("DIGEST", &digest.replace("KEY", key));
        lines.push_str(&own.same.replace("RIGHT", &right));
        let last = if proof.time.is_some() { own.timed } else { own.untimed };
        lines + &last.replace("FAR", &tolerance.to_string())
    }

    fn variable(self, name: &str) -> String {
        match self {
            Self::Php => format!("${name}"),
            _ => name.to_owned(),
        }
    }
}
