//! Percent-encoding of URLs.

use serde_json::{Map, Value};

use crate::stretch::Stretches;

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
                rest = after.stretch(2..);
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// These names and texts as a query.
pub fn query(pairs: impl IntoIterator<Item = (impl AsRef<str>, String)>) -> String {
    let pair = |(name, text): (_, String)| format!("{}={}", encoded(AsRef::as_ref(&name)), encoded(&text));
    pairs.into_iter().map(pair).collect::<Vec<_>>().join("&")
}

/// A value as a text: a string is its own.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The fields of a query, each a text. Of a name that stands twice the last value counts.
pub fn fields(query: &str) -> Map<String, Value> {
    let plain = |text: &str| decoded(&text.replace('+', " "));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (plain(name), plain(value).into())).collect()
}

/// A query in which the value of this name is changed; none where it has no such name. Of a name that stands twice the last one is
/// changed: what a target has of its own stands before it.
pub fn with_value(query: &str, name: &str, change: impl Fn(&str) -> String) -> Option<String> {
    let pairs: Vec<&str> = query.split('&').collect();
    let named = |pair: &&str| pair.split_once('=').filter(|(own, _)| decoded(own) == name).is_some();
    let at = pairs.iter().rposition(named)?;
    let changed = pairs.iter().enumerate().map(|(n, pair)| match pair.split_once('=') {
        Some((own, value)) if n == at => format!("{own}={}", encoded(&change(&decoded(value)))),
        _ => (*pair).to_owned(),
    });
    Some(changed.collect::<Vec<_>>().join("&"))
}

fn digit(letter: u8) -> Option<u8> {
    u8::try_from(char::from(letter).to_digit(16)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{decoded, encoded, with_value};

    #[test]
    fn one_value_of_a_query_is_changed_and_no_other_byte() {
        let more = |old: &str| format!("{old} more");
        for (query, name, changed) in [
            ("a=1&b=%32&c", "b", Some("a=1&b=2%20more&c")),
            ("a=1&a=2", "a", Some("a=1&a=2%20more")),
            ("%61=1", "a", Some("%61=1%20more")),
            ("a", "a", None),
            ("", "a", None),
        ] {
            assert_eq!(with_value(query, name, more).as_deref(), changed);
        }
    }

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
