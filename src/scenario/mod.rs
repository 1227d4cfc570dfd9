//! What the user wrote. Knows nothing of providers, HTTP or clocks.
//!
//! Reading goes in three steps, and each reports everything it finds: the text ([`Document`]), its shape against the
//! schema ([`schema`]), and its sense ([`broadcast::check`]).

pub mod broadcast;
mod document;
pub mod schema;
pub mod units;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use broadcast::{Failure, Step};
pub use document::{Document, Environment, LONGEST};
use units::{Bitrate, Count, Span, StatusPattern, Word};

use crate::problem::{Problem, Source};

/// A scenario and the text it came from.
pub struct Loaded {
    /// The text, to point into.
    pub document: Document,
    /// What it says.
    pub scenario: Scenario,
}

/// Reads a scenario.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file, and the source to show it in.
pub fn load(source: Source, environment: &Environment) -> Result<Loaded, (Source, Vec<Problem>)> {
    let document = Document::parse(source, environment)?;
    let mut problems = schema::check(&document);
    if problems.is_empty() {
        match decode(&document) {
            Ok(scenario) => {
                problems = scenario.check();
                if problems.is_empty() {
                    return Ok(Loaded { document, scenario });
                }
            }
            Err(problem) => problems.push(*problem),
        }
    }
    let mut problems: Vec<_> = problems.into_iter().map(|problem| document.point(problem)).collect();
    problems.sort_by_key(|problem| problem.span.as_ref().map_or(0, |span| span.start));
    Err((document.source, problems))
}

fn decode(document: &Document) -> Result<Scenario, Box<Problem>> {
    serde_path_to_error::deserialize(document.root().to_json())
        .map_err(|error| Box::new(Problem::at(error.path().to_string(), error.inner().to_string())))
}

/// One broadcast, how it is recorded, and what is expected of the receiver.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "hookreel scenario")]
pub struct Scenario {
    /// What this scenario shows, in one line. Default: the name of the file.
    #[serde(default)]
    pub name: Option<String>,
    /// Who sends: a name, a name with a revision, or a list to run the broadcast once per provider.
    pub provider: Providers,
    /// What is pushed where.
    #[serde(default)]
    pub stream: Stream,
    /// Which files the recording makes.
    pub recording: Recording,
    /// Picture and bitrate; the size of a file is bitrate × media time.
    #[serde(default)]
    pub media: Media,
    /// How callbacks are signed.
    #[serde(default)]
    pub signing: Signing,
    /// What happened on the air, in order.
    pub broadcast: Vec<Step>,
    /// Retries, time limit and order of the sending.
    #[serde(default)]
    pub delivery: Delivery,
    /// What the receiver must answer.
    #[serde(default)]
    pub expect: Expect,
    /// `off` allows values beyond the vendor's limits, on purpose.
    #[serde(default)]
    pub limits: Limits,
}

impl Scenario {
    /// Everything that has the right shape and still makes no sense.
    fn check(&self) -> Vec<Problem> {
        let mut problems = broadcast::check(&self.broadcast);
        problems.extend(self.recording.check());
        problems.extend(self.signing.check());
        problems.extend(self.delivery.check());
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
        problems
    }
}

/// The `provider:` key: one provider or several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Providers {
    /// One, by name.
    Name(String),
    /// The same broadcast once per provider. Tried before `Choice`: a derived struct would also be read from a list.
    Several(Vec<NamedOrChoice>),
    /// One, with its revision or settings.
    Choice(ProviderChoice),
}

/// A member of a list of providers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum NamedOrChoice {
    /// By name.
    Name(String),
    /// With its revision or settings.
    Choice(ProviderChoice),
}

/// A provider with what is to differ from its defaults.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderChoice {
    /// `huawei` or `tencent`; see `hookreel list providers`.
    pub name: String,
    /// Edition of the payload and signature; see `hookreel list revisions`. Default: the newest.
    #[serde(default)]
    pub revision: Option<Word>,
    /// The account's own names and the vendor's undocumented points; see `hookreel list providers`.
    #[serde(default)]
    pub settings: BTreeMap<String, Word>,
}

