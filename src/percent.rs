//! Percent-encoding of URLs.

/// The text with every byte written as `%20` that is not a letter or digit of ASCII.
pub fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

/// The text with every `%20` read. Other text stays; bytes that are not UTF-8 become U+FFFD.
pub fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let byte = match after {
            [high, low, ..] if *first == b'%' => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match byte {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(letter: u8) -> Option<u8> {
    u8::try_from(char::from(letter).to_digit(16)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{decoded, encoded};

    #[test]
    fn what_is_no_escape_stays_as_it_is() {
        assert_eq!(encoded("a b/ü%"), "a%20b%2F%C3%BC%25");
        for (text, read) in [
            ("a%20b", "a b"),
            ("%C3%BC%c3%bc", "üü"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz%41", "%zzA"),
            ("%%41", "%A"),
            ("%ff", "\u{fffd}"),
            ("a+b", "a+b"),
            ("%2541", "%41"),
        ] {
            assert_eq!(decoded(text), read);
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_read_again(text in ".*") {
            prop_assert_eq!(decoded(&encoded(&text)), text);
        }
    }
}
