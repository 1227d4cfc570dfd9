//! What the page shows, as texts. Templates beside it draw: askama escapes every text, and [`inert`] writes out what could hide.

use std::collections::BTreeMap;

use askama::Template;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::body::Bytes;

use super::Page;
use super::journal::{Became, Filter, Kept, KeptCallback, MOST, Sum};
use crate::escape::inert;
use crate::stretch::Stretches;

/// Callbacks on one page; more are further on.
const ROWS: usize = 200;
/// Streams, and files, that are listed: the last ones.
const NAMES: usize = 20;
/// Up to so many of them are seen at once; more are unfolded.
const FEW: usize = 5;
/// Characters of a name in a list.
const LONGEST: usize = 80;
/// Bytes of a body that are shown; all of them can be had as a file.
const SHOWN: usize = 64 << 10;

/// What a visitor asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    pub(super) choice: Filter,
}

impl View {
    /// Of the query of an address.
    pub(super) fn of(query: &str) -> Self {
        let mut view = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match (&*name, &*value) {
                ("show", "refused") => view.choice.only = Some(Became::Refused),
                ("show", "duplicates") => view.choice.only = Some(Became::Duplicate),
                ("before", number) => view.choice.before = number.parse().ok(),
                _ => {}
            }
        }
        view
    }

    fn word(&self) -> &'static str {
        match self.choice.only {
            None | Some(Became::Accepted) => "all",
            Some(Became::Refused) => "refused",
            Some(Became::Duplicate) => "duplicates",
        }
    }
}

/// The number after which a visitor wants to know of callbacks; all of them, where none is given.
pub(super) fn after(query: &str) -> u64 {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    // All of them.
    pairs.find(|(name, _)| name == "after").and_then(|(_, number)| number.parse().ok()).unwrap_or(0)
}

/// A callback in the list.
struct ListedCallback {
    number: u64,
    time: String,
    target: String,
    event: String,
    stream: String,
    file: String,
    status: u16,
    class: &'static str,
    outcome: String,
    bytes: usize,
}

/// A stream or a file in its list.
struct NameRow {
    name: String,
    stream: String,
    event: String,
    callbacks: u64,
    refused: u64,
    duplicates: u64,
    last: u64,
}

#[derive(Template)]
#[template(path = "received.html")]
struct ListPage<'a> {
    prefix: &'static str,
    title: &'a str,
    version: &'static str,
    show: &'static str,
    is_live: bool,
    last: u64,
    sums: SumsPart,
    rows: Vec<ListedCallback>,
    /// Callbacks before this number are on the next page; 0 = there are none.
    older: u64,
    accounts: Vec<String>,
    events: Vec<&'static str>,
    token: &'a str,
}

#[derive(Template)]
#[template(path = "received_rows.html")]
struct RowsPart {
    prefix: &'static str,
    rows: Vec<ListedCallback>,
}

#[derive(Template)]
#[template(path = "received_sums.html")]
struct SumsPart {
    prefix: &'static str,
    total: Sum,
    kept: usize,
    streams: Vec<NameRow>,
    more_streams: usize,
    few: usize,
    files: Vec<NameRow>,
    more_files: usize,
}

#[derive(Template)]
#[template(path = "received_callback.html")]
struct CallbackPage {
    prefix: &'static str,
    version: &'static str,
    row: ListedCallback,
    method: String,
    headers: Vec<(String, String)>,
    body: String,
    /// Why the body is not shown as it is.
    note: String,
    answer: String,
    curl: String,
    earlier: u64,
    later: u64,
}

