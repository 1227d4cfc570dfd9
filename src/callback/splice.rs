//! Places in the bytes of a JSON object: found without reading the rest, so that one value can be changed and every other byte
//! stays as it is.
//!
//! Lenient: what stands inside a value is skipped, not judged. A captured body need not be quite JSON to be sent again.

use std::ops::Range;

use crate::stretch::Stretches;

/// A member of an object, as it stands in the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name, unescaped.
    pub name: String,
    /// Bytes from the quote before the name to the end of the value.
    pub span: Range<usize>,
    /// The value.
    pub value: Range<usize>,
}

/// An object or a list, as it stands in the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// Members in their order; names of an object may repeat. Members of a list have no name.
    pub all: Vec<Member>,
    /// Offset of the closing bracket, in bytes.
    pub end: usize,
}

impl Members {
    /// The members of the JSON object that these bytes are. White space and a byte order mark may stand before it, anything
    /// behind it.
    pub fn of_object(bytes: &[u8]) -> Option<Self> {
        let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Self::within(bytes, start..bytes.len()).filter(|_| bytes.get(space(bytes, start)) == Some(&b'{'))
    }

    /// The members of the object or list that begins in this range.
    pub fn within(bytes: &[u8], range: Range<usize>) -> Option<Self> {
        let mut at = space(bytes, range.start);
        let close = match bytes.get(at)? {
            b'{' => b'}',
            b'[' => b']',
            _ => return None,
        };
        at = space(bytes, at + 1);
        let mut all = Vec::new();
        while *bytes.get(at)? != close {
            let start = at;
            let mut name = String::new();
            if close == b'}' {
                let end = string(bytes, at)?;
                name = unescape(bytes.get(at + 1..end - 1)?);
                at = space(bytes, end);
                (bytes.get(at) == Some(&b':')).then_some(())?;
                at = space(bytes, at + 1);
            }
            let end = value(bytes, at)?;
            all.push(Member { name, span: start..end, value: at..end });
            at = space(bytes, end);
            match bytes.get(at)? {
                // A comma before the bracket is forgiven.
                b',' => at = space(bytes, at + 1),
                byte if *byte == close => {}
                _ => return None,
            }
        }
        (at < range.end).then_some(Self { all, end: at })
    }

    /// The last member of this name: most readers take that one.
    pub fn get(&self, name: &str) -> Option<&Member> {
        self.all.iter().rev().find(|member| member.name == name)
    }
}

/// The text of a value: a string without quotes and escapes, everything else as it stands.
pub fn text(bytes: &[u8], value: &Range<usize>) -> String {
    let bytes = bytes.stretch(value.clone());
    match bytes {
        [b'"', inner @ .., b'"'] => unescape(inner),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Puts new bytes into the place of these.
pub fn replace(bytes: &mut Vec<u8>, range: Range<usize>, new: &[u8]) {
    let end = range.end.min(bytes.len());
    bytes.splice(range.start.min(end)..end, new.iter().copied());
}

/// Takes a member away, and a comma beside it.
pub fn remove(bytes: &mut Vec<u8>, members: &Members, index: usize) {
    let Some(member) = members.all.get(index) else { return };
    let range =
        match (index.checked_sub(1).and_then(|before| members.all.get(before)), members.all.get(index + 1)) {
            (_, Some(next)) => member.span.start..next.span.start,
            (Some(before), None) => before.span.end..member.span.end,
            (None, None) => member.span.clone(),
        };
    replace(bytes, range, b"");
}

fn space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|byte| b" \t\r\n".contains(byte)) {
        at += 1;
    }
    at
}

