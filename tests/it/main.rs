//! Whole-program tests, in one binary: it links once.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test that cannot go on must say so, reads the world it runs in, and measures real time"
)]

mod advised;
mod answers;
mod audit;
mod auditing;
mod bounded;
mod canary;
mod captured;
mod capturing;
mod cases;
mod causes;
mod commandline;
mod corpus;
mod cut_records;
mod declared;
mod departures;
mod detailed;
mod directions;
mod editions;
mod engine;
mod facts;
mod faults;
mod first_contact;
mod folders;
mod formats;
mod formulas;
mod golden;
mod guide;
mod handshakes;
mod hardships;
mod incident;
mod initialising;
mod judges;
mod killed;
mod languages;
mod layout;
mod library;
mod lifecycle;
mod limits;
mod loaded;
mod loading;
mod manual;
mod measured;
mod metrics;
mod misplaced;
mod mistaken;
mod odd_records;
mod oracle;
#[cfg(unix)]
mod overwritten;
mod page;
mod peers;
#[cfg(target_os = "linux")]
mod phases;
#[cfg(unix)]
mod pipelines;
mod pointers;
mod proposals;
mod queries;
mod receivers;
mod reference;
mod replaying;
mod reporting;
mod reports;
mod running;
mod samples;
mod secrets;
mod senders;
mod sending;
mod serving;
mod settings;
mod shrinking;
#[cfg(target_os = "linux")]
mod signals;
mod situations;
mod snippets;
mod stage;
mod standards;
mod state;
mod stdout;
mod supply;
mod targets;
mod templates;
mod tls;
mod torture;
mod trust;
mod vectors;
mod verdicts;
mod verifying;
mod watched;
mod webhooks;
mod wires;
