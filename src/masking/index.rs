//! The spellings of secrets, by every eighth group of eight letters: sixteen in a row hold one of these groups whole.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::Hit;
use super::letters::Letters;

/// Letters of a group.
const GROUP: usize = 8;

/// Spellings of secrets.
#[derive(Default)]
pub(super) struct Index {
    spellings: Vec<SecretSpelling>,
    /// The newest place of each group.
    groups: HashMap<u64, u32, BuildHasherDefault<Mixer>>,
    places: Vec<SpellingPlace>,
}

struct SecretSpelling {
    letters: Box<[u8]>,
    name: &'static str,
    /// Number of letters in a row that reveal it.
    telling: usize,
    /// The word around goes with it.
    word: bool,
}

/// Position of a group.
struct SpellingPlace {
    spelling: u32,
    offset: usize,
    /// The next place of the same group.
    other: Option<u32>,
}

impl Index {
    /// Adds a spelling; none = it is looked for as a whole.
    pub(super) fn add(&mut self, text: &str, name: &'static str, telling: Option<usize>) {
        let letters = text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase());
        let letters: Box<[u8]> = letters.collect();
        let (Ok(spelling), true) = (u32::try_from(self.spellings.len()), letters.len() >= GROUP) else {
            return;
        };
        for (number, group) in letters.chunks_exact(GROUP).enumerate() {
            let Ok(place) = u32::try_from(self.places.len()) else { return };
            let other = self.groups.insert(group.iter().fold(0, shifted), place);
            self.places.push(SpellingPlace { spelling, offset: number * GROUP, other });
        }
        let telling_letters = telling.map_or(letters.len(), |telling| telling.min(letters.len()));
        self.spellings.push(SecretSpelling {
            letters,
            name,
            telling: telling_letters,
            word: telling.is_some(),
        });
    }

    /// True when a spelling begins with this text.
    pub(super) fn holds(&self, text: &str) -> bool {
        let letters = Letters::of(text).letters;
        let Some(group) = letters.get(..GROUP) else { return false };
        let known = |place: &SpellingPlace| {
            self.spellings
                .get(place.spelling as usize)
                .is_some_and(|known| known.letters.starts_with(&letters))
        };
        self.at(group.iter().fold(0, shifted)).any(|place| place.offset == 0 && known(place))
    }

    fn at(&self, group: u64) -> impl Iterator<Item = &SpellingPlace> {
        let place = |number: u32| self.places.get(number as usize);
        let first = self.groups.get(&group).and_then(|number| place(*number));
        std::iter::successors(first, move |found| found.other.and_then(place))
    }

    /// Finds the spellings in a text.
    pub(super) fn find(&self, text: &Letters, hits: &mut Vec<Hit>) {
        if self.groups.is_empty() {
            return;
        }
        let mut group = 0;
        // What was found last ends here.
        let mut found = 0;
        for (at, letter) in text.letters.iter().enumerate() {
            group = shifted(group, letter);
            let start = (at + 1).checked_sub(GROUP);
            let Some(start) = start.filter(|_| at >= found) else { continue };
            let longest = self.at(group).filter_map(|place| self.around(&text.letters, start, place));
            if let Some((first, behind, spelling)) = longest.max_by_key(|(first, behind, _)| behind - first) {
                let (range, name) = (text.range(first, behind), spelling.name);
                hits.push(Hit { range, name, word: spelling.word });
                found = behind;
            }
        }
    }

    /// The letters around a group that are the spelling's own, when they give it away.
    fn around(
        &self,
        text: &[u8],
        start: usize,
        place: &SpellingPlace,
    ) -> Option<(usize, usize, &SecretSpelling)> {
        let spelling = self.spellings.get(place.spelling as usize)?;
        let (before, after) = (text.get(..start)?, text.get(start..)?);
        let (own_before, own_after) = spelling.letters.split_at_checked(place.offset)?;
        let left = before.iter().rev().zip(own_before.iter().rev()).take_while(|(a, b)| a == b).count();
        let right = after.iter().zip(own_after).take_while(|(a, b)| a == b).count();
        (left + right >= spelling.telling).then_some((start - left, start + right, spelling))
    }
}

/// The last eight letters.
fn shifted(group: u64, letter: &u8) -> u64 {
    group << 8 | u64::from(*letter)
}

/// Hashes groups of eight letters. They come from receivers, who do not know what is looked for, so nobody can make them
/// collide.
#[derive(Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(self.0 << 8 ^ u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 32;
    }
}
