//! A load run, folded from its lines. A day has 86,400 seconds, and a second's histograms are large: what is kept of each is
//! a row of figures, and the histograms of the whole.

use std::collections::BTreeMap;

use super::{Histogram, LoadLine, ReceiverLine, SecondLine, StepLine, Tally};
use crate::record::{Header, Line, Outcome, TroubleKind, never_began};

/// A load run, or the parts of it that are there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadRun {
    /// Seed, target and version; of the first part, where there are several.
    pub header: Header,
    /// Settings of the run; those of the first part, if there are several.
    pub line: LoadLine,
    /// The parts that are in here, counted from 1, in order; [`LoadLine::shard`] says of how many.
    pub shards: Vec<u64>,
    /// The parts whose end is not known: they still go on, or they were killed.
    pub unended: Vec<u64>,
    /// It was read from records, which should be those of all parts.
    pub gathered: bool,
    /// Time during which callbacks became due in the part that lasted longest, in seconds; 0 while it goes on.
    pub longest_s: f64,
    /// Lines that are missing in its records.
    pub lost: u64,
    /// Figures, second by second.
    pub seconds: Vec<Second>,
    /// Changes of the receiver's process, if it was started for the run.
    pub receiver: Vec<ReceiverLine>,
    /// Figures of the whole run.
    pub total: Tally,
    /// Reason for stopping early.
    pub stopped: Option<String>,
    /// Nothing was sent, because nobody took a connection.
    pub never_began: bool,
}

/// Kept figures of a second.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Second {
    /// Counted from 0, since the first callback was due.
    pub number: u64,
    /// Callbacks that became due.
    pub planned: u64,
    /// Callbacks whose first attempt began.
    pub sent: u64,
    /// Attempts beyond the first.
    pub retries: u64,
    /// Requests that were sent again on a new connection.
    pub resent: u64,
    /// Number of callbacks by outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Answers by HTTP status.
    pub statuses: BTreeMap<u16, u64>,
    /// Attempts without an answer, by what was in the way.
    pub troubles: BTreeMap<TroubleKind, u64>,
    /// Connections that were opened.
    pub opened: u64,
    /// The most exchanges at once.
    pub in_flight: u64,
    /// The most callbacks that were due and not begun.
    pub queued: u64,
    /// The part of their time in which the sending threads had something to do.
    pub busy: f64,
    /// Processor time of the sending threads, in nanoseconds.
    pub cpu_ns: u64,
    /// Time from the due time of a callback to the end of its first answer.
    pub latency: Times,
    /// Time from the start of an attempt to the end of its answer.
    pub service: Times,
    /// Delay between the earliest possible sending of a callback and the real one.
    pub lateness: Times,
    /// Number of latencies by size, or of service times where nothing is due: [`Histogram::by_size`].
    pub sizes: Vec<(u8, u64)>,
}

/// Kept figures of a histogram, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Times {
    /// Number of times; if it is 0, the others are 0.
    pub count: u64,
    /// Half of them are not longer.
    pub p50: u64,
    /// 90 % are not longer.
    pub p90: u64,
    /// 95 % are not longer.
    pub p95: u64,
    /// 99 % are not longer.
    pub p99: u64,
    /// 99.9 % are not longer.
    pub p999: u64,
    /// The longest.
    pub max: u64,
    /// The mean.
    pub mean: f64,
}

impl From<&Histogram> for Times {
    fn from(times: &Histogram) -> Self {
        Self {
            count: times.count(),
            p50: times.quantile(0.5),
            p90: times.quantile(0.9),
            p95: times.quantile(0.95),
            p99: times.quantile(0.99),
            p999: times.quantile(0.999),
            max: times.max(),
            mean: times.mean(),
        }
    }
}

impl From<&SecondLine> for Second {
    fn from(line: &SecondLine) -> Self {
        let tally = &line.tally;
        Self {
            number: line.second,
            planned: tally.planned,
            sent: tally.sent,
            retries: tally.retries,
            resent: tally.resent,
            outcomes: tally.outcomes.clone(),
            statuses: tally.statuses.clone(),
            troubles: tally.troubles.clone(),
            opened: tally.opened,
            in_flight: tally.in_flight,
            queued: tally.queued,
            busy: tally.busy(),
            cpu_ns: tally.cpu_ns,
            latency: (&tally.latency).into(),
            service: (&tally.service).into(),
            lateness: (&tally.lateness).into(),
            sizes: if tally.latency.count() > 0 { tally.latency.by_size() } else { tally.service.by_size() },
        }
    }
}

