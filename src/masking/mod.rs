//! Removal of secrets from everything that is shown or kept.
//!
//! [`Secrets`] holds all that one run knows of: keys, every signature that it made or could have made, secrets of headers and
//! addresses, and values from the environment. A text is read as the letters and digits in it: escapes of URLs, JSON and
//! HTML are undone, and what stands between two digits does not count. Where sixteen of them in a row are part of a secret,
//! in any of its spellings, the word around is taken out.

mod index;
mod letters;

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use serde_json::Value;

use index::Index;
use letters::Letters;

use crate::stretch::Stretches;

/// Stands in the place of a key.
const KEY: &str = "(key)";
/// Stands in the place of a signature.
const SIGNATURE: &str = "(signature)";
/// Stands in the place of any other secret.
const HIDDEN: &str = "(hidden)";

/// Letters and digits of a secret that give it away: the rest can be tried.
const TELLING: usize = 16;
/// The shortest value or password that is looked for, in bytes: a shorter one is in every other word.
const SHORTEST: usize = 4;
/// The shortest word of a header or of an address: `true`, `close` and the like are none.
const WORD: usize = 6;
/// Length that is searched behind the end of the kept text, in bytes, in addition to its longest secret: a secret may
/// start before that end.
const OVERLAP: usize = 1024;
/// The most bytes that one byte of a secret takes: `\u0041, ` and the like.
const SPELT: usize = 8;
/// Signatures of which every spelling is known; of older ones only hexadecimal and base64.
const RECENT: usize = 1000;

/// The secrets of one run. Clones share them.
#[derive(Clone, Default)]
pub struct Secrets(Arc<RwLock<Known>>);

/// Nothing of them.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

#[derive(Default)]
struct Known {
    /// Keys and values, to be found as they are written, however short they are: a very short one as a word of its own.
    written: Vec<(String, &'static str)>,
    /// Keys and values in all spellings.
    given: Index,
    /// Signatures as they are sent, and in base64.
    signatures: Index,
    /// The newest of them in all spellings, and the ones before.
    recent: [Index; 2],
    counted: usize,
    /// The longest secret, in bytes.
    longest: usize,
}

/// A part of a text that is to be taken out.
struct Hit {
    range: Range<usize>,
    name: &'static str,
    /// The word around goes with it.
    word: bool,
}

impl Secrets {
    /// Adds a key.
    pub fn key(&self, key: &str) {
        self.add(key, KEY, Some(TELLING));
    }

    /// Adds a password.
    pub fn password(&self, password: &str) {
        if password.len() >= SHORTEST {
            self.add(password, HIDDEN, Some(TELLING));
        }
    }

    /// Adds what stands in a header, or in a part of an address, and each long word of it.
    pub fn credentials(&self, text: &str) {
        for word in std::iter::once(text).chain(text.split([' ', ';', ',', '=', '"'])) {
            if word.len() >= WORD {
                self.add(word, HIDDEN, Some(TELLING));
            }
        }
    }

    /// Adds a value from the environment. It may be a secret, and as well a host's name, so it is looked for as a whole unless it
    /// looks drawn. An address with nothing secret in it stays as it is: errors name it.
    pub fn value(&self, value: &str) {
        if value.len() >= SHORTEST && !is_plain_address(value) {
            self.add(value, HIDDEN, looks_drawn(value).then_some(TELLING));
        }
    }

    fn add(&self, text: &str, name: &'static str, telling: Option<usize>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Sent without a key, on purpose, there is none to hide.
        if text.is_empty() || known.written.iter().any(|(written, as_)| written == text && *as_ == name) {
            return;
        }
        known.written.push((text.to_owned(), name));
        known.longest = known.longest.max(text.len());
        // Of a letter or two each word has one, and each number.
        if text.len() < SHORTEST {
            return;
        }
        for spelling in std::iter::once(text.to_owned()).chain(spellings(text.as_bytes())) {
            known.given.add(&spelling, name, telling);
        }
    }

