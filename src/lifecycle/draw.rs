//! The only maker of random numbers: seeded, and drawn by name.
//!
//! Each name has a generator of its own, `ChaCha8Rng::from_seed(SHA-256("hookreel/1" + seed + name))`, so a draw depends on
//! nothing but the seed and its name: not on the order of the draws, not on concurrency, not on what else was drawn.
//! ChaCha8 is documented as reproducible across releases; the bounded draw is our own because the library's has changed
//! its values before.

use rand::Rng;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// A seed and the name of whom it is drawn for.
#[derive(Clone, Debug)]
pub struct Draws {
    seed: u64,
    scope: String,
}

impl Draws {
    /// Draws of a run with this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, scope: String::new() }
    }

    /// Draws whose names all begin with `scope`.
    pub fn within(&self, scope: &str) -> Self {
        Self { seed: self.seed, scope: format!("{}/{scope}", self.scope) }
    }

    /// The generator of one name.
    pub fn named(&self, name: &str) -> Draw {
        let mut hash = Sha256::new();
        hash.update(b"hookreel/1");
        hash.update(self.seed.to_be_bytes());
        hash.update(self.scope.as_bytes());
        hash.update(b"/");
        hash.update(name.as_bytes());
        Draw(ChaCha8Rng::from_seed(hash.finalize().into()))
    }
}

/// The random numbers of one name.
pub struct Draw(ChaCha8Rng);

impl Draw {
    /// A number in `0..bound`, evenly; 0 when the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // Numbers beyond the last whole multiple of the bound would favour the small results.
        let zone = u64::MAX - u64::MAX.checked_rem(bound).unwrap_or(0);
        loop {
            let word = self.0.next_u64();
            if word < zone || bound.is_power_of_two() {
                return word.checked_rem(bound).unwrap_or(0);
            }
        }
    }

    /// So many lower-case hexadecimal digits.
    pub fn hex(&mut self, digits: usize) -> String {
        self.from_alphabet("0123456789abcdef", digits)
    }

    /// So many decimal digits; the first is neither 0 nor 9, so that 19 of them fit an i64.
    pub fn digits(&mut self, digits: usize) -> String {
        let first = char::from(b'1' + u8::try_from(self.below(8)).unwrap_or(0));
        format!("{first}{}", self.from_alphabet("0123456789", digits.saturating_sub(1)))
    }

    /// So many characters of the alphabet.
    pub fn from_alphabet(&mut self, alphabet: &str, length: usize) -> String {
        let letters = alphabet.as_bytes();
        (0..length)
            .filter_map(|_| {
                let index = usize::try_from(self.below(letters.len() as u64)).ok()?;
                letters.get(index).copied().map(char::from)
            })
            .collect()
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
    fn every_number_below_the_bound_comes_up() {
        let mut draw = Draws::new(7).named("even");
        let seen: std::collections::BTreeSet<u64> = (0..300).map(|_| draw.below(6)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    }
}
