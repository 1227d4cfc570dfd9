//! Our own captures: a JSON object a line, bodies in base64, so that every byte survives.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::body::Bytes;
use serde::{Deserialize, Serialize};

use super::{CapturedAnswer, CapturedRequest};

/// The format of capture files; each line says it.
pub const SCHEMA: &str = "hookreel.capture/1";

/// Begin of it in every version: of another one, it is said that it is another.
pub(super) const KIND: &str = "hookreel.capture/";

#[derive(Serialize, Deserialize)]
struct CaptureLine<'a> {
    /// [`SCHEMA`]; the first member, by which a line is recognised.
    capture: Cow<'a, str>,
    /// RFC 3339, to the millisecond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    method: Cow<'a, str>,
    /// Path and query.
    path: Cow<'a, str>,
    /// Bytes of a value as ISO-8859-1, the coding of HTTP/1.
    headers: Vec<(Cow<'a, str>, String)>,
    /// Base64.
    body: String,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    verdict: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<AnswerLine>,
}

#[derive(Serialize, Deserialize)]
struct AnswerLine {
    status: u16,
    /// Base64.
    body: String,
}

/// The request as a line, with its newline.
///
/// # Errors
/// It cannot be written as JSON; no request is known that cannot.
pub fn write(request: &CapturedRequest) -> serde_json::Result<String> {
    let line = CaptureLine {
        capture: SCHEMA.into(),
        time: request.at.map(|at| format!("{at:.3}")),
        method: request.method.as_str().into(),
        path: request.path.as_str().into(),
        headers: request.headers.iter().map(|(name, value)| (name.as_str().into(), latin(value))).collect(),
        body: BASE64_STANDARD.encode(request.bytes()),
        verdict: request.verdict.as_str().into(),
        answer: request.answer.as_ref().map(|answer| AnswerLine {
            status: answer.status,
            // An answer whose body was not kept is written without one.
            body: BASE64_STANDARD.encode(answer.body.as_deref().unwrap_or_default()),
        }),
    };
    serde_json::to_string(&line).map(|line| line + "\n")
}

/// The request that a line holds; its id and place are the caller's.
///
/// # Errors
/// The line is not one of a capture; the text says why.
pub fn read(line: &[u8]) -> Result<CapturedRequest, String> {
    #[derive(Deserialize)]
    struct Version<'a> {
        #[serde(borrow)]
        capture: Cow<'a, str>,
    }
    // Another version may have other members.
    if let Ok(Version { capture }) = serde_json::from_slice(line)
        && capture != SCHEMA
    {
        return Err(format!("expected the format {SCHEMA}, not {capture}"));
    }
    let line: CaptureLine<'_> = serde_json::from_slice(line).map_err(|error| said(&error))?;
    let bytes = |what: &str, text: &str| {
        BASE64_STANDARD.decode(text).map(Bytes::from).map_err(|_| format!("`{what}` is not base64"))
    };
    let headers = line.headers.into_iter().map(|(name, value)| {
        let value = unlatin(&value).ok_or_else(|| format!("the header `{name}` holds what no header can"))?;
        Ok((name.into_owned(), value))
    });
    let at = line.time.map(|time| time.parse().map_err(|_| format!("`time` is not a time: {time}")));
    let answer = line.answer.map(|answer| {
        let body = Some(bytes("answer.body", &answer.body)?);
        Ok::<_, String>(CapturedAnswer { status: answer.status, body })
    });
    Ok(CapturedRequest {
        at: at.transpose()?,
        method: line.method.into_owned(),
        path: line.path.into_owned(),
        headers: headers.collect::<Result<_, String>>()?,
        body: Some(bytes("body", &line.body)?),
        answer: answer.transpose()?,
        verdict: line.verdict.into_owned(),
        ..CapturedRequest::default()
    })
}

/// Error of a line, without the line number of the library: it takes each line for a whole text.
pub(super) fn said(error: &serde_json::Error) -> String {
    match error.column() {
        0 => without_place(error),
        column => format!("at column {column}: {}", without_place(error)),
    }
}

/// Error without its place.
pub(super) fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(" at line ").map_or(text.as_str(), |(before, _)| before).to_owned()
}

fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn unlatin(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_request() -> impl Strategy<Value = CapturedRequest> {
        let bytes = || proptest::collection::vec(any::<u8>(), 0..300);
        let header = ("[a-z-]{1,12}", proptest::collection::vec(0x20..=0xff_u8, 0..20));
        let headers = proptest::collection::vec(header, 0..5);
        (bytes(), bytes(), headers, 0_i64..4_000_000_000_000).prop_map(|(body, answer, headers, at)| {
            CapturedRequest {
                at: jiff::Timestamp::from_millisecond(at).ok(),
                method: "POST".into(),
                path: "/cb?a=\"1\"".into(),
                headers,
                body: Some(body.into()),
                answer: Some(CapturedAnswer { status: 503, body: Some(answer.into()) }),
                verdict: "the signature does not match".into(),
                ..CapturedRequest::default()
            }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn every_byte_of_a_request_survives_being_written_and_read(request in any_request()) {
            let line = write(&request).unwrap();
            prop_assert_eq!(line.matches('\n').count(), 1);
            prop_assert_eq!(read(line.as_bytes()).unwrap(), request);
        }
    }

    #[test]
    fn a_line_that_is_not_one_of_a_capture_is_told_with_its_column() {
        assert_eq!(read(b"{\"capture\":\"\"").unwrap_err(), "at column 13: EOF while parsing an object");
        let other = r#"{"capture":"hookreel.capture/9","method":"","path":"","headers":[],"body":""}"#;
        assert_eq!(
            read(other.as_bytes()).unwrap_err(),
            "expected the format hookreel.capture/1, not hookreel.capture/9"
        );
        let body = other.replace("/9", "/1").replace("\"body\":\"\"", "\"body\":\"?\"");
        assert_eq!(read(body.as_bytes()).unwrap_err(), "`body` is not base64");
    }
}
