//! Scenario → plan; the one place that composes the pure stages.
//!
//! A plan holds every callback of a run, in order. It is pure: the same scenario, seed and clock give the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::callback::{Callback, Class, Edit, Envelope, Piece, Turn};
use crate::fault::terms::Spec;
use crate::fault::{self, Sender};
use crate::letter::Hardship;
use crate::lifecycle::draw::Draws;
use crate::lifecycle::{Event, Fact, Rules, Track, simulate};
use crate::problem::{Problem, did_you_mean};
use crate::provider::signature::{self, Signature, Signing, Unsigned};
use crate::provider::{self, Kind, Message, Policy, Provider, Queue, Revision, Telling, insertion};
use crate::scenario::units::StatusPattern;
use crate::scenario::{Loaded, Method, NamedRetry, Ordering, ProviderChoice, Retry, Scenario, Step};
use crate::speed::{Schedule, Speed};

/// How many files of one format are planned at most.
const MOST_FILES: u128 = 100_000;

/// From the begin of something rough to its bystander, in real time.
const BESIDE: Duration = Duration::from_millis(100);

/// The setting, of providers that have it, for what a message looks like when there is no key: no vendor's page says.
const WITHOUT_KEY: &str = "without_key";

/// One scenario played by one provider: the callbacks of its streams and how they are delivered.
pub struct Play {
    /// Index of the scenario among those that were planned.
    pub scenario: usize,
    /// What a person calls it.
    pub name: String,
    /// Who sends.
    pub provider: &'static Provider,
    /// In which edition.
    pub revision: &'static Revision,
    /// How it signs; none without a key or with `method: none`.
    pub signing: Option<Signing>,
    /// What an unsigned body has in the place of time and signature.
    pub unsigned: Unsigned,
    /// What counts as yes, how long to wait for it, how often to try.
    pub policy: Policy,
    /// What counts as yes instead, if the scenario says so.
    pub accept: Option<StatusPattern>,
    /// Longest time an accepted callback may take.
    pub within: Option<Duration>,
    /// Whether callbacks wait for each other.
    pub ordering: Ordering,
    /// When the broadcast began.
    pub epoch: Timestamp,
    /// Everything that is to be sent, in order.
    pub callbacks: Vec<Callback>,
}

/// What a plan depends on beside its scenarios.
pub struct Conditions {
    /// Of every draw.
    pub seed: u64,
    /// The sending clock when the run begins.
    pub now: Timestamp,
    /// How fast simulated time passes.
    pub speed: Speed,
    /// Takes the place of every scenario's own key.
    pub key: Option<SecretString>,
    /// One callback is planned, and nothing else.
    pub single: Option<Single>,
}

/// One callback by itself, with what is to differ.
pub struct Single {
    /// Its event, in the provider's words.
    pub event: String,
    /// Made before anything is signed.
    pub edits: Vec<Edit>,
    /// Sent in the place of its body, with time and signature put in, if that is asked for.
    pub bytes: Option<(Bytes, bool)>,
}

/// Plans one scenario: one play for each of its providers.
///
/// `index` is the scenario's place in the run, `ordinal` counts scenarios of the same identity, so that no two of them share
/// ids. `schedule` knows when the play's turn comes.
///
/// # Errors
/// Unknown names, and what the provider cannot do.
pub fn plan(
    loaded: &Loaded,
    (index, ordinal): (usize, usize),
    conditions: &Conditions,
    schedule: &mut Schedule,
) -> Result<Vec<Play>, Vec<Problem>> {
    let mut plays = Vec::new();
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    let (faults, found) = read_faults(&loaded.scenario);
    problems.extend(found);
    for (path, choice) in loaded.scenario.provider.choices() {
        let cast = match Cast::new(&loaded.scenario, &path, &choice) {
            Ok(cast) => cast,
            Err(found) => {
                problems.extend(found.into_iter().map(|problem| discreet(loaded, problem)));
                continue;
            }
        };
        if !seen.insert((cast.provider.name, cast.revision.name)) {
            let title = format!("{} {} is named twice", cast.provider.name, cast.revision.name);
            problems
                .push(Problem::at(path.clone(), title).help("name each revision once; they share no ids"));
        }
        let scope = format!("{}/{ordinal}/{}/{}", identity(loaded), cast.provider.name, cast.revision.name);
        match cast.play(loaded, (index, &scope), (conditions, &faults), schedule) {
            Ok(play) => plays.push(play),
            Err(found) => problems.extend(found),
        }
    }
    problems.extend(check_subscription(&loaded.scenario));
    // A limit of both providers would be told twice.
    problems.dedup();
    let mut problems: Vec<_> = problems.into_iter().map(|problem| loaded.document.point(problem)).collect();
    problems.sort_by_key(|problem| problem.span.as_ref().map_or(0, |span| span.start));
    if problems.is_empty() { Ok(plays) } else { Err(problems) }
}

