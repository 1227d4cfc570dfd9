//! Answers as they come off the wire: read with a limit on everything, and without trust.

mod chunks;

use std::mem::MaybeUninit;
use std::time::Duration;

use self::chunks::{Chunks, chunks};
use super::redirect::place;
use super::unpacked::unpacked;
use crate::duration::show_duration;
use crate::record::{Answer, Trouble, TroubleDetail, TroubleKind};
use crate::stretch::Stretches;

/// Longest head of an answer, in bytes.
const LONGEST_HEAD: usize = 64 << 10;
/// Most headers of an answer.
const MOST_HEADERS: usize = 128;
/// Largest body that is read, in bytes.
pub(super) const LONGEST_BODY: usize = 1 << 20;

/// State of an answer: complete, or more may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// More may come.
    Open,
    /// The receiver closed the connection in order.
    Closed,
    /// The connection was reset, or the time is over.
    Broken,
}

/// Meaning of the bytes received so far.
#[derive(Debug, PartialEq)]
pub(super) enum AnswerProgress {
    /// Not yet an answer.
    More,
    /// An interim answer (1xx) of this many bytes; the final one follows.
    Interim(usize),
    /// An answer of this many bytes.
    Whole {
        length: usize,
        answer: Answer,
        /// It announces the end of the connection: no other answer follows.
        last: bool,
    },
    /// An answer whose end did not come.
    Partial(Answer, Lack),
    /// Not HTTP.
    Garbage(Trouble),
}

/// End of an answer, and the parts that decide the next step; no bytes are copied.
pub(crate) enum Outline {
    /// Not yet an answer.
    More,
    /// An interim answer (1xx) of this many bytes; the final one follows.
    Interim(usize),
    /// An answer, or as much of it as came.
    Whole(Extent),
    /// Not HTTP.
    Garbage(Trouble),
}

/// Missing part of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// Received bytes of the body, and its announced length.
    Bytes(usize, u64),
    /// A body in chunks has no last chunk.
    LastChunk,
    /// The size of a chunk is not a number.
    ChunkSize,
    /// A body that lasts until the connection is closed, and the connection was not closed in order.
    Close,
}

/// Reason for reading no more of an answer.
#[derive(Clone, Copy)]
pub(super) enum Cause {
    Closed,
    Reset,
    /// The time for the whole exchange was over.
    Late(Duration),
}

impl Lack {
    /// The trouble with the answer.
    pub(super) fn trouble(self, cause: Cause) -> Trouble {
        let end = match cause {
            Cause::Closed => "before the connection was closed".to_owned(),
            Cause::Reset => "before the connection was reset".to_owned(),
            Cause::Late(time) => format!("within {}", show_duration(time)),
        };
        let what = match (self, cause) {
            (Self::ChunkSize, _) => "a chunk of the body has a size that is not a valid number".to_owned(),
            (Self::Bytes(came, of), _) => format!("{came} of {of} bytes of the body came {end}"),
            (_, Cause::Late(_)) => format!("the body did not end {end}"),
            (Self::LastChunk, _) => format!("the last chunk of the body did not come {end}"),
            (Self::Close, _) => format!("the body did not end {end}"),
        };
        let kind =
            if matches!(cause, Cause::Late(_)) { TroubleKind::Timeout } else { TroubleKind::Incomplete };
        Trouble::new(kind, format!("the answer is not complete: {what}"))
    }
}

/// An answer's place among the bytes that came.
pub(crate) struct Extent {
    pub(crate) status: u16,
    /// Length of its head, in bytes.
    head: usize,
    /// Length of the whole answer, in bytes.
    pub(crate) length: usize,
    /// The body stands in chunks.
    pub(crate) chunked: bool,
    /// The connection can carry another exchange.
    pub(crate) keeps: bool,
    /// The head announces the end of the connection.
    last: bool,
    /// It is longer than what is read of an answer.
    cut: bool,
    /// Reason for being incomplete.
    pub(crate) lack: Option<Lack>,
}

