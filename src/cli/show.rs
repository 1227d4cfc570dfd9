//! `hookreel show`: a sample of an event, field by field. Types and presence are read off real plans, not written down.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::args::ShowArgs;
use super::exit::{Exit, Refused};
use super::sign::edition;
use super::{formula, show};
use crate::callback::{Class, FieldSlot, PlannedCallback, TimeForm};
use crate::fault::Fault;
use crate::plan::{Hurting, PlanSettings, PlannedScenario, plan};
use crate::problem::{Source, did_you_mean};
use crate::provider::declared::SHIPPED;
use crate::provider::diagnosis::formula as written;
use crate::provider::field::Field;
use crate::provider::signature::SignedPart;
use crate::provider::{self, Captures, EventKind, Provider, ProviderSetting, Revision, find};
use crate::scenario::{Shape, load};
use crate::speed::{LaneStarts, Speed};

/// Everything happens that has an event.
const EVENTFUL: &str = "[{0s: push}, {40m: {fail: upload}}, {50m: drop}, {50m30s: push}, {55m: drop}, {60m: push}, {61m: {fail: pull}}]";
/// Nothing fails.
const WHOLE: &str = "[{0s: push}, {50m: drop}]";
/// Circumstances under which an event is told.
pub(super) struct Circumstances {
    /// Pushes, drops and failures, as a scenario writes them.
    pub(super) broadcast: &'static str,
    /// The setting that has another value than usual.
    pub(super) setting: Option<(&'static str, &'static str)>,
}

impl Circumstances {
    /// The setting, as a part of `provider:`.
    pub(super) fn settings(&self) -> String {
        settings(self.setting)
    }
}

fn settings(setting: Option<(&str, &str)>) -> String {
    setting.map_or_else(String::new, |(name, value)| format!(", settings: {{{name}: {value}}}"))
}

/// The first circumstances under which an event is told, and with a file, if it ever is: each broadcast, with each value of each
/// setting.
pub(super) fn leading_to(
    provider: &'static Provider,
    revision: &'static Revision,
    kind: &EventKind,
) -> Option<Circumstances> {
    let own = |setting: &'static ProviderSetting| {
        let others = setting.takes.words().iter().filter(|word| **word != setting.default);
        others.map(|word| Some((setting.name, *word)))
    };
    let settings = std::iter::once(None).chain(provider.settings.iter().flat_map(own));
    let all =
        settings.flat_map(|setting| [EVENTFUL, WHOLE].map(|broadcast| Circumstances { broadcast, setting }));
    let mut told = None;
    for circumstances in all {
        let Circumstances { broadcast, setting } = circumstances;
        let play = sample(
            SampleSender { provider, revision, shape: None },
            &[kind.name],
            [broadcast, "[]"],
            setting,
        );
        let callbacks = play.map_or_else(|_| Vec::new(), |play| play.callbacks);
        let announces =
            [kind.name, kind.alias].iter().any(|name| revision.reading.file_events.contains(name));
        if callbacks.iter().any(|callback| !announces || !callback.file_keys.is_empty()) {
            return Some(circumstances);
        }
        told = told.or((!callbacks.is_empty()).then_some(circumstances));
    }
    told
}

/// Sender of a sample.
#[derive(Clone, Copy)]
pub(super) struct SampleSender {
    pub(super) provider: &'static Provider,
    pub(super) revision: &'static Revision,
    /// None = the one that is usual.
    pub(super) shape: Option<Shape>,
}

/// Plays that tell every event there is: everything at once, then what it leaves out.
pub(super) fn all_plays(sender: SampleSender, events: &[&str]) -> Result<Vec<PlannedScenario>, Refused> {
    let SampleSender { provider, revision, .. } = sender;
    let mut plays =
        vec![sample(sender, events, [EVENTFUL, "[]"], None)?, sample(sender, events, [WHOLE, "[]"], None)?];
    for kind in provider.events.iter().filter(|kind| kind.editions.contains(&revision.edition)) {
        let told = |play: &PlannedScenario| play.callbacks.iter().any(|callback| callback.event == kind.name);
        if plays.iter().any(told) {
            continue;
        }
        if let Some(Circumstances { broadcast, setting }) = leading_to(provider, revision, kind) {
            plays.push(sample(sender, events, [broadcast, "[]"], setting)?);
        }
    }
    Ok(plays)
}

