//! Digests that a mistaken signature may have been made with, and the bytes that a written signature may stand for.

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose};
use md5::{Digest as _, Md5};
use sha2::{Sha224, Sha256, Sha384, Sha512};

use crate::callback::Encoding;
use crate::percent;
use crate::provider::signature::Digests;

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub(super) const ALL: [Self; 6] =
        [Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512, Self::Sha224, Self::Sha384];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    /// Bytes of a digest.
    pub(super) fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    fn block(self) -> usize {
        if matches!(self, Self::Sha384 | Self::Sha512) { 128 } else { 64 }
    }

    pub(super) fn of(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Md5 => Md5::digest(message).to_vec(),
            Self::Sha1 => sha1(message),
            Self::Sha224 => Sha224::digest(message).to_vec(),
            Self::Sha256 => Sha256::digest(message).to_vec(),
            Self::Sha384 => Sha384::digest(message).to_vec(),
            Self::Sha512 => Sha512::digest(message).to_vec(),
        }
    }

    /// RFC 2104.
    fn keyed(self, message: &[u8], key: &[u8]) -> Vec<u8> {
        let mut block = if key.len() > self.block() { self.of(key) } else { key.to_vec() };
        block.resize(self.block(), 0);
        let padded = |pad: u8, rest: &[u8]| {
            let padded: Vec<u8> = block.iter().map(|byte| byte ^ pad).chain(rest.iter().copied()).collect();
            self.of(&padded)
        };
        padded(0x5c, &padded(0x36, message))
    }
}

/// How a message and a key become the bytes of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digest {
    /// The hash of the message; the key is a part of it, or of nothing.
    Plain(Hash),
    /// HMAC under the key.
    Hmac(Hash),
    /// HMAC of the key under the message.
    Swapped(Hash),
    /// The hash of the hexadecimal digits of the hash.
    Twice(Hash),
    /// The same with capital digits.
    TwiceUpper(Hash),
    /// The hash of the bytes of the hash.
    TwiceRaw(Hash),
}

impl Digest {
    pub(super) fn name(self) -> String {
        match self {
            Self::Plain(hash) => hash.name().to_owned(),
            Self::Hmac(hash) => format!("HMAC-{}", hash.name().replace("SHA-", "SHA")),
            Self::Swapped(hash) => {
                format!("HMAC-{} with key and message swapped", hash.name().replace("SHA-", "SHA"))
            }
            Self::Twice(hash) => format!("the {0} of the {0}", hash.name()),
            Self::TwiceUpper(hash) => format!("the {0} of the {0} in upper case", hash.name()),
            Self::TwiceRaw(hash) => format!("the {0} of the bytes of the {0}", hash.name()),
        }
    }

    pub(super) fn length(self) -> usize {
        let (Self::Plain(hash)
        | Self::Hmac(hash)
        | Self::Swapped(hash)
        | Self::Twice(hash)
        | Self::TwiceUpper(hash)
        | Self::TwiceRaw(hash)) = self;
        hash.length()
    }

    pub(super) fn sign(self, message: &[u8], key: &[u8]) -> Vec<u8> {
        match self {
            Self::Plain(hash) => hash.of(message),
            Self::Hmac(hash) => hash.keyed(message, key),
            Self::Swapped(hash) => hash.keyed(key, message),
            Self::Twice(hash) => hash.of(hex(&hash.of(message)).as_bytes()),
            Self::TwiceUpper(hash) => hash.of(hex(&hash.of(message)).to_uppercase().as_bytes()),
            Self::TwiceRaw(hash) => hash.of(&hash.of(message)),
        }
    }
}

/// HMAC-SHA1. None of our libraries has it, and this is what the search for mistakes computes it with.
pub(in crate::provider) fn hmac_sha1(message: &[u8], key: &[u8]) -> Vec<u8> {
    Hash::Sha1.keyed(message, key)
}

impl From<Digests> for Digest {
    fn from(digest: Digests) -> Self {
        match digest {
            Digests::Md5 => Self::Plain(Hash::Md5),
            Digests::HmacSha1 => Self::Hmac(Hash::Sha1),
            Digests::HmacSha256 | Digests::WebhookSha256 => Self::Hmac(Hash::Sha256),
        }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut out, byte| {
        out.extend(
            [byte >> 4, byte & 15].iter().filter_map(|nibble| char::from_digit(u32::from(*nibble), 16)),
        );
        out
    })
}

/// The bytes of hexadecimal digits; none when it is something else.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0 && !digits.is_empty())?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

