//! HTTP/2 without having been asked for, in frames made by hand.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::number;
use crate::request::{RawRequest, WireStep};

/// The start of every HTTP/2 connection (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Types of frames.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;

/// Flag of HEADERS and CONTINUATION: the headers end here.
const END_HEADERS: u8 = 4;

/// Error code: CANCEL, as a client that thinks better of it.
const CANCEL: [u8; 4] = [0, 0, 0, 8];

pub(super) static FAULT: Fault = Fault {
    name: "http2",
    family: Family::Connections,
    meaning: "HTTP/2 with prior knowledge; a receiver without it refuses the preface, one with it is bounded",
    least: Class::Rough,
    params: &[
        Param {
            name: "form",
            default: "preface",
            kind: ParamKind::Choice(&["preface", "reset-in-body", "goaway", "rapid-reset", "continuation"]),
            meaning: "preface and settings alone; a stream reset in its body; goodbye in mid-body; streams that are opened \
                      and reset; headers that do not end",
        },
        Param {
            name: "frames",
            default: "1000",
            kind: ParamKind::Count(100_000),
            meaning: "how many streams or pieces of headers",
        },
    ],
    effect: Effect::Each(|callback, args, _| {
        let (form, frames) = (args.text("form").to_owned(), args.count("frames"));
        callback
            .wire_fault
            .write(move |request| vec![WireStep::Write(spoken(request, &form, frames).into())]);
        Ok(())
    }),
};

fn spoken(request: &RawRequest, form: &str, frames: usize) -> Vec<u8> {
    let mut out = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
    let begun = |stream| frame(HEADERS, END_HEADERS, stream, &headers(request));
    let (half, _) = request.body.split_at(request.body.len() / 2);
    match form {
        "reset-in-body" => {
            out.extend([begun(1), frame(DATA, 0, 1, half), frame(RST_STREAM, 0, 1, &CANCEL)].concat())
        }
        "goaway" => out.extend([begun(1), frame(DATA, 0, 1, half), frame(GOAWAY, 0, 0, &[0; 8])].concat()),
        "rapid-reset" => {
            let streams = (0..frames).filter_map(|n| u32::try_from(2 * n + 1).ok());
            out.extend(
                streams.flat_map(|stream| [begun(stream), frame(RST_STREAM, 0, stream, &CANCEL)].concat()),
            );
        }
        "continuation" => {
            out.extend(frame(HEADERS, 0, 1, &headers(request)));
            let more = frame(CONTINUATION, 0, 1, &literal(b"x-more", b"and more"));
            out.extend(more.repeat(frames));
        }
        _ => {}
    }
    out
}

/// Length, type, flags, stream, payload (RFC 9113, 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = number::capped::<u32>(payload.len()).to_be_bytes();
    let [_, length @ ..] = length;
    [&length[..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The head of the request, nothing of it compressed (RFC 7541, 6.2.2).
fn headers(request: &RawRequest) -> Vec<u8> {
    let host = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(b"host"));
    let host = host.map_or(&b""[..], |(_, value)| value);
    let fields = [
        (&b":method"[..], request.method.as_slice()),
        (b":scheme", b"http"),
        (b":path", &request.target),
        (b":authority", host),
        (b"content-type", b"application/json"),
    ];
    fields.iter().flat_map(|(name, value)| literal(name, value)).collect()
}

/// A header that is not to be remembered, name and value as they are.
fn literal(name: &[u8], value: &[u8]) -> Vec<u8> {
    [&[0], text(name).as_slice(), &text(value)].concat()
}

/// The bytes after their number: one byte up to 126, in sevenths above (RFC 7541, 5.1).
fn text(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match u8::try_from(bytes.len()) {
        Ok(short) if short < 127 => out.push(short),
        _ => {
            out.push(127);
            let mut rest = bytes.len() - 127;
            while rest >= 128 {
                out.push(u8::try_from(rest % 128).expect("a rest of 128 is below it") | 128);
                rest /= 128;
            }
            out.push(u8::try_from(rest).expect("what is left is below 128"));
        }
    }
    out.extend_from_slice(bytes);
    out
}
