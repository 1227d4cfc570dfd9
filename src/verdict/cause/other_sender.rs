//! Answers that name a header or a field which another sender sends: the receiver was made for that one.

use std::collections::BTreeSet;

use crate::provider::declared::known;
use crate::provider::{Provider, Revision};
use crate::record::{CallbackRun, Exchange};

/// The advice for a refusal that names what another sender sends, in its answer or in what the receiver printed. None where it names
/// nothing of the kind.
pub fn other_sender(callback: &CallbackRun, exchange: &Exchange, sender: &str) -> Option<String> {
    let answer = exchange.answer.as_ref().filter(|answer| answer.status >= 400)?;
    let said = std::iter::once(&answer.body).chain(&callback.printed).map(String::as_str);
    named(&said.collect::<Vec<_>>().join("\n"), sender, &callback.line.body.to_string())
}

fn named(said: &str, sender: &str, sent: &str) -> Option<String> {
    let known = known();
    let own = known.iter().find(|provider| provider.name == sender)?;
    let (own, sent) = (names(own), words(sent).collect::<BTreeSet<_>>());
    let named = words(said).find_map(|word| {
        let of_others = || known.iter().filter(|other| other.name != sender);
        let is_own = own.iter().any(|own| own.eq_ignore_ascii_case(word)) || sent.contains(word);
        let others: Vec<&str> = of_others()
            .filter(|other| names(other).iter().any(|name| name.eq_ignore_ascii_case(word)))
            .map(|other| other.name)
            .collect();
        (!is_own && !others.is_empty()).then_some((word, others))
    });
    let (word, others) = named?;
    let (all, first) = (others.join(" and "), others.first()?);
    let send = if others.len() == 1 { "sends" } else { "send" };
    Some(format!(
        "another sender: it names `{word}`, which {all} {send} and {sender} does not; a receiver of {first} is tested with \
         `hookreel run @{first}` and `hookreel audit {first}`"
    ))
}

/// Names of headers and fields by which messages of a sender are read. Plain words, such as `type`, tell nobody's messages apart.
fn names(provider: &'static Provider) -> BTreeSet<&'static str> {
    let mut all = BTreeSet::new();
    for revision in provider.revisions {
        let reading = revision.reading;
        all.extend(headers(revision));
        let paths = [
            reading.signature_field,
            reading.time_field,
            reading.file_list,
            reading.file_field,
            reading.file_field_else,
            reading.file_also,
            reading.stream_field,
            reading.url_field,
            reading.duration_field,
        ];
        let paths = paths.into_iter().chain(reading.event_field);
        all.extend(paths.flat_map(|path| path.split(['.', '['])));
    }
    all.retain(|name| is_telling(name));
    all
}

/// The headers that prove a message of an edition.
fn headers(revision: &'static Revision) -> impl Iterator<Item = &'static str> {
    revision.reading.proof.header().into_iter().filter(|_| !revision.signatures.is_empty())
}

/// True for a name that is made of several words.
fn is_telling(name: &str) -> bool {
    let inner_capital = name.chars().skip(1).any(char::is_uppercase) && name.chars().any(char::is_lowercase);
    name.contains(['_', '-']) || inner_capital
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').filter(|word| is_telling(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sender: &str, body: &str) -> Option<String> {
        named(body, sender, r#"{"own_field":1}"#)
    }

    #[test]
    fn a_receiver_that_names_what_another_sender_sends_was_made_for_that_one() {
        for (sender, body, of) in [
            ("huawei", r#"{"error":"missing Mux-Signature header"}"#, "hookreel run @mux"),
            ("huawei", "missing mux-signature", "hookreel audit mux"),
            ("huawei", "KeyError: 'egressInfo'", "hookreel run @livekit"),
            (
                "tencent",
                r#"{"detail":[{"loc":["body","EventInfo"],"type":"missing"}]}"#,
                "hookreel run @trtc",
            ),
            ("tencent", "auth_sign required", "hookreel run @huawei"),
            ("mux", "no such key: file_id", "hookreel run @tencent"),
        ] {
            let told = told(sender, body).unwrap_or_default();
            assert!(told.contains(of), "{body}: {told}");
        }
    }

    #[test]
    fn names_of_its_own_and_plain_words_tell_of_no_other_sender() {
        for (sender, body) in [
            ("huawei", "bad auth_sign in event_type"),
            ("tencent", "missing type, uri, Sign or action"),
            ("tencent", "stream_id is not known"),
            ("mux", "unknown own_field"),
            ("huawei", "Authorization required"),
            ("nobody", "Mux-Signature"),
        ] {
            assert_eq!(told(sender, body), None, "{body}");
        }
    }
}