/// The whole page.
pub(super) fn page(page: &Page, view: &View, accounts: Vec<String>) -> String {
    let journal = page.journal();
    let entries = journal.newest(view.choice, 0, ROWS + 1);
    let older = entries.get(ROWS).and_then(|_| entries.get(ROWS - 1)).map_or(0, |entry| entry.number);
    let rows = entries.iter().take(ROWS).map(|entry| row(entry)).collect();
    let received = ListPage {
        prefix: super::PREFIX,
        title: &page.settings.title,
        version: env!("CARGO_PKG_VERSION"),
        show: view.word(),
        is_live: view.choice.before.is_none(),
        last: journal.total.callbacks,
        sums: sums(&journal),
        rows,
        older,
        accounts,
        events: page.settings.events.iter().map(|kind| kind.name).collect(),
        token: &page.settings.token,
    };
    drawn(&received)
}

/// What has changed after a number, by the names of the places where it belongs, and the newest number.
pub(super) fn fragments(page: &Page, view: &View, after: u64) -> (Vec<(&'static str, String)>, u64) {
    let journal = page.journal();
    let last = journal.total.callbacks;
    if last <= after {
        return (Vec::new(), last);
    }
    let rows: Vec<ListedCallback> =
        journal.newest(view.choice, after, ROWS).iter().map(|entry| row(entry)).collect();
    let sums = sums(&journal);
    drop(journal);
    let rows = RowsPart { prefix: super::PREFIX, rows };
    (vec![("rows", drawn(&rows)), ("sums", drawn(&sums))], last)
}

/// One callback with everything that is known of it.
pub(super) fn callback(entry: &KeptCallback, newest: u64, here: &str) -> String {
    let (body, note) = text_of(&entry.body);
    let whole = CallbackPage {
        prefix: super::PREFIX,
        version: env!("CARGO_PKG_VERSION"),
        row: row(entry),
        method: inert(&entry.method),
        headers: entry
            .headers
            .iter()
            .map(|(name, value)| (inert(name), inert(&String::from_utf8_lossy(value))))
            .collect(),
        body,
        note,
        answer: text_of(&entry.answer).0,
        curl: curl(entry, here),
        earlier: entry.number.saturating_sub(1),
        later: if entry.number < newest { entry.number + 1 } else { 0 },
    };
    drawn(&whole)
}

/// Headers that the client makes itself.
const MADE: [&str; 4] = ["host", "content-length", "connection", "transfer-encoding"];

/// The command that sends a callback again, byte for byte: with all its headers, since some of them may prove it.
fn curl(entry: &KeptCallback, here: &str) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let own = entry.headers.iter().filter(|(name, value)| {
        let name = name.to_ascii_lowercase();
        // The host may be signed.
        let elsewhere = name == "host" && !here.as_bytes().ends_with(value);
        elsewhere || !MADE.contains(&name.as_str())
    });
    let headers: String = own
        .map(|(name, value)| {
            format!(" -H {}", quoted(&format!("{name}: {}", String::from_utf8_lossy(value))))
        })
        .collect();
    let method =
        if entry.method == "POST" { String::new() } else { format!(" -X {}", quoted(&entry.method)) };
    let (curl, url) =
        (format!("curl -sS -i --noproxy '*'{method}{headers}"), quoted(&format!("{here}{}", entry.target)));
    let plain = std::str::from_utf8(&entry.body)
        .ok()
        .filter(|text| !text.contains(|c: char| c.is_control() && !['\n', '\t'].contains(&c)));
    match plain {
        Some("") => format!("{curl} {url}"),
        // A text that begins with `@` would be the name of a file.
        Some(text) if !text.starts_with('@') => format!("{curl} --data-binary {} {url}", quoted(text)),
        _ => {
            let body = BASE64_STANDARD.encode(&entry.body);
            format!("printf %s {body} | base64 -d | {curl} --data-binary @- {url}")
        }
    }
}

