//! The run as lines, from which every report is made, then or later.
//!
//! A [`Line`] is written as soon as it is true; an intent before its first byte leaves. [`RunRecord`] is the fold of all lines,
//! the same whether it is built during the run or read back from a file. A run that was killed folds too: a callback that was
//! begun and has no outcome is in doubt, one without an intent was not sent.

mod case;
mod case_failure;
mod comparison;
mod crowded_out;
mod earlier;
mod exchange;
mod finding;
mod html;
mod lines;
pub mod load;
mod outcome;
mod overall;
mod reported_failure;
mod request;
mod run;
mod set_up;
mod state;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::callback::{Class, Earlier};

pub use case::{CHOSEN, CaseLine, CaseScore, NOT_REACHED};
pub use case_failure::{KEEPS_LISTENING, Seen};
pub use comparison::{Comparison, LatencyChange};
pub use exchange::{ANSWER_KEPT, Answer, Exchange, Meaning, Phases, Trouble, TroubleDetail, TroubleKind};
pub use finding::{
    Finding, FindingKind, KEEPS_RUNNING, MEANWHILE, RECEIVER, REJECTED, SETUP, STATE_FOLLOWS, StateErrorKind,
    without_attempts, without_ids, without_state,
};
pub use lines::{LineWriter, Lines, Record, RecordLine};
pub use outcome::Outcome;
pub use overall::{OverallKind, OverallLine};
pub use reported_failure::{expected_success, reported_failure};
pub use request::{REQUEST_KEPT, SentRequest, WHOLE_BODY};
pub use run::{Attempt, CallbackRun, Noted, RunRecord, ScenarioRun};
pub use set_up::{SetUpFact, SetUpLine};
pub use state::{STATE_KEPT, StateLine};

/// The format of record files.
pub const SCHEMA: &str = "hookreel.record/1";

/// One line of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// The run begins.
    Run(Header),
    /// A scenario is going to be played by a provider.
    Scenario(ScenarioLine),
    /// A scenario is not played in an edition that was asked for.
    Skipped(SkippedLine),
    /// A callback is planned.
    Callback(CallbackLine),
    /// An attempt begins: written before its first byte leaves.
    Intent {
        /// Index of the scenario line.
        scenario: usize,
        /// The callback.
        id: String,
        /// Counted from 1.
        n: u32,
        /// Sending clock, RFC 3339.
        sent_at: String,
        /// The signed time, in Unix seconds; none when there is no signature. With the key and the callback's body it gives
        /// the bytes again.
        signed_for: Option<i64>,
    },
    /// An attempt ended.
    Result {
        /// Index of the scenario line.
        scenario: usize,
        /// The callback.
        id: String,
        /// Counted from 1.
        n: u32,
        /// Result of the exchange.
        exchange: Exchange,
    },
    /// A callback ended.
    Outcome {
        /// Index of the scenario line.
        scenario: usize,
        /// The callback.
        id: String,
        /// Outcome of the callback.
        outcome: Outcome,
    },
    /// A check has spoken; about a callback, or about the scenario as a whole.
    Finding {
        /// Index of the scenario line.
        scenario: usize,
        /// The callback, if it is about one.
        id: Option<String>,
        /// Result of the check.
        finding: Finding,
    },
    /// The receiver's state before and after a scenario. Of a check that failed, and of the first scenarios of a run.
    State(StateLine),
    /// Lines that the receiver's process printed around a callback; without secrets.
    Printed {
        /// Index of the scenario line.
        scenario: usize,
        /// The callback.
        id: String,
        /// The last lines.
        lines: Vec<String>,
    },
    /// A scenario is played again, by the callbacks that follow: the receiver's process ended while it was under way. What was seen
    /// of it before counts no more.
    Again {
        /// Index of the scenario line.
        scenario: usize,
    },
    /// Everything is known about a scenario.
    Over {
        /// Index of the scenario line.
        scenario: usize,
    },
    /// The set-up of an audit is wrong. Written before the cases.
    SetUp(SetUpLine),
    /// Findings of an audit about the receiver as a whole. Written before the cases.
    Overall(OverallLine),
    /// The score of a case of an audit, played or not. Written at the end.
    Case(CaseLine),
    /// A load run begins, or this process's part of it.
    Load(load::LoadLine),
    /// A second of a load run is over.
    Second(load::SecondLine),
    /// The receiver's process changed during a load.
    Receiver(load::ReceiverLine),
    /// The run ended by itself or was stopped in order; without this line it was killed.
    End {
        /// The signal or the reason that stopped it early.
        stopped: Option<String>,
        /// Nothing was sent, because nobody took a connection. Records of earlier versions say so in `stopped` alone.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        never_began: bool,
        /// The set-up was wrong, so nothing was sent: the exit code is 2.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        set_up_wrong: bool,
        /// The sending clock at the end, RFC 3339. Records of earlier versions lack it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        at: String,
    },
}

/// Start of the reason why a load ended before anything was sent.
pub const NEVER_BEGAN: &str = "it did not begin: ";

/// True for a load of which nothing was sent, by the last line of its record.
fn never_began(said: bool, stopped: Option<&str>) -> bool {
    said || stopped.is_some_and(|why| why.starts_with(NEVER_BEGAN))
}

impl Line {
    /// The end of a run that began.
    pub fn ended(stopped: Option<String>, at: String) -> Self {
        Self::End { stopped, never_began: false, set_up_wrong: false, at }
    }

