//! The only maker of random numbers: seeded, and drawn by name.
//!
//! Each name has a generator of its own, `ChaCha8Rng::from_seed(SHA-256("hookreel/1" + seed + name))`, so a draw depends on
//! nothing but the seed and its name: not on the order of the draws, not on concurrency, not on what else was drawn.
//! ChaCha8 is documented as reproducible across releases; the bounded draw is our own because the library's has changed
//! its values before.

use std::time::Duration;

use rand::Rng;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use sha2::{Digest, Sha256};

use crate::decimal::{write_digits, write_hexadecimal};
use crate::number;
use crate::stretch::Stretches;

/// A seed and the name of whom it is drawn for.
#[derive(Clone, Debug)]
pub struct Draws {
    seed: u64,
    scope: String,
    broadcast: u64,
}

impl Draws {
    /// Draws of a run with this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, scope: String::new(), broadcast: 0 }
    }

    /// Draws whose names all begin with `scope`.
    pub fn within(&self, scope: &str) -> Self {
        Self { scope: format!("{}/{scope}", self.scope), ..self.clone() }
    }

    /// Draws for one of many broadcasts of the same scenario: what identifies something is its own, everything else is the
    /// same in all of them. See [`Identity`]; number 0 is the scenario played alone.
    pub fn broadcast(&self, number: u64) -> Self {
        Self { broadcast: number, ..self.clone() }
    }

    /// The generator of one name.
    pub fn named(&self, name: &str) -> Draw {
        let mut hash = Sha256::new();
        hash.update(b"hookreel/1");
        hash.update(self.seed.to_be_bytes());
        hash.update(self.scope.as_bytes());
        hash.update(b"/");
        hash.update(name.as_bytes());
        Draw { words: ChaCha8Rng::from_seed(hash.finalize().into()), broadcast: self.broadcast }
    }
}

/// The random numbers of one name.
pub struct Draw {
    words: ChaCha8Rng,
    broadcast: u64,
}

/// The decimal digits.
pub const DECIMAL: &str = "0123456789";
/// The hexadecimal digits.
pub const HEXADECIMAL: &str = "0123456789abcdef";
/// Letters and digits.
pub const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// The alphabets that texts are drawn from.
pub const ALPHABETS: [&str; 3] = [DECIMAL, HEXADECIMAL, ALPHANUMERIC];

// What a text is spelt by has to be known where it is: see `DrawnId::spell`.
const _: () = assert!(DECIMAL.len() == 10 && HEXADECIMAL.len() == 16 && ALPHANUMERIC.len() == 62);

/// The end of a drawn text that identifies something, as a number in the base of its alphabet. Each broadcast of a load run
/// moves it on by a step of its own: that keeps the texts apart, spreads them like drawn ones, and costs a multiplication
/// where a draw would cost two hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawnId {
    alphabet: &'static [u8],
    /// Number of its characters.
    pub width: usize,
    value: u64,
    size: u64,
}

/// A prime near 2^64 divided by the golden ratio: neighbours come to lie far apart, and it has no factor in common with the
/// size of any alphabet, so no two broadcasts meet before all texts are used.
const STEP: u64 = 11_400_714_819_323_198_549;

/// Shorter texts identify nothing.
const SHORTEST: usize = 12;

impl DrawnId {
    /// The identity in a text from one of the [`ALPHABETS`]: its last characters, as many as a number holds. None when the text
    /// is too short to be one.
    pub fn of(text: &[u8], alphabet: &'static str) -> Option<Self> {
        if !ALPHABETS.contains(&alphabet) {
            return None;
        }
        let alphabet = alphabet.as_bytes();
        if text.len() < SHORTEST.min(most_digits(alphabet)) {
            return None;
        }
        let width = text.len().min(most_digits(alphabet));
        let base = alphabet.len() as u64;
        let mut value = 0;
        for character in text.get(text.len() - width..)? {
            let digit = alphabet.iter().position(|letter| letter == character)?;
            value = value * base + digit as u64;
        }
        Some(Self { alphabet, width, value, size: base.pow(u32::try_from(width).ok()?) })
    }

