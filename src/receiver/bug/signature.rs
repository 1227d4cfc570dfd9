//! Mistakes about the signature.

use super::super::habits::SignatureCheck;
use super::super::judge::{Refusal, expected};
use super::{Bug, bug, of};
use crate::provider::signature::{Digests, Signature, SignedPart};

pub(super) static ALL: &[Bug] = &[
    bug(
        "signature-unchecked",
        "the check is commented out: any signature passes, and none",
        "C48 C51 C76",
        "PHP live rooms",
        |habits| habits.check = SignatureCheck::Never,
    ),
    bug(
        "signature-optional",
        "the signature is checked only when there is one",
        "C48 C49 C50 C76",
        "",
        |habits| habits.check = SignatureCheck::WhenPresent,
    ),
    bug(
        "empty-key-skips-check",
        "an empty key switches the check off instead of stopping the start",
        "D84",
        "",
        |habits| habits.check = SignatureCheck::WhenKeyed,
    ),
    bug(
        "compared-by-prefix",
        "a signature that is cut short passes",
        "C49 C55",
        "svix before 1.17, CVE-2024-21491",
        |habits| habits.same = |right, given| right.starts_with(given),
    ),
    bug(
        "compared-loosely",
        "`true`, or a number, passes for a signature: it is compared by ==",
        "C50",
        "PHP: if (md5(...) != $m['sign'])",
        |habits| habits.compares_loosely = true,
    ),
    bug("compared-ignoring-trailing", "a signature with characters after it passes", "C56", "", |habits| {
        habits.same = |right, given| given.starts_with(right)
    }),
    bug(
        "hex-decoded-leniently",
        "a signature is decoded with 0x before it, and +f for 0f",
        "C59 C60",
        "decoders made with u8::from_str_radix",
        |habits| habits.same = |right, given| bytes(right) == bytes(given),
    ),
    of(
        "huawei",
        bug("md5-accepted-for-hmac", "MD5(key + time) passes where HMAC was agreed", "C67", "", |habits| {
            habits.other_schemes.push(md5(&[SignedPart::Key, SignedPart::Time]))
        }),
    ),
    bug(
        "keyless-signature-accepted",
        "MD5 of the time alone, or of the key alone, passes",
        "C74",
        "",
        |habits| habits.other_schemes.extend([md5(&[SignedPart::Time]), md5(&[SignedPart::Key])]),
    ),
    bug(
        "echoes-expected-signature",
        "a refusal says which signature would have been right",
        "C78",
        "",
        |habits| {
            habits.reason = |refusal, account, body| match expected(account, body) {
                Some(signature) if refusal == Refusal::Forged => format!("{refusal}; expected {signature}"),
                _ => refusal.to_string(),
            }
        },
    ),
    bug(
        "panics-on-missing",
        "a field that is missing, null or of another type is an error 500",
        "C48 C50 F123",
        "a Spring service: getSign().equals(...)",
        |habits| {
            habits.status = |refusal| match refusal {
                Refusal::Unsigned | Refusal::Incomplete => 500,
                other => other.status(),
            }
        },
    ),
];

const fn md5(message: &'static [SignedPart]) -> Signature {
    Signature::hex(Digests::Md5, message)
}

/// The bytes of hexadecimal digits, read by a careless decoder.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let hex = hex.strip_prefix("0x").unwrap_or(hex);
    let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_made_by_hand_reads_what_is_no_hexadecimal() {
        assert_eq!(bytes("0f10"), Some(vec![15, 16]));
        assert_eq!(bytes("0x+f10"), Some(vec![15, 16]));
        assert_eq!(bytes("zz"), None);
        assert_eq!(bytes("é"), None);
    }
}
