//! The request of a callback as it was sent: the signed fields underlined, the bytes that a fault changed marked.

use serde_json::Value;

use crate::record::{CallbackRun, SentRequest, WHOLE_BODY};
use crate::report::html::{inert, lines};
use crate::stretch::Stretches;

/// A stretch of a text.
pub(super) struct TextSpan {
    pub(super) text: String,
    /// Empty = nothing is to be said of it.
    pub(super) kind: &'static str,
}

const PLAIN: &str = "";
const SIGNED: &str = "signed";
const CHANGED: &str = "changed";
/// Stands where a fault took bytes away, and put none in their place.
const MISSING: &str = "(missing)";

/// A request, opened.
pub(super) struct RequestPart {
    /// Which attempt it is of; empty where there is one.
    pub(super) attempt: String,
    pub(super) script: String,
    pub(super) head: Vec<TextSpan>,
    /// The body as a fault left it; empty where no fault changed it.
    pub(super) sent: Vec<TextSpan>,
    /// The body of the callback.
    pub(super) body: Vec<TextSpan>,
}

pub(super) fn request(callback: &CallbackRun) -> RequestPart {
    let of = callback
        .attempts
        .iter()
        .find_map(|attempt| Some((attempt.n, attempt.exchange.as_ref()?.request.as_ref()?)));
    let body = body(&callback.line.body, &callback.line.signed);
    let Some((n, sent)) = of else {
        return RequestPart {
            attempt: String::new(),
            script: String::new(),
            head: vec![],
            sent: vec![],
            body,
        };
    };
    RequestPart {
        attempt: if callback.attempts.len() > 1 { format!("attempt {n}") } else { String::new() },
        script: sent.script.iter().map(|step| inert(step)).collect::<Vec<_>>().join(" · "),
        head: head(sent),
        sent: changed(sent),
        body,
    }
}

/// A fault changed the bytes of one of its requests, as far as it is known.
pub(super) fn is_changed(callback: &CallbackRun) -> bool {
    let exchanges = callback.attempts.iter().filter_map(|attempt| attempt.exchange.as_ref());
    let mut requests = exchanges.filter_map(|exchange| exchange.request.as_ref());
    requests.any(|request| request.changed.is_some() || !request.changed_lines.is_empty())
}

fn head(sent: &SentRequest) -> Vec<TextSpan> {
    let kind = |number| if sent.changed_lines.contains(&number) { CHANGED } else { PLAIN };
    let line = |(number, line): (usize, &str)| [span(line, kind(number)), span("\n", PLAIN)];
    joined(sent.head.lines().enumerate().flat_map(line))
}

fn changed(sent: &SentRequest) -> Vec<TextSpan> {
    let Some((from, to)) = sent.changed.filter(|(from, to)| from <= to && *to <= sent.body.len()) else {
        return Vec::new();
    };
    let own = if from == to { MISSING } else { sent.body.stretch(from..to) };
    let parts = [(sent.body.stretch(..from), PLAIN), (own, CHANGED), (sent.body.stretch(to..), PLAIN)];
    joined(parts.into_iter().map(|(text, kind)| span(text, kind)))
}

/// The body on several lines.
fn body(value: &Value, signed: &[String]) -> Vec<TextSpan> {
    let whole = signed.iter().any(|path| path == WHOLE_BODY);
    let mut out = Vec::new();
    match value {
        // Bytes that were given.
        Value::String(text) => out.push(span(text, if whole { SIGNED } else { PLAIN })),
        value if whole => out.push(span(&printed(value), SIGNED)),
        value => JsonBody { signed, out: &mut out }.write(value, "", 0),
    }
    joined(out.into_iter())
}

fn printed(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("our own texts and numbers can be written as JSON")
}

/// A JSON text in the making.
struct JsonBody<'a> {
    signed: &'a [String],
    out: &'a mut Vec<TextSpan>,
}

