//! The search: every spelling of the key with every spelling of the time, every formula and every digest, the likeliest
//! combinations first, until one gives the signature that came.

use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use super::Mistake;
use super::digest::{Digest, Hash, Written};
use super::formula::Formula;
use super::spelling::{Deviation, Treatment, whole};
use crate::callback::Encoding;

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// Two mistakes at once: some thousand signatures.
    Small,
    /// Three mistakes at once, and any time within some hours.
    Whole,
}

/// Signatures that are computed at most; a second's work of a slow machine.
const MOST: usize = 300_000;

/// Seconds around the time in the body that are all tried.
const AROUND: i64 = 7200;

/// Whole hours around it: time zones.
const HOURS: i64 = 14;

/// What can be wrong, in five independent ways; the first of each is right.
pub(super) struct Space<'a> {
    pub(super) fields: &'a Map<String, Value>,
    pub(super) keys: Vec<Deviation<Vec<u8>>>,
    pub(super) times: Vec<Deviation<String>>,
    /// Where the time stands: the body, or a header.
    pub(super) place: &'static str,
    pub(super) formulas: Vec<Deviation<Formula>>,
    pub(super) digests: Vec<Deviation<Digest>>,
    pub(super) texts: Vec<Deviation<Treatment>>,
    /// Written form of the signature.
    pub(super) encoding: Encoding,
}

/// The digests that can have a signature of one of these lengths; the right one first.
pub(super) fn digests(right: Digest, targets: &[Written]) -> Vec<Deviation<Digest>> {
    let kinds: [fn(Hash) -> Digest; 6] =
        [Digest::Plain, Digest::Hmac, Digest::Twice, Digest::TwiceUpper, Digest::TwiceRaw, Digest::Swapped];
    let every = kinds.into_iter().flat_map(|kind| Hash::ALL.into_iter().map(kind));
    let exact = |digest: &Digest| targets.iter().any(|target| target.bytes.len() == digest.length());
    let cut = |digest: &Digest| targets.iter().any(|target| target.bytes.len() < digest.length());
    let (fits, longer): (Vec<Digest>, Vec<Digest>) =
        every.filter(|digest| *digest != right && (exact(digest) || cut(digest))).partition(exact);
    let fix = "use the digest of {formula}";
    let other = |digest: Digest| {
        let (used, expected) = (digest.name(), right.name());
        Deviation::new(digest, format!("the digest is {used} where {expected} is expected"), fix)
    };
    let longer = longer.into_iter().filter(|digest| matches!(digest, Digest::Plain(_) | Digest::Hmac(_)));
    [Deviation::right(right)].into_iter().chain(fits.into_iter().chain(longer).map(other)).collect()
}

/// Index into each of the five lists.
type Pick = [usize; 5];

