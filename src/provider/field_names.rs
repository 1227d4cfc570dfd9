//! The names by which a received message is read.

use serde_json::{Map, Value};

use super::signature::Proof;
use crate::callback::path;

/// How to find in a received body what a judge needs.
pub struct FieldNames {
    /// Where the signature stands.
    pub proof: Proof,
    /// The field with the signature; empty where it stands elsewhere.
    pub signature_field: &'static str,
    /// The field with the signed time; empty where there is none.
    pub time_field: &'static str,
    /// The time in that field is the time of sending, and not that of expiry.
    pub time_of_sending: bool,
    /// The field that names the event; none = every callback announces a file.
    pub event_field: Option<&'static str>,
    /// Events that announce a finished file, as they stand in the event field.
    pub file_events: &'static [&'static str],
    /// Where a message names no event: fields that only one about a finished file has. Empty where no field names the event = every
    /// message is about a file; empty elsewhere = a message without an event is not complete.
    pub file_marks: &'static [&'static str],
    /// The list of files of a message that is about several; empty = a message is about one.
    pub file_list: &'static str,
    /// The path to what tells one file from another; of a list, for its first member.
    pub file_field: &'static str,
    /// The same for messages that lack it, or of a second list; empty = none do.
    pub file_field_else: &'static str,
    /// The path to another identity of the file, by which a receiver may know it as well; empty = there is none.
    pub file_also: &'static str,
    /// The field with the stream's name.
    pub stream_field: &'static str,
    /// The field with the file's address.
    pub url_field: &'static str,
    /// The field with its length in seconds.
    pub duration_field: &'static str,
    /// The media type of its messages.
    pub media_type: &'static str,
    /// The answer that the vendor's page shows for success.
    pub answer: &'static str,
    /// Its status.
    pub answer_status: u16,
}

impl FieldNames {
    /// True when a message that names no event announces a file, by the fields that it has.
    pub fn marks_a_file(&self, has: impl Fn(&str) -> bool) -> bool {
        self.file_marks.is_empty() || self.file_marks.iter().any(|name| has(name))
    }

    /// Paths to what tells the files of a message apart, one for each. A message that lists none, or none yet, announces none.
    pub fn files(&self, facts: &Map<String, Value>) -> Vec<String> {
        let amount = |list: &str| path::lookup(facts, list).map(|list| list.as_array().map_or(1, Vec::len));
        let first = (!self.file_list.is_empty()).then(|| amount(self.file_list));
        let second = self.file_field_else.split_once("[0]").map(|(list, _)| amount(list));
        let each = |way: &str, amount: usize| {
            (0..amount).map(|index| way.replacen("[0]", &format!("[{index}]"), 1)).collect::<Vec<_>>()
        };
        let has = |way: &str| path::lookup(facts, way).is_some_and(|value| value != "");
        match (first, second) {
            (first, Some(second)) => {
                let all =
                    |way, amount: Option<usize>| amount.map_or_else(Vec::new, |amount| each(way, amount));
                [all(self.file_field, first.flatten()), all(self.file_field_else, second)].concat()
            }
            (Some(Some(amount)), None) => each(self.file_field, amount),
            (Some(None), None) if self.file_field_else.is_empty() => Vec::new(),
            _ if !has(self.file_field) && !self.file_field_else.is_empty() => {
                vec![self.file_field_else.to_owned()]
            }
            _ => vec![self.file_field.to_owned()],
        }
    }
}