/// Several files, and nothing else.
const QUIET: &str = "[{0s: push}, {3h: drop}]";
/// The same for senders of one file for each broadcast.
const ONE_FILE: &str = "[{0s: push}, {2h: drop}]";

/// A scenario, but for what is asked for.
const EVERYTHING: &str = "
stream: {params: \"txSecret=0a1b2c&txTime=65F0A1B2\"}
recording: RECORDING
signing: {method: METHOD, key: 0123456789abcdef0123456789abcdef}
broadcast: BROADCAST
subscribe: [EVENTS]
faults: FAULTS
";

pub(super) fn run(args: &ShowArgs) -> Result<Exit, Refused> {
    let (provider, revision) = edition(&args.provider, args.revision.as_deref())?;
    if let Some(language) = args.formula {
        show(&formula::lines(args, language, provider, revision)?);
        return Ok(Exit::Passed);
    }
    let events: Vec<&str> = provider.events.iter().map(|kind| kind.name).collect();
    let shape = args.shape.as_deref().map(|word| shape(provider, revision, word)).transpose()?;
    let plays = all_plays(SampleSender { provider, revision, shape }, &events)?;
    // The first callback of each event, in their order; of those that can announce a file, one that does.
    let mut samples: Vec<&PlannedCallback> = Vec::new();
    for callback in plays.iter().flat_map(|play| &play.callbacks) {
        match samples.iter_mut().find(|sample| sample.event == callback.event) {
            None => samples.push(callback),
            Some(known) if known.file_keys.is_empty() && !callback.file_keys.is_empty() => *known = callback,
            Some(_) => {}
        }
    }
    let chosen: Vec<&PlannedCallback> = match &args.event {
        None => samples.clone(),
        Some(name) => {
            let meant = provider.events.iter().find(|kind| kind.is(name)).map(|kind| kind.name);
            samples.iter().copied().filter(|sample| Some(sample.event) == meant).collect()
        }
    };
    if chosen.is_empty() {
        let names = || samples.iter().map(|sample| sample.event);
        // Without one, all are wanted, and there is always one.
        let wanted = args.event.as_deref().unwrap_or_default();
        let near = did_you_mean(wanted, names()).map_or_else(String::new, |near| format!("; {near}"));
        let list = names().collect::<Vec<_>>().join(", ");
        return Err(Refused::usage(format!(
            "{} {} has no event `{wanted}`; expected one of {list}{near}",
            provider.name, revision.name
        )));
    }
    let mut out = String::new();
    for sample in chosen {
        // Presence is told among the events of the same callback.
        let second_callback = |sample: &PlannedCallback| revision.second_callback(sample.event).is_some();
        let alike: Vec<&PlannedCallback> = samples
            .iter()
            .copied()
            .filter(|other| second_callback(other) == second_callback(sample))
            .collect();
        plays.first().iter().for_each(|play| out.push_str(&table(play, sample, &alike)));
    }
    show(&out);
    Ok(Exit::Passed)
}

/// The classes that a fault gives by its default terms, over all providers that come with the program, the least first.
pub(super) fn classes(fault: &Fault) -> Vec<Class> {
    let of = |provider: &'static Provider| {
        let revision = provider.newest();
        let announces = |kind: &&EventKind| revision.reading.file_events.iter().any(|event| kind.is(event));
        let files: Vec<&str> = provider.events.iter().filter(announces).map(|kind| kind.name).collect();
        let faults = format!("[{}]", fault.name);
        let plan = |events: &[&str], broadcast| {
            sample(SampleSender { provider, revision, shape: None }, events, [broadcast, &faults], None).ok()
        };
        // Not every sender cuts files. A fault of the handshake finds nothing to change among files.
        let play = plan(&files, QUIET)
            .or_else(|| plan(&files, ONE_FILE))
            .or_else(|| plan(&[revision.handshake()?.event], QUIET))?;
        let hit =
            play.callbacks.into_iter().filter(|callback| callback.faults.iter().any(|f| f == fault.name));
        Some(hit.map(|callback| callback.class).collect::<Vec<_>>())
    };
    let shipped = SHIPPED.iter().filter_map(|(name, _)| find(name, "").ok());
    let built_in = provider::ALL.iter().copied();
    let mut classes: Vec<Class> = built_in.chain(shipped).filter_map(of).flatten().collect();
    classes.sort();
    classes.dedup();
    // A callback that is left out has no class; the others are what they were.
    if classes.is_empty() { vec![Class::Legal] } else { classes }
}

