//! The start of a TLS handshake, by hand: without a server's name, with another one, or cut off in the middle.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::number;
use crate::request::WireStep;

pub(super) static FAULT: Fault = Fault {
    name: "client-hello",
    family: Family::Framing,
    meaning: "a TLS ClientHello comes instead of everything else, and nothing after it; to a plain port it is junk",
    least: Class::Rough,
    params: &[
        Param {
            name: "name",
            default: "none",
            kind: ParamKind::Choice(&["none", "other"]),
            meaning: "the server name in it (SNI): none, or other.example",
        },
        Param {
            name: "form",
            default: "whole",
            kind: ParamKind::Choice(&["whole", "half"]),
            meaning: "all of it, or its first half",
        },
    ],
    effect: Effect::Each(|callback, args, _| {
        let mut hello = client_hello((args.text("name") == "other").then_some("other.example"));
        if args.text("form") == "half" {
            hello.truncate(hello.len() / 2);
        }
        callback.wire_fault.write(move |_| vec![WireStep::Bare, WireStep::Write(hello.clone().into())]);
        Ok(())
    }),
};

/// TLS 1.2 with what every server of today can speak (RFC 5246, 8422, 6066).
fn client_hello(name: Option<&str>) -> Vec<u8> {
    let mut extensions = Vec::new();
    if let Some(name) = name {
        let host = [&[0], sized(name.as_bytes()).as_slice()].concat();
        extensions.extend(extension(0, &sized(&host)));
    }
    // Groups: x25519, secp256r1. Points: uncompressed.
    extensions.extend(extension(10, &sized(&[0x00, 0x1d, 0x00, 0x17])));
    extensions.extend(extension(11, &[1, 0]));
    // Signatures: ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256, rsa_pkcs1_sha256, ed25519.
    extensions.extend(extension(13, &sized(&[0x04, 0x03, 0x08, 0x04, 0x04, 0x01, 0x08, 0x07])));
    // Extended master secret.
    extensions.extend(extension(23, &[]));
    // ECDHE with ECDSA or RSA, AES-128-GCM-SHA256 or CHACHA20-POLY1305.
    let suites = sized(&[0xc0, 0x2b, 0xc0, 0x2f, 0xcc, 0xa9, 0xcc, 0xa8]);
    // Nothing follows that a secret number would protect.
    let random = [0x5a; 32];
    let hello = [&[0x03, 0x03], random.as_slice(), &[0], &suites, &[1, 0], &sized(&extensions)].concat();
    let handshake = [&[0x01, 0x00], sized(&hello).as_slice()].concat();
    [&[0x16, 0x03, 0x01], sized(&handshake).as_slice()].concat()
}

/// The bytes after their number, in two bytes.
fn sized(bytes: &[u8]) -> Vec<u8> {
    let length = number::capped::<u16>(bytes.len());
    [&length.to_be_bytes(), bytes].concat()
}

fn extension(kind: u16, bytes: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes(), sized(bytes).as_slice()].concat()
}