/// Outlines the first answer in `bytes`.
pub(crate) fn outline(bytes: &[u8], end: End) -> Outline {
    let mut headers = [const { MaybeUninit::uninit() }; MOST_HEADERS];
    let mut head = httparse::Response::new(&mut []);
    let parsed =
        httparse::ParserConfig::default().parse_response_with_uninit_headers(&mut head, bytes, &mut headers);
    let too_long = || {
        let text = format!("the head of the answer is longer than {LONGEST_HEAD} bytes");
        Outline::Garbage(Trouble::new(TroubleKind::Garbage, text))
    };
    let length = match parsed {
        Ok(httparse::Status::Complete(length)) if length <= LONGEST_HEAD => length,
        Ok(httparse::Status::Partial) if bytes.len() <= LONGEST_HEAD => return Outline::More,
        Ok(_) => return too_long(),
        Err(error) => return Outline::Garbage(garbage(bytes, error)),
    };
    // A whole head has a status.
    let status = head.code.unwrap_or_default();
    if (100..200).contains(&status) && status != SWITCHING {
        return Outline::Interim(length);
    }
    let framing = match Framing::of(head.headers, status) {
        Ok(framing) => framing,
        Err(why) => return Outline::Garbage(Trouble::new(TroubleKind::Garbage, why)),
    };
    let rest = bytes.stretch(length..);
    let (body, lack, cut) = match framing.measure(rest, end) {
        BodyProgress::Whole(size) => (size, None, false),
        BodyProgress::Lacks(lack) => (rest.len(), Some(lack), false),
        BodyProgress::More if rest.len() > LONGEST_BODY => (rest.len(), None, true),
        BodyProgress::More => return Outline::More,
    };
    let last = match head.version {
        Some(1) => says(head.headers, b"close"),
        _ => !says(head.headers, b"keep-alive"),
    };
    let keeps = !last && lack.is_none() && !cut && end == End::Open && status != SWITCHING;
    let chunked = framing == Framing::Chunked;
    Outline::Whole(Extent { status, head: length, length: length + body, chunked, keeps, last, cut, lack })
}

/// The status after which a connection speaks another protocol: no answer in HTTP follows.
const SWITCHING: u16 = 101;

fn garbage(bytes: &[u8], error: httparse::Error) -> Trouble {
    let (text, detail) = match bytes {
        // A record of TLS that holds an alert.
        [0x15, 0x03, ..] => {
            let text = "the receiver answered with a TLS alert. Is this an https port, spoken to in http?";
            (text.to_owned(), Some(TroubleDetail::TlsAlert))
        }
        _ if error == httparse::Error::TooManyHeaders => {
            (format!("the answer has more than {MOST_HEADERS} headers"), None)
        }
        _ if bytes.starts_with(b"HTTP/1.") => (format!("the answer is not valid HTTP: {error}"), None),
        _ => {
            let start = String::from_utf8_lossy(bytes.stretch(..16.min(bytes.len())));
            (format!("the answer is not HTTP/1: it starts with {start:?}"), Some(TroubleDetail::NoHttp))
        }
    };
    Trouble { detail, ..Trouble::new(TroubleKind::Garbage, text) }
}

impl Extent {
    /// The body as it came.
    pub(crate) fn body<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.stretch(self.head..self.length)
    }

    /// The answer itself, copied out of the bytes that it was found in.
    pub(crate) fn answer(&self, bytes: &[u8]) -> Answer {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut head = httparse::Response::new(&mut headers);
        // It was parsed before; this time with its headers.
        let _ = head.parse(bytes);
        let location = value(head.headers, "location").filter(|_| (300..400).contains(&self.status));
        let challenge = value(head.headers, "www-authenticate");
        let date = value(head.headers, "date").filter(|_| (400..500).contains(&self.status));
        let headers = head.headers.iter().map(|header| {
            (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned())
        });
        let body = self.body(bytes);
        let unchunked = if self.chunked { Some(chunks(body).0) } else { None };
        let body = unchunked.as_deref().unwrap_or(body);
        Answer {
            status: self.status,
            location: location.map(place),
            challenge: challenge.map(scheme).filter(|_| self.status == 401),
            date: date.and_then(|date| Some(jiff::fmt::rfc2822::parse(date).ok()?.timestamp().to_string())),
            headers: headers.collect(),
            body: String::from_utf8_lossy(body).into_owned(),
            unpacked: unpacked(body),
            cut: self.cut || self.lack.is_some(),
            ..Answer::default()
        }
    }
}

/// The first word of a challenge: the way to prove oneself, and nothing of its parameters.
fn scheme(challenge: &str) -> String {
    challenge.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').take(LONGEST_SCHEME).collect()
}

/// Longest name of a way to prove oneself that is kept.
const LONGEST_SCHEME: usize = 20;

