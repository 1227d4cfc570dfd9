//! Requests as they stand on the wire: head, empty line, body; one behind the other.

use hyper::body::Bytes;

use super::CapturedRequest;
use crate::stretch::Stretches;

/// Most headers of a request.
const MOST_HEADERS: usize = 128;

/// These bytes begin with a request line.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or(bytes).trim_ascii_end();
    let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    matches!(words.as_slice(), [method, target, version]
        if !method.is_empty() && method.iter().all(u8::is_ascii_uppercase) && !target.is_empty() && version.starts_with(b"HTTP/1."))
}

/// These bytes begin with headers whose request line is lost, as a server's program logs them: an empty line and a body follow.
pub(super) fn begins_with_headers(bytes: &[u8]) -> bool {
    let head = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).take(MOST_HEADERS + 1);
    let token = |c: &u8| c.is_ascii_alphanumeric() || *c == b'-' || *c == b'_';
    let header = |line: &[u8]| {
        let end = line.iter().position(|byte| *byte == b':').filter(|end| *end > 0);
        end.is_some_and(|end| {
            let (name, value) = line.split_at(end);
            name.iter().all(token) && value.get(1..).is_some_and(|value| value.starts_with(b" "))
        })
    };
    let mut count = 0;
    for line in head {
        match line.is_empty() {
            true => return count > 0,
            false if header(line) => count += 1,
            false => return false,
        }
    }
    false
}

/// Request line for headers that have lost theirs.
const LOST: &[u8] = b"POST / HTTP/1.1\r\n";

/// This is a URL and nothing else.
pub fn is_url(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let web = line.starts_with(b"http://") || line.starts_with(b"https://");
    web && !line.iter().any(u8::is_ascii_whitespace)
}

/// The GET of a URL, without any header but its host.
///
/// # Errors
/// It is none.
pub(super) fn of_url(line: &[u8]) -> Result<CapturedRequest, String> {
    let url = std::str::from_utf8(line).ok().filter(|_| is_url(line));
    let url =
        url.ok_or("this is not a URL; expected one such as https://example.com/callback?action=publish")?;
    let (host, path) = parted(url);
    Ok(CapturedRequest {
        method: "GET".into(),
        path: path.to_owned(),
        headers: vec![("Host".into(), host.as_bytes().to_vec())],
        body: Some(Bytes::new()),
        ..CapturedRequest::default()
    })
}

/// Host, and path with query, of a URL; of a path that path.
pub(super) fn parted(target: &str) -> (&str, &str) {
    let Some((_, rest)) = target.split_once("://") else { return ("", target) };
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    (host.rsplit('@').next().unwrap_or(host), if path.is_empty() { "/" } else { path })
}

/// The first request in the bytes, and where the next one begins.
///
/// # Errors
/// It is not one, or does not come to its end; what is wrong, and what to do.
pub(super) fn first(bytes: &[u8]) -> Result<(CapturedRequest, usize), (String, String)> {
    // The head of a GET is all of it: what ends with it need not say so.
    if bytes.starts_with(b"GET ") && !has_end(bytes) {
        let (request, _) = whole(&[bytes.trim_ascii_end(), b"\r\n\r\n"].concat())?;
        return Ok((request, bytes.len()));
    }
    if begins_with_headers(bytes) {
        let (request, length) = whole(&[LOST, bytes].concat())?;
        return Ok((request, length.saturating_sub(LOST.len())));
    }
    whole(bytes)
}

/// An empty line stands behind the head.
fn has_end(bytes: &[u8]) -> bool {
    let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    holds(b"\n\n") || holds(b"\n\r\n")
}

/// The first request in bytes that hold its whole head.
fn whole(bytes: &[u8]) -> Result<(CapturedRequest, usize), (String, String)> {
    let told = |what: String, fix: &str| Err((what, fix.to_owned()));
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let length = match head.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => {
            return told("the head of the request has no end".into(), "an empty line stands before the body");
        }
        Err(error) => return told(format!("this is not an HTTP request: {error}"), "see docs/capture.md"),
    };
    let rest = bytes.stretch(length..);
    let value = |name: &str| {
        let header = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(header.value).ok().map(str::trim)
    };
    if value("transfer-encoding").is_some() {
        return told(
            "the body is in chunks (Transfer-Encoding)".into(),
            "write it as one piece, with its Content-Length",
        );
    }
    let size = match value("content-length").map(str::parse::<usize>) {
        None => rest.len(),
        Some(Ok(size)) if size <= rest.len() => size,
        Some(Ok(size)) => {
            let what = format!("{} of {size} bytes of the body are there (Content-Length)", rest.len());
            return told(
                what,
                "was it cut off, or were its newlines changed? Without Content-Length all is taken",
            );
        }
        Some(Err(_)) => {
            return told("its Content-Length is not a number".into(), "correct it, or leave it out");
        }
    };
    let behind = rest.stretch(size..).trim_ascii_start();
    if !behind.is_empty() && !begins(behind) {
        let what = format!(
            "its Content-Length is {size}, and {} bytes follow its head, of which those behind the body are no request",
            rest.len()
        );
        return told(
            what,
            "was the body changed? Correct the Content-Length, or leave it out: then all is taken",
        );
    }
    let line = head.method.zip(head.path);
    let (method, path) = line.expect("a request of which the whole head was read has method and path");
    let (_, path) = parted(path);
    let request = CapturedRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: head.headers.iter().map(|header| (header.name.to_owned(), header.value.to_vec())).collect(),
        body: Some(Bytes::copy_from_slice(rest.stretch(..size))),
        ..CapturedRequest::default()
    };
    Ok((request, length + size))
}
