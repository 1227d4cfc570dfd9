//! Verdict of a load run: the thresholds, the trust in the figures, and the bottleneck.

mod bottleneck;
mod causes;
pub mod failed_alike;
mod late_connections;
mod senders_part;
mod times;
mod warnings;

use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::outage::{Outage, outages};
use super::threshold::{Threshold, ThresholdSubject};
use crate::duration::show_measured;
use crate::record::load::{LoadRun, ReceiverLine};
use crate::record::{Finding, KEEPS_RUNNING, Outcome, RECEIVER};
use bottleneck::{bottleneck, is_dwarfed};
pub use causes::LikelyCause;
use causes::{causes, notes};
use senders_part::{
    OWN, as_if_never_late, part_sent, without_the_senders_part, without_what_was_cut_off,
    without_what_was_missed,
};
use warnings::warnings;

/// The part of a threshold about time that the sender's own lateness may be (ours). What is measured counts from when a
/// callback was due, so a threshold that held, held with all of the lateness in it.
const TENTH: u64 = 10;

/// Reference for the lateness if no threshold names a time (ours): that of `p99<200ms`.
const UNNAMED_NS: u64 = 200_000_000;

/// The fewest late callbacks that are a schedule that was not kept, and not one hiccup of the machine in a short run (ours).
const LATE_CALLBACKS: u64 = 10;

/// The part of the schedule that must be kept (ours).
const KEPT: f64 = 0.995;

/// Threads that are busy for more of their time than this have none to spare (ours).
const BUSY: f64 = 0.9;

/// Judgement of a load run.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadJudgement {
    /// All of it in a word.
    pub verdict: LoadVerdict,
    /// The thresholds that were asked for, in order, and those that hold unasked.
    pub thresholds: Vec<ThresholdResult>,
    /// Punctuality of the sender; none without a schedule, or with an empty one.
    pub schedule: Option<Finding>,
    /// Changes of the receiver's process, where it was started for the load; one that ended fails the load.
    pub receiver: Vec<Finding>,
    /// Bottleneck of the run.
    pub bottleneck: Bottleneck,
    /// The same for a person: `its processor: 1 thread, 97% busy`; empty where there is nothing to say.
    pub bottleneck_text: String,
    /// Periods without the receiver.
    pub outages: Vec<Outage>,
    /// Warnings for the reader of the figures: parts that are missing, parts that were killed.
    pub warnings: Vec<String>,
    /// Likely causes of what failed.
    pub causes: Vec<LikelyCause>,
    /// Near misses, which fail nothing.
    pub notes: Vec<String>,
}

impl LoadJudgement {
    /// Bottleneck and what shows it: `receiver (it was gone)`.
    pub fn bottleneck_line(&self) -> String {
        match self.bottleneck_text.as_str() {
            "" => self.bottleneck.to_string(),
            text => format!("{} ({text})", self.bottleneck),
        }
    }
}

/// A threshold and what it said.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdResult {
    /// Result of the threshold.
    pub finding: Finding,
    /// Nobody asked for it.
    pub unasked: bool,
    /// Reason why a failure decides nothing.
    pub doubt: Option<Doubt>,
}

/// Reason why a threshold that failed decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// No callback became due.
    NothingDue,
    /// The sender was killed before all answers had come.
    Killed,
    /// The sender may be to blame.
    Sender,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NothingDue => "no callback became due",
            Self::Killed => "the sender was killed before all answers had come",
            Self::Sender => "the sender may be to blame",
        })
    }
}

impl ThresholdResult {
    /// It failed, and that decides nothing.
    pub fn undecided(&self) -> bool {
        self.doubt.is_some()
    }

    /// It failed, and the receiver is to blame.
    pub fn failed(&self) -> bool {
        !self.finding.ok && !self.undecided()
    }
}

/// The verdict on a load run. The first that is true, in this order: figures that do not add up tell nothing, and a threshold
/// that failed by the receiver's doing fails the run, whatever the sender did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LoadVerdict {
    /// A callback has no outcome, or two: a fault of ours.
    Miscounted,
    /// No callback became due.
    NothingChecked,
    /// The receiver was never reached.
    Unreachable,
    /// A threshold failed.
    Failed,
    /// The existing part of the run passed, but it was stopped early or killed, or parts or lines of its record are
    /// missing.
    Incomplete,
    /// The sender did not keep its schedule: what failed may be its own doing.
    FellBehind,
    /// Everything held.
    Passed,
}

impl fmt::Display for LoadVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Miscounted => "miscounted",
            Self::NothingChecked => "nothing checked",
            Self::Unreachable => "unreachable",
            Self::FellBehind => "fell behind",
            Self::Failed => "failed",
            Self::Incomplete => "incomplete",
            Self::Passed => "passed",
        })
    }
}

