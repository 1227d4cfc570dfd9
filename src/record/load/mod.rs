//! Settings and figures of a load run, second by second. Everything here adds up: workers to a process, processes to a
//! run, seconds to the whole; so the records of many machines are one record.

mod answers;
mod event;
mod histogram;
mod receiver;
mod run;
mod search;
mod shards;
mod sums;

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Outcome, TroubleKind, without_ids};
use crate::number;

pub use answers::{DeviationKind, KEPT_ANSWERS, KEPT_NOTES, KeptAnswer, NotedAnswers};
pub use event::EventTally;
pub use histogram::{CLASSES, Histogram};
pub use receiver::ReceiverLine;
pub use run::{LoadRun, Second, Times};
pub use search::SearchRecord;
pub use shards::ShardRecord;

/// Settings of a load run, and its target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct LoadLine {
    /// Name of the scenario, for a person.
    pub name: String,
    /// Its file, or `@name` of a shipped one.
    pub path: String,
    /// Sending providers, with the edition: `huawei 2024`; several take turns.
    pub providers: Vec<String>,
    /// Accepted answers, for a person, in the order of `providers`.
    pub accept: Vec<String>,
    /// Callbacks of one broadcast, in the order of `providers`.
    pub callbacks: Vec<u64>,
    /// The events of the scenario, each once; empty in a record of an earlier version.
    #[serde(default)]
    pub events: Vec<String>,
    /// Size of the largest request, head and body, in bytes.
    pub request_bytes: u64,
    /// The rate over time, for a person: `500/s`, `10/s..2000/s`, `max`.
    pub rate: String,
    /// True if there is a schedule; without one every answer is followed by the next callback.
    pub open: bool,
    /// `constant` or `poisson`.
    pub arrivals: String,
    /// `spread` or `together`: where the first broadcasts were in their course.
    #[serde(default = "together")]
    pub phase: String,
    /// Callbacks that come at once, for a person: `500@10s`.
    pub bursts: Vec<String>,
    /// Duration of the schedule, in seconds.
    #[serde(deserialize_with = "super::lines::number")]
    pub duration_s: f64,
    /// Broadcasts on the air at once, over all shards.
    pub broadcasts: u64,
    /// The most connections at once, over all shards.
    pub connections: u64,
    /// Threads that send, in this process.
    pub threads: u64,
    /// `exact`, `spin` or `economy`.
    pub pacing: String,
    /// `portable` where a schedule is kept by clock and sleep of the standard library; empty = by those of Linux.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub timers: String,
    /// Processors were not let sleep meanwhile.
    #[serde(default)]
    pub awake: bool,
    /// Answers are timed by the system's stamps, not by when the thread came to read them.
    #[serde(default)]
    pub stamped: bool,
    /// `none` or `provider`.
    pub retries: String,
    /// Number of the part of the run in this record, counted from 1, and the number of parts.
    pub shard: (u64, u64),
    /// Faults that the scenario puts on callbacks, by name; empty in a record of an earlier version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// Those of them that show between callbacks of one broadcast alone: a copy, another order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub between: Vec<String>,
    /// Requested thresholds: `p99<200ms`.
    pub thresholds: Vec<String>,
    /// The command that runs it again.
    pub rerun: String,
    /// The command that sends the scenario's callbacks once, one after the other; empty in a record of an earlier version.
    #[serde(default)]
    pub once: String,
    /// Number of first callbacks that fail alike and end the load; 0 = never.
    #[serde(default)]
    pub max_failures: u64,
    /// It is a step of a search for the highest rate that holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepLine>,
}

/// Default for records of versions that did not write it.
fn together() -> String {
    "together".into()
}

/// A load that is a step of a search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct StepLine {
    /// Counted from 1.
    pub number: u64,
    /// Callbacks per second.
    #[serde(deserialize_with = "super::lines::number")]
    pub per_s: f64,
    /// Its own, so that no two steps announce the same ids.
    pub seed: u64,
}

/// Figures of one second of a load run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct SecondLine {
    /// Counted from 0, since the first callback was due.
    #[serde(deserialize_with = "second")]
    pub second: u64,
    /// Figures of the second.
    pub tally: Tally,
}

/// The last second of a load that lasts a year: pictures of one that says more would take all memory.
const LAST_SECOND: u64 = 31_536_000;

fn second<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let second = u64::deserialize(deserializer)?;
    if second <= LAST_SECOND {
        Ok(second)
    } else {
        Err(serde::de::Error::custom(format!("expected a second from 0 to {LAST_SECOND}")))
    }
}

/// The most that is forgiven, in nanoseconds: a callback that was kept from being sent before the schedule's end by nothing but the
/// sender's own lateness, or by the time that a connection takes at best. A short run must not fail over its last callback.
pub const GRACE_NS: u64 = 100_000_000;

