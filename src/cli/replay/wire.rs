//! Parts of a captured request that no request line and no header can hold.
//!
//! A program that wrote the capture may have let through what somebody sent it. Sent as they stand, a line break in a path or a value
//! would begin headers, or a request, of its own.

use crate::capture::CapturedRequest;
use crate::cli::exit::Refused;
use crate::report::inert;

/// Refuses a request that cannot be written as one.
///
/// # Errors
/// It holds such a part.
pub(super) fn sendable(request: &CapturedRequest) -> Result<(), Refused> {
    match torn(request) {
        None => Ok(()),
        Some(what) => Err(Refused::usage(format!(
            "{}: {what}, which no request can hold; correct the capture, or leave this request out with --id; nothing was sent",
            inert(&request.place)
        ))),
    }
}

/// Such a part, for a person; none where there is none.
fn torn(request: &CapturedRequest) -> Option<String> {
    if !request.method.bytes().all(is_token) {
        return Some(format!(
            "its method holds {}",
            named(request.method.bytes().find(|byte| !is_token(*byte))?)
        ));
    }
    if let Some(byte) = request.path.bytes().find(|byte| *byte <= b' ' || *byte == 0x7f) {
        return Some(format!("its path holds {}", named(byte)));
    }
    request.headers.iter().find_map(|(name, value)| {
        if let Some(byte) = name.bytes().find(|byte| !is_token(*byte)) {
            return Some(format!("the name of a header holds {}", named(byte)));
        }
        if name.is_empty() {
            return Some("a header has no name".to_owned());
        }
        let byte = value.iter().find(|byte| b"\r\n\0".contains(byte))?;
        Some(format!("the header `{name}` holds {}", named(*byte)))
    })
}

/// True for a byte of a method or of a header's name.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn named(byte: u8) -> String {
    match byte {
        b'\r' | b'\n' => "a line break".into(),
        b' ' => "a space".into(),
        0 => "a zero byte".into(),
        b'\t' => "a tab".into(),
        byte if byte.is_ascii_graphic() => format!("`{}`", char::from(byte)),
        byte => format!("the byte 0x{byte:02x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_tear_a_request_is_named_and_the_rest_is_left_alone() {
        let request = |path: &str, name: &str, value: &[u8]| CapturedRequest {
            method: "POST".into(),
            path: path.into(),
            headers: vec![(name.into(), value.to_vec())],
            ..CapturedRequest::default()
        };
        for (path, name, value, what) in [
            ("/cb\r\nEvil: 1", "a", b"b".as_slice(), "its path holds a line break"),
            ("/cb d", "a", b"b", "its path holds a space"),
            ("/cb", "a", b"b\r\nEvil: 1", "the header `a` holds a line break"),
            ("/cb", "a", b"b\nc", "the header `a` holds a line break"),
            ("/cb", "a", b"\0", "the header `a` holds a zero byte"),
            ("/cb", "a: b\r\nc", b"", "the name of a header holds `:`"),
            ("/cb", "", b"", "a header has no name"),
        ] {
            assert_eq!(torn(&request(path, name, value)).as_deref(), Some(what), "{path}");
        }
        assert_eq!(torn(&request("/\u{76f4}?a=%0d%0a&b='\"", "X-A_b", b"\xff \tx")), None);
    }
}