/// Bottleneck of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Bottleneck {
    /// Everything was sent when it should be.
    None,
    /// The sending machine.
    Sender,
    /// The number of connections that was allowed.
    Connections,
    /// The number of broadcasts: each waits for the answer to its last callback.
    Broadcasts,
    /// The receiver.
    Receiver,
}

impl fmt::Display for Bottleneck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Sender => "sender",
            Self::Connections => "connections",
            Self::Broadcasts => "broadcasts",
            Self::Receiver => "receiver",
        })
    }
}

/// Sender's own share in a run.
#[derive(Clone, Copy, Default)]
struct SenderShare {
    /// Its threads had no time to spare, and the schedule was not kept.
    spent: bool,
    /// Its machine ran out of ports, or of open files.
    portless: bool,
    /// It was woken too late for what no threshold about time has seen.
    late: bool,
}

/// Judges a load run.
pub fn judge(run: &LoadRun) -> LoadJudgement {
    let mut sender = sender(run);
    let thresholds = thresholds(run, sender);
    let blamed = thresholds.iter().any(|judged| judged.doubt == Some(Doubt::Sender));
    sender.spent |= blamed && run.total.busy() > BUSY;
    sender.late |= blamed;
    let outages = outages(&run.seconds);
    let (bottleneck, bottleneck_text) = bottleneck(run, sender, &outages);
    let behind = run.line.open && (sender.spent || sender.portless || sender.late);
    let receiver: Vec<Finding> = run.receiver.iter().map(receiver_change).collect();
    let failed = thresholds.iter().any(ThresholdResult::failed);
    let verdict = match () {
        () if !run.adds_up() && run.lost == 0 => LoadVerdict::Miscounted,
        () if run.total.planned == 0 && is_partial(run) => LoadVerdict::Incomplete,
        () if run.total.planned == 0 => LoadVerdict::NothingChecked,
        () if run.receiver_ended() => LoadVerdict::Failed,
        () if unreachable(run) => LoadVerdict::Unreachable,
        () if failed => LoadVerdict::Failed,
        () if is_partial(run) => LoadVerdict::Incomplete,
        () if behind => LoadVerdict::FellBehind,
        () => LoadVerdict::Passed,
    };
    let schedule = (run.line.open && run.total.planned > 0).then(|| schedule(run, !behind, failed));
    let causes = causes(run, &thresholds);
    LoadJudgement {
        verdict,
        thresholds,
        schedule,
        receiver,
        bottleneck,
        bottleneck_text,
        outages,
        warnings: warnings(run),
        causes,
        notes: notes(run),
    }
}

/// Result of watching the receiver's process.
fn receiver_change(change: &ReceiverLine) -> Finding {
    let at = show_measured(change.at_s * 1e9);
    Finding {
        check: RECEIVER.into(),
        ok: !change.ended,
        expected: KEEPS_RUNNING.into(),
        actual: format!("{}, {at} after the load began", change.text),
        ..Finding::default()
    }
}

/// True if parts are missing. One shard alone is a run of its own for whoever plays it, and not for whoever reads records.
fn is_partial(run: &LoadRun) -> bool {
    let parts_missing = run.gathered && !run.missing().is_empty();
    run.stopped.is_some() || !run.unended.is_empty() || run.lost > 0 || parts_missing
}

/// The thresholds that were asked for, as far as they can be read.
fn asked(run: &LoadRun) -> Vec<Threshold> {
    run.line.thresholds.iter().filter_map(|text| text.parse().ok()).collect()
}

fn thresholds(run: &LoadRun, sender: SenderShare) -> Vec<ThresholdResult> {
    let known = asked(run);
    let names = |what: fn(&Threshold) -> bool| known.iter().any(what);
    let unasked = [
        (!names(Threshold::names_errors)).then_some(Threshold::NO_ERRORS),
        (run.line.open && !names(Threshold::names_rate)).then_some(Threshold::WHOLE_RATE),
    ];
    let judge = |threshold: Threshold, unasked| {
        let finding = threshold.judge(&run.total);
        let killed = || !run.unended.is_empty() && threshold.judge(&without_what_was_cut_off(&run.total)).ok;
        let doubt = match () {
            () if finding.ok => None,
            () if run.total.planned == 0 => Some(Doubt::NothingDue),
            () if killed() => Some(Doubt::Killed),
            () if run.line.open && is_doubtful(&threshold, run, sender) => Some(Doubt::Sender),
            () => None,
        };
        ThresholdResult { finding, unasked, doubt }
    };
    let judged = run.line.thresholds.iter().map(|text| match text.parse() {
        Ok(threshold) => judge(threshold, false),
        // Only in a record that another program wrote.
        Err(_) => {
            let actual = "a threshold that this program does not know".into();
            let (check, expected) = ("threshold".into(), text.clone());
            let finding = Finding { check, ok: false, expected, actual, ..Finding::default() };
            ThresholdResult { finding, unasked: false, doubt: None }
        }
    });
    judged.chain(unasked.into_iter().flatten().map(|threshold| judge(threshold, true))).collect()
}

