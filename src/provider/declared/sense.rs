//! Mistakes of a file as a whole: its names, and parts that no sender has.

use super::conduct::TimeForms;
use super::form::{Happening, MessageForm, PartsForm, ProviderFile};
use super::words::editions;
use crate::problem::Problem;
use crate::provider::ALL;
use crate::provider::field::NOW;

/// Problems of names, of times and of messages that stand beside each other.
pub(super) fn check_names(file: &ProviderFile, revisions: &[String]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let name = &file.provider;
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(letters) {
        let problem = Problem::at("provider", "this cannot be the name of a provider");
        problems.push(problem.label("expected small letters, digits and dashes, such as acme"));
    }
    if ALL.iter().any(|known| known.name == name) {
        let problem = Problem::at("provider", format!("`{name}` is the name of a provider that is built in"));
        problems.push(problem.help(format!("give this one another name, such as {name}-own")));
    }
    if revisions.is_empty() {
        let problem = Problem::at("revisions", "there is no revision");
        problems.push(problem.label("expected at least one").help("for example `[{name: \"2026-01\"}]`"));
    }
    for (index, revision) in revisions.iter().enumerate() {
        if revisions.iter().take(index).any(|earlier| earlier == revision) {
            let path = format!("revisions[{index}].name");
            problems.push(Problem::at(path, format!("there are two revisions `{revision}`")));
        }
    }
    if revisions.len() > usize::from(NOW) {
        let label = format!("at most {NOW} are read");
        problems.push(Problem::at("revisions", "there are too many revisions").label(label));
    }
    if file.messages.is_empty() {
        let problem = Problem::at("messages", "there is no message").label("expected at least one");
        problems.push(problem.help("for example `{on: file-complete, event: record, body: {...}}`"));
    }
    problems.extend(no_lifetime(file));
    problems.extend(twice(file));
    problems.extend(mixed(file, revisions));
    problems
}

/// Messages that tell of the same happening by the same event, under the same conditions: both would be sent.
fn twice(file: &ProviderFile) -> Vec<Problem> {
    let key = |message: &MessageForm| {
        let revisions = message.revisions.as_ref().map(|word| word.0.clone());
        (message.event.clone(), revisions, format!("{:?}", message.when))
    };
    let mut problems = Vec::new();
    for (index, message) in file.messages.iter().enumerate() {
        let same = |earlier: &&MessageForm| {
            key(earlier) == key(message) && earlier.on.all().iter().any(|on| message.on.all().contains(on))
        };
        if file.messages.iter().take(index).any(|earlier| same(&earlier)) {
            let title = format!("two messages tell of the same by the event `{}`", message.event);
            let problem = Problem::at(format!("messages[{index}].event"), title);
            problems.push(
                problem.help(
                    "both would be sent; name another event, or tell them apart by `when` or `revisions`",
                ),
            );
        }
    }
    problems
}

/// Events by which a receiver cannot tell whether a file is complete: messages about one have them, and others, too.
fn mixed(file: &ProviderFile, revisions: &[String]) -> Vec<Problem> {
    let by_event = |parts: &PartsForm| parts.reading.as_ref().is_some_and(|reading| reading.event.is_some());
    let named = by_event(&file.parts) || file.revisions.iter().any(|revision| by_event(&revision.parts));
    let about_file = |message: &MessageForm| {
        let files = [Happening::FileComplete, Happening::AllFiles];
        message.file.is_some() || message.on.all().iter().any(|on| files.contains(on))
    };
    let range = |message: &MessageForm| {
        let range = message.revisions.as_ref().and_then(|word| editions(revisions, &word.0).ok());
        range.unwrap_or((0, NOW))
    };
    let together = |one: &MessageForm, other: &MessageForm| {
        let (one, other) = (range(one), range(other));
        one.0 <= other.1 && other.0 <= one.1
    };
    let mut problems = Vec::new();
    for (index, message) in file.messages.iter().enumerate().filter(|_| named) {
        let same = |earlier: &&MessageForm| {
            earlier.event == message.event
                && about_file(earlier) != about_file(message)
                && together(earlier, message)
        };
        let mut before = file.messages.iter().take(index);
        if let Some(earlier) = before.position(|earlier| same(&earlier)) {
            let event = &message.event;
            let title =
                format!("the event `{event}` is declared twice: of a complete file, and of something else");
            let problem = Problem::at(format!("messages[{index}].event"), title);
            let help = format!(
                "`messages[{earlier}]` has it, too, and `reading.event` tells which message is about a file; give one of them another name"
            );
            problems.push(problem.help(help).help("where the vendor sends one word for both, write it into the bodies, give both names of your own, and leave out `reading.event`"));
        }
    }
    problems
}

/// Lifetimes of zero: no callback would be valid when it comes.
fn no_lifetime(file: &ProviderFile) -> Vec<Problem> {
    let zero = |time: &Option<TimeForms>| {
        time.as_ref().and_then(|time| time.lifetime).is_some_and(|lifetime| lifetime.0.is_zero())
    };
    let own = zero(&file.parts.time).then(|| "time.lifetime".to_owned());
    let each = file.revisions.iter().enumerate();
    let others = each.filter(|(_, revision)| zero(&revision.parts.time));
    let paths = own.into_iter().chain(others.map(|(index, _)| format!("revisions[{index}].time.lifetime")));
    let problem = |path| {
        Problem::at(path, "a lifetime of zero leaves no time to arrive").label("expected more than 0s")
    };
    paths.map(problem).collect()
}
