//! A capture read from its beginning to its end, in whichever form it is.

use std::fmt;
use std::io::{BufRead, Read};

use serde_json::{Map, Value};

use super::{CaptureFormat, CapturedRequest, access_log, curl, har, http, lines};
use crate::number;
use crate::stretch::Stretches;

/// Largest body, line or raw request file that is read, in bytes.
const LONGEST: u64 = 16 << 20;

/// Most lines that are named one by one.
const MOST_PLACES: usize = 10;

/// The byte order mark.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Answer of a consumer: stop, or read more requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enough {
    /// They are not.
    Yes,
    /// They are.
    No,
}

/// Something in a capture that cannot be read: where, what, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct CaptureError {
    /// `file:line`, or the file.
    pub place: String,
    /// The error, for a person.
    pub what: String,
    /// Hint for fixing it; empty if the error says enough.
    pub fix: String,
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fix = if self.fix.is_empty() { String::new() } else { format!("; {}", self.fix) };
        write!(f, "{}: {}{fix}", self.place, self.what)
    }
}

/// Reads a capture of this form and gives each request with its number and place. A record is not read here.
///
/// Gives what is to be said of it all the same: a last line was cut off, as by a kill, or lines of an access log are something
/// else; they are left out.
///
/// # Errors
/// The first thing that cannot be read.
pub fn read(
    format: CaptureFormat,
    name: &str,
    mut input: impl BufRead,
    mut take: impl FnMut(CapturedRequest) -> Enough,
) -> Result<Vec<String>, CaptureError> {
    // Some editors put it before a text; a body is left as it is.
    let mark = input.fill_buf().is_ok_and(|start| start.starts_with(MARK)) && format != CaptureFormat::Body;
    input.consume(if mark { MARK.len() } else { 0 });
    let mut number = 0_u64;
    let mut give = |mut request: CapturedRequest| {
        number += 1;
        request.id = number.to_string();
        request.place = match request.place.as_str() {
            "" => name.to_owned(),
            place => format!("{name}:{place}"),
        };
        take(request)
    };
    let file = |what: String, fix: &str| CaptureError { place: name.into(), what, fix: fix.into() };
    match format {
        CaptureFormat::Capture => of_lines(name, input, lines::read, Strange::IsWrong, give),
        CaptureFormat::AccessLog => of_lines(name, input, access_log_line, Strange::IsLeftOut, give),
        CaptureFormat::Url => of_lines(name, input, http::of_url, Strange::IsWrong, give),
        CaptureFormat::Bodies => of_lines(name, input, body_line, Strange::IsWrong, give),
        CaptureFormat::Har => {
            let cut = |error: serde_json::Error| CaptureError {
                place: format!("{name}:{}:{}", error.line(), error.column()),
                what: lines::without_place(&error),
                fix: if error.is_eof() {
                    "the end is missing: was it cut off?".into()
                } else {
                    String::new()
                },
            };
            let mut any = false;
            let mut take = |request| {
                any = true;
                give(request) == Enough::No
            };
            let entries = har::read(input, &mut take).map_err(cut)?;
            Ok(if any { Vec::new() } else { vec![without_bodies(name, entries)] })
        }
        CaptureFormat::Http => {
            let bytes = whole(input).map_err(|why| file(why, ""))?;
            requests(name, &bytes, give)?;
            Ok(Vec::new())
        }
        CaptureFormat::Curl => {
            let bytes = whole(input).map_err(|why| file(why, ""))?;
            let wrong = |(line, what)| CaptureError {
                place: format!("{name}:{line}"),
                what,
                fix: "give what it wrote, or the request as it came: head and body".into(),
            };
            give(curl::read(&bytes).map_err(wrong)?);
            Ok(Vec::new())
        }
        CaptureFormat::Body | CaptureFormat::Record => {
            let bytes = whole(input).map_err(|why| file(why, ""))?;
            if bytes.is_empty() {
                return Err(file("the file is empty".into(), "give a file with a body or a capture"));
            }
            give(CapturedRequest { body: Some(bytes.into()), ..CapturedRequest::default() });
            Ok(Vec::new())
        }
    }
}