/// The shape of this name, if the revision has it.
fn shape(provider: &Provider, revision: &Revision, word: &str) -> Result<Shape, Refused> {
    let known: &[Shape] = match revision.captures {
        Captures::Never => &[Shape::Documented],
        _ => &[Shape::Documented, Shape::Observed],
    };
    known.iter().find(|shape| shape.to_string() == word).copied().ok_or_else(|| {
        let names: Vec<String> = known.iter().map(ToString::to_string).collect();
        let near = did_you_mean(word, names.iter().map(String::as_str));
        let near = near.map_or_else(String::new, |near| format!("; {near}"));
        let (provider, revision) = (provider.name, revision.name);
        Refused::usage(format!(
            "--shape: {provider} {revision} has no shape `{word}`; expected {}{near}",
            names.join(" or ")
        ))
    })
}

fn sample(
    sender: SampleSender,
    events: &[&str],
    [broadcast, faults]: [&str; 2],
    setting: Option<(&str, &str)>,
) -> Result<PlannedScenario, Refused> {
    let SampleSender { provider, revision, shape } = sender;
    let method = if revision.signatures.is_empty() {
        "none".to_owned()
    } else {
        provider.method_of(revision).to_string()
    };
    let shape = shape.map_or_else(String::new, |shape| format!(", shape: {shape}"));
    // Under the quiet broadcast only the usual files are asked for.
    let quiet = format!("{{{}: {{cycle: 30m}}}}", provider.plain);
    let recording = if broadcast == QUIET { quiet.as_str() } else { revision.eventful(provider) };
    let setting = settings(setting);
    let (provider_name, revision_name) = (provider.name, revision.name);
    let head = format!("provider: {{name: {provider_name}, revision: \"{revision_name}\"{shape}{setting}}}");
    let source = Source {
        name: "sample".into(),
        text: format!(
            "{head}{}",
            EVERYTHING
                .replace("RECORDING", recording)
                .replace("METHOD", &method)
                .replace("EVENTS", &events.join(", "))
                .replace("FAULTS", faults)
                .replace("BROADCAST", broadcast)
        ),
    };
    let internal = || Refused { exit: Exit::Internal, text: "error: the sample cannot be planned\n".into() };
    let loaded = load(source, &BTreeMap::new()).map_err(|_| internal())?;
    // A fixed time, so that the sample is the same every day.
    let conditions = PlanSettings {
        seed: 1,
        now: jiff::Timestamp::constant(1_772_979_025, 0),
        speed: Speed::Max,
        key: None,
        single: None,
        broadcast: None,
        hurting: Hurting::Drawn,
        editions: Default::default(),
    };
    let plays = plan(&loaded, 0, 1, &conditions, &mut LaneStarts::new(1)).map_err(|_| internal())?;
    plays.into_iter().next().ok_or_else(internal)
}

fn table(play: &PlannedScenario, sample: &PlannedCallback, all: &[&PlannedCallback]) -> String {
    let (provider, revision) = (play.provider, play.revision);
    let mut out = format!("{} {} {}, {}\n", provider.name, revision.name, sample.event, play.shape);
    // Writing into a String cannot fail.
    let _ = writeln!(out, "  signature: {}", signature(play, sample.event));
    let signed = |name: &str| {
        let message = play.signature(sample.event).map(|signature| signature.message);
        message.into_iter().flatten().any(|part| match part {
            SignedPart::Field(field) => *field == name,
            SignedPart::Time => name == revision.reading.time_field,
            SignedPart::Body | SignedPart::BodyHash | SignedPart::Encoded(_) => true,
            _ => false,
        })
    };
    // Two messages may have a field of one name: that of the message which has the others, too, is meant.
    let own = |field: &&Field| sample.body.fields.iter().any(|(name, _)| field.name == *name);
    let mut tables = provider.fields.to_vec();
    tables.sort_by_key(|table| std::cmp::Reverse(table.iter().filter(own).count()));
    let rows: Vec<[String; 6]> = sample
        .body
        .fields
        .iter()
        .map(|(name, slot)| {
            let (kind, value) = shown(slot);
            let fields = || tables.iter().copied().flatten().filter(|field| field.name == *name);
            let field = fields().find(|f| f.editions.contains(&revision.edition)).or_else(|| fields().next());
            let meaning = field.map_or("", |field| field.meaning);
            [
                name.to_string(),
                kind.to_owned(),
                presence(name, all),
                if signed(name) { "signed".into() } else { "-".into() },
                format!("{value}  ({})", field.map_or_else(String::new, |field| source(provider, field))),
                meaning.to_owned(),
            ]
        })
        .collect();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).fold(0, usize::max)
    };
    let (name, kind, when, sign) = (width(0), width(1), width(2), width(3));
    for [a, b, c, d, value, meaning] in &rows {
        // Writing into a String cannot fail.
        let _ = writeln!(out, "  {a:name$}  {b:kind$}  {c:when$}  {d:sign$}  {meaning}");
        let _ = writeln!(out, "  {:name$}  {value}", "");
    }
    out.push('\n');
    out
}