/// FIPS 180-4. For one sender that signs with it beside a better one, and to recognise a mistake.
fn sha1(message: &[u8]) -> Vec<u8> {
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    let (blocks, rest) = message.as_chunks::<64>();
    blocks.iter().for_each(|block| compress(&mut state, block));
    // The rest, a bit, and the length in bits: in one block or in two.
    let mut last = [0; 128];
    let size = if rest.len() < 56 { 64 } else { 128 };
    let bits = (message.len() as u64).wrapping_mul(8).to_be_bytes();
    let ends = rest.iter().chain(&[0x80]);
    last.iter_mut().zip(ends).for_each(|(place, byte)| *place = *byte);
    let room = last.iter_mut().take(size).skip(size - bits.len());
    room.zip(bits).for_each(|(place, byte)| *place = byte);
    let (blocks, _) = last.as_chunks::<64>();
    blocks.iter().take(size / 64).for_each(|block| compress(&mut state, block));
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn compress(state: &mut [u32; 5], block: &[u8; 64]) {
    let (words, _) = block.as_chunks::<4>();
    let mut window = [0_u32; 16];
    window.iter_mut().zip(words).for_each(|(place, word)| *place = u32::from_be_bytes(*word));
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for n in 0..80_usize {
        // A place below 16 is one of the window.
        let at = |back: usize| window.get((n + 16 - back) % 16).copied().unwrap_or_default();
        let word = match n {
            0..16 => at(16),
            _ => (at(3) ^ at(8) ^ at(14) ^ at(16)).rotate_left(1),
        };
        window.get_mut(n % 16).into_iter().for_each(|place| *place = word);
        let (mixed, constant) = match n {
            0..20 => ((b & c) | (!b & d), 0x5a82_7999),
            20..40 => (b ^ c ^ d, 0x6ed9_eba1),
            40..60 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6_u32),
        };
        let next = [mixed, e, constant, word].iter().fold(a.rotate_left(5), |sum, n| sum.wrapping_add(*n));
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
    }
    for (sum, part) in state.iter_mut().zip([a, b, c, d, e]) {
        *sum = sum.wrapping_add(part);
    }
}

/// Bytes that a written signature may stand for, and what is odd about the writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) bytes: Vec<u8>,
    /// Empty = as the vendors write it.
    pub(super) what: String,
}

/// Shorter ones are met by chance.
const SHORTEST: usize = 8;

/// Every reading of a written signature, the plainest first; `encoding` = the one that is expected.
pub(super) fn readings(given: &str, encoding: Encoding) -> Vec<Written> {
    let mut odd = Vec::new();
    let mut text = given;
    let bare = text.trim();
    if bare != text {
        odd.push("there is white space around the signature");
        text = bare;
    }
    let bare = text.trim_matches(['"', '\'']);
    if bare != text {
        odd.push("there are quotes around the signature");
        text = bare;
    }
    let scheme = ["md5=", "sha1=", "sha256=", "sha512=", "hmac-sha256=", "sign=", "md5:", "sha256:"];
    let lower = text.to_ascii_lowercase();
    if let Some(bare) =
        scheme.iter().find(|scheme| lower.starts_with(**scheme)).and_then(|s| text.get(s.len()..))
    {
        odd.push("the name of the digest stands before the signature");
        text = bare;
    }
    if let Some(bare) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        odd.push("`0x` stands before the digits");
        text = bare;
    }
    let mut found = Vec::new();
    let mut take = |bytes: Option<Vec<u8>>, more: &str| {
        let what: Vec<&str> = odd.iter().copied().chain(Some(more).filter(|more| !more.is_empty())).collect();
        found.extend(
            bytes
                .filter(|bytes| bytes.len() >= SHORTEST)
                .map(|bytes| Written { bytes, what: what.join("; ") }),
        );
    };
    take(unhex(text), &hexadecimal(text, encoding));
    let joined: String = text.chars().filter(|c| !":- .,_".contains(*c)).collect();
    if joined.len() < text.len() {
        take(unhex(&joined), "there is something between the hexadecimal digits");
    }
    let twice = unhex(text).and_then(|bytes| unhex(std::str::from_utf8(&bytes).ok()?));
    take(twice, "the hexadecimal digits were written in hexadecimal once more");
    let decoded = percent::decoded(text);
    let escaped = if decoded == text { "" } else { ", written in percent for a URL" };
    let bytes = unbase64(&decoded);
    let inner = bytes.as_deref().and_then(|bytes| unhex(std::str::from_utf8(bytes).ok()?));
    take(inner, &format!("the signature is in base64 of its hexadecimal digits{escaped}"));
    take(bytes, &in_base64(text, escaped, encoding));
    found
}