impl Space<'_> {
    /// The least mistake that explains one of the targets.
    pub(super) fn find(&self, targets: &[Written], effort: Effort) -> Option<Mistake> {
        let mut left = MOST;
        let (quick, rest) = match effort {
            Effort::Small => (0..3, 0..0),
            Effort::Whole => (0..3, 3..4),
        };
        let mut found = self.levels(quick, targets, &mut left);
        if found.is_none() && effort == Effort::Whole {
            found = self.other_time(targets);
        }
        found.or_else(|| self.levels(rest, targets, &mut left))
    }

    fn levels(
        &self,
        levels: std::ops::Range<usize>,
        targets: &[Written],
        left: &mut usize,
    ) -> Option<Mistake> {
        for level in levels {
            for pick in self.picks(level) {
                *left = left.checked_sub(1)?;
                if let Some(mistake) = self.tried(pick, targets) {
                    return Some(mistake);
                }
            }
        }
        None
    }

    /// Every combination that differs from the right one in so many ways.
    fn picks(&self, level: usize) -> impl Iterator<Item = Pick> {
        let lengths =
            [self.keys.len(), self.times.len(), self.formulas.len(), self.digests.len(), self.texts.len()];
        let ways = (0..32_u32).filter(move |mask| mask.count_ones() as usize == level);
        ways.flat_map(move |mask| {
            let choices = move |n: usize| {
                if mask >> n & 1 == 1 { lengths.get(n).map_or(0, |l| l.saturating_sub(1)) } else { 1 }
            };
            let total: usize = (0..5).map(choices).product();
            (0..total).map(move |mut number| {
                let mut pick = [0; 5];
                for (n, slot) in pick.iter_mut().enumerate().filter(|(n, _)| mask >> n & 1 == 1) {
                    *slot = 1 + number % choices(n);
                    number /= choices(n);
                }
                pick
            })
        })
    }

    fn tried(&self, [key, time, formula, digest, text]: Pick, targets: &[Written]) -> Option<Mistake> {
        let (key, time) = (self.keys.get(key)?, self.times.get(time)?);
        let (formula, other, text) =
            (self.formulas.get(formula)?, self.digests.get(digest)?, self.texts.get(text)?);
        let together =
            [key.what.is_empty(), time.what.is_empty(), other.what.is_empty(), text.what.is_empty()];
        let beside = together.iter().filter(|right| !**right).count();
        let own = formula.value.digest;
        // A formula with a digest of its own has no other; a long one is tried with one more mistake at most; what is
        // done to fields does nothing where there is none.
        let pointless = (own.is_some() && !other.what.is_empty())
            || (formula.value.heavy && beside > 1)
            || (!text.what.is_empty() && !formula.value.has_fields());
        if pointless {
            return None;
        }
        let digest = own.unwrap_or(other.value);
        let message = formula.value.fill(self.fields, &key.value, &time.value, text.value);
        let what = matching(&digest.sign(&message, &key.value), targets, self.encoding)?;
        let written = match self.encoding {
            Encoding::Hex => "lower-case hexadecimal digits".to_owned(),
            other => other.to_string(),
        };
        let whole = format!("write the digest as the vendor does: all of it, in {written}");
        let parts = [
            (what.as_str(), whole.as_str()),
            (&key.what, key.fix),
            (&time.what, time.fix),
            (&formula.what, formula.fix),
            (&other.what, other.fix),
            (&text.what, text.fix),
        ];
        Some(told(&parts))
    }

    /// Another time than any spelling of the one in the body.
    fn other_time(&self, targets: &[Written]) -> Option<Mistake> {
        let time = whole(self.times.first()?.value.trim())?;
        let (key, formula) = (self.keys.first()?, self.formulas.first()?);
        let (digest, text) = (self.digests.first()?, self.texts.first()?);
        let near = (1..=AROUND).flat_map(|delta| [-delta, delta]);
        let zones = (3..=2 * HOURS).flat_map(|half| [-half * 1800, half * 1800]);
        for delta in near.chain(zones) {
            let other = time.saturating_add(delta).to_string();
            let message = formula.value.fill(self.fields, &key.value, &other, text.value);
            if let Some(what) = matching(&digest.value.sign(&message, &key.value), targets, self.encoding) {
                let way = if delta < 0 { "before" } else { "after" };
                let signed = format!(
                    "another time was signed: {other}, {} s {way} the one in the {}",
                    delta.abs(),
                    self.place
                );
                let fix = "send and sign the same time, taken once";
                return Some(told(&[(&what, "write the digest as the vendor does"), (&signed, fix)]));
            }
        }
        None
    }
}

/// What is odd about the writing of the target that is this digest, or a part of it.
fn matching(digest: &[u8], targets: &[Written], encoding: Encoding) -> Option<String> {
    let same = |part: Option<&[u8]>, target: &Written| {
        part.is_some_and(|part| part.len() == target.bytes.len() && bool::from(part.ct_eq(&target.bytes)))
    };
    targets.iter().find_map(|target| {
        if same(Some(digest), target) {
            return Some(target.what.clone());
        }
        let (whole, length) = (digest.len(), target.bytes.len());
        if length >= whole {
            return None;
        }
        let part = if same(digest.get(..length), target) {
            "first"
        } else if same(digest.get(whole - length..), target) {
            "last"
        } else if same(digest.get((whole - length) / 2..(whole + length) / 2), target) {
            "middle"
        } else {
            return None;
        };
        let cut = match encoding {
            Encoding::Hex => {
                format!("only the {part} {} of {} hexadecimal digits were used", 2 * length, 2 * whole)
            }
            _ => format!("only the {part} {length} of {whole} bytes were used"),
        };
        Some(if target.what.is_empty() { cut } else { format!("{cut}; {}", target.what) })
    })
}

fn told(parts: &[(&str, &str)]) -> Mistake {
    let parts = || parts.iter().filter(|(what, _)| !what.is_empty());
    let what: Vec<&str> = parts().map(|(what, _)| *what).collect();
    let mut fix: Vec<&str> = parts().map(|(_, fix)| *fix).collect();
    fix.dedup();
    Mistake { what: what.join("; and "), fix: fix.join("; ") }
}