/// Figures of a stretch of a load run. A callback is counted where it ended, a due one where it was due.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Tally {
    /// Callbacks that became due.
    pub planned: u64,
    /// Callbacks whose first attempt began.
    pub sent: u64,
    /// Callbacks whose first attempt began after the schedule's end, because of what was before them: the rate was not held. Of the
    /// sender's own lateness, and of the time that a connection takes at best, up to [`GRACE_NS`] are forgiven.
    pub overdue: u64,
    /// Callbacks that became due and were not sent, for the sender had not looked at them when its time was over.
    #[serde(skip_serializing_if = "is_zero")]
    pub missed: u64,
    /// Attempts beyond the first: load beside the load that was asked for.
    pub retries: u64,
    /// Requests that were sent again on a new connection, because the receiver had closed the one they were sent on. Each is the
    /// attempt that it was: a receiver may close a connection after any answer (RFC 9112, section 9.6).
    pub resent: u64,
    /// Number of callbacks by outcome; a missing outcome did not occur.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Answers by HTTP status, of every attempt.
    #[serde(deserialize_with = "statuses")]
    pub statuses: BTreeMap<u16, u64>,
    /// Attempts without an answer, by what was in the way.
    pub troubles: BTreeMap<TroubleKind, u64>,
    /// Reason why the first secure connection that did not come about, or was refused, was none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub insecure: String,
    /// Callbacks with an unexpected outcome: a legal one that was not accepted, or was not answered as the scenario expects, a
    /// hostile one that was accepted. One that was unreachable, not sent or in doubt is not among them.
    #[serde(alias = "misjudged")]
    pub unexpected: u64,
    /// Callbacks that a fault was put on.
    pub hurt: u64,
    /// The same by event; what is not here was not sent.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub events: BTreeMap<String, EventTally>,
    /// The first unexpected answers of each status.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<KeptAnswer>,
    /// Notes on answers to accepted callbacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub noted: Vec<NotedAnswers>,
    /// Connections that were opened.
    pub opened: u64,
    /// Connections that were taken only after a second or more. In records of earlier versions with those of `untaken`.
    #[serde(skip_serializing_if = "is_zero")]
    pub crowded: u64,
    /// Connections that were waited for until the end, for a second or more.
    #[serde(skip_serializing_if = "is_zero")]
    pub untaken: u64,
    /// The most exchanges at once.
    pub in_flight: u64,
    /// The most callbacks that were due and not begun.
    pub queued: u64,
    /// Time in which callbacks became due, in nanoseconds, over all sending threads.
    pub span_ns: u64,
    /// Time of the sending threads, in nanoseconds, over all of them.
    pub elapsed_ns: u64,
    /// Busy part of it, in nanoseconds.
    pub busy_ns: u64,
    /// Processor time of the sending threads, in nanoseconds.
    pub cpu_ns: u64,
    /// Time from the due time of a callback to the end of its first answer, in nanoseconds, as a user of the receiver
    /// sees it.
    pub latency: Histogram,
    /// Time from the start of an attempt to the end of its answer, in nanoseconds, of every attempt. Of one that was waited for in
    /// vain, the time until it was given up: it would have taken longer.
    pub service: Histogram,
    /// Delay between the earliest possible sending of a callback and the real one, in nanoseconds, caused by the
    /// sender. A callback can be sent when it is due, the one before it in its broadcast has ended, and a connection is
    /// free; one that waited for a callback that was late takes over that lateness.
    pub lateness: Histogram,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// One more of these. A look-up alone finds all but the first, in half the steps of an entry.
pub fn count<K: Ord>(counts: &mut BTreeMap<K, u64>, of: K) {
    match counts.get_mut(&of) {
        Some(count) => *count += 1,
        None => drop(counts.insert(of, 1)),
    }
}

/// Adds; a damaged record may hold counts that no run has.
fn sum(to: &mut u64, n: u64) {
    *to = to.saturating_add(n);
}

impl Tally {
    /// One callback more has this outcome.
    pub fn end(&mut self, outcome: Outcome) {
        count(&mut self.outcomes, outcome);
    }

    /// Callbacks with this outcome.
    pub fn ended(&self, outcome: Outcome) -> u64 {
        number::counted(&self.outcomes, &outcome)
    }

    /// Attempts that ended with this trouble.
    pub fn troubled(&self, kind: TroubleKind) -> u64 {
        number::counted(&self.troubles, &kind)
    }

    /// Callbacks that have an outcome.
    pub fn all_ended(&self) -> u64 {
        self.outcomes.values().copied().fold(0, u64::saturating_add)
    }

    /// Callbacks that went wrong, as a threshold on `errors` counts them. Where no fault was put on anything, that is every
    /// callback that was not accepted, or was not answered as the scenario expects. Among hostile ones a no is right: there it is
    /// those with an unexpected outcome, and those that came to no judgement at all.
    pub fn errors(&self) -> u64 {
        if self.hurt == 0 {
            return self.planned.saturating_sub(self.ended(Outcome::Accepted)) + self.accepted_unexpectedly();
        }
        let unjudged = [Outcome::NotSent, Outcome::InDoubt, Outcome::Unreachable];
        unjudged.iter().map(|outcome| self.ended(*outcome)).fold(self.unexpected, u64::saturating_add)
    }

