//! The last file of a recording task, by which senders that tell all files at once begin to tell.

use super::EventContext;
use crate::lifecycle::{Event, Fact};

impl EventContext<'_> {
    /// True when no file of the task of this fact is complete later.
    pub fn is_last_file(&self, index: usize) -> bool {
        let task = self.facts.get(index).map(|fact| fact.task);
        let complete = |fact: &Fact| Some(fact.task) == task && matches!(fact.event, Event::FileComplete(_));
        !self.facts.iter().skip(index + 1).any(complete)
    }
}