/// The problem without a name that came from the environment: it may be a secret in the wrong place.
fn discreet(loaded: &Loaded, problem: Problem) -> Problem {
    if !(problem.path.starts_with("provider") && loaded.document.hides(&problem.path)) {
        return problem;
    }
    Problem { title: "the value from the environment is not known here".into(), help: Vec::new(), ..problem }
}

/// The scenario's name: its own, or that of its file.
pub fn name_of(loaded: &Loaded) -> String {
    let file = loaded.document.source.name.as_str();
    loaded.scenario.name.clone().unwrap_or_else(|| stem(file))
}

/// What ids are drawn for: file and name, so that a copy with another name, or in another file, has ids of its own, and a
/// folder that moves keeps them.
pub fn identity(loaded: &Loaded) -> String {
    format!("{}/{}", stem(&loaded.document.source.name), name_of(loaded))
}

fn stem(file: &str) -> String {
    std::path::Path::new(file).file_stem().map_or(file.into(), |stem| stem.to_string_lossy().into_owned())
}

/// A provider in its part: names resolved, settings complete.
struct Cast {
    provider: &'static Provider,
    revision: &'static Revision,
    settings: BTreeMap<&'static str, String>,
}

impl Cast {
    fn new(scenario: &Scenario, path: &str, choice: &ProviderChoice) -> Result<Self, Vec<Problem>> {
        let provider = provider::find(&choice.name, path).map_err(|problem| vec![*problem])?;
        let revision = match &choice.revision {
            None => provider.newest(),
            Some(name) => {
                provider::find_revision(provider, &name.0, path).map_err(|problem| vec![*problem])?
            }
        };
        let mut problems = (provider.check)(scenario, revision);
        problems.extend(check_amount(scenario, &(provider.rules)(scenario, revision)));
        let method = scenario.signing.method.unwrap_or(provider.default_method);
        // An edition without signatures is one by default; asked to sign, it cannot.
        let asked = scenario.signing.method.is_some() || !revision.signatures.is_empty();
        if problems.is_empty() && asked && method != Method::None && revision.signature(method).is_none() {
            let title = format!("{} {} does not sign with {method}", provider.name, revision.name);
            problems.push(Problem::at("signing.method", title));
        }
        let settings = settings(provider, path, choice, &mut problems);
        if problems.is_empty() { Ok(Self { provider, revision, settings }) } else { Err(problems) }
    }

