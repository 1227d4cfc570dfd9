//! Access logs: nginx's combined format and those like it, and JSON a line as nginx, Caddy, Envoy and Traefik write it.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{CapturedAnswer, CapturedRequest};
use crate::stretch::Stretches;

/// Names of members, in the order in which they are looked for; a dot leads into an object.
const TIMES: [&str; 10] = [
    "time_iso8601",
    "time_local",
    "@timestamp",
    "timestamp",
    "time",
    "ts",
    "start_time",
    "StartUTC",
    "msec",
    "date",
];
const METHODS: [&str; 4] = ["request_method", "method", "request.method", "RequestMethod"];
const PATHS: [&str; 6] = ["request_uri", "request.uri", "uri", "path", "RequestPath", "url"];
const STATUSES: [&str; 5] = ["status", "response_code", "status_code", "DownstreamStatus", "response.status"];
const BODIES: [&str; 2] = ["request_body", "body"];
/// Method, path and version in one.
const REQUEST: &str = "request";

/// A time as logs write it: `24/Nov/2026:14:10:25 +0000`, in brackets or not, RFC 3339, or seconds or milliseconds since 1970.
pub fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    let number = || {
        let seconds: f64 = text.parse().ok()?;
        let milliseconds = if seconds.abs() < 1e11 { seconds * 1000.0 } else { seconds };
        // Of times that anybody logs; beyond them the cast ends at the last one, which is no time.
        #[expect(clippy::cast_possible_truncation, reason = "what is beyond is refused below")]
        Timestamp::from_millisecond(milliseconds as i64).ok()
    };
    text.parse().ok().or_else(|| Timestamp::strptime("%d/%b/%Y:%H:%M:%S %z", text).ok()).or_else(number)
}

/// The request of a line in either format; none if it is not a line of an access log.
pub(super) fn line(line: &[u8]) -> Option<CapturedRequest> {
    let object: Option<Map<String, Value>> = serde_json::from_slice(line).ok();
    object.map_or_else(|| plain(line), |object| json(&object))
}

/// Method and path of a request that was not HTTP, as servers write it that have none: a probe, or a connection that was given up.
pub const NOT_HTTP: &str = "-";

/// The request of a line in nginx's combined format, or in one that has its time in brackets and its request line in
/// quotes. Request of a line; none if the line is in another format.
pub(super) fn plain(line: &[u8]) -> Option<CapturedRequest> {
    let place = |byte: u8| line.iter().position(|other| *other == byte);
    let (start, end) = (place(b'[')?, place(b']')?);
    let at = time(std::str::from_utf8(line.get(start..end)?).ok()?)?;
    let rest = line.get(end..)?;
    let quoted = quoted(rest);
    let (request, behind) = quoted.first()?;
    let status = String::from_utf8_lossy(rest.get(*behind..)?).split_whitespace().find_map(status_of)?;
    let words = words(&String::from_utf8_lossy(request));
    let (method, path) = words.unwrap_or_else(|| (NOT_HTTP.into(), NOT_HTTP.into()));
    let body = quoted.into_iter().skip(1).map(|(text, _)| text).find(|text| text.starts_with(b"{"));
    Some(CapturedRequest {
        at: Some(at),
        method,
        path,
        body: body.map(Into::into),
        answer: Some(CapturedAnswer { status, body: None }),
        ..CapturedRequest::default()
    })
}

/// The request of a line of a JSON log; none if the line has no status or no path.
pub(super) fn json(line: &Map<String, Value>) -> Option<CapturedRequest> {
    let get = |names: &[&str]| {
        names.iter().find_map(|name| {
            let mut parts = name.split('.');
            let first = line.get(parts.next()?)?;
            parts.try_fold(first, |value, part| value.get(part)).and_then(text)
        })
    };
    let status = get(&STATUSES).as_deref().and_then(status_of)?;
    let request = get(&[REQUEST]).as_deref().and_then(words);
    let (method, path) = match request {
        Some(words) => words,
        // A log may keep no methods: an empty one is not known.
        None => (get(&METHODS).unwrap_or_default(), get(&PATHS)?),
    };
    let body = get(&BODIES).filter(|body| body.starts_with('{'));
    Some(CapturedRequest {
        at: get(&TIMES).as_deref().and_then(time),
        method,
        path: path
            .split_once("://")
            .map_or(path.as_str(), |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]))
            .to_owned(),
        body: body.map(Into::into),
        answer: Some(CapturedAnswer { status, body: None }),
        ..CapturedRequest::default()
    })
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn status_of(word: &str) -> Option<u16> {
    word.parse().ok().filter(|status| (100..600).contains(status) && word.len() == 3)
}

