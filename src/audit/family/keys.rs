//! D: keys and rotation.

use super::super::case::Case;

const CARELESS: &str =
    "two sides that change the key in the same wrong way work together, until one of them is fixed";
const AS_IT_IS: &str = "use the key as the console shows it, and refuse an empty one at the start";

pub(super) static CASES: &[Case] = &[
    Case::new(
        "D82",
        "an old key after its time",
        "[{wrong-key: {}}]",
        "a key that was replaced because it leaked still signs valid callbacks",
        "drop the old key when the overlap ends",
    ),
    Case::new(
        "D84",
        "signed with an empty key",
        "[{wrong-key: {as: empty}}]",
        "a receiver whose key is missing computes with an empty one, and then anybody can sign",
        "refuse to start without a key",
    ),
    Case::new("D85", "the key with a newline", "[{wrong-key: {as: newline}}]", CARELESS, AS_IT_IS),
    Case::new("D85.b", "the key with a space", "[{wrong-key: {as: space}}]", CARELESS, AS_IT_IS),
    Case::new("D85.c", "the key in upper case", "[{wrong-key: {as: upper}}]", CARELESS, AS_IT_IS),
    Case::new("D85.d", "the key cut by one letter", "[{wrong-key: {as: cut}}]", CARELESS, AS_IT_IS),
    Case::new("D85.e", "the MD5 of the key", "[{wrong-key: {as: md5}}]", CARELESS, AS_IT_IS),
    Case::new(
        "D87",
        "the key of another system, twice as long",
        "[{wrong-key: {as: twice}}]",
        "a staging system that shares an endpoint writes into production",
        "one key for each system, and a refusal for all others",
    ),
    Case::new(
        "D83",
        "a new key that the receiver has not heard of, then the old one again",
        "[{wrong-key: {attempts: 1}}]",
        "a refusal during rotation loses the callback, or switches the whole endpoint off",
        "refuse with 401, and accept the retry: a refusal must not be remembered",
    ),
];