/// True when the sender may be to blame for a threshold that failed. Counts do not depend on how late it was, only on whether it
/// sent at all; a time does, where the lateness is more than a tenth of it and the receiver did not take too long by itself.
fn is_doubtful(threshold: &Threshold, run: &LoadRun, sender: SenderShare) -> bool {
    match threshold.part() {
        ThresholdSubject::Time { bound_ns, late_ns } => {
            // A late sender may read answers late, too.
            let late = late_ns(&run.total);
            late > bound_ns / TENTH && !threshold.is_broken_by_service(&run.total, late)
        }
        ThresholdSubject::Own => false,
        ThresholdSubject::Rate => {
            sender.spent || sender.portless || threshold.judge(&as_if_never_late(&run.total)).ok
        }
        ThresholdSubject::Count => {
            let seen = match sender.spent || sender.portless {
                true => without_the_senders_part(&run.total),
                false => without_what_was_missed(&run.total),
            };
            threshold.judge(&seen).ok
        }
    }
}

/// True if the schedule was not kept, for another reason than that the sender was ended in the middle of it.
fn is_short(run: &LoadRun) -> bool {
    part_sent(&run.total) < KEPT && run.stopped.is_none() && run.unended.is_empty()
}

/// Allowed lateness of a sender: a tenth of the tightest threshold about time.
fn allowance_ns(run: &LoadRun) -> u64 {
    let bound = |threshold: &Threshold| match threshold.part() {
        ThresholdSubject::Time { bound_ns, .. } => Some(bound_ns),
        _ => None,
    };
    asked(run).iter().filter_map(bound).min().unwrap_or(UNNAMED_NS) / TENTH
}

fn sender(run: &LoadRun) -> SenderShare {
    let (total, line) = (&run.total, &run.line);
    let busy = total.busy() > BUSY;
    let short = is_short(run);
    let named = asked(run).iter().any(|threshold| matches!(threshold.part(), ThresholdSubject::Time { .. }));
    let allowance = allowance_ns(run);
    // Where a threshold about time was asked for, it has seen the lateness.
    // The callbacks of a burst cannot all be first.
    let late = total.lateness.above(allowance).saturating_sub(run.in_bursts());
    let many = late >= LATE_CALLBACKS && late.saturating_mul(100) > total.lateness.count();
    let late = line.open && !named && many && !is_dwarfed(run);
    SenderShare {
        spent: busy && (!line.open || short || late),
        portless: OWN.iter().any(|kind| total.troubles.contains_key(kind)),
        late,
    }
}

fn schedule(run: &LoadRun, ok: bool, failed: bool) -> Finding {
    let (lateness, allowance) = (&run.total.lateness, allowance_ns(run));
    let (p99, late) = (lateness.quantile(0.99), lateness.above(allowance));
    let note = match p99 > allowance {
        true if late < LATE_CALLBACKS => format!(" ({late} late)"),
        true if ok && run.in_bursts() > 0 => {
            format!(" ({late} late; the callbacks of a burst go out one after the other)")
        }
        true if ok => {
            let why = match () {
                () if is_dwarfed(run) => "and nothing beside the time to answer",
                () if failed => "and not the reason of what failed",
                () => "but the thresholds on times held",
            };
            format!(" (above {}, {why})", show_measured(allowance as f64))
        }
        true => format!(" (above {})", show_measured(allowance as f64)),
        false => String::new(),
    };
    let missed = match run.total.missed {
        0 => String::new(),
        missed => format!(", {missed} never looked at"),
    };
    Finding {
        check: "schedule".into(),
        ok,
        expected: format!(
            "the sender at most {} late (p99), and {}% sent in time",
            show_measured(allowance as f64),
            KEPT * 100.0
        ),
        actual: format!(
            "lateness p99 = {}{note}, {:.2}% sent{missed}, threads {:.0}% busy",
            show_measured(p99 as f64),
            part_sent(&run.total) * 100.0,
            run.total.busy() * 100.0
        ),
        ..Finding::default()
    }
}

/// Nothing ever reached the receiver, and something tried to.
fn unreachable(run: &LoadRun) -> bool {
    let total = &run.total;
    let reached = !total.statuses.is_empty() || total.troubles.keys().any(|kind| kind.reached());
    total.ended(Outcome::Unreachable) > 0 && !reached
}
