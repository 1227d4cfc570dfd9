//! Files that were given in the place of a scenario and are something else: captures, pages, keys, files of other programs.
//!
//! Nothing of their content is repeated: it may be a key, or a signature that is valid for a while.

use serde_json::{Map, Value};

use crate::capture::CaptureFormat;
use crate::cli::shell_commands::quote;
use crate::problem::{Source, nearest};
use crate::report::inert;
use crate::scenario::as_written;

/// Keys that tell a scenario from other files.
const TELLING: [&str; 10] = [
    "provider",
    "broadcast",
    "recording",
    "targets",
    "media",
    "signing",
    "delivery",
    "subscribe",
    "faults",
    "expect",
];

/// Advice for a text in which something else than a scenario is recognised; none = it may be one with mistakes.
pub(super) fn advice(source: &Source) -> Option<String> {
    let text = source.text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() || text.lines().any(begins_with_a_key) {
        return None;
    }
    let (name, path) = (inert(&source.name), quote(&source.name));
    let (what, next) = capture(text, &path).or_else(|| other(text, &path))?;
    let next: String = next.iter().map(|line| format!("  {line}\n")).collect();
    Some(format!("error: `{name}` is {what}, not a scenario\n{next}\n"))
}

/// True for a line with a key that scenarios have and nothing else has at its begin.
fn begins_with_a_key(line: &str) -> bool {
    let line = line.trim_start_matches(['{', ' ', '"']);
    TELLING.iter().take(3).any(|key| {
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches(['"', ' ']).starts_with(':'))
    })
}

/// A capture, and the commands that take one.
fn capture(text: &str, path: &str) -> Option<(String, Vec<String>)> {
    let what = match CaptureFormat::of(text.as_bytes())? {
        CaptureFormat::Body => return None,
        CaptureFormat::Capture => "a capture of `serve`",
        CaptureFormat::Record => "the record of a run",
        CaptureFormat::Http => "a captured HTTP request",
        CaptureFormat::Curl => "what `plan --curl` writes",
        CaptureFormat::Url => "a URL",
        CaptureFormat::Har => "an HTTP archive (HAR)",
        CaptureFormat::AccessLog => "an access log",
        CaptureFormat::Bodies => "a file with a body a line",
    };
    let form = CaptureFormat::of(text.as_bytes());
    let is = |forms: &[CaptureFormat]| form.is_some_and(|form| forms.contains(&form));
    let mut next = Vec::new();
    let answered =
        [CaptureFormat::Capture, CaptureFormat::Record, CaptureFormat::Har, CaptureFormat::AccessLog];
    if is(&answered) {
        next.push(format!("what came of it: hookreel report {path}"));
    }
    if !is(&[CaptureFormat::AccessLog]) {
        next.push(format!("send it again: hookreel replay {path} -t URL --secret-env NAME"));
    }
    if !is(&[CaptureFormat::AccessLog, CaptureFormat::Record]) {
        next.push(format!("check its signatures: hookreel verify {path} --secret-env NAME"));
    }
    Some((what.to_owned(), next))
}

/// Advice where no file is known that helps.
fn begin() -> Vec<String> {
    vec!["write a scenario: hookreel init PROVIDER -t URL".into()]
}

fn other(text: &str, path: &str) -> Option<(String, Vec<String>)> {
    let begins = |with: &str| text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    if begins("<!doctype html") || begins("<html") {
        return Some(("an HTML page".into(), begin()));
    }
    if begins("<?xml") {
        return Some(("XML, such as a JUnit report".into(), begin()));
    }
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    if lines().all(is_variable) && lines().any(|line| !line.trim_start().starts_with('#')) {
        let next = format!(
            "take its variables in: set -a; . {path}; set +a; a key in one of them is given by --secret-env NAME"
        );
        return Some(("a file of variables".into(), vec![next]));
    }
    if is_log(text) {
        let next = vec![
            "a callback in it is the JSON object alone: cut it out into a file".into(),
            "check its signature: hookreel verify FILE --secret-env NAME".into(),
            "send it again: hookreel replay FILE -t URL --secret-env NAME".into(),
        ];
        return Some(("a log".into(), next));
    }
    match as_written::read(text) {
        Some(Value::Object(keys)) => of_another_program(&keys).map(|what| (what, begin())),
        Some(Value::String(_) | Value::Number(_)) if is_word(text) => {
            let next = format!("if it is a key: --secret-file {path}");
            Some(("one word, and no keys with values".into(), vec![next]))
        }
        _ => None,
    }
}

/// True for a text without a space, which is long enough for a key.
fn is_word(text: &str) -> bool {
    const SHORTEST: usize = 8;
    text.len() >= SHORTEST && !text.contains(char::is_whitespace)
}

/// True for `NAME=value`, and for a comment.
fn is_variable(line: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let letters = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    line.starts_with('#')
        || line
            .split_once('=')
            .is_some_and(|(name, value)| !name.is_empty() && letters(name) && !value.starts_with([' ', '=']))
}

/// True for a text whose first line begins with a date, as `2026-11-24`.
fn is_log(text: &str) -> bool {
    let line = text.trim_start_matches('[').as_bytes();
    let shape = b"0000-00-00";
    let fits =
        |(byte, wanted): (&u8, &u8)| if *wanted == b'0' { byte.is_ascii_digit() } else { byte == wanted };
    line.len() > shape.len() && line.iter().zip(shape).all(fits)
}

/// The file of another program, by its keys; none where one of them is of a scenario, or near one.
fn of_another_program(keys: &Map<String, Value>) -> Option<String> {
    let near = |key: &String| nearest(key, TELLING).is_some();
    let own = |key: &&String| key.as_str() != "name" && !key.starts_with("x-");
    let mut others = keys.keys().filter(own).peekable();
    others.peek()?;
    if keys.keys().any(near) {
        return None;
    }
    let has = |all: &[&str]| all.iter().all(|key| keys.contains_key(*key));
    Some(match () {
        () if has(&["openapi"]) || has(&["swagger"]) => "an OpenAPI document".into(),
        () if has(&["services"]) => "a file of Docker Compose".into(),
        () if has(&["on", "jobs"]) => "a workflow of GitHub Actions".into(),
        () if has(&["apiVersion", "kind"]) => "a manifest of Kubernetes".into(),
        () => return None,
    })
}
