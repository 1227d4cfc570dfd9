//! Keys of a sender: the one that its broadcast starts with, those that replace it, and what is signed with them.

use std::collections::BTreeSet;
use std::time::Duration;

use secrecy::SecretString;

use super::{Signature, SignedTime};
use crate::callback::splice::{Member, Members, text};
use crate::number;
use crate::scenario::Method;

/// How callbacks are signed.
///
/// Keys cannot be compared, nor what holds one; `receiver::judge` compares signatures, in constant time.
///
/// ```compile_fail,E0369
/// fn same(one: &hookreel::provider::signature::SignatureKeys, other: &hookreel::provider::signature::SignatureKeys) -> bool {
///     one.key == other.key
/// }
/// ```
/// ```compile_fail,E0369
/// fn same(one: &hookreel::provider::signature::SignatureKeys, other: &hookreel::provider::signature::SignatureKeys) -> bool {
///     one == other
/// }
/// ```
#[derive(Clone)]
pub struct SignatureKeys {
    /// By name.
    pub method: Method,
    /// The scheme.
    pub signature: &'static Signature,
    /// The shared key, at the start of the broadcast.
    pub key: SecretString,
    /// Other keys, where there are any.
    pub others: LaterKeys,
    /// From sending to expiry.
    pub lifetime: Duration,
    /// What the signed time is.
    pub time: SignedTime,
    /// True when a retry gets a fresh time and signature.
    pub resign_retries: bool,
}

/// The keys of a sender beside the one with which its broadcast starts.
#[derive(Clone, Default)]
pub struct LaterKeys {
    /// Keys that replace it, each from a time of the stream on, in their order.
    pub later: Vec<(Duration, SecretString)>,
    /// A receiver refuses a key that was replaced.
    pub newer_alone: bool,
    /// The key of another receiver of the same run.
    pub elsewhere: Option<SecretString>,
    /// Keys that were replaced at the time of signing and are still accepted, newest first.
    pub earlier: Vec<SecretString>,
}

impl SignatureKeys {
    /// The same as it signs at a time of the stream.
    #[must_use]
    pub fn at(&self, time: Duration) -> Self {
        let mut own = self.clone();
        let so_far = self.others.later.iter().filter(|(from, _)| *from <= time).map(|(_, key)| key.clone());
        let mut keys: Vec<SecretString> = std::iter::once(self.key.clone()).chain(so_far).collect();
        own.key = keys.pop().unwrap_or_else(|| self.key.clone());
        keys.reverse();
        own.others.earlier = if self.others.newer_alone { Vec::new() } else { keys };
        own
    }

    /// The key that was replaced last at a time of the stream, if one was.
    pub fn before(&self, time: Duration) -> Option<&SecretString> {
        let replaced = self.others.later.iter().filter(|(from, _)| *from <= time).count().checked_sub(1)?;
        Some(
            replaced
                .checked_sub(1)
                .and_then(|at| self.others.later.get(at))
                .map_or(&self.key, |(_, key)| key),
        )
    }

    /// Every key that it signs with, oldest first.
    pub fn keys(&self) -> impl Iterator<Item = &SecretString> {
        std::iter::once(&self.key).chain(self.others.later.iter().map(|(_, key)| key))
    }

    /// From the moment of sending to the time that is signed, in seconds.
    pub fn ahead(&self) -> i64 {
        match self.time {
            SignedTime::Expiry => number::seconds(self.lifetime),
            SignedTime::Sending | SignedTime::Near | SignedTime::None => 0,
        }
    }

    /// Every key that must not be shown.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        self.keys().chain(&self.others.elsewhere)
    }

    /// The right signatures of a body, whichever of its values is the time, and however it is read: a receiver may tell the one
    /// that it expected where the one that was sent is wrong on purpose.
    pub fn right_ones(&self, body: &[u8]) -> Vec<String> {
        if self.signature.signs_bytes() {
            return self.secrets().map(|key| self.signature.sign_bytes(key, body)).collect();
        }
        let Some(members) = Members::of_object(body) else { return Vec::new() };
        // A time is short; whatever else is long is not signed, and may be many megabytes.
        let read =
            |member: &&Member| member.value.len() <= 2 * LONGEST_TIME || self.signature.signs(&member.name);
        let texts: Vec<(&str, String)> = (members.all.iter().filter(read))
            .map(|member| (member.name.as_str(), text(body, &member.value)))
            .collect();
        let field =
            |name: &str| texts.iter().find(|(known, _)| *known == name).map(|(_, text)| text.as_str());
        let times: BTreeSet<String> = texts.iter().flat_map(|(_, text)| readings(text)).collect();
        let of = |key| times.iter().map(move |time| (key, time));
        self.secrets().flat_map(of).map(|(key, time)| self.signature.sign(key, time, field)).collect()
    }
}

/// Bytes of the longest text that a receiver may take for a time.
const LONGEST_TIME: usize = 64;

/// What a receiver may take for the time in a text that may be one: the text, and the seconds that it comes to.
fn readings(text: &str) -> Vec<String> {
    let digits = text.chars().filter(|c| c.is_numeric()).count();
    let others = text.chars().all(|c| c.is_numeric() || " +-._eE".contains(c));
    if !others || !(9..=20).contains(&digits) || text.len() > LONGEST_TIME {
        return Vec::new();
    }
    let plain: String = text.chars().filter_map(|c| char::from_digit(c.to_digit(10)?, 10)).collect();
    let whole = text.split(['.', 'e']).next().unwrap_or(text);
    let counted = text.trim().parse::<f64>().ok().map(|number| format!("{number:.0}"));
    let mut all = vec![text.to_owned(), text.trim().to_owned(), whole.trim().to_owned()];
    all.extend([plain.trim_start_matches('0').to_owned(), plain].into_iter().chain(counted));
    // Milliseconds, as seconds.
    let seconds = all.iter().filter_map(|text| Some((text.parse::<u64>().ok()? / 1000).to_string()));
    let seconds: Vec<String> = seconds.filter(|text| text.len() == 10).collect();
    all.extend(seconds);
    all
}