    fn play(
        self,
        loaded: &Loaded,
        (index, scope): (usize, &str),
        (conditions, faults): (&Conditions, &[Spec]),
        schedule: &mut Schedule,
    ) -> Result<Play, Vec<Problem>> {
        let scenario = &loaded.scenario;
        let rules = (self.provider.rules)(scenario, self.revision);
        let facts = simulate(&scenario.broadcast, &rules);
        let last_due = facts.iter().map(|fact| fact.at).max().unwrap_or_default();
        // At real time the broadcast of a later lane begins when its turn comes.
        let begins = schedule.next(conditions.speed.real(last_due));
        let begins = conditions.now.checked_add(begins).unwrap_or(conditions.now);
        let telling = Telling {
            scenario,
            revision: self.revision,
            settings: &self.settings,
            epoch: conditions.speed.epoch(begins, last_due),
            draws: Draws::new(conditions.seed).within(scope),
            facts: &facts,
        };
        let subscribed = self.subscribed(scenario);
        let messages = (self.provider.messages)(&telling).into_iter();
        let messages = messages.filter(|message| subscribed.contains(&message.event));
        let id = format!("{}-{}", self.provider.name, self.revision.name);
        let told = messages.enumerate().filter_map(|(n, message)| {
            let fact = facts.get(message.fact)?;
            Some(callback(format!("{id}-{}", n + 1), fact, message))
        });
        let mut callbacks: Vec<Callback> = told.collect();
        let policy = policy(scenario, self.revision);
        let signing = self.signing(scenario, conditions.key.as_ref());
        if let Some(single) = &conditions.single {
            let alone = self.alone(callbacks, single, signing.as_ref());
            callbacks = alone.map_err(|why| vec![Problem::at("", why)])?;
        }
        let sender = |index: usize| Sender {
            events: self.provider.events,
            revision: self.revision,
            signature: signing.as_ref().map(|signing| signing.signature),
            method: signing.as_ref().map_or(Method::None, |signing| signing.method),
            key: signing.as_ref().map(|signing| &signing.key),
            lifetime: signing
                .as_ref()
                .map_or(0, |signing| i64::try_from(signing.lifetime.as_secs()).unwrap_or(i64::MAX)),
            retries: policy.retries,
            draws: telling.draws.within(&format!("fault/{index}")),
        };
        let put = |(index, why): (usize, String)| Problem::at(format!("faults[{index}]"), why);
        let callbacks = fault::apply(callbacks, faults, sender)
            .map_err(|failed| failed.into_iter().map(put).collect::<Vec<_>>())?;
        let callbacks = self.accompanied(callbacks, &telling, conditions.speed);
        Ok(Play {
            scenario: index,
            name: name_of(loaded),
            provider: self.provider,
            revision: self.revision,
            signing,
            unsigned: match self.settings.get(WITHOUT_KEY).map(String::as_str) {
                Some("empty") => Unsigned::Empty,
                _ => Unsigned::Absent,
            },
            policy,
            accept: scenario.expect.accept.status,
            within: scenario.expect.within.map(|span| span.0),
            ordering: scenario.delivery.ordering,
            epoch: telling.epoch,
            callbacks,
        })
    }

    /// The first callback of the event that is meant, changed as it is to be.
    fn alone(
        &self,
        callbacks: Vec<Callback>,
        single: &Single,
        signing: Option<&Signing>,
    ) -> Result<Vec<Callback>, String> {
        let means =
            |name: &str| self.provider.events.iter().any(|kind| kind.name == name && kind.is(&single.event));
        let first = callbacks.into_iter().find(|callback| means(callback.event));
        let mut callback = first.ok_or_else(|| format!("there is no event `{}`", single.event))?;
        for edit in &single.edits {
            edit.apply(&mut callback.body, self.revision.reading.time_field)?;
        }
        if let Some((bytes, sign)) = &single.bytes {
            let sister = self.revision.sister(callback.event);
            let signature = sister.map_or(signing.map(|signing| signing.signature), |s| s.signature.as_ref());
            callback.given = Some(match (sign, signature) {
                (false, _) => {
                    Envelope { body: vec![Piece::Bytes(bytes.clone())], message: Vec::new(), digest: None }
                }
                (true, Some(signature)) => {
                    let reading = sister.map_or(self.revision.reading, |sister| &sister.reading);
                    insertion::insert(bytes, signature, reading, self.revision.time_form)?
                }
                (true, None) => {
                    return Err("there is nothing to sign it with: no key, or no signature".into());
                }
            });
            callback.file_key = None;
        }
        Ok(vec![callback])
    }

    /// Puts a bystander beside what is rough: a plain callback of another stream, which must be served all the same.
    fn accompanied(&self, callbacks: Vec<Callback>, telling: &Telling<'_>, speed: Speed) -> Vec<Callback> {
        let mut all = Vec::new();
        for (at, callback) in callbacks.iter().enumerate() {
            all.push(callback.clone());
            let last = callbacks.get(at + 1).is_none_or(|next| next.turn == Turn::Next);
            if callback.class == Class::Rough && last {
                all.extend(self.bystander(callback, telling, speed));
            }
        }
        all
    }