    /// The one from which this became the identity of a broadcast.
    #[must_use]
    pub fn before(self, broadcast: u64) -> Self {
        let steps = u128::from(broadcast) * u128::from(STEP) % u128::from(self.size);
        let value = (u128::from(self.value) + u128::from(self.size) - steps) % u128::from(self.size);
        Self { value: u64::try_from(value).expect("a rest of a u64 is one"), ..self }
    }

    /// Writes the characters that a broadcast has in its place, into as many bytes as it is wide.
    #[inline]
    pub fn write(&self, broadcast: u64, out: &mut [u8]) {
        let moved =
            (u128::from(self.value) + u128::from(broadcast) * u128::from(STEP)) % u128::from(self.size);
        let rest = u64::try_from(moved).expect("a rest of a u64 is one");
        // A divisor that the compiler knows costs it no division, and letters that it counts no look at the bounds.
        match self.alphabet.len() {
            10 => write_digits(rest, out),
            16 => write_hexadecimal(rest, out),
            _ => self.spell::<62>(rest, out),
        }
    }

    fn spell<const BASE: usize>(&self, mut rest: u64, out: &mut [u8]) {
        let Ok(letters) = <&[u8; BASE]>::try_from(self.alphabet) else { return };
        for place in out.iter_mut().rev() {
            let digit = number::capped::<usize>(rest % BASE as u64);
            // It is below the number of letters.
            *place = letters.get(digit).copied().unwrap_or_default();
            rest /= BASE as u64;
        }
    }
}

/// Number of characters of an alphabet that fit in a number below 2^60.
fn most_digits(alphabet: &[u8]) -> usize {
    (1_u64 << 60).checked_ilog(alphabet.len() as u64).map_or(0, |digits| digits as usize)
}

impl Draw {
    /// A number in `0..bound`, evenly; 0 when the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // Numbers beyond the last whole multiple of the bound would favour the small results; of 0 there is none.
        let zone = u64::MAX - u64::MAX.checked_rem(bound).unwrap_or(0);
        loop {
            let word = self.words.next_u64();
            if word < zone || bound.is_power_of_two() {
                // The remainder of 0, where the bound is 0.
                return word.checked_rem(bound).unwrap_or(0);
            }
        }
    }

    /// Numbers that are found by their place.
    pub fn sequence(&mut self) -> Sequence {
        Sequence(self.words.next_u64())
    }

    /// A string of `digits` lower-case hexadecimal digits.
    pub fn hex(&mut self, digits: usize) -> String {
        self.from_alphabet(HEXADECIMAL, digits)
    }

    /// A string of `digits` decimal digits; the first is neither 0 nor 9, so 19 of them fit an i64.
    pub fn digits(&mut self, digits: usize) -> String {
        let first = char::from(b'1' + u8::try_from(self.below(8)).expect("a draw below 8 is a byte"));
        format!("{first}{}", self.from_alphabet(DECIMAL, digits.saturating_sub(1)))
    }

    /// A number of 19 digits, so far ahead of the one that the name has: numbers of one name rise, near each other.
    pub fn ahead(&mut self, steps: u64) -> String {
        const TAIL: u64 = 10_u64.pow(18);
        let number: u64 = self.digits(19).parse().expect("19 digits, the first below 9, fit a u64");
        (number / TAIL * TAIL + (number % TAIL + steps % TAIL) % TAIL).to_string()
    }

    /// A time within a range of microseconds.
    pub fn micros(&mut self, range: std::ops::Range<u64>) -> Duration {
        Duration::from_micros(range.start + self.below(range.end.saturating_sub(range.start)))
    }

    /// A string of `length` characters of the alphabet.
    pub fn from_alphabet(&mut self, alphabet: &'static str, length: usize) -> String {
        let letters = alphabet.as_bytes();
        let mut text: Vec<u8> = (0..length)
            .filter_map(|_| {
                let index = usize::try_from(self.below(letters.len() as u64)).ok()?;
                letters.get(index).copied()
            })
            .collect();
        if let (Some(identity), 1..) = (DrawnId::of(&text, alphabet), self.broadcast) {
            let begin = text.len() - identity.width;
            identity.write(self.broadcast, text.stretch_mut(begin..));
        }
        text.into_iter().map(char::from).collect()
    }

    /// A version 4 UUID.
    pub fn uuid(&mut self) -> String {
        let variant = self.from_alphabet("89ab", 1);
        let parts = [
            self.hex(8),
            self.hex(4),
            format!("4{}", self.hex(3)),
            format!("{variant}{}", self.hex(3)),
            self.hex(12),
        ];
        parts.join("-")
    }
}

