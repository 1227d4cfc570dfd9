//! The forms that captures come in, and how each is recognised by its first bytes.

use serde_json::{Map, Value};

use super::{access_log, curl, http, lines};
use crate::stretch::Stretches;

/// A form of captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureFormat {
    /// Lines that `serve --capture` writes.
    Capture,
    /// Lines that `--record` writes.
    Record,
    /// HTTP requests as they stand on the wire, one behind the other.
    Http,
    /// Options of `curl --config`, as `plan --curl` writes them.
    Curl,
    /// URLs of requests without a body, one a line.
    Url,
    /// Archive that browsers and proxies export.
    Har,
    /// nginx's combined format or one like it, or JSON lines.
    AccessLog,
    /// One body a line.
    Bodies,
    /// One body.
    Body,
}

impl CaptureFormat {
    /// Every form, its name on the command line, and what has it.
    pub const NAMES: [(Self, &str, &str); 9] = [
        (Self::Capture, "capture", "what `serve --capture` writes"),
        (Self::Record, "record", "what --record writes"),
        (Self::Http, "http", "raw HTTP requests"),
        (Self::Curl, "curl", "what `plan --curl` writes"),
        (Self::Url, "url", "one URL of a GET a line"),
        (Self::Har, "har", "an HTTP archive"),
        (Self::AccessLog, "access-log", "an access log of nginx, or of JSON lines"),
        (Self::Bodies, "bodies", "one JSON body a line"),
        (Self::Body, "body", "one body, whatever it is"),
    ];

    /// The form of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known, _)| *known == name).map(|(format, ..)| *format)
    }

    /// Its name on the command line.
    pub fn name(self) -> Option<&'static str> {
        Self::NAMES.iter().find(|(known, ..)| *known == self).map(|(_, name, _)| *name)
    }

    /// The form of a file that begins with these bytes; none = no form is known that begins so.
    pub fn of(start: &[u8]) -> Option<Self> {
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
        let line = start.split(|byte| *byte == b'\n').next().unwrap_or(start);
        if http::begins(start) || http::begins_with_headers(start) {
            return Some(Self::Http);
        }
        if curl::begins(start) {
            return Some(Self::Curl);
        }
        if http::is_url(line) {
            return Some(Self::Url);
        }
        if !start.starts_with(b"{") {
            // A log may begin with something else.
            let mut lines = start.split(|byte| *byte == b'\n');
            return lines.find_map(|line| access_log::line(line.trim_ascii())).map(|_| Self::AccessLog);
        }
        let inside = start.stretch(1..).trim_ascii_start();
        if inside.starts_with(b"\"capture\"") && contains(line, lines::KIND) {
            return Some(Self::Capture);
        }
        // Also one whose begin is lost: whoever reads it says what is missing.
        if inside.starts_with(b"\"line\"") || contains(line, "\"hookreel.record/") {
            return Some(Self::Record);
        }
        if inside.starts_with(b"\"log\"") && !line.ends_with(b"}") || contains(start, "\"entries\"") {
            return Some(Self::Har);
        }
        let Ok(object) = serde_json::from_slice::<Map<String, Value>>(line) else { return Some(Self::Body) };
        let more = start.stretch(line.len()..).trim_ascii_start().starts_with(b"{");
        Some(match (access_log::json(&object), more) {
            (Some(_), _) => Self::AccessLog,
            (None, _) if object.get("line").is_some_and(Value::is_string) => Self::Record,
            (None, true) => Self::Bodies,
            (None, false) => Self::Body,
        })
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::CaptureFormat::{self, *};

    #[test]
    fn a_capture_is_recognised_by_its_first_bytes() {
        for (start, format) in [
            ("{\"capture\":\"hookreel.capture/1\",\"method\":\"POST\"", Some(Capture)),
            ("{\"line\":\"run\",\"schema\":\"hookreel.record/1\"}\n", Some(Record)),
            ("{\"seq\":2,\"line\":\"callback\"}\n{\"seq\":3}\n", Some(Record)),
            ("POST /cb HTTP/1.1\r\nHost: x\r\n\r\n{}", Some(Http)),
            ("\r\nPUT http://x/cb HTTP/1.0\n\n", Some(Http)),
            ("GET /cb?action=publish HTTP/1.1", Some(Http)),
            ("https://x.example/cb?action=publish\n", Some(Url)),
            ("https://x.example/cb said no", None),
            ("{\n  \"log\": {\n    \"version\": \"1.2\",", Some(Har)),
            ("{\"log\":{\"creator\":{\"name\":\"x\"},\"entries\":[]}}", Some(Har)),
            ("127.0.0.1 - - [24/Nov/2026:14:10:25 +0000] \"POST /cb HTTP/1.1\" 503 0", Some(AccessLog)),
            ("{\"time\":\"2026-11-24T14:10:25Z\",\"status\":503,\"uri\":\"/cb\"}\n", Some(AccessLog)),
            ("{\"event_type\":100,\"t\":1,\"sign\":\"\"}", Some(Body)),
            ("{\"event_type\":100}\n{\"event_type\":1}\n", Some(Bodies)),
            ("{\n  \"event_type\": 100,", Some(Body)),
            ("{'event_type': 100}", Some(Body)),
            (
                "server started\n::1 - - [24/Nov/2026:14:10:25 +0000] \"POST /cb HTTP/1.1\" 503 0\n",
                Some(AccessLog),
            ),
            ("Host: a\r\nX-Sign: b\r\n\r\n{\"a\":1}", Some(Http)),
            ("host: a\nx-sign: b\n\n{\"a\":1}", Some(Http)),
            ("Note: this\nis text", None),
            ("header = \"Sign: x\"\nrequest = \"POST\"\n", Some(Curl)),
            ("hello", None),
            ("", None),
        ] {
            assert_eq!(CaptureFormat::of(start.as_bytes()), format, "{start}");
        }
    }
}