/// Reads the first answer in `bytes`.
pub(super) fn read(bytes: &[u8], end: End) -> AnswerProgress {
    match outline(bytes, end) {
        Outline::More => AnswerProgress::More,
        Outline::Interim(length) => AnswerProgress::Interim(length),
        Outline::Whole(extent) => match extent.lack {
            None => AnswerProgress::Whole {
                length: extent.length,
                answer: extent.answer(bytes),
                last: extent.last,
            },
            Some(lack) => AnswerProgress::Partial(extent.answer(bytes), lack),
        },
        Outline::Garbage(trouble) => AnswerProgress::Garbage(trouble),
    }
}

fn value<'a>(headers: &[httparse::Header<'a>], name: &str) -> Option<&'a str> {
    let header = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
    std::str::from_utf8(header.value).ok().map(str::trim)
}

/// The header has this name. Nearly all servers spell it in one of two ways; letter by letter takes a load ten times as long.
#[inline(always)]
fn is(header: &httparse::Header<'_>, small: &str, usual: &str) -> bool {
    let name = header.name;
    name.len() == small.len() && (name == small || name == usual || name.eq_ignore_ascii_case(small))
}

/// Some header `connection` holds this word.
fn says(headers: &[httparse::Header<'_>], word: &[u8]) -> bool {
    headers.iter().filter(|header| is(header, "connection", "Connection")).any(|header| {
        header.value.split(|byte| *byte == b',').any(|own| own.trim_ascii().eq_ignore_ascii_case(word))
    })
}

/// Rule by which a body ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Framing {
    Sized(u64),
    Chunked,
    /// The end of the connection.
    Close,
}

/// A body, as far as it came.
enum BodyProgress {
    /// A body of this many bytes.
    Whole(usize),
    More,
    Lacks(Lack),
}

impl Framing {
    /// Framing by RFC 9112, section 6.3.
    fn of(headers: &[httparse::Header<'_>], status: u16) -> Result<Self, &'static str> {
        if [SWITCHING, 204, 304].contains(&status) {
            return Ok(Self::Sized(0));
        }
        let mut size: Option<u64> = None;
        let mut coding = None;
        for header in headers {
            if is(header, "transfer-encoding", "Transfer-Encoding") {
                coding = Some(header.value);
            } else if is(header, "content-length", "Content-Length") {
                for part in header.value.split(|byte| *byte == b',') {
                    let length = number(part.trim_ascii())
                        .ok_or("the Content-Length of the answer is not a valid number")?;
                    if *size.get_or_insert(length) != length {
                        return Err("the answer has two different Content-Lengths");
                    }
                }
            }
        }
        Ok(match (coding, size) {
            (Some(coding), _) if is_chunked(coding) => Self::Chunked,
            (Some(_), _) | (None, None) => Self::Close,
            (None, Some(size)) => Self::Sized(size),
        })
    }

    fn measure(self, rest: &[u8], end: End) -> BodyProgress {
        let lack = match self {
            Self::Sized(size) => match usize::try_from(size).ok().filter(|size| rest.len() >= *size) {
                Some(size) => return BodyProgress::Whole(size),
                None => Lack::Bytes(rest.len(), size),
            },
            Self::Chunked => match chunks(rest).1 {
                Chunks::End(size) => return BodyProgress::Whole(size),
                Chunks::Bad => return BodyProgress::Lacks(Lack::ChunkSize),
                Chunks::More => Lack::LastChunk,
            },
            Self::Close if end == End::Closed => return BodyProgress::Whole(rest.len()),
            Self::Close => Lack::Close,
        };
        if end == End::Open || rest.len() > LONGEST_BODY {
            BodyProgress::More
        } else {
            BodyProgress::Lacks(lack)
        }
    }
}

/// A number of digits alone, read without a text in between: each answer of a load has one.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

fn is_chunked(coding: &[u8]) -> bool {
    let last = coding.rsplit(|byte| *byte == b',').next().unwrap_or(coding);
    last.trim_ascii().eq_ignore_ascii_case(b"chunked")
}

/// Trouble of a connection that ended without an answer.
pub(super) fn closed(before: &[u8], error: Option<&std::io::Error>) -> Trouble {
    if let Some(refusal) = error.filter(|_| before.is_empty()).and_then(super::trust::refusal) {
        return refusal;
    }
    let (how, detail) = match error {
        Some(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
            ("reset", Some(TroubleDetail::Reset))
        }
        Some(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            return Trouble::new(TroubleKind::Closed, format!("the connection broke: {error}"));
        }
        _ => ("closed", None),
    };
    let when = if before.is_empty() { "without an answer" } else { "in the head of the answer" };
    let text = format!("the receiver {how} the connection {when}");
    Trouble { detail, ..Trouble::new(TroubleKind::Closed, text) }
}

#[cfg(test)]
mod tests;