/// Words about an archive of which no request has a body.
fn without_bodies(name: &str, entries: u64) -> String {
    let what = match entries {
        0 => return format!("{name}: there is no request in this archive"),
        1 => "its request has no body".to_owned(),
        n => format!("none of its {n} requests has a body"),
    };
    format!(
        "{name}: {what}, and a callback is a POST with one; was the archive saved without content? \
         A callback that is the query of a GET is given by its URL"
    )
}

fn whole(input: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    input.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    match number::capped::<u64>(bytes.len()) > LONGEST {
        true => Err(format!("it is larger than {} MiB", LONGEST >> 20)),
        false => Ok(bytes),
    }
}

/// Raw requests, one behind the other; what stands between them may be empty lines.
fn requests(
    name: &str,
    bytes: &[u8],
    mut give: impl FnMut(CapturedRequest) -> Enough,
) -> Result<(), CaptureError> {
    let mut at = 0;
    loop {
        let rest = bytes.stretch(at..);
        let start = at + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let rest = bytes.stretch(start..);
        if rest.is_empty() {
            return Ok(());
        }
        let line = 1 + bytes.iter().take(start).filter(|byte| **byte == b'\n').count();
        let (mut request, length) = http::first(rest).map_err(|(what, fix)| CaptureError {
            place: format!("{name}:{line}"),
            what,
            fix,
        })?;
        request.place = line.to_string();
        if give(request) == Enough::Yes {
            return Ok(());
        }
        at = start + length;
    }
}

/// Treatment of a line that is not one of the format.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strange {
    /// One program writes the file: it is damaged.
    IsWrong,
    /// Servers write other things between the requests.
    IsLeftOut,
}

/// Reader of one line.
type ReadLine = fn(&[u8]) -> Result<CapturedRequest, String>;

fn of_lines(
    name: &str,
    mut input: impl BufRead,
    read: ReadLine,
    strange: Strange,
    mut give: impl FnMut(CapturedRequest) -> Enough,
) -> Result<Vec<String>, CaptureError> {
    let (mut line, mut told, mut left_out, mut any) = (Vec::new(), Vec::new(), Vec::new(), false);
    for number in 1_u64.. {
        line.clear();
        let wrong =
            |what: String| CaptureError { place: format!("{name}:{number}"), what, fix: String::new() };
        let read_in = input.by_ref().take(LONGEST).read_until(b'\n', &mut line);
        if read_in.map_err(|error| wrong(error.to_string()))? == 0 {
            break;
        }
        if number::capped::<u64>(line.len()) >= LONGEST {
            return Err(wrong(format!("the line is longer than {} MiB", LONGEST >> 20)));
        }
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        match read(text) {
            Ok(request) => {
                any = true;
                if give(CapturedRequest { place: number.to_string(), ..request }) == Enough::Yes {
                    break;
                }
            }
            // A line is written in one piece with its newline; a kill tears at most the last one.
            Err(_) if !line.ends_with(b"\n") => {
                told.push(format!("{name}:{number}: the last line is cut off, and is left out"));
            }
            Err(what) if strange == Strange::IsLeftOut => left_out.push(wrong(what)),
            Err(what) => return Err(wrong(what)),
        }
    }
    if !any && !left_out.is_empty() {
        return Err(left_out.swap_remove(0));
    }
    told.extend(of_left_out(&left_out));
    Ok(told)
}

/// The lines that were left out, each with its place as far as there are few.
fn of_left_out(left_out: &[CaptureError]) -> Option<String> {
    let places: Vec<&str> = left_out.iter().take(MOST_PLACES).map(|error| error.place.as_str()).collect();
    let more = left_out.len().saturating_sub(MOST_PLACES);
    match (left_out.len(), more) {
        (0, _) => None,
        (1, _) => Some(format!("{}: this is not a line of the log, and is left out", places.join(""))),
        (count, 0) => {
            Some(format!("{count} lines are not lines of the log, and are left out: {}", places.join(", ")))
        }
        (count, more) => Some(format!(
            "{count} lines are not lines of the log, and are left out: {} and {more} more",
            places.join(", ")
        )),
    }
}

fn access_log_line(line: &[u8]) -> Result<CapturedRequest, String> {
    access_log::line(line).ok_or_else(|| {
        "this is not a line of an access log; expected nginx's combined format, or JSON with a time, a path and a status"
            .to_owned()
    })
}

