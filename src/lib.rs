//! The sending side of live-recording webhooks, as a test harness.
//!
//! A scenario file says what happened on the air and how recording is configured. The provider's model derives which
//! callbacks follow; they are delivered, signed at the moment of sending, and the receiver gets a verdict.
//!
//! ```text
//! scenario ──▶ lifecycle ──▶ provider ──▶ fault ──▶ delivery ──▶ verdict ──▶ report
//!  (text)       (facts)     (callbacks)   (plan)  (the only IO) (findings)   (text)
//!      └──────────── plan: pure ────────────┘         └─▶ record ─▶┘
//! ```
//!
//! | stage | what it is |
//! | --- | --- |
//! | [`scenario`] | what the user wrote |
//! | [`lifecycle`] | what happened to the stream: broadcast + rules → facts |
//! | [`provider`] | how one vendor says it: rules, events, bodies by revision, signatures, delivery policy |
//! | [`fault`] | a named hardship on chosen callbacks, one per file |
//! | [`plan`] | scenario → every callback of a run; the one place that composes the pure stages |
//! | [`delivery`] | sending, in order and in time |
//! | [`load`] | many broadcasts at once: pacing, templates, the engine |
//! | [`record`] | the run as lines, from which every report is made |
//! | [`verdict`] | what the run means: findings with their reasons |
//! | [`report`] | the run, told in a format |
//! | [`audit`] | the catalogue of edge cases, as scenarios, and what each comes to |
//! | [`shrink`] | from a scenario that fails to the smallest that still does |
//! | [`receiver`] | the reference other side |
//! | [`cli`] | the command line; the only reader of environment, files and terminal |
//!
//! Plain data between them: [`callback`], [`letter`] (a request on the wire, and how it is hurt), [`problem`]
//! (a place in a file and what is wrong there), [`json`] (with every digit), [`duration`], [`speed`].
//!
//! **Everything left of delivery is a pure function** of the scenario's text, the seed and one instant: it knows neither
//! clock nor socket nor chance. So the same scenario gives the same bytes on every machine.

pub mod audit;
pub mod callback;
pub mod cli;
pub mod delivery;
pub mod duration;
pub mod fault;
pub mod json;
pub mod letter;
pub mod lifecycle;
pub mod load;
pub mod plan;
pub mod play;
pub mod problem;
pub mod process;
pub mod provider;
pub mod receiver;
pub mod record;
pub mod report;
pub mod scenario;
pub mod shrink;
pub mod speed;
pub mod verdict;

// The worked example of the guide is compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/adding-a-provider.md")]
mod guide {}