/// Oddity of a text of hexadecimal digits.
fn hexadecimal(text: &str, encoding: Encoding) -> String {
    let upper = text.contains(|c: char| c.is_ascii_uppercase());
    let lower = text.contains(|c: char| c.is_ascii_lowercase());
    match (encoding, upper, lower) {
        (Encoding::Hex, true, false) => "the hexadecimal digits are in upper case".into(),
        (Encoding::Hex, true, true) => "the hexadecimal digits are in upper and lower case".into(),
        (Encoding::Hex, ..) => String::new(),
        (other, ..) => format!("the signature is in hexadecimal digits, not in {other}"),
    }
}

/// Oddity of a text in base64; `escaped` = how it was written beside that.
fn in_base64(text: &str, escaped: &str, encoding: Encoding) -> String {
    match encoding {
        Encoding::Hex => format!("the signature is in base64 of its bytes{escaped}, not in hexadecimal"),
        expected if escaped.is_empty() && fits(text, expected) => String::new(),
        expected => format!("the signature is in another kind of base64{escaped} than {expected}"),
    }
}

/// A text may be in this encoding.
fn fits(text: &str, encoding: Encoding) -> bool {
    match encoding {
        Encoding::Hex => unhex(text).is_some(),
        Encoding::Base64 => !text.contains(['-', '_']) && text.len().is_multiple_of(4),
        Encoding::Base64Url => !text.contains(['+', '/', '=']),
    }
}

fn unbase64(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let plain: String = text
        .chars()
        .map(|c| {
            if c == '-' {
                '+'
            } else if c == '_' {
                '/'
            } else {
                c
            }
        })
        .collect();
    GeneralPurpose::new(&base64::alphabet::STANDARD, config).decode(plain).ok()
}

/// Bytes in base64, with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    general_purpose::STANDARD.encode(bytes)
}

/// The bytes behind a key in base64.
pub(super) fn decoded(key: &str) -> Option<Vec<u8>> {
    unbase64(key).filter(|bytes| bytes.len() >= SHORTEST)
}

/// Which digests have a signature of this shape, for a person.
pub(super) fn shape(given: &str, encoding: Encoding) -> Option<String> {
    let written = readings(given, encoding).into_iter().next()?;
    let names: Vec<&str> = Hash::ALL
        .iter()
        .filter(|hash| hash.length() == written.bytes.len())
        .map(|hash| hash.name())
        .collect();
    let (digits, name) = (2 * written.bytes.len(), names.first()?);
    Some(match unhex(given.trim()) {
        Some(_) => format!("{digits} hexadecimal digits are {name} or HMAC-{}", name.replace("SHA-", "SHA")),
        None => format!(
            "decoded, it has the {} bytes of {name} or HMAC-{}",
            written.bytes.len(),
            name.replace("SHA-", "SHA")
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_other_programs() {
        // printf abc | sha1sum, and so on; openssl dgst -hmac key
        assert_eq!(hex(&Hash::Sha1.of(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        let long = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(hex(&Hash::Sha1.of(long.as_bytes())), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
        let text = b"The quick brown fox jumps over the lazy dog";
        assert_eq!(hex(&Digest::Hmac(Hash::Md5).sign(text, b"key")), "80070713463e7749b90c2dc24911e275");
        assert_eq!(
            hex(&Digest::Hmac(Hash::Sha1).sign(text, b"key")),
            "de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9"
        );
        assert_eq!(
            hex(&Digest::Hmac(Hash::Sha256).sign(text, b"key")),
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
        );
    }

    #[test]
    fn a_signature_is_read_however_it_is_written() {
        let bytes = Hash::Md5.of(b"abc");
        let digits = hex(&bytes);
        let spaced: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        for text in [
            digits.clone(),
            digits.to_uppercase(),
            format!(" {digits}\n"),
            format!("\"{digits}\""),
            format!("0x{digits}"),
            format!("md5={digits}"),
            spaced.join(":"),
            base64(&bytes),
            base64(&bytes).trim_end_matches('=').to_owned(),
            base64(&bytes).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"),
            base64(digits.as_bytes()),
            hex(digits.as_bytes()),
        ] {
            assert!(readings(&text, Encoding::Hex).iter().any(|written| written.bytes == bytes), "{text}");
        }
        assert!(readings("no signature!", Encoding::Hex).is_empty());
    }
}