    /// It says how a scenario or one of its callbacks ended.
    pub fn ends(&self, scenario: usize) -> bool {
        matches!(self, Self::Outcome { scenario: of, .. } | Self::Over { scenario: of } if *of == scenario)
    }
}

/// Settings of the whole run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Header {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of this program.
    pub version: String,
    /// Seed of every draw.
    pub seed: u64,
    /// The sending clock when the run began, RFC 3339.
    pub now: String,
    /// Speed of simulated time.
    pub speed: String,
    /// Target, without user, password or query.
    pub target: String,
    /// The target was the embedded receiver.
    pub embedded: bool,
    /// Certificates were not verified.
    pub insecure: bool,
    /// The run started the receiver, by `--exec`. Records of earlier versions lack it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub starts_receiver: bool,
    /// Origin of the key, for a person; empty = unknown, or nothing was signed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// The command that does all of it again, without secrets. Records of earlier versions lack it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub command: String,
    /// The machine that sent: its name, system and processors. Records of earlier versions lack it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// The sender of an audit. Records of earlier versions lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditedSender>,
    /// Exit code of a command that is over, and its meaning. It is no part of the record, from which it follows.
    #[serde(skip)]
    pub exit: Option<(u8, &'static str)>,
}

/// The sender in whose name an audit was played.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct AuditedSender {
    /// Its name.
    pub provider: String,
    /// Its revision.
    pub revision: String,
    /// Method of its signature; empty = its own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// `--expect` was given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expects: bool,
    /// The command that audits the receiver again, without a choice of cases.
    pub command: String,
    /// Number of cases that `--quick` left out; none = it was not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<usize>,
}

/// Origin of the key of a scenario that is not signed.
pub const NO_KEY: &str = "none";

/// Begin of the origin of the key that everybody knows.
pub const SAMPLE_KEY: &str = "the built-in sample key";

/// A scenario played by a provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct ScenarioLine {
    /// Name for a person.
    pub name: String,
    /// Order of its callbacks, as `2 1 3`, where the scenario is played in several. Records of earlier versions lack it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub order: String,
    /// Its file, or `@name` of a shipped one.
    pub path: String,
    /// Sending provider.
    pub provider: String,
    /// Revision of the provider.
    pub revision: String,
    /// The file that declares the provider, and its hash; empty = the provider is built in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub declared: String,
    /// Target of the scenario, by name; empty = the only one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// Origin of the key that signs its callbacks, for a person, or [`NO_KEY`]. Records of earlier versions lack it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// The command that runs it again.
    pub rerun: String,
    /// The command that audits the same receiver; empty where there is nothing to audit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub audit: String,
    /// The text of its file, with stars instead of keys. Only of what the user wrote or named, and at the first line of
    /// a file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Steps of its broadcast, where its text is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<BroadcastStepLine>,
    /// Faults that chance put on no callback: they test nothing this time, and each line says where and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untested: Vec<String>,
}

/// A step of a broadcast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct BroadcastStepLine {
    /// Since the broadcast began, in milliseconds.
    pub at_ms: u64,
    /// `push`, `drop`, `fail` or `callback`.
    pub step: String,
}

/// A scenario that is not played in an edition, and the reason.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct SkippedLine {
    /// Name for a person.
    pub name: String,
    /// Its file, or `@name` of a shipped one.
    pub path: String,
    /// Provider that would have sent it.
    pub provider: String,
    /// Revision of the provider.
    pub revision: String,
    /// Reason for not playing it.
    pub reason: String,
}

impl ScenarioLine {
    /// Sender with its edition, the target and the order if there are several, and the file of a declared provider: beside the path
    /// what tells it from every other one.
    pub fn by(&self) -> String {
        let order = if self.order.is_empty() { String::new() } else { format!(", order {}", self.order) };
        self.edition() + &order
    }

    /// The same without the order, which the name has.
    pub fn edition(&self) -> String {
        let to = if self.target.is_empty() { String::new() } else { format!(" to {}", self.target) };
        let declared = if self.declared.is_empty() { String::new() } else { format!(", {}", self.declared) };
        format!("{} {}{to}{declared}", self.provider, self.revision)
    }
}

/// A planned callback.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct CallbackLine {
    /// Index of the scenario line.
    pub scenario: usize,
    /// Unique within the scenario's file.
    pub id: String,
    /// Event in the provider's words.
    pub event: String,
    /// Reaction of a right receiver to it.
    pub class: Class,
    /// The file it is about, for a person.
    pub subject: String,
    /// Wire faults put on it.
    pub faults: Vec<String>,
    /// Since the broadcast began, in milliseconds.
    pub due_ms: u64,
    /// Reason for sending it.
    pub why: String,
    /// `file:line:column` of the broadcast step behind it.
    pub place: String,
    /// Accepted answers, for a person: `status 200`.
    pub accept: String,
    /// The command that sends it again by hand.
    pub curl: String,
    /// The body, with words instead of signature and time.
    pub body: serde_json::Value,
    /// Paths of the fields whose values are signed, or [`WHOLE_BODY`]. Records of earlier versions lack them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed: Vec<String>,
    /// Earlier outcome of a callback that is sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Earlier>,
    /// Fields that were changed by hand, for a person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
}

/// Word in the body of a callback line that replaces the signed time.
pub const TIME_WORD: &str = "(time of sending + lifetime)";

/// Word that replaces the signature there.
pub const SIGNATURE_WORD: &str = "(signature)";