    /// Callbacks that the receiver refused, whether they were tried again or not.
    pub fn refused(&self) -> u64 {
        Outcome::REFUSED.iter().map(|outcome| self.ended(*outcome)).sum()
    }

    /// Callbacks that were accepted, and not answered as the scenario expects; 0 where faults make a rejection right.
    pub fn accepted_unexpectedly(&self) -> u64 {
        let refused = self.refused();
        if self.hurt == 0 { self.unexpected.saturating_sub(refused) } else { 0 }
    }

    /// Counts callbacks that a note is about.
    pub fn note(&mut self, noted: NotedAnswers) {
        let kind = without_ids(&noted.first.why);
        let known = self.noted.iter().position(|known| without_ids(&known.first.why) == kind);
        let room = self.noted.len() < KEPT_NOTES;
        match known.and_then(|at| self.noted.get_mut(at)) {
            Some(known) => sum(&mut known.callbacks, noted.callbacks),
            None if room => self.noted.push(noted),
            None => {}
        }
    }

    /// Callbacks that were sent while the schedule lasted.
    pub fn sent_in_time(&self) -> u64 {
        self.sent.saturating_sub(self.overdue)
    }

    /// The part of their time in which the sending threads had something to do.
    pub fn busy(&self) -> f64 {
        if self.elapsed_ns == 0 { 0.0 } else { self.busy_ns as f64 / self.elapsed_ns as f64 }
    }

    /// Processor time of the sending threads for each callback that was sent, in nanoseconds.
    pub fn cpu_per_callback_ns(&self) -> Option<f64> {
        (self.sent > 0).then(|| self.cpu_ns as f64 / self.sent as f64)
    }

    /// Takes in what another sender saw in the same stretch.
    pub fn beside(&mut self, other: &Self) {
        sum(&mut self.in_flight, other.in_flight);
        sum(&mut self.queued, other.queued);
        self.add(other);
    }

    /// Takes in what was seen in a later stretch.
    pub fn then(&mut self, other: &Self) {
        self.in_flight = self.in_flight.max(other.in_flight);
        self.queued = self.queued.max(other.queued);
        self.add(other);
    }

    fn add(&mut self, other: &Self) {
        sum(&mut self.planned, other.planned);
        sum(&mut self.sent, other.sent);
        sum(&mut self.overdue, other.overdue);
        sum(&mut self.missed, other.missed);
        sum(&mut self.retries, other.retries);
        sum(&mut self.resent, other.resent);
        sum(&mut self.unexpected, other.unexpected);
        sum(&mut self.hurt, other.hurt);
        sum(&mut self.opened, other.opened);
        sum(&mut self.crowded, other.crowded);
        sum(&mut self.untaken, other.untaken);
        sum(&mut self.span_ns, other.span_ns);
        sum(&mut self.elapsed_ns, other.elapsed_ns);
        sum(&mut self.busy_ns, other.busy_ns);
        sum(&mut self.cpu_ns, other.cpu_ns);
        other.outcomes.iter().for_each(|(outcome, n)| sum(self.outcomes.entry(*outcome).or_default(), *n));
        other.statuses.iter().for_each(|(status, n)| sum(self.statuses.entry(*status).or_default(), *n));
        other.troubles.iter().for_each(|(kind, n)| sum(self.troubles.entry(*kind).or_default(), *n));
        for (event, seen) in &other.events {
            // A name is copied once, and not every second.
            match self.events.get_mut(event) {
                Some(known) => known.add(seen),
                None => drop(self.events.insert(event.clone(), seen.clone())),
            }
        }
        if self.insecure.is_empty() {
            self.insecure.clone_from(&other.insecure);
        }
        for answer in &other.answers {
            if self.answers.iter().filter(|kept| kept.status == answer.status).count() < KEPT_ANSWERS {
                self.answers.push(answer.clone());
            }
        }
        other.noted.iter().for_each(|noted| self.note(noted.clone()));
        self.latency.add(&other.latency);
        self.service.add(&other.service);
        self.lateness.add(&other.lateness);
    }

    /// Forgets everything, and keeps the memory.
    pub fn clear(&mut self) {
        let mut kept = [&mut self.latency, &mut self.service, &mut self.lateness].map(std::mem::take);
        kept.iter_mut().for_each(Histogram::clear);
        let [latency, service, lateness] = kept;
        *self = Self { latency, service, lateness, ..Self::default() };
    }
}

/// Reads statuses from JSON keys, which are strings; serde does not convert them in a line that is recognised by its
/// tag.
fn statuses<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<u16, u64>, D::Error> {
    let written = BTreeMap::<String, u64>::deserialize(deserializer)?;
    let status = |(key, count): (String, u64)| match key.parse() {
        Ok(status) => Ok((status, count)),
        Err(_) => Err(serde::de::Error::custom(format!("`{key}` is not an HTTP status"))),
    };
    written.into_iter().map(status).collect()
}
