//! Place of a signature in a declared message: in fields of the body, or in headers.

use super::compile::leak;
use super::words::{Vocabulary, at};
use crate::problem::{Problem, did_you_mean};
use crate::provider::signature::{Proof, Signature, SignedHeader, SignedPart};
use crate::provider::stamp::{HeaderPlace, StampedProof};
use crate::scenario::Method;

/// Fields of the bodies of an edition that a signature needs.
pub(super) struct Standing {
    pub(super) signature: Option<&'static str>,
    /// Path to it in the file.
    pub(super) signature_path: String,
    pub(super) time: Option<&'static str>,
    /// Names of all fields.
    pub(super) fields: Vec<&'static str>,
}

/// Place of the signature of an edition.
pub(super) struct SignaturePlace<'a> {
    pub(super) sealed: &'a [SignedHeader],
    pub(super) signatures: &'a [(Method, Signature)],
    pub(super) stood: Standing,
    pub(super) path: &'a str,
}

impl SignaturePlace<'_> {
    fn signs(&self, part: &SignedPart) -> bool {
        self.signatures.iter().any(|(_, signature)| signature.message.contains(part))
    }

    pub(super) fn is_timed(&self) -> bool {
        self.stood.time.is_some() || self.sealed.iter().any(|header| header.value.contains(&SignedPart::Time))
    }

    /// Notes what is wrong with the signature. What a mistake in a header brings with it is not a mistake of its own.
    fn wrong(&self, title: &str, help: &str, names: &mut Vocabulary<'_>) {
        if names.problems.iter().any(|problem| problem.path.split('.').any(|step| step == "headers")) {
            return;
        }
        names.problems.push(Problem::at(self.path, title).on_key().help(help));
    }

    pub(super) fn proof(&mut self, names: &mut Vocabulary<'_>) -> Proof {
        match self.sealed.iter().find(|header| header.value.contains(&SignedPart::Signature)) {
            Some(header) => self.in_head(header, names),
            None => self.in_body(names),
        }
    }

    fn in_body(&mut self, names: &mut Vocabulary<'_>) -> Proof {
        if self.signatures.is_empty() {
            self.stood.signature = None;
            self.stood.time = None;
            return Proof::Body;
        }
        match (self.stood.signature, self.stood.time) {
            (None, _) => self.wrong(
                "the signature stands nowhere",
                "give a field of the body the value `$signature`, or a header the value \"{signature}\"",
                names,
            ),
            (Some(_), None) => self.wrong(
                "a signature in the body needs a time in it, too",
                "give a field of the body the value `$time`",
                names,
            ),
            (Some(own), Some(_)) if self.signs(&SignedPart::Field(own)) => self.wrong(
                "the signature covers the field that it stands in",
                "sign other fields: this one is known only when the signature is",
                names,
            ),
            _ => {}
        }
        for part in self.signatures.iter().flat_map(|(_, signature)| signature.message) {
            if let SignedPart::Field(name) = part
                && !self.stood.fields.contains(name)
            {
                let mut known = self.stood.fields.clone();
                known.sort_unstable();
                known.dedup();
                let near = did_you_mean(name, known.iter().copied());
                let title = format!("the signature covers a field `{name}`, which no body has");
                let label = format!("expected one of {}", known.join(", "));
                names.problems.push(Problem::at(self.path, title).on_key().label(label).helps(near));
            }
        }
        Proof::Body
    }

    fn in_head(&self, header: &SignedHeader, names: &mut Vocabulary<'_>) -> Proof {
        if self.signatures.is_empty() {
            let title = "a header has a signature, and the file says none";
            let problem = Problem::at(at("headers", header.name), title).on_key();
            names.problems.push(problem.help("add `signature: {hmac-sha256: \"{body}\"}`"));
            return Proof::Body;
        }
        if self.stood.signature.is_some() {
            let title = format!("the signature stands in the header `{}`, and in a body, too", header.name);
            let problem = Problem::at(self.stood.signature_path.as_str(), title);
            names.problems.push(
                problem.help("leave it out of the header, or out of the body: one place proves a message"),
            );
        }
        let alone = self.signatures.iter().all(|(_, signature)| signature.message == [SignedPart::Body]);
        if alone && header.value == [SignedPart::Signature] {
            return Proof::Header(header.name);
        }
        let timed = self.sealed.iter().find(|header| header.value.contains(&SignedPart::Time));
        let named = self.sealed.iter().find(|header| header.value == [SignedPart::Id]);
        let signs = |part| self.signs(&part);
        if signs(SignedPart::Time) && timed.is_none() {
            let help = "add a header such as `X-Time: \"{time}\"`";
            self.wrong("the time is signed, and no header has it", help, names);
        }
        if signs(SignedPart::Id) && named.is_none() {
            let help = "add a header such as `X-Id: \"{id}\"`";
            self.wrong("the id is signed, and no header has it", help, names);
        }
        if header.value.iter().filter(|part| **part == SignedPart::Signature).count() > 1 {
            let title = "a header has the signature twice";
            let problem = Problem::at(at("headers", header.name), title);
            names.problems.push(problem.help("write `{signature}` once in it"));
        }
        if header.value.last() != Some(&SignedPart::Signature) {
            let title = "something stands behind the signature in its header";
            self.wrong(title, "let `{signature}` be the last part", names);
        }
        let time = timed.filter(|_| signs(SignedPart::Time));
        Proof::Stamped(leak(StampedProof {
            signature: place(header, SignedPart::Signature),
            time: time.map(|header| place(header, SignedPart::Time)),
            id: named.map_or("", |header| header.name),
        }))
    }
}

/// Place of a part in its header: behind a text, and in a list where the header has several parts.
fn place(header: &SignedHeader, part: SignedPart) -> HeaderPlace {
    // The header was chosen for having it.
    let at = header.value.iter().position(|known| *known == part).unwrap_or_default();
    let text = match at.checked_sub(1).and_then(|before| header.value.get(before)) {
        Some(SignedPart::Text(text)) => *text,
        _ => "",
    };
    let holes = header.value.iter().filter(|part| !matches!(part, SignedPart::Text(_))).count();
    // What stands between two parts begins with what parts them.
    let between = header.value.iter().skip(1).find_map(|part| match part {
        SignedPart::Text(text) => text.chars().next(),
        _ => None,
    });
    let parted = between.filter(|_| holes > 1);
    let before =
        if at > 1 { parted.map_or(text, |by| text.trim_start_matches(by).trim_start()) } else { text };
    HeaderPlace { name: header.name, parted, before }
}
