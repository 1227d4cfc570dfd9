//! Requests as they stand on the wire: head, empty line, body; one behind the other.

use hyper::body::Bytes;

use super::CapturedRequest;

/// Most headers of a request.
const MOST_HEADERS: usize = 128;

/// These bytes begin with a request line.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or(bytes).trim_ascii_end();
    let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    matches!(words.as_slice(), [method, target, version]
        if !method.is_empty() && method.iter().all(u8::is_ascii_uppercase) && !target.is_empty() && version.starts_with(b"HTTP/1."))
}

/// The first request in the bytes, and where the next one begins.
///
/// # Errors
/// It is not one, or does not come to its end; what is wrong, and what to do.
pub(super) fn first(bytes: &[u8]) -> Result<(CapturedRequest, usize), (String, String)> {
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
    let rest = bytes.get(length..).unwrap_or_default();
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
    let target = head.path.unwrap_or_default();
    let path = target
        .split_once("://")
        .map_or(target, |(_, rest)| rest.get(rest.find('/').unwrap_or(rest.len())..).unwrap_or("/"));
    let request = CapturedRequest {
        method: head.method.unwrap_or_default().to_owned(),
        path: path.to_owned(),
        headers: head.headers.iter().map(|header| (header.name.to_owned(), header.value.to_vec())).collect(),
        body: Some(Bytes::copy_from_slice(rest.get(..size).unwrap_or_default())),
        ..CapturedRequest::default()
    };
    Ok((request, length + size))
}