    fn bystander(&self, beside: &Callback, telling: &Telling<'_>, speed: Speed) -> Option<Callback> {
        let mut scenario = telling.scenario.clone();
        scenario.stream.name.push_str("-bystander");
        scenario.broadcast = Step::plain(2);
        let facts = simulate(&scenario.broadcast, &(self.provider.rules)(&scenario, self.revision));
        let ended = facts.iter().map(|fact| fact.at).max()?;
        let began = telling.wall(beside.due).checked_sub(speed.real(ended).max(ended)).ok()?;
        let draws = telling.draws.within(&format!("bystander/{}", beside.id));
        let telling = Telling { scenario: &scenario, epoch: began, draws, facts: &facts, ..*telling };
        let mut messages = (self.provider.messages)(&telling);
        let at = messages.iter().position(|message| message.file_key.is_some())?;
        let message = messages.swap_remove(at);
        let fact = facts.get(message.fact)?;
        let plain = callback(format!("{}-bystander", beside.id), fact, message);
        // While what is written by script is under way, or right after what is over at once.
        let slow = beside.hardship.script.is_some();
        let turn = if slow { Turn::With(BESIDE) } else { Turn::Next };
        Some(Callback { due: beside.due, why: format!("bystander of {}", beside.id), turn, ..plain })
    }
}

impl Cast {
    fn signing(&self, scenario: &Scenario, key: Option<&SecretString>) -> Option<Signing> {
        let method = scenario.signing.method.unwrap_or(self.provider.default_method);
        let mut signature = self.revision.signature(method)?;
        let key = match key.or(scenario.signing.key.as_ref()) {
            Some(key) => key.clone(),
            None if self.settings.get(WITHOUT_KEY).is_some_and(|how| how == "time-alone") => {
                signature = &signature::TIME_ALONE;
                SecretString::default()
            }
            None => return None,
        };
        let lifetime = scenario.signing.lifetime.map_or(self.provider.lifetime, |span| span.0);
        let resign_retries = scenario.signing.resign_retries;
        Some(Signing { method, signature, key, lifetime, resign_retries })
    }

    /// The names of the events that are told.
    fn subscribed(&self, scenario: &Scenario) -> Vec<&'static str> {
        let asked = |kind: &Kind| match &scenario.subscribe {
            Some(words) => words.iter().any(|word| kind.is(&word.0)),
            None => kind.unasked,
        };
        let known = self.provider.events.iter().filter(|kind| kind.editions.contains(&self.revision.edition));
        known.filter(|kind| asked(kind)).map(|kind| kind.name).collect()
    }
}

impl Play {
    /// Whether an answer with this status and body is a yes.
    pub fn accepts(&self) -> impl Fn(u16, &str) -> bool + Send + Sync + use<> {
        let (own, asked) = (self.policy.success, self.accept);
        move |status, body| asked.map_or_else(|| own.accepts(status, body), |asked| asked.matches(status))
    }

    /// What a yes is, for a person.
    pub fn yes(&self) -> String {
        self.accept.map_or_else(|| self.policy.success.to_string(), |asked| format!("status {asked}"))
    }

    /// A callback's body, ready to be signed.
    pub fn envelope(&self, callback: &Callback) -> Envelope {
        if let Some(given) = &callback.given {
            return given.clone();
        }
        match self.signature(callback.event) {
            Some(signature) => {
                signature.envelope_of(&callback.body, callback.signed.as_ref().unwrap_or(&callback.body))
            }
            None => signature::unsigned(&callback.body, self.unsigned),
        }
    }

    /// How the messages of an event are signed, if they are.
    pub fn signature(&self, event: &str) -> Option<&'static Signature> {
        let signing = self.signing.as_ref()?;
        self.revision.sister(event).map_or(Some(signing.signature), |sister| sister.signature.as_ref())
    }
}

/// Every fault that could be read, and everything that is wrong with the others.
fn read_faults(scenario: &Scenario) -> (Vec<Spec>, Vec<Problem>) {
    let (mut specs, mut problems) = (Vec::new(), Vec::new());
    for (index, entry) in scenario.faults.iter().enumerate() {
        let wanted = entry.wanted(index);
        if wanted.len() != 1 {
            let problem = Problem::at(format!("faults[{index}]"), "an entry holds one fault");
            problems.push(
                problem.label("expected `- name: {...}`").help("begin each fault with a dash of its own"),
            );
            continue;
        }
        for wanted in wanted {
            match Spec::read(&wanted) {
                Ok(spec) => specs.push(spec),
                Err(found) => problems.extend(found),
            }
        }
    }
    (specs, problems)
}