/// Time of one of so many threads, in seconds.
pub(super) fn span_s(span_ns: u64, threads: u64) -> f64 {
    span_ns as f64 / threads.max(1) as f64 / 1e9
}

impl LoadRun {
    /// Takes in the next line of a run of one part. Lines that have no place in a load run are ignored.
    pub fn apply(&mut self, line: &Line) {
        match line {
            Line::Run(header) => self.header = header.clone(),
            Line::Load(line) => {
                self.line = line.clone();
                self.shards = vec![line.shard.0];
                self.unended = self.shards.clone();
            }
            Line::Second(line) => {
                self.seconds.push(line.into());
                self.total.then(&line.tally);
            }
            Line::Receiver(line) => self.receiver.push(line.clone()),
            Line::End { stopped, never_began: said, .. } => {
                self.unended.clear();
                self.never_began = never_began(*said, stopped.as_deref());
                self.stopped = stopped.clone();
            }
            _ => {}
        }
    }

    /// Its step in a search. A record that lacks it has a step without rate.
    pub fn step(&self) -> StepLine {
        self.line.step.unwrap_or_default() // See above.
    }

    /// True if the receiver's process was gone before the end.
    pub fn receiver_ended(&self) -> bool {
        self.receiver.iter().any(|change| change.ended)
    }

    /// The parts that are not in here.
    pub fn missing(&self) -> Vec<u64> {
        (1..=self.line.shard.1).filter(|shard| !self.shards.contains(shard)).collect()
    }

    /// Time during which callbacks became due, in seconds; shorter than requested if the run ended early.
    pub fn span_s(&self) -> f64 {
        span_s(self.total.span_ns, self.line.threads).max(self.longest_s)
    }

    /// Everything became due and ended by itself: nothing cut it off.
    pub fn is_whole(&self) -> bool {
        let cut = self.total.ended(Outcome::InDoubt) + self.total.ended(Outcome::NotSent);
        // A nanosecond in a million may be lost to rounding.
        cut == 0 && self.span_s() >= self.line.duration_s * (1.0 - 1e-6)
    }

    /// Callbacks that became due, each second.
    pub fn asked_per_s(&self) -> f64 {
        self.per_s(self.total.planned)
    }

    /// Callbacks whose first attempt began while the schedule lasted, each second.
    pub fn sent_per_s(&self) -> f64 {
        self.per_s(self.total.sent_in_time())
    }

    fn per_s(&self, count: u64) -> f64 {
        let span = self.span_s();
        if span > 0.0 { count as f64 / span } else { 0.0 }
    }

    /// The most connections at once that the parts in here may have.
    pub fn connections(&self) -> u64 {
        self.part_of(self.line.connections).max(1)
    }

    /// Broadcasts on the air at once of the parts in here.
    pub fn broadcasts(&self) -> u64 {
        self.part_of(self.line.broadcasts).max(1)
    }

    /// Callbacks of the bursts of the parts in here.
    pub fn in_bursts(&self) -> u64 {
        let count = |burst: &String| burst.split_once('@').and_then(|(count, _)| count.parse::<u64>().ok());
        self.part_of(self.line.bursts.iter().filter_map(count).fold(0, u64::saturating_add))
    }

    /// The part of a number over all shards that falls to those in here.
    fn part_of(&self, whole: u64) -> u64 {
        let (here, all) = (self.shards.len() as u64, self.line.shard.1.max(1));
        whole.saturating_mul(here) / all
    }

    /// Every planned callback has ended in exactly one way.
    pub fn adds_up(&self) -> bool {
        self.total.planned == self.total.all_ended()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::NEVER_BEGAN;

    #[test]
    fn a_load_that_never_began_is_told_by_its_last_line_and_in_earlier_versions_by_the_reason() {
        let ended = |stopped: &str, never_began| {
            let (stopped, at) = (Some(stopped.to_owned()), String::new());
            let mut run = LoadRun::default();
            run.apply(&Line::End { stopped, never_began, set_up_wrong: false, at });
            run.never_began
        };
        assert!(ended("nobody was there", true) && ended(&format!("{NEVER_BEGAN}nobody was there"), false));
        assert!(!ended("interrupted", false));
    }
}