fn body_line(line: &[u8]) -> Result<CapturedRequest, String> {
    serde_json::from_slice::<Map<String, Value>>(line).map_err(|error| lines::said(&error))?;
    Ok(CapturedRequest { body: Some(line.to_vec().into()), ..CapturedRequest::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Id, place and path of each request, and its body; and how the reading ended.
    type Seen = (Vec<(String, String)>, Result<Vec<String>, String>);

    fn all(format: CaptureFormat, text: &str) -> Seen {
        let mut seen = Vec::new();
        let ended = read(format, "f", text.as_bytes(), |request| {
            let body = request.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default().into_owned();
            seen.push((format!("{} {} {}", request.id, request.place, request.path), body));
            Enough::No
        });
        (seen, ended.map_err(|error| error.to_string()))
    }

    #[test]
    fn raw_requests_are_read_one_behind_the_other() {
        let text = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}\n\nPOST http://h/b?c HTTP/1.1\n\n[1]\n";
        let (seen, ended) = all(CaptureFormat::Http, text);
        let expected = [("1 f:1 /a".into(), "{}".into()), ("2 f:7 /b?c".into(), "[1]\n".into())];
        assert_eq!((seen, ended), (expected.to_vec(), Ok(Vec::new())));
        let (_, cut) = all(CaptureFormat::Http, "POST /a HTTP/1.1\r\nContent-Length: 9\r\n\r\n{}");
        assert!(cut.unwrap_err().starts_with("f:1: 2 of 9 bytes of the body are there"));
    }

    #[test]
    fn an_archive_is_read_for_its_requests_with_a_body() {
        let entry = |request: &str| {
            format!(
                "{{\"startedDateTime\":\"2026-11-24T14:10:25Z\",\"request\":{request},\"response\":{{\"status\":503,\"content\":{{}}}}}}"
            )
        };
        let get = entry(r#"{"method":"GET","url":"http://x/","headers":[]}"#);
        let post = entry(
            r#"{"method":"POST","url":"http://x/cb?a","headers":[],"postData":{"mimeType":"","text":"{}"}}"#,
        );
        let (seen, ended) = all(CaptureFormat::Har, &format!("{{\"log\":{{\"entries\":[{get},{post}]}}}}"));
        assert_eq!((seen, ended), (vec![("1 f:entry 2 /cb?a".into(), "{}".into())], Ok(Vec::new())));
        let (seen, _) = all(CaptureFormat::Har, &format!("\u{feff}{{\"log\":{{\"entries\":[{post}]}}}}"));
        assert_eq!(seen.len(), 1, "behind a byte order mark");
        let (_, cut) = all(CaptureFormat::Har, "{\"log\":{\"entries\":[");
        assert_eq!(cut.unwrap_err(), "f:1:19: EOF while parsing a list; the end is missing: was it cut off?");
    }

    #[test]
    fn a_last_line_that_is_cut_off_is_left_out_and_any_other_is_a_mistake() {
        let (seen, torn) = all(CaptureFormat::Bodies, "{\"a\":1}\n\n{\"a\":");
        assert_eq!(seen.len(), 1);
        assert_eq!(torn, Ok(vec!["f:3: the last line is cut off, and is left out".into()]));
        let (_, wrong) = all(CaptureFormat::AccessLog, "hello\n");
        assert!(wrong.unwrap_err().starts_with("f:1: this is not a line of an access log"));
    }

    #[test]
    fn lines_of_an_access_log_that_are_something_else_are_left_out_and_told_where_they_stand() {
        let line = "1 - - [24/Nov/2026:14:10:25 +0000] \"POST /cb HTTP/1.1\" 503 2\n";
        let (seen, told) = all(CaptureFormat::AccessLog, &format!("{line}oops\n{line}"));
        assert_eq!(seen.len(), 2);
        assert_eq!(told.unwrap(), ["f:2: this is not a line of the log, and is left out"]);
        let (seen, told) = all(CaptureFormat::AccessLog, &format!("{}{line}cut", "oops\n".repeat(12)));
        assert_eq!(seen.len(), 1);
        let told = told.unwrap().join("\n");
        assert!(told.contains("f:14: the last line is cut off"), "{told}");
        assert!(
            told.contains("12 lines are not lines of the log") && told.contains("f:10 and 2 more"),
            "{told}"
        );
    }
}