impl Providers {
    /// Each choice with its path in the file.
    pub fn choices(&self) -> Vec<(String, ProviderChoice)> {
        let named =
            |name: &String| ProviderChoice { name: name.clone(), revision: None, settings: BTreeMap::new() };
        match self {
            Self::Name(name) => vec![("provider".into(), named(name))],
            Self::Choice(choice) => vec![("provider".into(), choice.clone())],
            Self::Several(list) => list
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    let choice = match item {
                        NamedOrChoice::Name(name) => named(name),
                        NamedOrChoice::Choice(choice) => choice.clone(),
                    };
                    (format!("provider[{index}]"), choice)
                })
                .collect(),
        }
    }
}

/// Where the encoder pushes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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

/// A container format of recorded files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// HTTP Live Streaming: a playlist and its segments.
    Hls,
    /// Flash video.
    Flv,
    /// MPEG-4.
    Mp4,
    /// Audio only.
    Aac,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hls => "hls",
            Self::Flv => "flv",
            Self::Mp4 => "mp4",
            Self::Aac => "aac",
        })
    }
}

/// The recording template: which formats, and when a file ends.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Recording {
    /// Record HLS.
    pub hls: Option<Template>,
    /// Record FLV.
    pub flv: Option<Template>,
    /// Record MP4.
    pub mp4: Option<Template>,
    /// Record AAC, audio only.
    pub aac: Option<Template>,
    /// Whether the begin and the end of a task are told once per format or once per task, where a provider tells them.
    pub events: Multiplicity,
    /// What started the recording: a template rule, or a task made through the API.
    pub source: RecordingSource,
    /// Time between the end of a file and its callback.
    pub upload_delay: Option<Span>,
}

impl Recording {
    /// The formats asked for, each with its template, in a fixed order.
    pub fn formats(&self) -> Vec<(Format, Template)> {
        let all = [
            (Format::Hls, self.hls),
            (Format::Flv, self.flv),
            (Format::Mp4, self.mp4),
            (Format::Aac, self.aac),
        ];
        all.into_iter().filter_map(|(format, template)| template.map(|t| (format, t))).collect()
    }

    fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.formats().is_empty() {
            problems.push(
                Problem::at("recording", "nothing is recorded")
                    .label("expected at least one of hls, flv, mp4, aac")
                    .help("for example `hls: {cycle: 30m}`"),
            );
        }
        for (format, template) in self.formats() {
            if template.cycle.is_some_and(|cycle| cycle.0.is_zero()) {
                problems.push(
                    Problem::at(format!("recording.{format}.cycle"), "a cycle of zero can hold no file")
                        .label("expected a duration above 0s")
                        .help("leave `cycle` out for the vendor's default"),
                );
            }
        }
        problems
    }
}

/// How one format is cut into files.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Template {
    /// Longest media time of one file. Default: the vendor's.
    pub cycle: Option<Span>,
    /// Longest gap that stays in one file; `0s` ends the file at every drop. Default: `0s`.
    pub resume: Resume,
}

/// Longest gap that stays in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Resume {
    /// As long as the vendor allows at all.
    Forever(Forever),
    /// This long.
    Window(Span),
}

/// The word `forever`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Forever {
    /// As long as the vendor allows at all.
    Forever,
}

impl Default for Resume {
    fn default() -> Self {
        Self::Window(Span(Duration::ZERO))
    }
}

/// Once per format or once per task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Multiplicity {
    /// Every event once per format.
    #[default]
    PerFormat,
    /// The begin and the end of a task once for all its formats.
    PerTask,
}

/// What started a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RecordingSource {
    /// A template rule that matches the stream.
    #[default]
    Template,
    /// A task made through the vendor's API.
    Task,
}

