//! The messages of a declared provider: which of them tells of a fact.

use std::time::Duration;

use super::form::Happening;
use super::value::DeclaredValue;
use crate::callback::MessageHead;
use crate::lifecycle::{Event, Fact};
use crate::percent::text_of;
use crate::provider::field::{self, Field, Occurrence};
use crate::provider::{EventContext, Message};

/// A message of a declared provider.
pub struct DeclaredMessage {
    /// Happenings that it tells of.
    pub(super) on: Vec<Happening>,
    /// Name of the event.
    pub(super) event: &'static str,
    /// First and last edition that has it.
    pub(super) editions: (u8, u8),
    /// Values and the texts that each may have.
    pub(super) when: Vec<(DeclaredValue, Vec<String>)>,
    /// Place among messages of one instant.
    pub(super) rank: i64,
    /// Identity of the file that it announces.
    pub(super) file: Option<DeclaredValue>,
    /// Headers of this message.
    pub(super) headers: Vec<(&'static str, DeclaredValue)>,
    /// Fields of its body.
    pub(super) fields: &'static [Field],
}

/// Everything that the provider tells, in order of time.
pub(super) fn messages(context: &EventContext<'_>) -> Vec<Message> {
    let Some(declared) = context.revision.declared else { return Vec::new() };
    let edition = context.revision.edition;
    let mut all: Vec<(i64, Message)> = Vec::new();
    for (index, fact) in context.facts.iter().enumerate() {
        let happened = happenings(context, index, fact);
        let own = declared.messages.iter().filter(|message| {
            let (first, last) = message.editions;
            (first..=last).contains(&edition) && message.on.iter().any(|on| happened.contains(on))
        });
        for message in own {
            let occurrence = Occurrence { context, fact, event: message.event };
            let fits = |(value, texts): &(DeclaredValue, Vec<String>)| {
                value.text(&occurrence).is_some_and(|text| texts.contains(&text))
            };
            if message.when.iter().all(fits) {
                all.push((message.rank, message.tell(index, &occurrence, &declared.headers)));
            }
        }
    }
    let at = |message: &Message| context.facts.get(message.fact).map(|fact| fact.at);
    all.sort_by_key(|(rank, message)| (at(message), !message.sets_up, *rank));
    all.into_iter().map(|(_, message)| message).collect()
}

impl DeclaredMessage {
    fn tell(
        &self,
        fact: usize,
        occurrence: &Occurrence<'_>,
        shared: &[(&'static str, DeclaredValue)],
    ) -> Message {
        let headers = shared.iter().chain(&self.headers);
        let headers = headers.filter_map(|(name, value)| Some((*name, value.text(occurrence)?))).collect();
        let announced = self.file.as_ref().and_then(|file| file.value(occurrence));
        let file_keys = match announced {
            Some(serde_json::Value::Array(files)) => files.iter().map(text_of).collect(),
            Some(file) => vec![text_of(&file)],
            None => Vec::new(),
        };
        Message {
            fact,
            event: self.event,
            file_keys,
            head: MessageHead { headers, ..MessageHead::default() },
            body: field::body(self.fields, occurrence),
            sets_up: self.on.contains(&Happening::SetUp),
            later: Duration::ZERO,
        }
    }
}

/// The happenings that a fact is.
fn happenings(context: &EventContext<'_>, index: usize, fact: &Fact) -> Vec<Happening> {
    let set_up = (index == 0).then_some(Happening::SetUp);
    let last = matches!(fact.event, Event::FileComplete(_)) && context.is_last_file(index);
    let all_files = last.then_some(Happening::AllFiles);
    set_up.into_iter().chain(Happening::of(&fact.event)).chain(all_files).collect()
}
