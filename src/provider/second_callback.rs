//! A second callback of a platform.

use serde_json::{Map, Value};

use super::FieldNames;
use super::signature::Signature;
use crate::percent;

/// A callback of the same platform with other field names and another signature; in reality it has a URL of its own.
pub struct SecondCallback {
    /// Its events, as they stand in its event field.
    pub events: &'static [&'static str],
    /// How it is read.
    pub reading: FieldNames,
    /// How it is signed, whatever the method of the main one; none = it is not.
    pub signature: Option<Signature>,
    /// Its messages are the query of a GET.
    pub in_query: bool,
}

impl SecondCallback {
    /// The fields of a message that is the query of a GET; none = it is none of this callback.
    pub fn asked(&self, query: &str) -> Option<Map<String, Value>> {
        let fields = self.asked_of_any(query)?;
        let event = fields.get(self.reading.event_field?)?.as_str()?;
        self.events.contains(&event).then_some(fields)
    }

    /// The same for an event that may not be known yet: nothing but a signature beside it tells that it is a callback.
    pub fn asked_of_any(&self, query: &str) -> Option<Map<String, Value>> {
        let fields = percent::fields(query);
        (self.in_query && fields.contains_key(self.reading.event_field?)).then_some(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::super::find;

    #[test]
    fn a_query_is_read_where_it_names_an_event_of_the_callback() {
        let push = find("alibaba", "").unwrap().newest().second_callback.unwrap();
        let fields = push.asked("action=publish&app=push.example.com&id=a%2Db+c&x").unwrap();
        assert_eq!(fields["id"], "a-b c");
        assert_eq!(fields.len(), 3);
        for other in ["", "action=play&app=x", "app=publish", "action"] {
            assert!(push.asked(other).is_none(), "{other}");
            assert_eq!(push.asked_of_any(other).is_some(), other.starts_with("action="), "{other}");
        }
        let in_body = find("huawei", "").unwrap().newest().second_callback.unwrap();
        assert!(in_body.asked("event=PUBLISH").is_none());
    }
}