/// The end of the string that begins here.
fn string(bytes: &[u8], at: usize) -> Option<usize> {
    (bytes.get(at) == Some(&b'"')).then_some(())?;
    let mut at = at + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The end of the value that begins here; brackets inside are counted, not matched by kind.
fn value(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    let mut depth = 0_usize;
    loop {
        match bytes.get(at)? {
            b'"' => {
                at = string(bytes, at)?;
                if depth == 0 {
                    return Some(at);
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => break,
            b'}' | b']' if depth == 1 => return Some(at + 1),
            b'}' | b']' => depth -= 1,
            b',' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => break,
            _ => {}
        }
        at += 1;
    }
    (at > start).then_some(at)
}

/// The text behind the inside of a JSON string. What is not an escape stays as it is.
fn unescape(inner: &[u8]) -> String {
    let text = String::from_utf8_lossy(inner);
    if !text.contains('\\') {
        return text.into_owned();
    }
    if let Ok(text) = serde_json::from_str(&format!("\"{text}\"")) {
        return text;
    }
    let mut units: Vec<u16> = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let mut buffer = [0; 2];
        if c != '\\' {
            units.extend_from_slice(c.encode_utf16(&mut buffer));
            continue;
        }
        let digits = chars.as_str().get(1..5).and_then(|digits| u16::from_str_radix(digits, 16).ok());
        match (chars.next(), digits) {
            (Some('u'), Some(unit)) => {
                units.push(unit);
                chars.nth(3);
            }
            (Some('n'), _) => units.push(10),
            (Some('t'), _) => units.push(9),
            (Some('r'), _) => units.push(13),
            (Some('b'), _) => units.push(8),
            (Some('f'), _) => units.push(12),
            (Some(c), _) => units.extend_from_slice(c.encode_utf16(&mut buffer)),
            (None, _) => {}
        }
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Vec<(String, String)> {
        let found = Members::of_object(text.as_bytes()).unwrap();
        found.all.iter().map(|m| (m.name.clone(), text.get(m.value.clone()).unwrap().to_owned())).collect()
    }

    #[test]
    fn the_members_of_an_object_are_found_however_it_is_written() {
        let text = "\u{feff} { \"a\" : 1e2 , \"b\\u0063\":[{\"a\":\"}\"}, 2],\r\n\"d\":\"x\\\"y,}\" , \"a\":NaN}\n\njunk";
        let expected = [("a", "1e2"), ("bc", "[{\"a\":\"}\"}, 2]"), ("d", "\"x\\\"y,}\""), ("a", "NaN")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(members(text), expected);
        assert_eq!(members("{}"), []);
        assert_eq!(members("{\"a\":{},}").len(), 1);
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(Members::of_object(deep.as_bytes()).unwrap().all.len(), 1);
    }

    #[test]
    fn what_is_not_an_object_has_no_members() {
        for text in [
            "",
            "[1]",
            "\"{}\"",
            "{",
            "{\"a\"}",
            "{\"a\":1",
            "{\"a\":\"",
            "{a:1}",
            "{\"a\":}",
            "{\"a\":1 2}",
            "\\",
        ] {
            assert_eq!(Members::of_object(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_string_is_unescaped_also_when_it_is_half_a_pair() {
        let text_of = |inner: &str| text(format!("\"{inner}\"").as_bytes(), &(0..inner.len() + 2));
        assert_eq!(text_of("a\\/b\\u0041\\n"), "a/bA\n");
        assert_eq!(text_of("\\ud83c\\udfa5"), "🎥");
        assert_eq!(text_of("\\ud800x\\q"), "\u{fffd}xq");
        assert_eq!(text(b"12345678901234567890123", &(0..23)), "12345678901234567890123");
    }

    #[test]
    fn a_member_goes_with_its_comma() {
        for (index, rest) in
            [(0, "{ \"b\":2 , \"c\":3 }"), (1, "{ \"a\":1, \"c\":3 }"), (2, "{ \"a\":1, \"b\":2 }")]
        {
            let mut bytes = b"{ \"a\":1, \"b\":2 , \"c\":3 }".to_vec();
            let found = Members::of_object(&bytes).unwrap();
            remove(&mut bytes, &found, index);
            assert_eq!(String::from_utf8(bytes).unwrap(), rest);
        }
    }
}
