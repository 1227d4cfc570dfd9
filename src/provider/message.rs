//! Messages of a provider, and what they are made of.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::{Revision, Wire};
use crate::callback::{Body, MessageHead};
use crate::lifecycle::draw::Draws;
use crate::lifecycle::{Event, Fact};
use crate::scenario::Scenario;

/// Everything a provider needs to tell what happened.
pub struct EventContext<'a> {
    /// What the user wrote.
    pub scenario: &'a Scenario,
    /// The edition to speak in.
    pub revision: &'a Revision,
    /// What its messages look like.
    pub wire: Wire,
    /// Every setting, given or default.
    pub settings: &'a BTreeMap<&'static str, String>,
    /// When the broadcast began.
    pub epoch: Timestamp,
    /// The chance of this scenario.
    pub draws: Draws,
    /// What happened, in order.
    pub facts: &'a [Fact],
}

impl EventContext<'_> {
    /// The wall-clock time of a simulated one.
    pub fn wall(&self, at: Duration) -> Timestamp {
        // Beyond the year 9999 there is no time to tell; scenarios are bounded far below it.
        self.epoch.checked_add(at).unwrap_or(Timestamp::MAX)
    }

    /// A setting's value.
    pub fn setting(&self, name: &str) -> &str {
        self.settings.get(name).map_or("", String::as_str)
    }

    /// True when no file of the task of this fact is complete later.
    pub fn is_last_file(&self, index: usize) -> bool {
        let task = self.facts.get(index).map(|fact| fact.task);
        let complete = |fact: &Fact| Some(fact.task) == task && matches!(fact.event, Event::FileComplete(_));
        !self.facts.iter().skip(index + 1).any(complete)
    }
}

/// Message of a provider about one fact.
pub struct Message {
    /// Index of the fact.
    pub fact: usize,
    /// The event in the provider's words; one of [`Provider::events`](super::Provider::events).
    pub event: &'static str,
    /// Identities of the finished files that it announces.
    pub file_keys: Vec<String>,
    /// The headers that it has beside those of every request.
    pub head: MessageHead,
    /// The body.
    pub body: Body,
    /// It comes when the callback URL is set up, before everything else.
    pub sets_up: bool,
    /// From the fact to the message.
    pub later: Duration,
}

impl Message {
    /// A message without headers of its own.
    pub fn new(fact: usize, event: &'static str, file_key: Option<String>, body: Body) -> Self {
        Self {
            fact,
            event,
            file_keys: file_key.into_iter().collect(),
            head: MessageHead::default(),
            body,
            sets_up: false,
            later: Duration::ZERO,
        }
    }

    /// The same as the query of a GET, sent so much later.
    #[must_use]
    pub fn in_query(self, later: Duration) -> Self {
        Self { head: MessageHead { in_query: true, ..self.head }, later, ..self }
    }

    /// The same with these headers of its own.
    #[must_use]
    pub fn with_headers(self, headers: Vec<(&'static str, String)>) -> Self {
        Self { head: MessageHead { headers, ..self.head }, ..self }
    }
}
