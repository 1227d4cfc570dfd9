//! A request as the options of `curl --config`, which `plan --curl` writes.

use hyper::body::Bytes;

use super::CapturedRequest;
use super::http::parted;

/// Options that make a request.
const OPTIONS: [&str; 5] = ["url", "header", "request", "data-raw", "data-binary"];

/// These bytes begin with such an option.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or(bytes);
    std::str::from_utf8(line).is_ok_and(|line| option(line).is_some())
}

/// Name and value of a line.
fn option(line: &str) -> Option<(&'static str, String)> {
    let (name, value) = line.split_once('=')?;
    let name = OPTIONS.into_iter().find(|known| *known == name.trim())?;
    let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
    Some((name, unquoted(value)))
}

/// The text of a value in quotes.
fn unquoted(value: &str) -> String {
    let (mut out, mut escaped) = (String::with_capacity(value.len()), false);
    for c in value.chars() {
        match (escaped, c) {
            (false, '\\') => {
                escaped = true;
                continue;
            }
            (true, 'n') => out.push('\n'),
            (true, 'r') => out.push('\r'),
            (true, 't') => out.push('\t'),
            (_, c) => out.push(c),
        }
        escaped = false;
    }
    out
}

/// The request of all the options.
///
/// # Errors
/// A line is another option; which one.
pub(super) fn read(bytes: &[u8]) -> Result<CapturedRequest, (usize, String)> {
    let text = String::from_utf8_lossy(bytes);
    let mut request =
        CapturedRequest { method: "POST".into(), path: "/".into(), ..CapturedRequest::default() };
    let mut host = None;
    request.body = Some(Bytes::new());
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    for (index, line) in lines.filter(|(_, line)| !line.starts_with('#')) {
        let what = || "this is not an option of the kind that `hookreel plan --curl` writes".to_owned();
        let (name, value) = option(line).ok_or_else(|| (index + 1, what()))?;
        match name {
            "url" => {
                let (name, path) = parted(&value);
                host = (!name.is_empty()).then(|| name.to_owned());
                request.path = path.to_owned();
            }
            "request" => request.method = value,
            "header" => {
                // A name without a value takes a header away.
                let parts = value.split_once(':').filter(|(_, value)| !value.trim().is_empty());
                let header = parts.map(|(name, value)| (name.to_owned(), value.trim().as_bytes().to_vec()));
                request.headers.extend(header);
            }
            _ => request.body = Some(value.into_bytes().into()),
        }
    }
    let named = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
    let host = host.filter(|_| !named).map(|host| ("Host".to_owned(), host.into_bytes()));
    request.headers.extend(host);
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_of_curl_are_a_request() {
        let text = concat!(
            "url = \"http://127.0.0.1:9/cb?x=1\"\n",
            "header = \"Sign: a=b\"\nheader = \"Content-Type:\"\n# made now\n\n",
            "request = \"POST\"\ndata-raw = \"{\\\"a\\\":\\t\\\"\\\\n\\\"}\\n\"\n",
        );
        assert!(begins(text.as_bytes()) && !begins(b"{\"url\" = 1}") && !begins(b"request=x"));
        let request = read(text.as_bytes()).unwrap();
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/cb?x=1"));
        let headers: Vec<(String, String)> = request.header_texts().collect();
        assert_eq!(headers, [("Sign".into(), "a=b".into()), ("Host".into(), "127.0.0.1:9".into())]);
        assert_eq!(request.body.unwrap(), "{\"a\":\t\"\\n\"}\n");
        assert_eq!(read(b"url = \"http://a/\"\nproxy = \"x\"\n").unwrap_err().0, 2);
    }
}