    /// Adds a signature, in hexadecimal.
    pub fn signature(&self, signature: &str) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if signature.is_empty() || known.signatures.holds(signature) {
            return;
        }
        let bytes = digest(signature);
        known.longest = known.longest.max(signature.len());
        let hexadecimal = 2 * bytes.len() == signature.len();
        let other = (!bytes.is_empty()).then(|| match hexadecimal {
            true => BASE64_STANDARD_NO_PAD.encode(&bytes),
            false => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        });
        for spelling in std::iter::once(signature.to_owned()).chain(other) {
            known.signatures.add(&spelling, SIGNATURE, Some(TELLING));
        }
        if known.counted.is_multiple_of(RECENT) {
            known.recent.swap(0, 1);
            known.recent[0] = Index::default();
        }
        known.counted += 1;
        for spelling in spellings(&bytes).chain(spellings(signature.as_bytes())) {
            known.recent[0].add(&spelling, SIGNATURE, Some(TELLING));
        }
    }

    /// The text without any of them.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.head(text, text.len())
    }

    /// The same as a text of its own.
    pub fn masked(&self, text: &str) -> String {
        self.mask(text).into_owned()
    }

    /// The beginning of a text, about so many bytes, without any of them. What lies behind is not read, but as far as a secret
    /// may reach that begins before.
    pub fn head<'a>(&self, text: &'a str, most: usize) -> Cow<'a, str> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let overlap = OVERLAP + SPELT * known.longest;
        let end = boundary(text, most);
        let looked = boundary(text, most.saturating_add(overlap));
        let read = text.stretch(..looked);
        let hits = known.hits(read);
        match hits.is_empty() {
            true => Cow::Borrowed(text.stretch(..end)),
            false => Cow::Owned(without(read, end, hits)),
        }
    }

    /// Takes them out of every text and every name in a JSON value.
    pub fn clean_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.clean(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.clean_json(item)),
            Value::Object(members) => {
                if members.keys().any(|name| matches!(self.mask(name), Cow::Owned(_))) {
                    let all = std::mem::take(members).into_iter();
                    *members = all.map(|(name, member)| (self.masked(&name), member)).collect();
                }
                members.values_mut().for_each(|member| self.clean_json(member));
            }
            _ => {}
        }
    }

    /// Takes them out of a text.
    pub fn clean(&self, text: &mut String) {
        if let Cow::Owned(masked) = self.mask(text) {
            *text = masked;
        }
    }
}

impl Known {
    /// Parts to remove, in the order of the text.
    fn hits(&self, text: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (written, name) in &self.written {
            let found = text.match_indices(written.as_str());
            let found = found
                .filter(|(at, _)| written.len() >= SHORTEST || stands_alone(text, *at..at + written.len()));
            hits.extend(found.map(|(at, _)| Hit { range: at..at + written.len(), name, word: false }));
        }
        let indices = [&self.given, &self.signatures, &self.recent[0], &self.recent[1]];
        let plain = Letters::of(text);
        let undone = plain.escaped.then(|| Letters::undone(text));
        for letters in std::iter::once(&plain).chain(&undone) {
            for index in indices {
                index.find(letters, &mut hits);
            }
        }
        hits.sort_by_key(|hit| (hit.range.start, hit.name != KEY));
        hits
    }
}

/// True for a part of a text with neither a letter nor a digit beside it.
fn stands_alone(text: &str, range: Range<usize>) -> bool {
    let beside = |part: Option<&str>, last: bool| {
        let c = part.and_then(|part| if last { part.chars().next_back() } else { part.chars().next() });
        c.is_some_and(char::is_alphanumeric)
    };
    !beside(text.get(..range.start), true) && !beside(text.get(range.end..), false)
}

