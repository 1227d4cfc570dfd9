//! From the file to a provider: names resolved, values read, everything that makes no sense noted with its place.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::conduct::{KeyForm, RecorderForm, SignatureForm};
use super::edition::Edition;
use super::form::{BodyForm, Happening, MessageForm, ProviderFile, SettingForm};
use super::messages::{DeclaredMessage, messages};
use super::sense::check_names;
use super::value::DeclaredValue;
use super::words::{Vocabulary, at, editions, leak_text};
use super::{DeclaredBy, handshake, recorder};
use crate::problem::{Problem, did_you_mean};
use crate::provider::field::{Field, FieldSource, NOW};
use crate::provider::handshake::Handshake;
use crate::provider::{EventKind, Provider, ProviderSetting, Revision, SettingValues};
use crate::scenario::{Format, Method};

/// Declared part of an edition.
pub struct Declared {
    /// Name of the provider.
    pub name: &'static str,
    /// The file.
    pub by: &'static DeclaredBy,
    pub(super) recorder: RecorderForm,
    /// A recording under which every event can happen.
    pub(in crate::provider) eventful: &'static str,
    pub(super) key: Option<KeyForm>,
    pub(super) key_limit: String,
    pub(super) messages: &'static [DeclaredMessage],
    /// The handshake of its callback URLs.
    pub(in crate::provider) handshake: Option<&'static Handshake>,
    /// Headers of every request that do not depend on the moment of sending.
    pub(super) headers: Vec<(&'static str, DeclaredValue)>,
}

pub(super) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

pub(super) fn leak_all<T>(values: Vec<T>) -> &'static [T] {
    Box::leak(values.into_boxed_slice())
}

pub(super) fn word(text: &str) -> &'static str {
    leak_text(text.to_owned())
}

/// The provider that a file declares.
///
/// # Errors
/// Everything in it that makes no sense.
pub(super) fn provider(file: &ProviderFile, by: DeclaredBy) -> Result<Provider, Vec<Problem>> {
    let revisions: Vec<String> = file.revisions.iter().map(|revision| revision.name.clone()).collect();
    let settings = settings(&file.settings);
    let mut names = Vocabulary {
        settings: settings.iter().map(|setting| setting.name).collect(),
        defined: Vec::new(),
        later: file.define.keys().cloned().collect(),
        revisions: &revisions,
        problems: check_names(file, &revisions),
    };
    define(file, &mut names);
    let name = word(&file.provider);
    let by = leak(by);
    let mut tables = Tables { bodies: Vec::new() };
    let each = file.messages.iter().enumerate();
    let told: Vec<DeclaredMessage> = each
        .map(|(index, message)| tables.message(file, message, &format!("messages[{index}]"), &mut names))
        .collect();
    let told: &'static [DeclaredMessage] = leak_all(told);
    let events = events(file, &mut names);
    let tables: Vec<&'static [Field]> = tables.bodies.into_iter().map(|(_, fields)| fields).collect();
    let handshake = file.handshake.as_ref().map(|form| handshake::of(form, file, &mut names));
    let each = file.revisions.iter().enumerate();
    let made: Vec<Revision> = each
        .map(|(index, own)| {
            let form = Edition { file, own, index, tables: &tables, handshake };
            form.revision(name, by, told, &mut names)
        })
        .collect();
    let newest = file.revisions.last();
    // One that is not there records nothing, which is said below.
    let recorder = file.part(newest, |parts| &parts.recorder).unwrap_or_default();
    let first = recorder.formats.all().first().map(|(format, _)| *format);
    if first.is_none() {
        let problem = Problem::at("recorder.formats", "nothing is recorded");
        names.problems.push(problem.label("expected at least one of hls, flv, mp4, aac"));
    }
    if !names.problems.is_empty() {
        return Err(names.problems);
    }
    let signature = file.part(newest, |parts| &parts.signature);
    let time = file.part(newest, |parts| &parts.time);
    Ok(Provider {
        name,
        title: word(file.title.as_ref().unwrap_or(&file.provider)),
        revisions: leak_all(made),
        settings: leak_all(settings),
        events: leak_all(events),
        default_method: default_method(signature.as_ref()),
        lifetime: time.and_then(|time| time.lifetime).map_or(Duration::from_secs(600), |span| span.0),
        leeway: 0,
        key_limit: recorder::key_limit,
        url_limit: None,
        plain: first.unwrap_or(Format::Hls),
        eventful: leak_text(recorder::eventful(&recorder)),
        check: recorder::check,
        rules: recorder::rules,
        fields: leak_all(tables),
        messages,
        declared: Some(by),
    })
}

