//! `hookreel provider`: the file of a provider checked against its evidence, and the words that such a file can use.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Map, Value};

use super::args::{ProviderArgs, ProviderCommand};
use super::exit::{Exit, Refused};
use super::shell_commands::quote;
use super::{ProcessContext, complain, providers, show, sources};
use crate::callback::{FieldSlot, PlannedCallback, path};
use crate::plan::PlannedScenario;
use crate::problem::{Source, Style};
use crate::provider::declared::{FUNCTIONS, ProviderFile, SEALED, SOURCES, compare, read};
use crate::provider::{Provider, Revision};
use crate::report::inert;

pub(super) fn run(args: &ProviderArgs, context: &ProcessContext) -> Result<Exit, Refused> {
    match &args.command {
        ProviderCommand::Check { file, all_errors } => {
            let most = if *all_errors { usize::MAX } else { context.colour.most };
            check(file, Style { most, ..context.colour })
        }
        ProviderCommand::Words => {
            show(&words());
            Ok(Exit::Passed)
        }
    }
}

fn check(path: &Path, style: Style) -> Result<Exit, Refused> {
    let (provider, text) = providers::of_file(path, style)?;
    let source = Source { name: path.display().to_string(), text };
    let (file, _) = read(source).map_err(|_| Refused {
        exit: Exit::Internal,
        text: "error: the file cannot be read again\n".into(),
    })?;
    let mut out = String::new();
    let mut right = true;
    for revision in provider.revisions {
        right &= edition(&mut out, &file, path, provider, revision)?;
    }
    let missing: Vec<String> =
        file.missing.iter().map(|missing| format!("  unknown    {}\n", inert(missing))).collect();
    out.push_str(&missing.concat());
    out.push_str(match right {
        true => "ok\n",
        false => "failed: a message is not like its sample, or is not read by its names\n",
    });
    show(&out);
    Ok(if right { Exit::Passed } else { Exit::Failed })
}

/// One edition: its messages, its signature, its evidence. False if a sample differs.
fn edition(
    out: &mut String,
    file: &ProviderFile,
    path: &Path,
    provider: &'static Provider,
    revision: &'static Revision,
) -> Result<bool, Refused> {
    let kinds = provider.events.iter().filter(|kind| kind.editions.contains(&revision.edition));
    let events: Vec<&str> = kinds.map(|kind| kind.name).collect();
    let plays = show::all_plays(show::SampleSender { provider, revision, shape: None }, &events)?;
    let first = |event: &str| {
        let mut told = plays.iter().flat_map(|play| play.callbacks.iter().map(move |told| (play, told)));
        told.find(|(_, told)| told.event == event)
    };
    let never: Vec<&str> = events.iter().copied().filter(|event| first(event).is_none()).collect();
    // Writing into a String cannot fail.
    let _ = writeln!(
        out,
        "{} {}, declared by {}",
        provider.name,
        revision.name,
        inert(&path.display().to_string())
    );
    let _ = writeln!(out, "  messages   {}", events.join(", "));
    if !never.is_empty() {
        let _ = writeln!(out, "  never sent {} (in no broadcast that was tried)", never.join(", "));
    }
    let mut signatures: Vec<(String, Vec<&str>)> = Vec::new();
    for event in &events {
        let Some((play, _)) = first(event) else { continue };
        let formula = show::signature(play, event);
        match signatures.iter_mut().find(|(known, _)| *known == formula) {
            Some((_, events)) => events.push(event),
            None => signatures.push((formula, vec![event])),
        }
    }
    let several = signatures.len() > 1;
    for (formula, events) in &signatures {
        let of = if several { format!(" ({})", events.join(", ")) } else { String::new() };
        let _ = writeln!(out, "  signature  {formula}{of}");
    }
    proved(out, file, provider, revision);
    let newest = std::ptr::eq(revision, provider.newest());
    let unread = unread(revision, &plays);
    for (name, way) in &unread {
        let _ = writeln!(out, "  reading    `{name}: {way}` is in no message about a file");
    }
    let mut right = unread.is_empty();
    for (event, name) in file.samples.iter().filter(|_| newest) {
        right &= held_against(out, event, name, path, first(event).map(|(_, told)| told))?;
    }
    if file.samples.is_empty() && newest {
        let _ = writeln!(
            out,
            "  samples    none: nothing proves the bodies; add a captured message under `samples`"
        );
    }
    Ok(right)
}

/// Signatures of the file that the formula reproduces, and its handshake.
fn proved(out: &mut String, file: &ProviderFile, provider: &Provider, revision: &Revision) {
    let own = file.vectors.iter().filter(|vector| {
        vector.revision.as_ref().map_or(provider.newest().name, |name| name.0.as_str()) == revision.name
    });
    // Writing into a String cannot fail.
    let _ = match (own.count(), revision.signatures.is_empty()) {
        (0, false) => {
            writeln!(out, "  vectors    none: nothing proves the signature; add one under `vectors`")
        }
        (0, true) => Ok(()),
        (count, _) => writeln!(out, "  vectors    {count} reproduced"),
    };
    if let (Some(handshake), Some(form)) = (revision.handshake(), &file.handshake) {
        let proof = match form.vectors.len() {
            0 => "no vector".to_owned(),
            count => format!("{count} reproduced"),
        };
        let _ = writeln!(out, "  handshake  {}, answered by {handshake}: {proof}", handshake.event);
    }
}