impl JsonBody<'_> {
    fn write(&mut self, value: &Value, path: &str, depth: usize) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                let members = members.iter().map(|(name, member)| {
                    let own = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    (format!("{}: ", Value::from(name.as_str())), own, member)
                });
                self.list(members.collect(), ["{", "}"], depth);
            }
            Value::Array(items) if !items.is_empty() => {
                let items = items.iter().enumerate();
                let items = items.map(|(index, item)| (String::new(), format!("{path}[{index}]"), item));
                self.list(items.collect(), ["[", "]"], depth);
            }
            value => self.out.push(span(&printed(value), PLAIN)),
        }
    }

    fn list(&mut self, items: Vec<(String, String, &Value)>, ends: [&str; 2], depth: usize) {
        let indent = |depth: usize| "  ".repeat(depth);
        self.out.push(span(ends[0], PLAIN));
        let count = items.len();
        for (number, (name, path, value)) in items.into_iter().enumerate() {
            self.out.push(span(&format!("\n{}", indent(depth + 1)), PLAIN));
            if self.signed.contains(&path) {
                let text = printed(value).replace('\n', &format!("\n{}", indent(depth + 1)));
                self.out.push(span(&format!("{name}{text}"), SIGNED));
            } else {
                self.out.push(span(&name, PLAIN));
                self.write(value, &path, depth + 1);
            }
            self.out.push(span(if number + 1 < count { "," } else { "" }, PLAIN));
        }
        self.out.push(span(&format!("\n{}{}", indent(depth), ends[1]), PLAIN));
    }
}

fn span(text: &str, kind: &'static str) -> TextSpan {
    TextSpan { text: text.to_owned(), kind }
}

/// The same in as few stretches as can be, without characters that hide.
fn joined(spans: impl Iterator<Item = TextSpan>) -> Vec<TextSpan> {
    let mut all: Vec<TextSpan> = Vec::new();
    for next in spans.filter(|span| !span.text.is_empty()) {
        match all.last_mut().filter(|last| last.kind == next.kind) {
            Some(last) => last.text.push_str(&next.text),
            None => all.push(next),
        }
    }
    for span in &mut all {
        let ends = span.text.ends_with('\n');
        span.text = lines(&span.text);
        span.text.push_str(if ends { "\n" } else { "" });
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(spans: &[TextSpan], kind: &str) -> Vec<String> {
        spans.iter().filter(|span| span.kind == kind).map(|span| span.text.clone()).collect()
    }

    #[test]
    fn the_fields_that_are_signed_stand_out_and_the_text_is_the_body() {
        let value = json!({"t": 1, "a": {"b": [{"c": "x"}], "d": {}}, "e": []});
        let signed = ["t".to_owned(), "a.b[0].c".into()];
        let spans = body(&value, &signed);
        let text: String = spans.iter().map(|span| span.text.as_str()).collect();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert_eq!(text, printed(&value));
        assert_eq!(of(&spans, SIGNED), ["\"t\": 1", "\"c\": \"x\""]);
        assert_eq!(of(&body(&value, &[WHOLE_BODY.into()]), SIGNED), [printed(&value)]);
        assert_eq!(body(&json!("raw"), &[])[0].text, "raw");
    }

    #[test]
    fn what_a_fault_changed_is_marked_also_in_a_damaged_record() {
        let mut sent =
            SentRequest { body: "{\"a\":12}".into(), changed: Some((5, 7)), ..SentRequest::default() };
        assert_eq!(of(&changed(&sent), CHANGED), ["12"]);
        sent.changed = Some((5, 5));
        assert_eq!(of(&changed(&sent), CHANGED), [MISSING]);
        sent.head = "POST / HTTP/1.1\nhost: x".into();
        sent.changed_lines = vec![1, 9];
        assert_eq!(of(&head(&sent), CHANGED), ["host: x"]);
        for wrong in [(7, 5), (0, 99)] {
            sent.changed = Some(wrong);
            assert!(changed(&sent).is_empty());
        }
    }
}
