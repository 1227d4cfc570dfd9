//! Scenarios of the user. Knows nothing of providers, HTTP or clocks.
//!
//! Reading goes in three steps, and each reports everything it finds: the text ([`Document`]), its shape against the
//! schema ([`schema`]), and its sense ([`broadcast::check`]).

pub mod as_written;
pub mod broadcast;
pub mod condition;
mod document;
mod expect;
pub mod faults;
mod hiding;
pub mod jsonpath;
mod provider;
mod recording;
mod rotation;
pub mod schema;
mod sending;
mod sound_rest;
mod syntax;
pub mod targets;
pub mod units;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

pub use broadcast::{CapturedCallback, Failure, GivenMessage, Step};
pub use document::{Document, Environment, LONGEST, filled, filled_and_taken};
pub use expect::{AnswerPattern, Expect, StateCheck};
pub use hiding::secretive;
pub use provider::{NamedOrChoice, ProviderChoice, Providers, Shape};
pub use recording::{
    Forever, Format, Jitter, Media, Multiplicity, Recording, RecordingSource, Resume, TaskEnd, Template,
};
pub use rotation::{Accepts, TimedKey};
pub use sending::{
    Delivery, IncompleteAnswer, Method, NamedRetry, Ordering, Orders, Retry, RetryPlan, RetryQueue, Signing,
};

use crate::duration::show_duration;
use crate::problem::{Problem, Source};
use units::Word;

/// A scenario and the text it came from.
#[derive(Clone)]
pub struct Loaded {
    /// The text, to point into.
    pub document: Document,
    /// Content of the file.
    pub scenario: Scenario,
}

/// Reads a scenario.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file, and the source to show it in.
pub fn load(source: Source, environment: &Environment) -> Result<Loaded, (Source, Vec<Problem>)> {
    load_and(source, environment, &|_, _| Vec::new())
}

/// Mistakes that other rooms find in the tree of a scenario in which something is wrong, and in its sound rest beside the problems of what is not in it.
pub type OtherProblems<'a> = dyn Fn(&Value, Option<(Loaded, &[Problem])>) -> Vec<Problem> + 'a;

/// The same; when something is wrong, `also` says what else it finds in the tree: names that only others know. It is also given the
/// sound rest of the scenario, where there is one, and the problems of what is not in it.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file, and the source to show it in.
pub fn load_and(
    source: Source,
    environment: &Environment,
    also: &OtherProblems<'_>,
) -> Result<Loaded, (Source, Vec<Problem>)> {
    let (document, unfilled) = Document::parse(source, environment)?;
    // Nothing is known of a value whose variable is not set, so nothing is wrong with it.
    let point = |problem: Problem| {
        let problem = document.point(problem);
        let same = |other: &Problem| other.span == problem.span;
        (!unfilled.iter().any(same)).then_some(problem)
    };
    let mut problems: Vec<Problem> = schema::check(&document).into_iter().filter_map(point).collect();
    if problems.is_empty() {
        match decode(&document) {
            Ok(scenario) => {
                problems = scenario.check();
                let tree = document.root().to_json();
                let sound = targets::check(&tree).is_empty() && rotation::check(&tree).is_empty();
                if problems.is_empty() && unfilled.is_empty() && sound {
                    return Ok(Loaded { document, scenario });
                }
            }
            Err(problem) => problems.push(*problem),
        }
    } else {
        // Of a part with a mistake inside, nothing is known as a whole.
        let inside = |other: &Problem, part: &str| {
            other.path.strip_prefix(part).is_some_and(|rest| rest.starts_with(['.', '[']))
        };
        let told = |problem: &Problem| {
            problems.iter().any(|other| other.span == problem.span || inside(other, &problem.path))
        };
        let tree = document.root().to_json();
        let rest = sound_rest::without(tree.clone(), &problems);
        let readable = Scenario::check_parts(&tree).into_iter().chain(sound_rest::check_parts(&rest));
        let readable = readable.filter_map(point);
        let more: Vec<Problem> = readable.filter(|problem| !told(problem)).collect();
        problems.extend(more);
    }
    let tree = document.root().to_json();
    problems.extend(targets::check(&tree));
    problems.extend(rotation::check(&tree));
    let unsound: Vec<Problem> = problems.iter().chain(&unfilled).cloned().collect();
    // Of a part with a mistake inside, nothing is known as a whole.
    let within = |other: &Problem, part: &str| {
        !part.is_empty() && other.path.strip_prefix(part).is_some_and(|rest| rest.starts_with(['.', '[']))
    };
    let told = |problem: &Problem| {
        unsound.iter().any(|other| other.span == problem.span || within(other, &problem.path))
    };
    let (more, rest) = sound_rest::sound(&document, &unsound);
    let rest = rest.map(|rest| (rest, unsound.as_slice()));
    let more = more.into_iter().chain(also(&tree, rest)).map(|problem| document.point(problem));
    problems.extend(more.filter(|problem| !told(problem)));
    let mut problems: Vec<_> = problems.into_iter().filter_map(point).chain(unfilled.clone()).collect();
    problems.sort_by_key(|problem| problem.span.as_ref().map_or(0, |span| span.start));
    // What the tree tells, the rest may tell again.
    problems.dedup();
    // What stands behind an alias is wrong once, wherever it is used.
    problems.dedup_by(|one, other| one.span.is_some() && one.span == other.span && one.title == other.title);
    Err((document.source, problems))
}