/// Reads the values that the file names, each with those above it.
fn define(file: &ProviderFile, names: &mut Vocabulary<'_>) {
    for (name, value) in &file.define {
        names.later.retain(|later| later != name);
        let source = names.value(value, &at("define", name));
        names.defined.push((name.clone(), leak(source)));
    }
}

fn default_method(signature: Option<&SignatureForm>) -> Method {
    let Some(signature) = signature else { return Method::HmacSha256 };
    let own = if signature.hmac_sha256.is_some() { Method::HmacSha256 } else { Method::Md5 };
    signature.default.unwrap_or(own)
}

fn settings(forms: &BTreeMap<String, SettingForm>) -> Vec<ProviderSetting> {
    let setting = |(name, form): (&String, &SettingForm)| ProviderSetting {
        name: word(name),
        default: word(&form.default.0),
        takes: match form.allowed.is_empty() {
            true => SettingValues::Text,
            false => SettingValues::Words(leak_all(form.allowed.iter().map(|it| word(&it.0)).collect())),
        },
        // A file need not say what it means; the lists then show the name alone.
        meaning: form.meaning.as_deref().map_or("", word),
    };
    forms.iter().map(setting).collect()
}

/// Events of the messages, each once.
fn events(file: &ProviderFile, names: &mut Vocabulary<'_>) -> Vec<EventKind> {
    let mut events: Vec<EventKind> = Vec::new();
    for (index, message) in file.messages.iter().enumerate() {
        let (first, last) = match message.revisions.as_ref().map(|word| editions(names.revisions, &word.0)) {
            None => (0, NOW),
            Some(Ok(editions)) => editions,
            Some(Err(label)) => {
                let title = "this is not a range of the revisions";
                names.problems.push(Problem::at(format!("messages[{index}].revisions"), title).label(label));
                continue;
            }
        };
        if let Some(known) = events.iter_mut().find(|known| known.name == message.event) {
            known.editions = first.min(*known.editions.start())..=last.max(*known.editions.end());
            known.unasked |= message.unasked;
            continue;
        }
        events.push(EventKind {
            name: word(&message.event),
            alias: message.alias.as_ref().map_or("", |alias| word(&alias.0)),
            editions: first..=last,
            unasked: message.unasked,
            meaning: word(message.meaning.as_deref().unwrap_or_else(|| happening(message))),
        });
    }
    events
}

/// Happening behind a message, for a person.
fn happening(message: &MessageForm) -> &'static str {
    match message.on.all().first() {
        Some(Happening::SetUp) => "the callback URL is set up",
        Some(Happening::PushStarted) => "the encoder began to push",
        Some(Happening::PushEnded) => "the push ended",
        Some(Happening::TaskStarted) => "the recording task began",
        Some(Happening::TaskPaused) => "the recorder waits for the stream",
        Some(Happening::TaskResumed) => "the stream came back",
        Some(Happening::TaskEnded) => "the recording task is over",
        Some(Happening::FileStarted) => "a file begins",
        Some(Happening::FileComplete) => "a file is complete",
        Some(Happening::AllFiles) => "every file of the task is complete",
        Some(Happening::PullFailed) => "the stream could not be pulled",
        Some(Happening::UploadFailed) => "a file could not be stored",
        None => "",
    }
}

/// Tables of fields that were read, by the name of the body or the place of the message.
struct Tables {
    bodies: Vec<(String, &'static [Field])>,
}

impl Tables {
    fn message(
        &mut self,
        file: &ProviderFile,
        message: &MessageForm,
        path: &str,
        names: &mut Vocabulary<'_>,
    ) -> DeclaredMessage {
        let fields = match &message.body {
            BodyForm::Own(body) => {
                let path = at(path, "body");
                let fields = leak_all(fields(body, &path, names));
                self.bodies.push((path, fields));
                fields
            }
            BodyForm::Named(name) => self.named(file, name, &at(path, "body"), names),
        };
        if message.on.all().is_empty() {
            let problem = Problem::at(at(path, "on"), "this message is never sent");
            names.problems.push(problem.label("expected what it tells of, such as file-complete"));
        }
        let mut when = Vec::new();
        for (source, values) in &message.when {
            let own = names.named(source, &at(&at(path, "when"), source));
            when.push((own, values.all().iter().map(|value| value.0.clone()).collect()));
        }
        announces(file, message, path, names);
        let headers = &at(path, "headers");
        DeclaredMessage {
            on: message.on.all().to_vec(),
            event: word(&message.event),
            editions: message
                .revisions
                .as_ref()
                .and_then(|word| editions(names.revisions, &word.0).ok())
                .unwrap_or((0, NOW)),
            when,
            rank: message.rank,
            file: message.file.as_ref().map(|file| names.value(file, &at(path, "file"))),
            headers: plain_headers(&message.headers, headers, names),
            fields,
        }
    }

