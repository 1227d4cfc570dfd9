//! The body comes in chunks, as the standard allows, or as it does not.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::provider::signature::Proof;
use crate::request::WireStep;

/// The end of a chunked body.
pub(super) const LAST: &[u8] = b"0\r\n\r\n";

pub(super) static FAULT: Fault = Fault {
    name: "chunked",
    family: Family::Framing,
    meaning: "the body is sent in chunks instead of with its length",
    least: Class::Legal,
    params: &[Param {
        name: "form",
        default: "plain",
        kind: ParamKind::Choice(&[
            "plain",
            "bytes",
            "extensions",
            "trailer",
            "signature-in-trailer",
            "host-in-trailer",
            "length-in-trailer",
            "with-length",
            "bad-size",
            "huge-size",
            "endless",
        ]),
        meaning: "one chunk; one per byte; with extensions; with a trailer that says nothing, or one that should have stood \
                  elsewhere; with a wrong Content-Length beside it; sizes that are none; no last chunk",
    }],
    effect: Effect::Each(|callback, args, sender| {
        let form = args.text("form").to_owned();
        let class = match form.as_str() {
            "plain" | "bytes" | "extensions" | "trailer" => Class::Legal,
            // To ignore what does not belong there is as right as to refuse it.
            "host-in-trailer" | "length-in-trailer" | "with-length" => Class::Rough,
            _ => Class::Hostile,
        };
        callback.class = callback.class.max(class);
        let field = sender.reading.signature_field;
        if form == "signature-in-trailer" {
            sender.signed()?;
            if sender.reading.proof != Proof::Body {
                return Err("the signature stands in a header already".into());
            }
            callback.body.remove(field);
        }
        if form == "endless" {
            callback
                .wire_fault
                .write(|request| vec![WireStep::Write(request.bytes().into()), WireStep::Finish]);
        }
        callback.wire_fault.tamper(move |request| {
            if form == "with-length" {
                request.set("Content-Length", "5");
            } else {
                request.remove("Content-Length");
            }
            request.add("Transfer-Encoding", "chunked");
            let whole = request.body.len();
            let trailer = |line: &str| [b"0\r\n", line.as_bytes(), b"\r\n\r\n"].concat();
            request.body = match form.as_str() {
                "bytes" => [chunks(&request.body, 1, ""), LAST.to_vec()].concat(),
                "extensions" => [chunks(&request.body, 64, ";a=b;c=\"d\""), LAST.to_vec()].concat(),
                "trailer" => [chunks(&request.body, whole, ""), trailer("X-T: 1")].concat(),
                "signature-in-trailer" => {
                    let line = format!("{field}: {}", request.signature);
                    [chunks(&request.body, whole, ""), trailer(&line)].concat()
                }
                "host-in-trailer" => {
                    [chunks(&request.body, whole, ""), trailer("Host: other.example")].concat()
                }
                "length-in-trailer" => {
                    [chunks(&request.body, whole, ""), trailer("Content-Length: 1")].concat()
                }
                "bad-size" => [b"zz\r\n", request.body.as_slice(), b"\r\n", LAST].concat(),
                // 2^68: sixteen digits and a little more than any machine's word holds.
                "huge-size" => [b"100000000000000000\r\n", request.body.as_slice(), b"\r\n", LAST].concat(),
                "endless" => chunks(&request.body, whole, ""),
                _ => [chunks(&request.body, whole, ""), LAST.to_vec()].concat(),
            };
        });
        Ok(())
    }),
};

/// The bytes in chunks of a size, without the last one.
pub(super) fn chunks(bytes: &[u8], size: usize, extension: &str) -> Vec<u8> {
    let chunk =
        |bytes: &[u8]| [format!("{:x}{extension}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    bytes.chunks(size.max(1)).flat_map(chunk).collect()
}
