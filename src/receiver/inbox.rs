//! What the receiver has stored: each finished file once, however often it is announced.

use std::collections::BTreeMap;

use super::judge::{Accepted, Refusal};

/// The store of one callback URL.
#[derive(Clone, Debug, Default)]
pub struct Inbox {
    /// Files by their identity, and how often each was stored. More than once is a bug of ours.
    pub files: BTreeMap<String, u32>,
    /// Callbacks acknowledged, duplicates included.
    pub accepted: u64,
    /// Announcements of a file that was stored already.
    pub duplicates: u64,
    /// Callbacks refused, by reason.
    pub refused: BTreeMap<String, u64>,
}

impl Inbox {
    /// Takes in the judge's word.
    pub fn take(&mut self, word: &Result<Accepted, Refusal>) {
        match word {
            Err(refusal) => *self.refused.entry(refusal.to_string()).or_default() += 1,
            Ok(accepted) => {
                self.accepted += 1;
                match &accepted.file {
                    Some(file) if self.files.contains_key(file) => self.duplicates += 1,
                    Some(file) => *self.files.entry(file.clone()).or_default() += 1,
                    None => {}
                }
            }
        }
    }
}
