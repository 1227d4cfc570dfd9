//! A callback as `curl --config` reads it: headers and body, signed at this moment.

use crate::request::RawRequest;

/// Headers that the client makes itself.
const MADE: [&str; 4] = ["host", "content-length", "connection", "transfer-encoding"];

/// The options of a request to this URL.
pub(super) fn config(request: &RawRequest, url: Option<&str>) -> String {
    let mut out = String::new();
    let mut option = |name: &str, value: &str| {
        out.push_str(&format!("{name} = {}\n", quoted(value)));
    };
    if let Some(url) = url {
        let query = String::from_utf8_lossy(&request.target);
        let query = if url.contains('?') { query.replacen('?', "&", 1) } else { query.into_owned() };
        option("url", &format!("{url}{query}"));
    }
    for (name, value) in &request.headers {
        let (name, value) = (String::from_utf8_lossy(name), String::from_utf8_lossy(value));
        if !MADE.contains(&name.to_lowercase().as_str()) {
            option("header", &format!("{name}: {value}"));
        }
    }
    // Without this line the client names a type of its own.
    let typed = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(b"content-type"));
    if !typed && request.method != b"GET" {
        option("header", "Content-Type:");
    }
    option("request", &String::from_utf8_lossy(&request.method));
    if request.method != b"GET" {
        option("data-raw", &String::from_utf8_lossy(&request.body));
    }
    out
}

/// A text as a value of that file.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_value_may_not_hold_is_escaped_and_what_curl_makes_is_left_out() {
        let headers = [("X-A".to_owned(), b"a\"b".to_vec()), ("Content-Length".to_owned(), b"1".to_vec())];
        let request = RawRequest::new("h", "", &headers, b"{\"a\":\t\"\\n\"}\n".to_vec(), String::new());
        let told = config(&request, Some("http://h/"));
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(
            lines,
            [
                "url = \"http://h/\"",
                r#"header = "X-A: a\"b""#,
                r#"header = "Content-Type:""#,
                "request = \"POST\"",
                r#"data-raw = "{\"a\":\t\"\\n\"}\n""#,
            ]
        );
    }
}
