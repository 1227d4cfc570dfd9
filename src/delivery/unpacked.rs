//! Text for a person in the place of a body that is not text.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::record::ANSWER_KEPT;

/// First bytes of what gzip wrote.
pub(super) const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Share of a body, in bytes, from which on it is not text, if they are control characters or not UTF-8: one in this many.
const TEXT: usize = 8;

/// Text for a body that a person could not read as it came: unpacked, where gzip packed it, and otherwise its size. None = it is
/// text.
pub(super) fn unpacked(body: &[u8]) -> Option<String> {
    if body.starts_with(&GZIP) {
        let mut text = Vec::new();
        // The kept part and one byte more, so that the cut is noticed; a bomb is not inflated further. An end that is missing leaves
        // what came before it.
        let _ = MultiGzDecoder::new(body).take(ANSWER_KEPT as u64 + 1).read_to_end(&mut text);
        let said = if !text.is_empty() && is_text(&text) {
            String::from_utf8_lossy(&text)
        } else {
            size(&text).into()
        };
        return Some(format!("(compressed with gzip) {said}"));
    }
    (!is_text(body)).then(|| size(body))
}

fn size(body: &[u8]) -> String {
    format!("({} bytes that are not text)", body.len())
}

fn is_text(body: &[u8]) -> bool {
    let shown = body.get(..ANSWER_KEPT).unwrap_or(body);
    let text = String::from_utf8_lossy(shown);
    let odd = |c: &char| *c == '\u{fffd}' || c.is_control() && !c.is_whitespace();
    text.chars().filter(odd).count() * TEXT <= text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn packed(body: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_body_that_gzip_packed_is_shown_unpacked() {
        let said = unpacked(&packed(br#"{"code":1}"#));
        assert_eq!(said.as_deref(), Some(r#"(compressed with gzip) {"code":1}"#));
    }

    #[test]
    fn a_bomb_is_unpacked_no_further_than_it_is_shown() {
        let said = unpacked(&packed(&vec![b'a'; 50_000_000])).unwrap();
        assert!(said.len() < ANSWER_KEPT + 100, "{}", said.len());
    }

    #[test]
    fn a_packed_body_without_its_end_is_shown_as_far_as_it_came() {
        let whole = packed(&(0..2000).flat_map(|n: u32| n.to_string().into_bytes()).collect::<Vec<_>>());
        let said = unpacked(&whole[..whole.len() / 2]).unwrap();
        assert!(said.starts_with("(compressed with gzip) 0123"), "{said}");
    }

    #[test]
    fn bytes_that_are_not_text_are_counted_and_text_in_another_encoding_is_left_alone() {
        assert_eq!(unpacked(&[0, 159, 146, 150, 7]).as_deref(), Some("(5 bytes that are not text)"));
        for text in
            [&b"ok"[..], b"", b"{\"msg\": \"caf\xe9 is closed\"}", "\u{feff}{}".as_bytes(), b"a\r\n\tb"]
        {
            assert_eq!(unpacked(text), None, "{text:?}");
        }
    }
}