/// Bytes for the eye, and a note where these are not the bytes themselves.
fn text_of(bytes: &Bytes) -> (String, String) {
    let shown = bytes.get(..SHOWN).unwrap_or(bytes);
    let cut = if bytes.len() > SHOWN {
        format!("the first {SHOWN} of {} bytes", bytes.len())
    } else {
        String::new()
    };
    match std::str::from_utf8(shown) {
        Ok(text) => (text.lines().map(inert).collect::<Vec<_>>().join("\n"), cut),
        // A character that the cut went through.
        Err(error) if error.error_len().is_none() && bytes.len() > SHOWN => {
            let text = String::from_utf8_lossy(shown.stretch(..error.valid_up_to()));
            (text.lines().map(inert).collect::<Vec<_>>().join("\n"), cut)
        }
        Err(_) => {
            let lines = shown.chunks(16).map(|line| {
                let hex: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
                let text: String = line
                    .iter()
                    .map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' })
                    .collect();
                format!("{:47}  {text}", hex.join(" "))
            });
            let note = if cut.is_empty() {
                "not UTF-8: in hexadecimal".into()
            } else {
                format!("not UTF-8: in hexadecimal; {cut}")
            };
            (lines.collect::<Vec<_>>().join("\n"), note)
        }
    }
}

fn row(entry: &KeptCallback) -> ListedCallback {
    ListedCallback {
        number: entry.number,
        time: time(entry.at),
        target: short(&entry.target),
        event: short(&entry.event),
        stream: short(&entry.stream),
        file: short(&entry.file),
        status: entry.status,
        class: match entry.kind {
            Became::Accepted => "accepted",
            Became::Duplicate => "duplicate",
            Became::Refused => "refused",
        },
        outcome: inert(&entry.outcome),
        bytes: entry.body.len(),
    }
}

fn sums(journal: &Kept) -> SumsPart {
    let (streams, more_streams) = names(&journal.streams);
    let (files, more_files) = names(&journal.files);
    let total = journal.total.clone();
    SumsPart { prefix: super::PREFIX, total, kept: MOST, few: FEW, streams, more_streams, files, more_files }
}

/// The names of the last callbacks, and the number of the others.
fn names(sums: &BTreeMap<String, Sum>) -> (Vec<NameRow>, usize) {
    let mut all: Vec<(&String, &Sum)> = sums.iter().collect();
    all.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.last));
    let rows = all.iter().take(NAMES).map(|(name, sum)| NameRow {
        name: short(name),
        stream: short(&sum.stream),
        event: short(&sum.event),
        callbacks: sum.callbacks,
        refused: sum.refused,
        duplicates: sum.duplicates,
        last: sum.last,
    });
    (rows.collect(), all.len().saturating_sub(NAMES))
}

fn time(at: i64) -> String {
    crate::number::moment(at).strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// A name, as long as a list has room for.
fn short(text: &str) -> String {
    let mut shown: String = inert(text).chars().take(LONGEST + 1).collect();
    if shown.chars().count() > LONGEST {
        shown = shown.chars().take(LONGEST - 1).chain(['…']).collect();
    }
    shown
}

fn drawn(template: &impl Template) -> String {
    template.render().unwrap_or_else(|error| format!("this page could not be written: {error}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_body_is_text_and_a_body_that_is_not_utf8_is_hexadecimal() {
        let shown = |body: &'static [u8]| {
            let entry = KeptCallback { number: 1, body: Bytes::from_static(body), ..KeptCallback::default() };
            callback(&entry, 1, "http://127.0.0.1:1")
        };
        let page = shown(b"</pre><script>alert(1)</script>\x1b[2J\xe2\x80\xae'");
        assert!(
            !page.contains("<script>alert") && !page.contains('\u{1b}') && !page.contains('\u{202e}'),
            "{page}"
        );
        let page = shown(b"\xff\xfe\x00A");
        assert!(
            page.contains("ff fe 00 41")
                && page.contains("not UTF-8")
                && page.contains("printf %s //4AQQ== | base64 -d"),
            "{page}"
        );
    }

    #[test]
    fn a_query_chooses_and_nonsense_chooses_nothing() {
        assert_eq!(
            View::of("show=refused&before=7").choice,
            Filter { only: Some(Became::Refused), before: Some(7) }
        );
        assert_eq!(View::of("show=%00&before=-1&x").choice, Filter::default());
    }
}
