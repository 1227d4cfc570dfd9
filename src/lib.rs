//! The sending side of live-recording webhooks, as a test harness.
//!
//! A scenario says what happened to a live stream and how it is recorded. The provider's model derives which callbacks
//! follow; they are signed when they are sent, delivered, and the receiver's answers are judged.
//!
//! ```
//! # use std::io::{Read, Write};
//! # fn receiver() -> std::io::Result<u16> {
//! #     let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! #     let port = listener.local_addr()?.port();
//! #     std::thread::spawn(move || {
//! #         for mut stream in listener.incoming().flatten() {
//! #             let mut seen = Vec::new();
//! #             let mut buffer = [0; 4096];
//! #             while !seen.ends_with(b"}") {
//! #                 let Ok(read) = stream.read(&mut buffer) else { break };
//! #                 if read == 0 { break }
//! #                 seen.extend(&buffer[..read]);
//! #             }
//! #             let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
//! #         }
//! #     });
//! #     Ok(port)
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let port = receiver()?;
//! let scenario = hookreel::Scenario::parse(
//!     "provider: tencent
//! recording: {hls: {cycle: 30m}}
//! broadcast: [{0s: push}, {50m: drop}]",
//! )?;
//! let url = format!("http://127.0.0.1:{port}/callbacks");
//! let run = scenario.against(url).key("0123456789abcdef").seed(1).play_blocking()?;
//! assert!(run.passed(), "{run}");
//! assert_eq!(run.callbacks().count(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! In an async test: `.play().await?`. Everything else that is public here is the program's own and changes without notice:
//!
//! ```text
//! scenario ──▶ lifecycle ──▶ provider ──▶ fault ──▶ delivery ──▶ verdict ──▶ report
//!  (text)       (facts)     (callbacks)   (plan)  (the only IO) (findings)   (text)
//!      └──────────── plan: pure ────────────┘         └─▶ record ─▶┘
//! ```
//!
//! | room | what it is |
//! | --- | --- |
//! | `scenario` | what the user wrote |
//! | `lifecycle` | what happened to the stream: broadcast + rules → facts |
//! | `provider` | how one vendor reports it: rules, events, bodies by revision, signatures, delivery policy |
//! | `fault` | something wrong on purpose, on chosen callbacks; one per file |
//! | `plan` | scenario → every callback of a run; the one place that composes the pure stages |
//! | `play` | plans → a run: sends, keeps the journal, asks for states; the one way to play |
//! | `delivery` | sending, in order and in time |
//! | `load` | many broadcasts at once: pacing, templates, the engine |
//! | `record` | the run as lines, from which every report is made |
//! | `verdict` | what the run means: the one place where an exchange becomes findings |
//! | `report` | the run in a format |
//! | `audit` | the catalogue of edge cases, as scenarios, and what each comes to |
//! | `search` | the search for the highest rate that holds |
//! | `shrink` | from a scenario that fails to the smallest that still does |
//! | `receiver` | the reference receiver |
//! | `capture` | requests as somebody captured them, read and written |
//! | `masking` | keys, signatures and other secrets, and how they are taken out of what is shown or kept |
//! | `cli` | the command line; the only reader of environment, files and terminal |
//!
//! **Everything left of delivery is a pure function** of the scenario's text, the seed and one instant: it knows neither
//! clock nor socket nor chance. So the same scenario gives the same bytes on every machine.

#![forbid(unsafe_code)]

#[doc(hidden)]
pub mod audit;
#[doc(hidden)]
pub mod callback;
#[doc(hidden)]
pub mod capture;
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod decimal;
#[doc(hidden)]
pub mod delivery;
#[doc(hidden)]
pub mod duration;
#[doc(hidden)]
pub mod escape;
#[doc(hidden)]
pub mod family;
#[doc(hidden)]
pub mod fault;
#[doc(hidden)]
pub mod json;
mod library;
#[doc(hidden)]
pub mod lifecycle;
#[doc(hidden)]
pub mod load;
#[doc(hidden)]
pub mod masking;
#[doc(hidden)]
pub mod number;
#[doc(hidden)]
pub mod percent;
#[doc(hidden)]
pub mod plan;
#[doc(hidden)]
pub mod play;
#[doc(hidden)]
pub mod problem;
#[doc(hidden)]
pub mod process;
#[doc(hidden)]
pub mod provider;
#[doc(hidden)]
pub mod receiver;
#[doc(hidden)]
pub mod record;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod request;
#[doc(hidden)]
pub mod scenario;
#[doc(hidden)]
pub mod search;
#[doc(hidden)]
pub mod shrink;
#[doc(hidden)]
pub mod speed;
#[doc(hidden)]
pub mod stretch;
#[doc(hidden)]
pub mod verdict;

pub use library::{Callback, Error, Finding, Outcome, Run, Scenario, Test, Verdict};
pub use report::ReportFormat;
pub use verdict::check;

// The worked example of the guide is compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/adding-a-provider.md")]
mod guide {}