/// Sources of a field: the pages of revisions, and captured messages.
fn source(provider: &Provider, field: &Field) -> String {
    if provider.declared.is_some() {
        return "declared".to_owned();
    }
    let on_page = |revision: &&Revision| field.editions.contains(&revision.edition);
    let pages: Vec<&Revision> = provider.revisions.iter().filter(on_page).collect();
    let page = match (pages.first(), pages.last()) {
        (None, _) | (_, None) => "on no page".to_owned(),
        (Some(first), Some(last)) if last.edition == provider.newest().edition => {
            format!("page since {}", first.name)
        }
        (Some(first), Some(last)) if first.name == last.name => format!("page of {}", first.name),
        (Some(first), Some(last)) => format!("pages of {} to {}", first.name, last.name),
    };
    field.captured.map_or(page.clone(), |since| format!("{page}; captured since {since}"))
}

/// The formula of an event's signature, and those of other methods.
pub(super) fn signature(play: &PlannedScenario, event: &str) -> String {
    let (revision, second_callback) = (play.revision, play.revision.second_callback(event));
    let reading = second_callback.map_or(revision.reading, |second_callback| &second_callback.reading);
    let Some(own) = play.signature(event) else { return "none".into() };
    let (encoding, own) = (own.encoding, written(own, reading.time_field));
    let others = revision.signatures.iter().filter(|_| second_callback.is_none());
    let others = others.map(|(method, signature)| (method, written(signature, reading.time_field)));
    let others: String = others
        .filter(|(_, formula)| *formula != own)
        .map(|(method, formula)| format!("; by method {method}: {formula}"))
        .collect();
    let place = reading.proof.header();
    let place = place.map_or(reading.signature_field.to_owned(), |name| format!("header {name}"));
    format!("{place} = {own}, {encoding}{others}")
}

/// The JSON type and a value of it.
fn shown(slot: &FieldSlot) -> (&'static str, String) {
    match slot {
        FieldSlot::Value(value) if value.is_number() => ("number", value.to_string()),
        FieldSlot::Value(value) if value.is_string() => ("text", value.to_string()),
        FieldSlot::Value(value) if value.is_object() => ("object", value.to_string()),
        FieldSlot::Value(value) => ("list", value.to_string()),
        FieldSlot::Time(TimeForm::Number) => ("number", "(time of sending + lifetime)".into()),
        FieldSlot::Time(TimeForm::Text) => ("text", "(time of sending + lifetime)".into()),
        FieldSlot::Signature => ("text", "(signature)".into()),
        FieldSlot::Literal(json) if json.parse::<f64>().is_ok() => ("number", json.clone()),
        FieldSlot::Literal(json) => ("literal", json.clone()),
        FieldSlot::SentMillis => ("number", "(time of the attempt)".into()),
        FieldSlot::Count(number) => ("number", number.to_string()),
    }
}

/// Events that have the field.
fn presence(name: &str, all: &[&PlannedCallback]) -> String {
    let having: Vec<&str> = all
        .iter()
        .filter(|callback| callback.body.fields.iter().any(|(field, _)| *field == name))
        .map(|callback| callback.event)
        .collect();
    match having.len() {
        n if n == all.len() => "every event".into(),
        n if n + 1 == all.len() => {
            let without = all
                .iter()
                .find(|callback| !having.contains(&callback.event))
                .map_or("", |callback| callback.event);
            format!("all but {without}")
        }
        _ => having.join(", "),
    }
}
