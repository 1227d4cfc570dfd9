//! Answers as they come off the wire: read with a limit on everything, and without trust.

use std::mem::MaybeUninit;

use crate::record::{Answer, Trouble, TroubleKind};

/// Longest head of an answer, in bytes.
const LONGEST_HEAD: usize = 64 << 10;
/// Most headers of an answer.
const MOST_HEADERS: usize = 128;
/// How much of a body is read at all, in bytes.
pub(super) const LONGEST_BODY: usize = 1 << 20;

/// What the bytes so far are.
#[derive(Debug, PartialEq)]
pub(super) enum Reading {
    /// Not yet an answer.
    More,
    /// An interim answer (1xx) of this many bytes; the final one follows.
    Interim(usize),
    /// An answer of this many bytes.
    Whole(usize, Answer),
    /// No HTTP.
    Garbage(String),
}

/// Where an answer ends, and what of it decides the next step; nothing of it is copied.
pub(crate) enum Outline {
    /// Not yet an answer.
    More,
    /// An interim answer (1xx) of this many bytes; the final one follows.
    Interim(usize),
    /// An answer.
    Whole(Extent),
    /// No HTTP.
    Garbage(String),
}

/// An answer's place among the bytes that came.
pub(crate) struct Extent {
    pub(crate) status: u16,
    /// Of its head, in bytes.
    head: usize,
    /// Of all of it, in bytes.
    pub(crate) length: usize,
    chunked: bool,
    /// The connection can carry another exchange.
    pub(crate) keeps: bool,
}

/// Outlines the first answer in `bytes`; `ended` = nothing more will come.
pub(crate) fn outline(bytes: &[u8], ended: bool) -> Outline {
    let mut headers = [const { MaybeUninit::uninit() }; MOST_HEADERS];
    let mut head = httparse::Response::new(&mut []);
    let parsed =
        httparse::ParserConfig::default().parse_response_with_uninit_headers(&mut head, bytes, &mut headers);
    let length = match parsed {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if bytes.len() > LONGEST_HEAD => {
            let text = format!("the head of the answer is longer than {LONGEST_HEAD} bytes");
            return Outline::Garbage(text);
        }
        Ok(httparse::Status::Partial) => return Outline::More,
        Err(error) => return Outline::Garbage(format!("the answer is no HTTP: {error}")),
    };
    let status = head.code.unwrap_or_default();
    if (100..200).contains(&status) {
        return Outline::Interim(length);
    }
    let rest = bytes.get(length..).unwrap_or_default();
    let (chunked, size) =
        if status == 204 || status == 304 { (false, Some(0)) } else { size(head.headers, rest) };
    let beyond = ended || rest.len() > LONGEST_BODY;
    let whole = size.filter(|size| rest.len() >= *size);
    let Some(body) = whole.or_else(|| beyond.then_some(rest.len())) else { return Outline::More };
    let close = value(head.headers, "connection");
    let stays = match head.version {
        Some(1) => !close.is_some_and(|word| word.eq_ignore_ascii_case("close")),
        _ => close.is_some_and(|word| word.eq_ignore_ascii_case("keep-alive")),
    };
    let keeps = stays && whole.is_some() && !ended;
    Outline::Whole(Extent { status, head: length, length: length + body, chunked, keeps })
}

impl Extent {
    /// The answer itself, copied out of the bytes that it was found in.
    pub(crate) fn answer(&self, bytes: &[u8]) -> Answer {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut head = httparse::Response::new(&mut headers);
        // It was parsed before; this time with its headers.
        let _ = head.parse(bytes);
        let headers = head.headers.iter().map(|header| {
            (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned())
        });
        let body = bytes.get(self.head..self.length).unwrap_or_default();
        let unchunked = if self.chunked { chunks(body).map(|(body, _)| body) } else { None };
        let body = String::from_utf8_lossy(unchunked.as_deref().unwrap_or(body)).into_owned();
        Answer { status: self.status, headers: headers.collect(), body, ..Answer::default() }
    }
}

