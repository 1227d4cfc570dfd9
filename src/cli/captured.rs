//! A captured body, as it comes from a log or another tool: read, or said what it is instead.
//!
//! Nothing of it is repeated in a message: its signature is valid for a while.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

use super::exit::Refused;
use crate::capture::CapturedRequest;
use crate::provider;
use crate::provider::declared::known;
use crate::stretch::first_line;

/// A body as it came, and its fields.
pub(super) struct Captured {
    pub(super) bytes: Vec<u8>,
    pub(super) fields: Map<String, Value>,
    /// Headers of its request, as far as they are known.
    pub(super) headers: Vec<(String, String)>,
    /// Path and query of its request; empty where they are not known.
    pub(super) path: String,
}

impl Captured {
    /// Part of its request that says what happened.
    pub(super) fn part(&self) -> &'static str {
        if self.bytes.is_empty() { "query" } else { "body" }
    }
}

/// A callback that is the query of a GET: of the sender of this name, or of any that is known; none = the request is none.
pub(super) fn asked(request: &CapturedRequest, provider: Option<&str>) -> Option<Captured> {
    let query = request.query()?;
    let senders = match provider {
        Some(name) => vec![provider::find(name, "").ok()?],
        None => known().to_vec(),
    };
    let second = senders.iter().flat_map(|sender| sender.revisions).filter_map(|known| known.second_callback);
    let fields = second.filter_map(|second| second.asked(query)).next()?;
    Some(Captured { bytes: Vec::new(), fields, headers: Vec::new(), path: String::new() })
}

/// A body as a JSON object; `place` is where it stands.
///
/// # Errors
/// It is something else; the message says what.
pub(super) fn object_of(place: &str, bytes: &[u8]) -> Result<Captured, Refused> {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(Value::Object(fields)) => {
            Ok(Captured { bytes: bytes.to_vec(), fields, headers: Vec::new(), path: String::new() })
        }
        _ => Err(unread(place, bytes)),
    }
}

/// Says what a body is that is not a JSON object, and what to do.
pub(super) fn unread(path: &str, bytes: &[u8]) -> Refused {
    let told = |why: &str| Refused::usage(format!("{path}: the body {why}"));
    let error = match serde_json::from_slice::<Value>(bytes) {
        Ok(other) => return told(&another_value(&other)),
        Err(error) => error,
    };
    if let Some(what) = another_form(bytes) {
        return told(&what);
    }
    let (line, column) = (error.line(), error.column());
    let why = error.to_string();
    let why = why.split(" at line ").next().unwrap_or(&why);
    // The parser takes `t`, `f` and `n` for the start of a word of its own.
    let bare = why == "expected ident" || (why == "expected value" && (line, column) == (1, 1));
    let why = if bare { "it does not begin with `{`" } else { why };
    let cut = if error.is_eof() { "; the end is missing: was it cut off?" } else { "" };
    Refused::usage(format!("{path}:{line}:{column}: the body is not a JSON object: {why}{cut}"))
}

/// JSON, and not an object.
fn another_value(value: &Value) -> String {
    match value {
        Value::String(text) if object(text) => {
            "is JSON inside a JSON string; unescape it first, for example: jq -r . FILE".into()
        }
        Value::String(_) => "is a JSON string, not an object".into(),
        Value::Array(list) if list.iter().any(Value::is_object) => {
            format!("is a list of {} values; give one of them, for example: jq -c '.[0]' FILE", list.len())
        }
        Value::Array(_) => "is a JSON list, not an object".into(),
        Value::Number(_) => "is a JSON number, not an object".into(),
        Value::Bool(_) => "is a JSON boolean, not an object".into(),
        Value::Null | Value::Object(_) => "is `null`, not an object".into(),
    }
}

fn object(text: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(text.trim()).is_ok()
}

/// Likely format of a text that is not JSON, and the next step.
fn another_form(bytes: &[u8]) -> Option<String> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || bytes.contains(&0) {
        return Some("is UTF-16 or binary, not UTF-8 text; save it as UTF-8".into());
    }
    if bytes.starts_with(b"\x1f\x8b") {
        return Some("is compressed with gzip; unpack it first: gunzip -c FILE".into());
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return Some("is not UTF-8 text".into()) };
    if let Some(rest) = text.strip_prefix('\u{feff}') {
        let rest = if object(rest) { "" } else { ", and what follows is not a JSON object" };
        return Some(format!(
            "begins with a byte order mark, which the vendor does not send{rest}; remove it, for example: tail -c +4 FILE"
        ));
    }
    let text = text.trim();
    if text.is_empty() {
        return Some("is empty".into());
    }
    another_text(text)
}

fn another_text(text: &str) -> Option<String> {
    let first = first_line(text);
    let header = first.split_once(": ").is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    });
    if first.contains(" HTTP/") || first.starts_with("HTTP/") || (header && text.contains("\n{")) {
        return Some("is a whole HTTP request; give the part behind the empty line alone".into());
    }
    let escaped = text.trim_matches(['"', '\'']).replace("\\\"", "\"").replace("\\\\", "\\");
    if text.contains("\\\"") && object(&escaped) {
        return Some(
            "has escaped quotes (\\\"): it was copied out of another JSON text or a log; unescape it first"
                .into(),
        );
    }
    if object(text.trim_matches(['\'', '"', '`'])) {
        return Some("stands in quotes; leave them out".into());
    }
    if text.starts_with("{'") {
        return Some("is in single quotes, as Python prints a dict; print it with json.dumps".into());
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    if let Some(Ok(Value::Object(_))) = values.next() {
        return Some(match values.next() {
            Some(Ok(_)) => {
                "is more than one JSON value; give one of them, for example: head -n 1 FILE".into()
            }
            _ => "has something behind the JSON object; leave it out".into(),
        });
    }
    if let Some(at) = text.find('{').filter(|at| *at > 0 && text.get(*at..).is_some_and(object)) {
        return Some(format!(
            "has {at} bytes of something else (a log's prefix?) before the JSON object; leave them out"
        ));
    }
    let percent = crate::percent::decoded(text);
    if percent != text && object(percent.trim_start_matches(|c| c != '{')) {
        return Some("is in URL encoding (%7B...); decode it first".into());
    }
    if BASE64_STANDARD.decode(text).is_ok_and(|bytes| bytes.starts_with(b"{")) {
        return Some("is in base64; decode it first: base64 -d FILE".into());
    }
    (!text.starts_with('{') && text.contains('=') && !text.contains(char::is_whitespace))
        .then(|| "looks like a form (name=value&...); the vendors send JSON".into())
}