/// Paths under `reading` that lead to nothing in the messages about files.
fn unread(revision: &Revision, plays: &[PlannedScenario]) -> Vec<(&'static str, &'static str)> {
    let reading = revision.reading;
    let told = plays.iter().flat_map(|play| &play.callbacks).filter(|told| !told.file_keys.is_empty());
    let bodies: Vec<Map<String, Value>> = told.map(body).collect();
    let ways = [
        ("file", reading.file_field),
        ("stream", reading.stream_field),
        ("url", reading.url_field),
        ("duration", reading.duration_field),
    ];
    let leads = |way: &str| way.is_empty() || bodies.iter().any(|body| path::lookup(body, way).is_some());
    ways.into_iter().filter(|(_, way)| !bodies.is_empty() && !leads(way)).collect()
}

/// Warns of declared providers whose `reading` leads to nothing in the messages about files: no receiver would find the file there.
///
/// # Errors
/// A sample cannot be planned.
pub(super) fn warn_of_unread(plays: &[PlannedScenario]) -> Result<(), Refused> {
    let mut looked: Vec<*const Revision> = Vec::new();
    for play in plays {
        let (provider, revision) = (play.provider, play.revision);
        let Some(declared) = provider.declared.filter(|_| !looked.contains(&std::ptr::from_ref(revision)))
        else {
            continue;
        };
        looked.push(revision);
        // A scenario may send one message alone that has it not.
        if unread(revision, std::slice::from_ref(play)).is_empty() {
            continue;
        }
        let kinds = provider.events.iter().filter(|kind| kind.editions.contains(&revision.edition));
        let events: Vec<&str> = kinds.map(|kind| kind.name).collect();
        let samples = show::all_plays(show::SampleSender { provider, revision, shape: None }, &events)?;
        for (name, way) in unread(revision, &samples) {
            complain(&format!(
                "warning: {}: `{name}: {way}` under `reading` is in no message about a file, so no receiver that reads by it finds \
                 one; hookreel provider check {}\n",
                inert(&declared.file),
                quote(&declared.file)
            ));
        }
    }
    Ok(())
}

/// The body of a message, with something of the right kind for what is known only when it is sent.
fn body(told: &PlannedCallback) -> Map<String, Value> {
    told.body.fields.iter().map(|(name, slot)| (name.to_string(), stand_in(slot))).collect()
}

/// Compares a sample with the message of its event.
fn held_against(
    out: &mut String,
    event: &str,
    name: &str,
    path: &Path,
    told: Option<&PlannedCallback>,
) -> Result<bool, Refused> {
    let file = path.parent().unwrap_or(Path::new("")).join(name);
    let text = sources::open(&file)?;
    let wrong = |why: &str| Refused::usage(format!("`{}`: {why}", inert(&file.display().to_string())));
    let sample: Value =
        serde_json::from_str(&text).map_err(|error| wrong(&format!("it is not JSON: {error}")))?;
    let Some(told) = told else {
        return Err(wrong(&format!("the provider sends no event `{}`", inert(event))));
    };
    let differences = compare(&sample, &body(told).into());
    let _ = match differences.as_slice() {
        [] => writeln!(out, "  sample     {}: {} has the same names and kinds", inert(event), inert(name)),
        differences => {
            let lines: Vec<String> = differences.iter().map(|it| inert(&it.to_string())).collect();
            writeln!(out, "  sample     {}: {} differs: {}", inert(event), inert(name), lines.join("; "))
        }
    };
    Ok(differences.is_empty())
}

/// A value of the kind that stands there when the message is sent.
fn stand_in(slot: &FieldSlot) -> Value {
    match slot {
        FieldSlot::Value(value) => value.clone(),
        FieldSlot::Time(crate::callback::TimeForm::Text) | FieldSlot::Signature => "".into(),
        // What only looks like JSON is shown as null.
        FieldSlot::Literal(json) => serde_json::from_str(json).unwrap_or_default(),
        FieldSlot::Time(_) | FieldSlot::SentMillis | FieldSlot::Count(_) => 0.into(),
    }
}

/// The vocabulary: sources and functions.
fn words() -> String {
    let mut out = String::from("Sources, as `$name` for a value, or `{name}` within a text:\n");
    let width = SOURCES.iter().flat_map(|group| group.iter()).map(|(word, _)| word.len()).fold(0, usize::max);
    let heads =
        ["", "Moments, for `$clock`, `$between` and `$rising`:\n", "Lengths of time, for `$length`:\n"];
    for (group, head) in SOURCES.iter().zip(heads) {
        if !head.is_empty() {
            let _ = write!(out, "\n{head}");
        }
        for (word, meaning) in *group {
            let _ = writeln!(out, "  {word:width$}  {meaning}");
        }
        if head.is_empty() {
            let _ = writeln!(out, "  {:width$}  a setting of the file", "setting.NAME");
            let _ = writeln!(out, "  {:width$}  a value under `define`, above", "NAME");
        }
    }
    out.push_str("\nKnown only when a message is sent; the whole value of a field of the body:\n");
    for (word, meaning) in SEALED {
        let _ = writeln!(out, "  {word:width$}  {meaning}");
    }
    out.push_str("\nFunctions:\n");
    for function in FUNCTIONS {
        let _ = writeln!(out, "  {}\n      {}", function.example, function.meaning);
    }
    out
}