    fn named(
        &mut self,
        file: &ProviderFile,
        name: &str,
        path: &str,
        names: &mut Vocabulary<'_>,
    ) -> &'static [Field] {
        if let Some((_, known)) = self.bodies.iter().find(|(known, _)| known == name) {
            return known;
        }
        let Some(body) = file.bodies.get(name) else {
            let known = || file.bodies.keys().map(String::as_str);
            let problem = Problem::at(path, format!("there is no body `{name}`"));
            let label = match file.bodies.is_empty() {
                true => "expected the fields of the body, or a name of one under `bodies`".to_owned(),
                false => format!("expected one of {}", known().collect::<Vec<_>>().join(", ")),
            };
            names.problems.push(problem.label(label).helps(did_you_mean(name, known())));
            return &[];
        };
        let fields = leak_all(fields(body, &at("bodies", name), names));
        self.bodies.push((name.to_owned(), fields));
        fields
    }
}

/// Notes a message about finished files that does not say which, or says one where it is about several.
fn announces(file: &ProviderFile, message: &MessageForm, path: &str, names: &mut Vocabulary<'_>) {
    let on = message.on.all();
    let several = on.contains(&Happening::AllFiles);
    let listed = |value: &Value| value.as_object().is_some_and(|members| members.contains_key("$files"));
    // A list may also be what `define` says.
    let named = |value: &Value| {
        let name = value.as_str().and_then(|text| text.strip_prefix('$'));
        name.and_then(|name| file.define.get(name)).is_some_and(listed)
    };
    match &message.file {
        Some(value) if several && !listed(value) && !named(value) => {
            let problem = Problem::at(at(path, "file"), "this message is about every file of its task");
            names
                .problems
                .push(problem.help("write `file: {$files: ...}`, with what tells one file from another"));
        }
        None if (several || on.contains(&Happening::FileComplete))
            && file
                .parts
                .reading
                .as_ref()
                .is_some_and(|reading| reading.file.is_some() && reading.file_events.is_empty()) =>
        {
            let title = format!("`{}` tells of a finished file, and does not say which", message.event);
            let problem = Problem::at(at(path, "event"), title);
            names
                .problems
                .push(problem.help("add `file:` with the value that stands in the field of `reading.file`"));
        }
        _ => {}
    }
}

/// The fields of a body.
fn fields(body: &Map<String, Value>, path: &str, names: &mut Vocabulary<'_>) -> Vec<Field> {
    if body.is_empty() {
        names.problems.push(Problem::at(path, "the body has no field"));
    }
    body.iter().map(|(name, value)| field(name, value, &at(path, name), names)).collect()
}

fn field(name: &str, value: &Value, path: &str, names: &mut Vocabulary<'_>) -> Field {
    let of = |editions: (u8, u8), value| Field {
        name: word(name),
        editions: editions.0..=editions.1,
        captured: None,
        meaning: "",
        value,
    };
    // The editions of a field are its own, and not those of its value.
    if let Value::Object(members) = value
        && let (Some(range), Some(inner), None) =
            (members.get("$revisions"), members.get("value"), members.get("else"))
        && let Some(range) = range.as_str().map(str::to_owned).or_else(|| Some(range.to_string()))
        && let Ok(editions) = editions(names.revisions, &range)
        && members.len() == 2
    {
        let inner = field(name, inner, &at(path, "value"), names);
        return of(editions, inner.value);
    }
    let everywhere = (0, NOW);
    match value.as_str() {
        Some("$signature") => of(everywhere, FieldSource::Signature),
        Some("$time") => of(everywhere, FieldSource::Time),
        Some("$sent_ms") => of(everywhere, FieldSource::SentMillis),
        _ => of(everywhere, FieldSource::Said(leak(names.value(value, path)))),
    }
}

/// Headers that do not depend on the moment of sending.
pub(super) fn plain_headers(
    headers: &Map<String, Value>,
    path: &str,
    names: &mut Vocabulary<'_>,
) -> Vec<(&'static str, DeclaredValue)> {
    let mut all = Vec::new();
    for (name, value) in headers {
        check_header(name, &at(path, name), names);
        all.push((word(name), names.value(value, &at(path, name))));
    }
    all
}

pub(super) fn check_header(name: &str, path: &str, names: &mut Vocabulary<'_>) {
    if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
        let problem = Problem::at(path, format!("`{name}` cannot be the name of a header")).on_key();
        names.problems.push(problem.label("expected letters, digits and dashes"));
    }
    let own = ["host", "content-length", "transfer-encoding", "connection"];
    if own.contains(&name.to_lowercase().as_str()) {
        let problem = Problem::at(path, format!("`{name}` is made by the HTTP client")).on_key();
        names.problems.push(problem.help("leave it out"));
    }
}
