//! Texts that programs sign in the place of a body, or around it, and between the parts of a message.

use super::formula::{Formula, FormulaTerm, text};
use super::rewritten::Rewritten;
use super::spelling::Deviation;
use crate::callback::Encoding;
use crate::provider::signature::{Signature, SignedPart};

/// Words that a program has in its hands where it has no body.
const PLACEHOLDERS: [&str; 6] = ["{}", "null", "undefined", "None", "nil", "\"\""];

/// Texts in the place of a body, or the body with something around it.
pub(super) fn of(body: &[u8]) -> Vec<Rewritten> {
    let mut all = Vec::new();
    let mut add = |bytes: Vec<u8>, what: &str| all.push(Rewritten { bytes, what: what.to_owned() });
    add([body, b"\r\n"].concat(), "the body with a line end (CR LF) behind it");
    add([body, b"\n"].concat(), "the body with one more line end behind it");
    add([b"\xef\xbb\xbf", body].concat(), "the body with a byte order mark before it");
    add([body, b"\0"].concat(), "the body with a zero byte behind it");
    let lines = String::from_utf8_lossy(body);
    if lines.contains('\n') {
        let plain = lines.replace("\r\n", "\n");
        add(plain.replace('\n', "\r\n").into(), "the body with its line ends as CR LF");
        add(plain.into(), "the body with its line ends as LF");
    }
    add(
        bytes_of_python(body, '\'').into(),
        "the body as Python prints bytes (`str(body)`): decode it, or sign the bytes",
    );
    add(serde_json::Value::from(lines.as_ref()).to_string().into(), "the body as one JSON string, in quotes");
    add(
        Encoding::Base64.write(body).into(),
        "the body in base64, as the events of serverless platforms hold it (`isBase64Encoded`): decode it first",
    );
    for word in PLACEHOLDERS {
        add(
            word.into(),
            &format!(
                "`{word}`: the body was not there any more; read its raw bytes before anything parses it"
            ),
        );
    }
    all
}

/// `b'...'`, as Python prints bytes.
fn bytes_of_python(body: &[u8], usual: char) -> String {
    // It takes the other quote where the body has this one alone.
    let quote = if body.contains(&b'\'') && !body.contains(&b'"') { '"' } else { usual };
    let mut out = format!("b{quote}");
    for byte in body {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            byte if char::from(*byte) == quote => out.extend(['\\', quote]),
            byte if byte.is_ascii_graphic() || *byte == b' ' => out.push(char::from(*byte)),
            byte => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push(quote);
    out
}

/// Separators that programs put between the parts.
const BETWEEN: [(&str, &str); 9] = [
    (".", "`.`"),
    (":", "`:`"),
    ("|", "`|`"),
    ("\n", "a newline"),
    ("&", "`&`"),
    (",", "`,`"),
    ("-", "`-`"),
    ("_", "`_`"),
    (" ", "a space"),
];

/// The right parts of a message with something else between them.
pub(super) fn separated(signature: &Signature) -> Vec<Deviation<Formula>> {
    let between = |part: &SignedPart| matches!(part, SignedPart::Text(text) if text.len() <= 1);
    if !signature.message.iter().any(between) {
        return Vec::new();
    }
    let right = Formula::signed(signature);
    let with = |other: &str| {
        let terms = signature.message.iter().zip(&right.terms).map(|(part, term)| match between(part) {
            true => text(other),
            false => term.clone(),
        });
        Formula::of(terms.collect::<Vec<FormulaTerm>>())
    };
    let each = BETWEEN.into_iter().map(|(other, name)| {
        let what = format!("{name} stands between the parts");
        Deviation::new(with(other), what, "put between the parts what {formula} has there")
    });
    each.filter(|deviation| deviation.value != right).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_still_in_base64_is_tried() {
        // printf '{"a":1}' | base64
        let all = of(br#"{"a":1}"#);
        assert!(
            all.iter().any(|other| other.bytes == b"eyJhIjoxfQ==" && other.what.contains("isBase64Encoded"))
        );
    }

    #[test]
    fn bytes_are_printed_as_python_does() {
        // print(body), for the bytes on the left.
        assert_eq!(bytes_of_python(b"{\"a\":\"\xc3\xa9\\n\"}\n", '\''), r#"b'{"a":"\xc3\xa9\\n"}\n'"#);
        assert_eq!(bytes_of_python(b"it's", '\''), "b\"it's\"");
        assert_eq!(bytes_of_python(b"'\"", '\''), "b'\\'\"'");
    }
}
