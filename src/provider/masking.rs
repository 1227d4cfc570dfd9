//! Keys and signatures taken out of a text that a receiver gave back, however it spelt them.
//!
//! The text is read once, as the letters and digits in it: escapes of URLs, JSON and HTML are undone, and what stands
//! between two digits does not count. Where sixteen of them in a row are part of a secret, the word around is taken out.

use std::collections::HashMap;
use std::ops::Range;

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;

/// Letters and digits of a secret that give it away: the rest can be tried.
const TELLING: usize = 16;

const KEY: &str = "(key)";
const SIGNATURE: &str = "(signature)";

/// The text without the key and without these signatures, in any of their spellings.
pub(super) fn mask(text: &str, key: &str, signatures: &[String]) -> String {
    // Sent without a key, on purpose, there is none to hide.
    let text = if key.is_empty() { text.to_owned() } else { text.replace(key, KEY) };
    if text.len() < TELLING {
        return text;
    }
    let mut parts = Parts::default();
    parts.add(key.as_bytes(), key, KEY);
    for signature in signatures.iter().filter(|signature| !signature.is_empty()) {
        parts.add(&super::signature::unhex(signature), signature, SIGNATURE);
        parts.add(signature.as_bytes(), signature, SIGNATURE);
    }
    replaced(&text, hits(&text, &parts))
}

/// Every sixteen letters and digits in a row of every spelling, and what they are a part of.
#[derive(Default)]
struct Parts {
    known: HashMap<u128, &'static str>,
    /// The last two letters of each: most of a text is told by them.
    ends: HashMap<u16, ()>,
}

impl Parts {
    fn add(&mut self, bytes: &[u8], written: &str, name: &'static str) {
        let each = |show: fn(&u8) -> String| bytes.iter().map(show).collect::<String>();
        for spelling in [
            written.to_owned(),
            BASE64_STANDARD_NO_PAD.encode(bytes),
            each(|byte| format!("{byte:02x}")),
            each(|byte| format!("{byte}")),
            each(|byte| format!("0x{byte:02x}")),
            each(|byte| format!("0x{byte:x}")),
            each(|byte| format!("x{byte:02x}")),
        ] {
            let mut window = Window::default();
            for letter in spelling.bytes().filter(u8::is_ascii_alphanumeric) {
                if let Some(part) = window.push(letter) {
                    self.known.entry(part).or_insert(name);
                    self.ends.insert(end(part), ());
                }
            }
        }
    }

    fn get(&self, part: u128) -> Option<&'static str> {
        self.ends.get(&end(part))?;
        self.known.get(&part).copied()
    }
}

fn end(part: u128) -> u16 {
    let [.., first, second] = part.to_be_bytes();
    u16::from_be_bytes([first, second])
}

/// The last sixteen letters.
#[derive(Default)]
struct Window {
    letters: u128,
    count: usize,
}

impl Window {
    fn push(&mut self, letter: u8) -> Option<u128> {
        self.letters = self.letters << 8 | u128::from(letter.to_ascii_lowercase());
        self.count += 1;
        (self.count >= TELLING).then_some(self.letters)
    }
}

/// The stretches of the text that are part of a secret, in their order; they may overlap.
fn hits(text: &str, parts: &Parts) -> Vec<(Range<usize>, &'static str)> {
    let bytes = text.as_bytes();
    let mut hits: Vec<(Range<usize>, &'static str)> = Vec::new();
    let mut window = Window::default();
    let mut starts = [0_usize; TELLING];
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let (letter, length) = match byte {
            b'%' | b'\\' | b'&' => escape(bytes, at).unwrap_or((*byte, 1)),
            _ => (*byte, 1),
        };
        if letter.is_ascii_alphanumeric() {
            let slot = window.count % TELLING;
            if let Some(start) = starts.get_mut(slot) {
                *start = at;
            }
            let found = window.push(letter).and_then(|part| parts.get(part));
            // The oldest of the sixteen is the one that is overwritten next.
            let start = starts.get(window.count % TELLING).copied().unwrap_or_default();
            if let Some(name) = found {
                match hits.last_mut() {
                    Some((range, _)) if start <= range.end => range.end = at + length,
                    _ => hits.push((start..at + length, name)),
                }
            }
        }
        at += length;
    }
    hits
}

