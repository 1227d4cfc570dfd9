//! gzip: honest, claimed, unclaimed, or a bomb.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "compress",
    family: Family::Body,
    meaning: "the body is compressed with gzip, or only said to be",
    least: Class::Rough,
    params: &[
        Param {
            name: "how",
            default: "honest",
            kind: ParamKind::Choice(&["honest", "claimed", "unclaimed", "bomb", "nested-bomb"]),
            meaning: "with its header; the header alone; the bytes alone; far more than it looks; that, compressed again",
        },
        Param {
            name: "megabytes",
            default: "1000",
            kind: ParamKind::Count(20_000),
            meaning: "what a bomb inflates to; each is a kilobyte on the wire",
        },
    ],
    effect: Effect::Each(|callback, args, _| {
        let (how, megabytes) = (args.text("how").to_owned(), args.count("megabytes"));
        callback.wire_fault.tamper(move |request| {
            let body = std::mem::take(&mut request.body);
            request.replace_body(match how.as_str() {
                "claimed" => body,
                "bomb" => bomb(&body, megabytes),
                "nested-bomb" => gzip(&bomb(&body, megabytes)),
                _ => gzip(&body),
            });
            match how.as_str() {
                "unclaimed" => {}
                "nested-bomb" => request.set("Content-Encoding", "gzip, gzip"),
                _ => request.set("Content-Encoding", "gzip"),
            }
        });
        Ok(())
    }),
};

/// The body and then white space, which is JSON still. A megabyte is compressed once and repeated: a gzip file may have many
/// members.
fn bomb(body: &[u8], megabytes: usize) -> Vec<u8> {
    [gzip(body), gzip(&vec![b' '; 1 << 20]).repeat(megabytes)].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.expect("writing into memory cannot fail")
}