/// Picture and bitrate.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Media {
    /// Pixels.
    pub width: Count,
    /// Pixels.
    pub height: Count,
    /// Of the recorded file.
    pub bitrate: Bitrate,
}

impl Default for Media {
    fn default() -> Self {
        Self { width: Count(1280), height: Count(720), bitrate: Bitrate(2_500_000) }
    }
}

/// How callbacks are signed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Signing {
    /// Default: the provider's own.
    pub method: Option<Method>,
    /// The shared key; best given as `${NAME}`. Without a key callbacks are not signed.
    #[schemars(with = "Option<String>")]
    #[serde(deserialize_with = "secret")]
    pub key: Option<SecretString>,
    /// From sending to expiry. Default: the provider's.
    pub lifetime: Option<Span>,
    /// Whether a retry gets a fresh time and signature.
    pub resign_retries: bool,
}

impl Default for Signing {
    fn default() -> Self {
        Self { method: None, key: None, lifetime: None, resign_retries: true }
    }
}

fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    String::deserialize(deserializer).map(|key| Some(key.into()))
}

impl Signing {
    fn check(&self) -> Vec<Problem> {
        use secrecy::ExposeSecret;
        let empty = self.key.as_ref().is_some_and(|key| key.expose_secret().is_empty());
        let problem = Problem::at("signing.key", "the key is empty")
            .label("an empty key signs nothing")
            .help("set the variable it comes from, or write `method: none` to send unsigned callbacks");
        empty.then_some(problem).into_iter().collect()
    }
}

/// A way to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// MD5 of key and time.
    Md5,
    /// HMAC-SHA256.
    HmacSha256,
    /// No signature and no time.
    None,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Md5 => "md5",
            Self::HmacSha256 => "hmac-sha256",
            Self::None => "none",
        })
    }
}

/// Retries, time limit and order of the sending.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Delivery {
    /// `provider` for the vendor's own plan, `none`, or your own.
    pub retry: Retry,
    /// How long the receiver may take to answer. Default: the provider's.
    pub timeout: Option<Span>,
    /// Whether callbacks of one stream wait for each other.
    pub ordering: Ordering,
}

impl Delivery {
    fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.timeout.is_some_and(|timeout| timeout.0.is_zero()) {
            problems.push(Problem::at("delivery.timeout", "a timeout of zero leaves no time to answer"));
        }
        if let Retry::Plan(RetryPlan { attempts: Count(0), .. }) = self.retry {
            problems.push(
                Problem::at("delivery.retry.attempts", "zero attempts would send nothing")
                    .label("expected at least 1: the first sending counts"),
            );
        }
        problems
    }
}

/// Which retry plan applies.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Retry {
    /// A plan with a name.
    Named(NamedRetry),
    /// A plan of one's own.
    Plan(RetryPlan),
}

impl Default for Retry {
    fn default() -> Self {
        Self::Named(NamedRetry::Provider)
    }
}

/// A retry plan with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NamedRetry {
    /// What the vendor does, by revision.
    Provider,
    /// One attempt only.
    None,
}

/// A retry plan of one's own.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryPlan {
    /// Sendings in all, the first one included.
    pub attempts: Count,
    /// From the end of one attempt to the next.
    pub interval: Span,
}

/// Whether callbacks of one stream wait for each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ordering {
    /// Each after the one before it ended.
    #[default]
    Stream,
    /// Each when it is due, whatever became of the others.
    Free,
}

/// What the receiver must answer.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// What yes looks like. Default: the provider's documented rule.
    pub accept: Accept,
    /// Longest time an accepted callback may take.
    pub within: Option<Span>,
}

/// What yes looks like.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Accept {
    /// The status of an acknowledgement.
    pub status: Option<StatusPattern>,
}

/// Whether the vendor's limits hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Limits {
    /// A value beyond them is an error.
    #[default]
    On,
    /// A value beyond them is used as it is.
    Off,
}