fn decode(document: &Document) -> Result<Scenario, Box<Problem>> {
    let mut tree = document.root().to_json();
    if let Some(root) = tree.as_object_mut() {
        root.retain(|key, _| !key.starts_with(schema::OWN));
    }
    serde_path_to_error::deserialize(tree)
        .map_err(|error| Box::new(Problem::at(error.path().to_string(), error.inner().to_string())))
}

/// One broadcast, how it is recorded, and what is expected of the receiver.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(title = "hookreel scenario"))]
pub struct Scenario {
    /// Purpose of this scenario, in one line. Default: the name of the file.
    #[serde(default)]
    pub name: Option<String>,
    /// Sending provider: a name, a name with a revision, or a list to run the broadcast once per provider.
    pub provider: Providers,
    /// Receivers, each with a key of its own, where providers are sent to different ones.
    #[serde(default)]
    pub targets: Vec<targets::Target>,
    /// Pushed stream.
    #[serde(default)]
    pub stream: Stream,
    /// Files that the recording makes.
    pub recording: Recording,
    /// Picture and bitrate; the size of a file is bitrate × media time.
    #[serde(default)]
    pub media: Media,
    /// Signature of the callbacks.
    #[serde(default)]
    pub signing: Signing,
    /// Actions of the broadcast, in order.
    pub broadcast: Vec<Step>,
    /// Retries, time limit and order of the sending.
    #[serde(default)]
    pub delivery: Delivery,
    /// Events that are sent, in the provider's words; see `hookreel list events`. Default: the provider's.
    #[serde(default)]
    pub subscribe: Option<Vec<Word>>,
    /// Faults, and their selected callbacks; see `hookreel list faults`.
    #[serde(default)]
    pub faults: Vec<faults::FaultEntry>,
    /// Expected answers of the receiver, and its expected state.
    #[serde(default)]
    pub expect: Expect,
    /// `off` allows values beyond the vendor's limits, on purpose.
    #[serde(default)]
    pub limits: Limits,
}

impl Scenario {
    /// The messages of captured callbacks, each with the path of its file's name.
    pub fn given(&mut self) -> impl Iterator<Item = (String, &mut GivenMessage)> {
        let steps = self.broadcast.iter_mut().enumerate();
        steps.filter_map(|(index, step)| match &mut step.what {
            broadcast::Action::Callback(CapturedCallback { given }) => {
                let key = given.file().map_or("body", |(key, _)| key);
                Some((format!("broadcast[{index}].{}.callback.{key}", show_duration(step.at)), given))
            }
            _ => None,
        })
    }

    /// The same of the parts that have the right shape, where others have not.
    fn check_parts(tree: &Value) -> Vec<Problem> {
        fn part<T: serde::de::DeserializeOwned>(tree: &Value, name: &str) -> Option<T> {
            T::deserialize(tree.get(name)?).ok()
        }
        let mut problems = Vec::new();
        problems.extend(part::<Vec<Step>>(tree, "broadcast").map(|steps| broadcast::check(&steps)));
        problems.extend(part::<Recording>(tree, "recording").map(|recording| recording.check()));
        problems.into_iter().flatten().collect()
    }

    /// Everything that has the right shape and still makes no sense.
    fn check(&self) -> Vec<Problem> {
        let mut problems = broadcast::check(&self.broadcast);
        problems.extend(self.recording.check());
        problems.extend(self.signing.check());
        problems.extend(self.delivery.check());
        problems.extend(self.expect.check());
        if self.provider.choices().is_empty() {
            problems.push(Problem::at("provider", "no provider is named").label("an empty list"));
        }
        for (key, value) in
            [("domain", &self.stream.domain), ("app", &self.stream.app), ("name", &self.stream.name)]
        {
            if value.is_empty() {
                problems.push(Problem::at(format!("stream.{key}"), format!("the stream's {key} is empty")));
            }
        }
        for (key, pixels) in [("width", self.media.width.0), ("height", self.media.height.0)] {
            if pixels == 0 {
                let problem =
                    Problem::at(format!("media.{key}"), format!("a picture has no {key} of zero pixels"));
                problems.push(problem.label("expected at least 1"));
            }
        }
        if self.stream.domain.contains(['/', '?', '#', ' ']) {
            let problem = Problem::at("stream.domain", "the domain is the name of a host alone");
            problems.push(
                problem.label("expected a name such as push.example.com, without scheme, port and path"),
            );
        }
        if self.stream.params.starts_with(['?', '&']) {
            let problem = Problem::at("stream.params", "the parameters stand without the sign before them");
            problems.push(problem.label("expected for example `txSecret=...&txTime=...`"));
        }
        problems
    }
}

/// Destination of the encoder's push.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Stream {
    /// Ingest domain.
    pub domain: String,
    /// Application, or push path.
    pub app: String,
    /// Stream name.
    pub name: String,
    /// Query of the push URL, without the question mark.
    pub params: String,
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            domain: "push.example.com".into(),
            app: "live".into(),
            name: "mystream".into(),
            params: String::new(),
        }
    }
}

/// Use of the vendor's limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Limits {
    /// A value beyond them is an error.
    #[default]
    On,
    /// A value beyond them is used as it is.
    Off,
}