/// Method and path of a request line.
fn words(request: &str) -> Option<(String, String)> {
    let mut words = request.split(' ');
    let method =
        words.next().filter(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase()))?;
    Some((method.to_owned(), words.next()?.to_owned()))
}

/// The texts in quotes with their escapes undone, and where what follows each of them begins. nginx writes every byte that is not
/// plain as `\xHH`.
fn quoted(line: &[u8]) -> Vec<(Vec<u8>, usize)> {
    let (mut found, mut open) = (Vec::new(), None::<Vec<u8>>);
    let mut at = 0;
    while let Some(byte) = line.get(at) {
        at += 1;
        match (byte, &mut open) {
            (b'"', Some(text)) => {
                found.push((std::mem::take(text), at));
                open = None;
            }
            (b'"', None) => open = Some(Vec::new()),
            (b'\\', Some(text)) => at += escape(line.stretch(at..), text),
            (other, Some(text)) => text.push(*other),
            (_, None) => {}
        }
    }
    found
}

/// Undoes the escape behind a backslash; the number of bytes it took.
fn escape(rest: &[u8], text: &mut Vec<u8>) -> usize {
    let hex = |digits: usize| {
        let digits = std::str::from_utf8(rest.get(1..=digits)?).ok()?;
        u32::from_str_radix(digits, 16).ok()
    };
    match rest.first() {
        Some(b'x') => match hex(2).and_then(|byte| u8::try_from(byte).ok()) {
            Some(byte) => {
                text.push(byte);
                3
            }
            None => 0,
        },
        Some(b'u') => match hex(4).and_then(char::from_u32) {
            Some(letter) => {
                text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                5
            }
            None => 0,
        },
        Some(b'n') => {
            text.push(b'\n');
            1
        }
        Some(b't') => {
            text.push(b'\t');
            1
        }
        Some(b'r') => {
            text.push(b'\r');
            1
        }
        Some(other) => {
            text.push(*other);
            1
        }
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(request: &CapturedRequest) -> String {
        let at = request.at.map(|at| at.to_string()).unwrap_or_default();
        let status = request.answer.as_ref().unwrap().status;
        let body = request.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        format!("{at} {} {} {status} {body}", request.method, request.path)
    }

    #[test]
    fn a_line_of_nginx_is_read_with_its_time_and_its_body_where_it_has_one() {
        for (line, expected) in [
            (
                r#"127.0.0.1 - - [24/Nov/2026:14:10:25 +0100] "POST /cb?a=1 HTTP/1.1" 503 21 "-" "Go-http-client/1.1""#,
                "2026-11-24T13:10:25Z POST /cb?a=1 503 ",
            ),
            (
                r#"x [24/Nov/2026:14:10:25 +0000] host "POST /cb HTTP/1.1" 200 0 "{\x22t\x22:1,\x22s\x22:\x22a\x5C\x22\x22}" 0.001"#,
                r#"2026-11-24T14:10:25Z POST /cb 200 {"t":1,"s":"a\""}"#,
            ),
            (
                r#"x [24/Nov/2026:14:10:25 +0000] "POST /cb HTTP/1.1" 200 0 "{\x22t\x22:\x22\xC3\xA9é\x22}""#,
                "2026-11-24T14:10:25Z POST /cb 200 {\"t\":\"éé\"}",
            ),
            (r#"1 - - [24/Nov/2026:14:10:25 +0000] "\x16\x03\x01" 400 150"#, "2026-11-24T14:10:25Z - - 400 "),
        ] {
            assert_eq!(told(&plain(line.as_bytes()).unwrap()), expected, "{line}");
        }
        for other in ["", "hello", "[24/Nov/2026:14:10:25 +0000] no request", "Nov 24 nginx: [error] \"x\" 1"]
        {
            assert!(plain(other.as_bytes()).is_none(), "{other}");
        }
    }

    #[test]
    fn a_line_of_json_is_read_by_the_names_that_servers_give() {
        for (line, expected) in [
            (
                r#"{"time_iso8601":"2026-11-24T14:10:25+00:00","request":"POST /cb HTTP/1.1","status":"503","request_body":"{\"t\":1}"}"#,
                "2026-11-24T14:10:25Z POST /cb 503 {\"t\":1}",
            ),
            (
                r#"{"ts":1795529425.25,"request":{"method":"POST","uri":"/cb"},"status":200}"#,
                "2026-11-24T14:10:25.25Z POST /cb 200 ",
            ),
            (
                r#"{"StartUTC":"2026-11-24T14:10:25Z","RequestMethod":"POST","RequestPath":"/cb","DownstreamStatus":401}"#,
                "2026-11-24T14:10:25Z POST /cb 401 ",
            ),
        ] {
            assert_eq!(told(&json(&serde_json::from_str(line).unwrap()).unwrap()), expected, "{line}");
        }
    }
}