/// Reads the first answer in `bytes`; `ended` = nothing more will come.
pub(super) fn read(bytes: &[u8], ended: bool) -> Reading {
    match outline(bytes, ended) {
        Outline::More => Reading::More,
        Outline::Interim(length) => Reading::Interim(length),
        Outline::Whole(extent) => Reading::Whole(extent.length, extent.answer(bytes)),
        Outline::Garbage(text) => Reading::Garbage(text),
    }
}

fn value<'a>(headers: &[httparse::Header<'a>], name: &str) -> Option<&'a str> {
    let header = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
    std::str::from_utf8(header.value).ok().map(str::trim)
}

/// Whether the body comes in chunks, and how many bytes it takes; none = nobody can tell yet.
fn size(headers: &[httparse::Header<'_>], rest: &[u8]) -> (bool, Option<usize>) {
    let coding = value(headers, "transfer-encoding");
    if coding.is_some_and(|coding| coding.to_ascii_lowercase().ends_with("chunked")) {
        return (true, chunks(rest).map(|(_, read)| read));
    }
    (false, value(headers, "content-length").and_then(|length| length.parse().ok()))
}

fn chunks(mut rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let whole = rest.len();
    let mut body = Vec::new();
    loop {
        let Ok(httparse::Status::Complete((start, size))) = httparse::parse_chunk_size(rest) else {
            return None;
        };
        let size = usize::try_from(size).ok()?;
        let chunk = rest.get(start..start.checked_add(size)?)?;
        body.extend_from_slice(chunk);
        rest = rest.get(start + size..)?;
        if size > 0 {
            rest = rest.strip_prefix(b"\r\n")?;
            continue;
        }
        // Trailers are read over.
        let end =
            if rest.starts_with(b"\r\n") { 2 } else { rest.windows(4).position(|w| w == b"\r\n\r\n")? + 4 };
        return Some((body, whole - rest.len() + end));
    }
}

/// What a connection that ended without an answer comes to.
pub(super) fn closed(before: &[u8], error: Option<&std::io::Error>) -> Trouble {
    let how = match error {
        Some(error) => error.to_string(),
        None => "the receiver closed the connection".into(),
    };
    let text =
        if before.is_empty() { format!("{how}, without an answer") } else { format!("{how}, in mid-answer") };
    Trouble { kind: TroubleKind::Closed, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(bytes: &[u8], ended: bool) -> (usize, u16, String) {
        match read(bytes, ended) {
            Reading::Whole(length, answer) => (length, answer.status, answer.body),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_answer_ends_where_its_length_its_chunks_or_the_connection_say() {
        let sized = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 400";
        assert_eq!(whole(sized, false), (40, 200, "hi".into()));
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1;a=b\r\n!\r\n0\r\nX: 1\r\n\r\n";
        assert_eq!(whole(chunked, false), (chunked.len(), 200, "hi!".into()));
        let open = b"HTTP/1.0 200 OK\r\n\r\nhi";
        assert_eq!(read(open, false), Reading::More);
        assert_eq!(whole(open, true).2, "hi");
        assert_eq!(whole(b"HTTP/1.1 204 No Content\r\n\r\n", false).1, 204);
    }

    #[test]
    fn an_interim_answer_is_not_the_answer() {
        assert_eq!(read(b"HTTP/1.1 100 Continue\r\n\r\n", false), Reading::Interim(25));
    }

    #[test]
    fn what_is_no_answer_or_never_ends_is_not_waited_for() {
        assert!(matches!(read(b"\x16\x03\x01", false), Reading::Garbage(_)));
        let endless = [&b"HTTP/1.1 200 OK\r\nX: "[..], &vec![b'a'; LONGEST_HEAD]].concat();
        assert!(matches!(read(&endless, false), Reading::Garbage(_)));
        let huge = [
            &b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999999999\r\n\r\n"[..],
            &vec![b'a'; LONGEST_BODY + 1],
        ]
        .concat();
        assert!(matches!(read(&huge, false), Reading::Whole(..)));
    }
}
