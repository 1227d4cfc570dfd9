//! Stored recordings: each finished file once, however often it is announced.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::habits::{FileIdentity, Habits, Repeat};
use super::judge::{Accepted, Refusal};

/// A finished file, as its callback describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// Identity of the file, in the provider's words.
    pub file: String,
    /// The event that announced it.
    pub event: String,
    /// The stream it is of.
    pub stream: Option<String>,
    /// URL of the file.
    pub url: Option<String>,
    /// Its size, as the body has it.
    pub size: Option<Value>,
}

/// Change made by an accepted callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredEffect {
    /// Nothing: it announces no file.
    Nothing,
    /// A recording more.
    Stored,
    /// Nothing: the recording was known.
    Known,
}

/// The store of one callback URL.
#[derive(Clone, Debug, Default)]
pub struct Inbox {
    /// Everything stored, in its order. A file more than once is a bug.
    pub recordings: Vec<StoredFile>,
    /// Callbacks acknowledged, duplicates included.
    pub accepted: u64,
    /// Announcements of a file that was stored already.
    pub duplicates: u64,
    /// Callbacks refused, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Index of a recording, by its identity.
    known: BTreeMap<String, usize>,
    /// The same identities, oldest first.
    order: VecDeque<String>,
    /// Those that an event was about which announced no file.
    streams: BTreeSet<String>,
}

impl Inbox {
    /// Files by their identity, and how often each is stored.
    pub fn files(&self) -> BTreeMap<String, u32> {
        let mut files = BTreeMap::new();
        for recording in &self.recordings {
            *files.entry(recording.file.clone()).or_default() += 1;
        }
        files
    }

    /// Index of the recording with this identity, if it is known.
    pub fn find(&self, identity: Option<&str>) -> Option<usize> {
        self.known.get(identity?).copied()
    }

    /// Takes in what a callback says. `found` is where its recording stands already; `keep` makes a recording durable
    /// before it counts as stored.
    ///
    /// # Errors
    /// It could not be kept, or the receiver has a bug.
    pub fn take(
        &mut self,
        habits: &Habits,
        accepted: Accepted,
        found: Option<usize>,
        keep: impl FnOnce(&StoredFile) -> io::Result<()>,
    ) -> Result<StoredEffect, Refusal> {
        let Some(recording) = accepted.recording else {
            self.streams.extend(accepted.stream);
            return Ok(StoredEffect::Nothing);
        };
        if habits.first_event_settles
            && accepted.stream.as_ref().is_some_and(|stream| self.streams.contains(stream))
        {
            return Ok(StoredEffect::Nothing);
        }
        let heard = accepted.stream.is_none_or(|stream| self.streams.contains(&stream));
        if habits.wants_stream_first && !heard {
            return Err(Refusal::NoStream);
        }
        match (found.and_then(|at| self.recordings.get_mut(at)), habits.repeat) {
            (None, _) => {
                keep(&recording).map_err(|_| Refusal::NotKept)?;
                self.store(habits, recording, accepted.identity);
                Ok(StoredEffect::Stored)
            }
            (Some(_), Repeat::Acknowledge) => Ok(StoredEffect::Known),
            (Some(_), Repeat::Fail) => Err(Refusal::Crash),
            (Some(old), Repeat::Overwrite) => {
                keep(&recording).map_err(|_| Refusal::NotKept)?;
                *old = recording;
                Ok(StoredEffect::Known)
            }
        }
    }

    /// Takes back what was kept before a restart.
    pub fn restore(&mut self, habits: &Habits, recording: StoredFile) {
        if !habits.keeps {
            return;
        }
        // The other identities are not kept.
        let remembered = habits.remembers && habits.identity == FileIdentity::File;
        let identity = remembered.then(|| recording.file.clone());
        match self.find(identity.as_deref()).and_then(|at| self.recordings.get_mut(at)) {
            None => self.store(habits, recording, identity),
            Some(old) if habits.repeat == Repeat::Overwrite => *old = recording,
            Some(_) => {}
        }
    }

    /// Counts an answer.
    pub fn count(&mut self, word: &Result<StoredEffect, Refusal>) {
        match word {
            Err(refusal) => *self.refused.entry(refusal.to_string()).or_default() += 1,
            Ok(effect) => {
                self.accepted += 1;
                self.duplicates += u64::from(*effect == StoredEffect::Known);
            }
        }
    }

    fn store(&mut self, habits: &Habits, recording: StoredFile, identity: Option<String>) {
        if let Some(identity) = identity {
            self.known.insert(identity.clone(), self.recordings.len());
            self.order.push_back(identity);
        }
        self.recordings.push(recording);
        if self.order.len() > habits.memory
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(file: &str, url: &str) -> Accepted {
        let recording = StoredFile {
            file: file.into(),
            event: String::new(),
            stream: None,
            url: Some(url.into()),
            size: None,
        };
        let identity = Some(file.to_owned());
        Accepted {
            answer: None,
            event: String::new(),
            stream: None,
            recording: Some(recording),
            identity,
            others: Vec::new(),
        }
    }

    /// Takes in announcements of (file, url) in their order.
    fn inbox(habits: &Habits, announcements: &[(&str, &str)]) -> Inbox {
        let mut inbox = Inbox::default();
        for (file, url) in announcements {
            let found = inbox.find(Some(file));
            inbox.take(habits, announced(file, url), found, |_| Ok(())).unwrap();
        }
        inbox
    }

    #[test]
    fn only_what_is_remembered_is_known_again_and_the_oldest_is_forgotten_first() {
        let habits = Habits { memory: 2, ..Habits::default() };
        let inbox = inbox(&habits, &[("a", ""), ("b", ""), ("a", ""), ("c", "")]);
        assert_eq!(["a", "b", "c"].map(|file| inbox.find(Some(file))), [None, Some(1), Some(2)]);
    }

    #[test]
    fn a_recording_that_could_not_be_kept_is_not_known() {
        let mut inbox = Inbox::default();
        let full = |_: &StoredFile| Err(io::ErrorKind::StorageFull.into());
        let word = inbox.take(&Habits::default(), announced("a", ""), None, full);
        assert_eq!((word, inbox.find(Some("a")), inbox.recordings.len()), (Err(Refusal::NotKept), None, 0));
    }

    #[test]
    fn what_was_kept_comes_back_as_it_was_stored() {
        let lines =
            [("a", "1"), ("b", "1"), ("a", "2")].map(|(file, url)| announced(file, url).recording.unwrap());
        for (repeat, url) in [(Repeat::Acknowledge, "1"), (Repeat::Overwrite, "2")] {
            let habits = Habits { repeat, ..Habits::default() };
            let mut inbox = Inbox::default();
            lines.iter().for_each(|line| inbox.restore(&habits, line.clone()));
            assert_eq!(inbox.recordings[0].url.as_deref(), Some(url));
            assert_eq!(inbox.recordings.len(), 2);
        }
    }
}