/// The character that an escape stands for, and the bytes that it takes: `%41`, `\u0041`, `\x41`, `&#65;`, `&#x41;`.
fn escape(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let rest = bytes.get(at..)?;
    let number = |digits: &[u8], radix| u8::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok();
    match rest {
        [b'%', b'2', b'5', high, low, ..] if high.is_ascii_hexdigit() => {
            Some((number(&[*high, *low], 16)?, 5))
        }
        [b'%', high, low, ..] => Some((number(&[*high, *low], 16)?, 3)),
        [b'\\', b'u', b'0', b'0', high, low, ..] => Some((number(&[*high, *low], 16)?, 6)),
        [b'&', b'#', digits @ ..] => {
            let length = digits.iter().take(6).position(|byte| *byte == b';')?;
            let digits = digits.get(..length)?;
            let value = match digits {
                [b'x' | b'X', digits @ ..] => number(digits, 16)?,
                digits => number(digits, 10)?,
            };
            Some((value, length + 3))
        }
        // An escaped newline and the like is not a letter.
        [b'\\', b'n' | b't' | b'r', ..] => Some((b' ', 2)),
        _ => None,
    }
}

/// The text with the words around these stretches taken out.
fn replaced(text: &str, hits: Vec<(Range<usize>, &'static str)>) -> String {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (range, name) in hits {
        let (before, after) = (bytes.get(..range.start), bytes.get(range.end..));
        let left = before.unwrap_or_default().iter().rev().take_while(|byte| inner(byte)).count();
        let right = after.unwrap_or_default().iter().take_while(|byte| inner(byte)).count();
        let (start, end) = (range.start - left, range.end + right);
        if start >= done {
            out.push_str(text.get(done..start).unwrap_or_default());
            out.push_str(name);
        }
        done = done.max(end);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "canaryK3y0123456789ABCDEFabcdef0";
    const SIGN: &str = "ab0c54f29e871d3360f1c2a4b5967788";

    #[test]
    fn a_secret_is_taken_out_however_it_is_spelt() {
        let spelt = |text: &str| -> Vec<String> {
            let each = |show: &dyn Fn(u8) -> String| text.bytes().map(show).collect::<Vec<_>>();
            let pairs: Vec<String> =
                text.as_bytes().chunks(2).map(|p| String::from_utf8_lossy(p).into()).collect();
            let eights: Vec<String> =
                text.as_bytes().chunks(8).map(|p| String::from_utf8_lossy(p).into()).collect();
            let hex = each(&|byte| format!("{byte:02x}"));
            vec![
                text.to_owned(),
                text.to_uppercase(),
                text.to_lowercase(),
                hex.concat(),
                hex.concat().to_uppercase(),
                BASE64_STANDARD_NO_PAD.encode(text),
                each(&|byte| format!("%{byte:02X}")).concat(),
                each(&|byte| format!("%25{byte:02X}")).concat(),
                each(&|byte| format!("\\u{byte:04x}")).concat(),
                each(&|byte| format!("&#{byte};")).concat(),
                each(&|byte| format!("&#x{byte:x};")).concat(),
                each(&|byte| byte.to_string()).join(" "),
                each(&|byte| byte.to_string()).join(", "),
                pairs.join(":"),
                pairs.join(" "),
                eights.join("-"),
                eights.join("\n"),
                eights.join("\\n"),
            ]
        };
        for (secret, name) in [(SECRET, KEY), (SIGN, SIGNATURE)] {
            for spelling in spelt(secret) {
                let text = format!("expected {{\"x\":\"{spelling}\",\"code\":1}}");
                let masked = mask(&text, SECRET, &[SIGN.to_owned()]);
                assert!(masked.contains(name) && !masked.contains(&spelling), "{spelling}: {masked}");
                assert!(masked.contains("expected") && masked.contains("\"code\":1"), "{masked}");
            }
        }
        let bytes: Vec<String> = super::super::signature::unhex(SIGN).iter().map(u8::to_string).collect();
        let masked = mask(&format!("[{}]", bytes.join(" ")), SECRET, &[SIGN.to_owned()]);
        assert_eq!(masked, "[(signature)]");
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        let text = "日本 %41 &#65; \\u0041 ab0c54f29e871d3 \u{feff} \\ % & {\"code\":0}";
        assert_eq!(mask(text, SECRET, &[SIGN.to_owned()]), text);
        assert_eq!(mask("no secret at all in here", "", &[]), "no secret at all in here");
        let damaged = format!("a={}Z&b=1", &SIGN[..31]);
        assert_eq!(mask(&damaged, SECRET, &[SIGN.to_owned()]), "a=(signature)&b=1");
    }

    #[test]
    fn a_large_answer_without_secrets_is_left_as_it_is() {
        let text = "qwertyuiopasdfgh ".repeat(1 << 16);
        assert_eq!(mask(&text, SECRET, &[SIGN.to_owned()]).len(), text.len());
    }
}
