//! Callbacks that came, as far back as there is room, and what they come to for each stream and file.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use hyper::body::Bytes;

/// Callbacks that are kept.
pub(super) const MOST: usize = 2_000;
/// Bytes of bodies, answers and headers that are kept, about.
const MOST_BYTES: usize = 64 << 20;
/// Streams and files that are told apart; of more only the number of callbacks is known.
const MOST_NAMES: usize = 10_000;

/// One callback, and how it was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeptCallback {
    /// Its number, from 1 on.
    pub(super) number: u64,
    /// When it was answered, in Unix seconds.
    pub(super) at: i64,
    pub(super) method: String,
    /// Path and query.
    pub(super) target: String,
    /// The path of the account that took it.
    pub(super) account: String,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Bytes,
    pub(super) event: String,
    pub(super) stream: String,
    pub(super) file: String,
    pub(super) status: u16,
    pub(super) kind: Became,
    /// What became of it, or why it was refused.
    pub(super) outcome: String,
    pub(super) answer: Bytes,
}

/// What became of a callback.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Became {
    /// It was accepted.
    #[default]
    Accepted,
    /// It was accepted, and announced a file that was known.
    Duplicate,
    /// It was refused.
    Refused,
}

/// The callbacks that are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Only of this kind.
    pub(super) only: Option<Became>,
    /// Only those before this number.
    pub(super) before: Option<u64>,
}

/// What came of one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) callbacks: u64,
    pub(super) refused: u64,
    pub(super) duplicates: u64,
    /// The stream of a file.
    pub(super) stream: String,
    /// The last event, and the number of its callback.
    pub(super) event: String,
    pub(super) last: u64,
}

/// Callbacks, newest last, and sums over all that ever came.
#[derive(Debug, Default)]
pub(super) struct Kept {
    entries: VecDeque<Arc<KeptCallback>>,
    bytes: usize,
    pub(super) total: Sum,
    pub(super) streams: BTreeMap<String, Sum>,
    pub(super) files: BTreeMap<String, Sum>,
}

impl KeptCallback {
    fn bytes(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.body.len() + self.answer.len() + self.target.len() + headers
    }
}

impl Filter {
    fn has(self, entry: &KeptCallback) -> bool {
        self.only.is_none_or(|kind| kind == entry.kind)
            && self.before.is_none_or(|before| entry.number < before)
    }
}

impl Sum {
    fn count(&mut self, entry: &KeptCallback) {
        self.callbacks += 1;
        self.refused += u64::from(entry.kind == Became::Refused);
        self.duplicates += u64::from(entry.kind == Became::Duplicate);
        self.event.clone_from(&entry.event);
        self.last = entry.number;
    }
}

impl Kept {
    /// Takes in a callback, and gives it its number.
    pub(super) fn add(&mut self, mut entry: KeptCallback) -> u64 {
        entry.number = self.total.callbacks + 1;
        self.total.count(&entry);
        count(&mut self.streams, &entry.stream, &entry);
        // What is refused announces nothing.
        if entry.kind != Became::Refused {
            count(&mut self.files, &entry.file, &entry);
            if let Some(file) = self.files.get_mut(&entry.file) {
                file.stream.clone_from(&entry.stream);
            }
        }
        self.bytes += entry.bytes();
        let number = entry.number;
        self.entries.push_back(Arc::new(entry));
        while self.entries.len() > MOST || (self.bytes > MOST_BYTES && self.entries.len() > 1) {
            let Some(gone) = self.entries.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(gone.bytes());
        }
        number
    }

    /// The callback of a number, while it is kept.
    pub(super) fn get(&self, number: u64) -> Option<Arc<KeptCallback>> {
        let first = self.entries.front()?.number;
        self.entries.get(usize::try_from(number.checked_sub(first)?).ok()?).cloned()
    }

    /// The newest of these, and of those after a number, newest first.
    pub(super) fn newest(&self, choice: Filter, after: u64, most: usize) -> Vec<Arc<KeptCallback>> {
        let entries = self.entries.iter().rev().take_while(|entry| entry.number > after);
        entries.filter(|entry| choice.has(entry)).take(most).cloned().collect()
    }
}

fn count(sums: &mut BTreeMap<String, Sum>, name: &str, entry: &KeptCallback) {
    if !name.is_empty() && (sums.len() < MOST_NAMES || sums.contains_key(name)) {
        sums.entry(name.to_owned()).or_default().count(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(file: &str, kind: Became) -> KeptCallback {
        KeptCallback {
            stream: "s".into(),
            file: file.into(),
            kind,
            body: Bytes::from_static(b"{}"),
            ..KeptCallback::default()
        }
    }

    #[test]
    fn the_oldest_go_and_the_sums_stay() {
        let mut journal = Kept::default();
        for n in 0..10_000 {
            let kind = if n % 10 == 0 { Became::Refused } else { Became::Accepted };
            assert_eq!(journal.add(entry(&format!("f{}", n % 7), kind)), n + 1);
        }
        assert_eq!(
            (journal.entries[0].number, journal.total.callbacks, journal.total.refused),
            (8001, 10_000, 1000)
        );
        assert_eq!(journal.streams.get("s").map(|sum| sum.callbacks), Some(10_000));
        assert_eq!(journal.files.len(), 7);
        assert_eq!((journal.get(8000), journal.get(8001).map(|entry| entry.number)), (None, Some(8001)));
        assert_eq!(journal.get(10_001), None);
        let refused = Filter { only: Some(Became::Refused), before: Some(9_000) };
        let numbers: Vec<u64> = journal.newest(refused, 0, 2).iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, [8991, 8981]);
        assert_eq!(journal.newest(Filter::default(), 9_998, 200).len(), 2);
    }

    #[test]
    fn large_bodies_take_the_room_of_many() {
        let mut journal = Kept::default();
        for _ in 0..100 {
            journal.add(KeptCallback { body: vec![b'x'; 1 << 20].into(), ..KeptCallback::default() });
        }
        assert!(journal.newest(Filter::default(), 0, 200).len() <= 64);
        assert_eq!(journal.total.callbacks, 100);
    }
}
