//! A request as records keep it: what was written and done on the connection, without secrets.

use super::attempt::CommonHeaders;
use super::target::ReceiverUrl;
use crate::duration::show_duration;
use crate::masking::Secrets;
use crate::record::{REQUEST_KEPT, SentRequest};
use crate::request::{Leaving, RawRequest, WireStep};
use crate::stretch::Stretches;

/// Bytes of a request that are searched for secrets: those that are kept, and room for a secret that begins before their end.
const READ: usize = 64 << 10;

/// Stands in the place of a value that may be a secret.
const HIDDEN: &str = "(hidden)";

/// Headers of the user whose values are no secret.
const PUBLIC: [&str; 4] = ["accept", "content-type", "host", "user-agent"];

/// Knowledge by which secrets are found in a request.
pub(super) struct Hiding<'a> {
    pub(super) target: &'a ReceiverUrl,
    pub(super) headers: &'a CommonHeaders,
    pub(super) secrets: &'a Secrets,
}

impl Hiding<'_> {
    /// An ordinary request.
    pub(super) fn plain(&self, bytes: &[u8]) -> SentRequest {
        SentRequest { head: self.head(parts(bytes).0), ..SentRequest::default() }
    }

    /// A request that a fault changed, beside the one that it would be without.
    pub(super) fn faulty(&self, steps: &[WireStep], plain: &RawRequest) -> SentRequest {
        let bytes = written(steps);
        let (head, body) = parts(&bytes);
        let head = self.head(head);
        let ordinary = self.head(&plain.head());
        let known: Vec<&str> = ordinary.lines().collect();
        let lines = head.lines().enumerate().filter(|(_, line)| !known.contains(line));
        let changed_lines = lines.map(|(number, _)| number).collect();
        let body = self.body(body);
        let changed = changed(&self.body(&plain.body), &body);
        let body = if changed.is_some() { body } else { String::new() };
        let at_once = matches!(steps, [WireStep::Write(_)]);
        let script = if at_once { Vec::new() } else { steps.iter().map(told).collect() };
        SentRequest { head, changed_lines, body, changed, script }
    }

    fn head(&self, bytes: &[u8]) -> String {
        let mut text = String::from_utf8_lossy(bytes.get(..READ).unwrap_or(bytes)).into_owned();
        if let Some(query) = self.target.url.query().filter(|query| !query.is_empty()) {
            text = text.replace(query, HIDDEN);
        }
        let lines = text.lines().map(|line| match line.split_once(':') {
            Some((name, _)) if self.is_secret(name) => format!("{name}: {HIDDEN}"),
            _ => line.to_owned(),
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        self.secrets.head(&text, REQUEST_KEPT).trim_end().to_owned()
    }

    fn is_secret(&self, name: &str) -> bool {
        let name = name.trim().to_ascii_lowercase();
        let given = self.headers.given.iter().any(|given| given.eq_ignore_ascii_case(&name));
        (given && !PUBLIC.contains(&name.as_str())) || ["authorization", "cookie"].contains(&name.as_str())
    }

    /// A body that is text. Packed bytes could be unpacked, and hold a signature.
    fn body(&self, bytes: &[u8]) -> String {
        let read = bytes.get(..READ).unwrap_or(bytes);
        let whole = match std::str::from_utf8(read) {
            Ok(text) => text,
            // A character that is cut by the end of what is read.
            Err(error) if error.error_len().is_none() && read.len() < bytes.len() => {
                // What is valid up to there is text.
                std::str::from_utf8(read.stretch(..error.valid_up_to())).unwrap_or_default()
            }
            Err(_) => return String::new(),
        };
        self.secrets.head(whole, REQUEST_KEPT).into_owned()
    }
}

/// Everything that a script writes, as far as it is read.
fn written(steps: &[WireStep]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for step in steps {
        if let WireStep::Write(piece) | WireStep::Dribble(piece, ..) = step {
            bytes.extend(piece.iter().take(READ.saturating_sub(bytes.len())));
        }
    }
    bytes
}

/// Head and body of a request.
fn parts(bytes: &[u8]) -> (&[u8], &[u8]) {
    let ends = [&b"\r\n\r\n"[..], b"\n\n"].into_iter().filter_map(|end| {
        let at = bytes.windows(end.len()).position(|part| part == end)?;
        Some(at + end.len())
    });
    match ends.min() {
        Some(end) => bytes.split_at(end),
        None => (bytes, &[]),
    }
}

/// The stretch of the second text that is not as in the first, in bytes; none where they are the same.
fn changed(plain: &str, sent: &str) -> Option<(usize, usize)> {
    if plain == sent {
        return None;
    }
    let same = plain.char_indices().zip(sent.chars()).take_while(|((_, one), other)| one == other);
    let from = same.last().map_or(0, |((at, c), _)| at + c.len_utf8());
    let (one, other) = (plain.stretch(from..), sent.stretch(from..));
    let same = one.chars().rev().zip(other.chars().rev()).take_while(|(one, other)| one == other);
    let behind: usize = same.map(|(c, _)| c.len_utf8()).sum();
    Some((from, sent.len() - behind))
}

/// A step in words.
fn told(step: &WireStep) -> String {
    let time = |time: &std::time::Duration| show_duration(*time);
    match step {
        WireStep::Write(bytes) => format!("writes {}", amount(bytes.len())),
        WireStep::Dribble(bytes, size, gap) => {
            format!("writes {}, {size} at a time, {} apart", amount(bytes.len()), time(gap))
        }
        WireStep::Pause(pause) => format!("waits {}", time(pause)),
        WireStep::Listen(patience) => format!("waits for an answer, at most {}", time(patience)),
        WireStep::Another => "begins another request on the connection".into(),
        WireStep::Meet => "waits for the requests that are sent at the same moment".into(),
        WireStep::Finish => "says that nothing more will be sent, and goes on reading".into(),
        WireStep::Sip(size, gap) => format!("reads the answer {size} bytes at a time, {} apart", time(gap)),
        WireStep::Crowd(count, bytes) => {
            format!("holds {count} more connections, each silent after {}", amount(bytes.len()))
        }
        WireStep::Deaf => "reads no answer".into(),
        WireStep::Bare => "uses no TLS".into(),
        WireStep::Leave(Leaving::Close) => "closes the connection".into(),
        WireStep::Leave(Leaving::Reset) => "resets the connection".into(),
        WireStep::Leave(Leaving::Open) => "leaves the connection open and silent".into(),
    }
}

fn amount(bytes: usize) -> String {
    if bytes == 1 { "1 byte".into() } else { format!("{bytes} bytes") }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECRET: &str = "3f8a1c5e7b9d2046a8c0e2f41b3d5f79";

    fn plain(query: &str) -> (ReceiverUrl, RawRequest) {
        let body = format!(r#"{{"sign":"{SECRET}","size":1}}"#);
        let own = [("x-own".to_owned(), b"abc".to_vec())];
        let url = ReceiverUrl::parse(&format!("http://127.0.0.1:8080/cb{query}")).unwrap();
        let (host, path) = url.written();
        (url, RawRequest::new(&host, &path, &own, body.into(), SECRET.into()))
    }

    fn hiding<'a>(target: &'a ReceiverUrl, headers: &'a CommonHeaders, secrets: &'a Secrets) -> Hiding<'a> {
        secrets.signature(SECRET);
        Hiding { target, headers, secrets }
    }

    #[test]
    fn what_a_fault_changed_is_marked_and_nothing_secret_is_kept() {
        let (target, plain) = plain("?t=abc");
        let headers = CommonHeaders { given: vec!["X-Own".into()], ..CommonHeaders::default() };
        let secrets = Secrets::default();
        let mut request = plain.clone();
        request.replace_body(format!(r#"{{"sign":"{SECRET}","size":1000}}"#).into());
        let steps = [WireStep::Write(request.bytes().into()), WireStep::Pause(Duration::from_secs(2))];
        let sent = hiding(&target, &headers, &secrets).faulty(&steps, &plain);
        let head = "POST /cb?(hidden) HTTP/1.1\nHost: 127.0.0.1:8080\nx-own: (hidden)\nContent-Length: 55";
        assert_eq!(sent.head, head);
        assert_eq!(sent.changed_lines, [3]);
        assert_eq!(sent.body, r#"{"sign":"(signature)","size":1000}"#);
        assert_eq!(sent.changed.map(|(from, to)| &sent.body[from..to]), Some("000"));
        let length = request.bytes().len();
        assert_eq!(sent.script, [format!("writes {length} bytes"), "waits 2s".into()]);
    }

    #[test]
    fn a_packed_body_is_not_kept_and_a_head_without_an_end_is_one() {
        let (target, plain) = plain("");
        let (headers, secrets) = (CommonHeaders::default(), Secrets::default());
        let mut request = plain.clone();
        request.body = vec![0x1f, 0x8b, 8, 0, 0xff];
        let hiding = hiding(&target, &headers, &secrets);
        let sent = hiding.faulty(&[WireStep::Write(request.bytes().into())], &plain);
        assert_eq!((sent.body.as_str(), sent.script.len()), ("", 0));
        let torn = [WireStep::Write(b"POST / HTT"[..].into()), WireStep::Leave(Leaving::Close)];
        let sent = hiding.faulty(&torn, &plain);
        assert_eq!((sent.head.as_str(), sent.body.as_str()), ("POST / HTT", ""));
        assert_eq!(sent.script, ["writes 10 bytes", "closes the connection"]);
        assert_eq!(hiding.plain(&plain.bytes()).head.lines().count(), 4);
    }
}