/// Many numbers from one draw, each found by its place: for those that are needed by the million, or ahead of their turn.
#[derive(Clone, Copy, Debug)]
pub struct Sequence(u64);

impl Sequence {
    /// A number from 0 to below 1, evenly.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    pub fn even(self, place: u64) -> f64 {
        // The finaliser of SplitMix64: each bit of the place changes half of the bits of the number.
        let mut word = self.0.wrapping_add(place.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((word ^ (word >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_seed_and_name_alone() {
        let draws = Draws::new(1).within("huawei");
        let first = draws.named("job/1").uuid();
        draws.named("job/2").uuid();
        assert_eq!(draws.named("job/1").uuid(), first);
        assert_ne!(Draws::new(2).within("huawei").named("job/1").uuid(), first);
    }

    #[test]
    fn the_numbers_of_seed_one_never_change() {
        let mut draw = Draws::new(1).named("pinned");
        let drawn = (draw.hex(16), draw.digits(19), draw.below(1000));
        assert_eq!(drawn, ("484a28b80a0349df".into(), "2031909163591852130".into(), 258));
    }

    #[test]
    fn nineteen_digits_are_beyond_a_double_and_within_an_i64() {
        for n in 0..200 {
            let id: i64 = Draws::new(n).named("file").digits(19).parse().unwrap();
            assert!(id > 1 << 53);
        }
    }

    #[test]
    fn broadcasts_share_what_identifies_nothing_and_no_two_share_an_identity() {
        let drawn = |number: u64| {
            let mut draw = Draws::new(3).broadcast(number).named("x");
            (
                draw.hex(8),
                draw.uuid(),
                draw.digits(19),
                draw.from_alphabet(ALPHANUMERIC, 56),
                draw.below(1000),
            )
        };
        let alone = {
            let mut draw = Draws::new(3).named("x");
            (
                draw.hex(8),
                draw.uuid(),
                draw.digits(19),
                draw.from_alphabet(ALPHANUMERIC, 56),
                draw.below(1000),
            )
        };
        assert_eq!(drawn(0), alone);
        let many: Vec<_> = (0..2000).chain([9_999_999_999, u64::MAX]).map(drawn).collect();
        let distinct =
            |texts: Vec<&String>| texts.into_iter().collect::<std::collections::BTreeSet<_>>().len();
        assert_eq!(distinct(many.iter().map(|d| &d.0).collect()), 1);
        assert!(many.iter().all(|d| d.4 == alone.4 && d.1.len() == 36 && d.2.parse::<i64>().is_ok()));
        assert_eq!(distinct(many.iter().map(|d| &d.1).collect()), many.len());
        assert_eq!(distinct(many.iter().map(|d| &d.2).collect()), many.len());
        assert_eq!(distinct(many.iter().map(|d| &d.3).collect()), many.len());
    }

    #[test]
    fn every_number_below_the_bound_comes_up() {
        let mut draw = Draws::new(7).named("even");
        let seen: std::collections::BTreeSet<u64> = (0..300).map(|_| draw.below(6)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    }
}