/// The last place up to here that is not within a character.
fn boundary(text: &str, most: usize) -> usize {
    let most = most.min(text.len());
    // The start of a text is such a place.
    (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

/// Every way in which bytes are written, but as themselves; cases and what stands between do not count.
fn spellings(bytes: &[u8]) -> impl Iterator<Item = String> {
    // One text for all bytes: a text for each would take longer than the rest of a signature.
    let each = |show: fn(&mut String, u8) -> fmt::Result| {
        let mut text = String::with_capacity(4 * bytes.len());
        let _ = bytes.iter().try_for_each(|byte| show(&mut text, *byte));
        text
    };
    let plain = [
        each(|text, byte| write!(text, "{byte:02x}")),
        each(|text, byte| write!(text, "{byte}")),
        each(|text, byte| write!(text, "0x{byte:02x}")),
        each(|text, byte| write!(text, "0x{byte:x}")),
        each(|text, byte| write!(text, "x{byte:02x}")),
        each(|text, byte| write!(text, "u00{byte:02x}")),
        each(|text, byte| write!(text, "25{byte:02x}")),
        each(|text, byte| write!(text, "{byte:03}")),
        each(|text, byte| write!(text, "{byte:03o}")),
    ];
    plain.into_iter().chain((0..3).map(|before| base64(bytes, before)))
}

/// Bytes in base64 as they come out behind so many others: what hangs on the neighbours is left out.
fn base64(bytes: &[u8], before: usize) -> String {
    let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(bytes.iter().copied()).collect();
    let text = BASE64_STANDARD_NO_PAD.encode(&padded);
    // No more than two bytes stand before: three of them are four whole letters.
    let skipped = [0, 2, 3].get(before).copied().unwrap_or_default();
    // The last letter holds bits of whatever follows, unless it ends with a byte.
    let end = text.len() - usize::from(!padded.len().is_multiple_of(3));
    text.stretch(skipped..end).to_owned()
}

/// Capital letters and underscores, as names of variables are written; a key is rarely that.
pub fn looks_like_a_name(text: &str) -> bool {
    const WORDS: [&str; 5] = ["KEY", "SECRET", "TOKEN", "SIGN", "HOOK"];
    let letter = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let parts = || text.split('_');
    let begins = text.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
    let known = text.contains('_') || WORDS.iter().any(|word| text.contains(word));
    begins && known && digits <= 2 && parts().all(|part| part.len() <= 12 && part.chars().all(letter))
}

/// True for a text that looks random: it has sixteen letters and digits in a row, both of them. A key is like that, a
/// name hardly ever.
pub fn looks_drawn(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() >= TELLING);
    let both = |word: &str| {
        word.bytes().any(|byte| byte.is_ascii_digit()) && word.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    words.into_iter().any(both)
}

/// The bytes that a signature of ours stands for: in hexadecimal digits, or in base64 of either alphabet; none = something else.
fn digest(signature: &str) -> Vec<u8> {
    let bytes = unhex(signature);
    if 2 * bytes.len() == signature.len() {
        return bytes;
    }
    let standard = signature.trim_end_matches('=').replace('-', "+").replace('_', "/");
    // Something else stands for no bytes: it is hidden as the text that it is.
    BASE64_STANDARD_NO_PAD.decode(standard).unwrap_or_default()
}

/// The bytes that hexadecimal digits stand for.
pub fn unhex(signature: &str) -> Vec<u8> {
    let pairs = (0..signature.len() / 2).filter_map(|n| signature.get(2 * n..2 * n + 2));
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

/// The text up to `end` with these stretches taken out, each with the word around it.
fn without(text: &str, end: usize, hits: Vec<Hit>) -> String {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(end);
    let mut done = 0;
    for Hit { range, name, word } in hits {
        let (before, after) = (bytes.get(..range.start), bytes.get(range.end..));
        let around = |bytes: &mut dyn Iterator<Item = &u8>| match word {
            true => bytes.take_while(|byte| inner(byte)).count(),
            false => 0,
        };
        let left = before.map_or(0, |bytes| around(&mut bytes.iter().rev()));
        let right = after.map_or(0, |bytes| around(&mut bytes.iter()));
        let (start, stop) = (range.start - left, range.end + right);
        if start >= end && start >= done {
            break;
        }
        if start >= done {
            out.push_str(text.stretch(done..start));
            out.push_str(name);
        }
        done = done.max(stop);
    }
    out.push_str(text.stretch(done..end.max(done)));
    out
}

/// The value is an address without a user, a password, a query, a fragment, or a part that looks drawn.
fn is_plain_address(value: &str) -> bool {
    let Ok(url) = url::Url::parse(value) else { return false };
    let drawn = url.path_segments().is_none_or(|mut parts| parts.any(looks_drawn));
    let telling = !url.username().is_empty() || url.password().is_some();
    let address = ["http", "https"].contains(&url.scheme()) && url.host().is_some();
    address && !drawn && !telling && url.query().is_none() && url.fragment().is_none()
}

#[cfg(test)]
mod tests;