/// Cycles so short that their files would fill the memory.
fn check_amount(scenario: &Scenario, rules: &Rules) -> Vec<Problem> {
    let length = scenario.broadcast.last().map_or(Duration::ZERO, |step| step.at);
    let files = |track: &Track| track.cycle.map_or(0, |cycle| length.as_nanos() / cycle.as_nanos().max(1));
    let beyond = rules.tracks.iter().filter(|track| files(track) > MOST_FILES);
    beyond
        .map(|track| {
            let title = format!("this cycle cuts the broadcast into {} files", files(track));
            Problem::at(format!("recording.{}.cycle", track.format), title)
                .label(format!("at most {MOST_FILES} files of a format are planned"))
        })
        .collect()
}

/// A word that no provider of the scenario knows. One that only some of them know is theirs alone.
fn check_subscription(scenario: &Scenario) -> Vec<Problem> {
    let providers: Vec<&Provider> = scenario
        .provider
        .choices()
        .iter()
        .filter_map(|(_, choice)| provider::find(&choice.name, "").ok())
        .collect();
    let kinds = || providers.iter().flat_map(|provider| provider.events);
    let unknown = |word: &str| !kinds().any(|kind| kind.is(word));
    let words = scenario.subscribe.iter().flatten().enumerate().filter(|(_, word)| unknown(&word.0));
    words
        .map(|(index, word)| {
            let names = || kinds().map(|kind| kind.name);
            Problem::at(format!("subscribe[{index}]"), format!("there is no event `{}`", word.0))
                .label(format!("expected one of {}", names().collect::<Vec<_>>().join(", ")))
                .helps(did_you_mean(&word.0, names()))
        })
        .collect()
}

fn settings(
    provider: &'static Provider,
    path: &str,
    choice: &ProviderChoice,
    problems: &mut Vec<Problem>,
) -> BTreeMap<&'static str, String> {
    let names = || provider.settings.iter().map(|setting| setting.name);
    for (name, value) in &choice.settings {
        let place = format!("{path}.settings.{name}");
        let Some(setting) = provider.settings.iter().find(|setting| setting.name == name) else {
            let problem = Problem::at(place, format!("{} has no setting `{name}`", provider.name)).on_key();
            let label = format!("expected one of {}", names().collect::<Vec<_>>().join(", "));
            problems.push(problem.label(label).helps(did_you_mean(name, names())));
            continue;
        };
        if !setting.allowed.is_empty() && !setting.allowed.contains(&value.0.as_str()) {
            let problem = Problem::at(place, format!("`{name}` cannot be set to that"));
            problems.push(problem.label(format!("expected one of {}", setting.allowed.join(", "))));
        }
    }
    let given = |name: &str| choice.settings.get(name).map(|word| word.0.clone());
    provider
        .settings
        .iter()
        .map(|s| (s.name, given(s.name).unwrap_or_else(|| s.default.to_owned())))
        .collect()
}

fn callback(id: String, fact: &Fact, message: Message) -> Callback {
    let subject = match fact.event {
        Event::FileBegan(file) | Event::FileComplete(file) | Event::Failed(_, Some(file)) => {
            fact.format.map_or_else(String::new, |format| format!("{format} file {}", file.number))
        }
        _ => fact.format.map_or_else(|| "stream".into(), |format| format.to_string()),
    };
    Callback {
        id,
        event: message.event,
        class: Class::Legal,
        due: fact.at,
        subject,
        file_key: message.file_key,
        why: fact.why.to_string(),
        step: format!("broadcast[{}]", fact.step),
        body: message.body,
        given: None,
        signed: None,
        faults: Vec::new(),
        hardship: Hardship::default(),
        turn: Turn::Next,
    }
}

fn policy(scenario: &Scenario, revision: &Revision) -> Policy {
    let own = revision.policy;
    let asked = match scenario.delivery.retry {
        Retry::Named(NamedRetry::Provider) => own,
        Retry::Named(NamedRetry::None) => Policy { retries: 0, queue: None, ..own },
        Retry::Plan(plan) => Policy {
            retries: plan.attempts.0.saturating_sub(1),
            interval: plan.interval.0,
            queue: plan.then.map(|then| Queue { interval: then.interval.0, until: then.until.0 }),
            ..own
        },
    };
    let timeout = scenario.delivery.timeout.map_or(own.timeout, |span| span.0);
    Policy { timeout, ..asked }
}
