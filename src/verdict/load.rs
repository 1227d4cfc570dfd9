//! What a load run means: whether its thresholds held, whether its figures can be trusted, and what kept it from more.

use std::fmt;

use serde::Serialize;

use super::threshold::Threshold;
use crate::duration::show_measured;
use crate::record::load::LoadRun;
use crate::record::{Finding, Outcome, TroubleKind};

/// The most of its own lateness that a sender may have at p99 (ours): what is measured beyond it is measured too late.
const LATE_NS: u64 = 5_000_000;

/// The fewest late callbacks that are a schedule that was not kept, and not one hiccup of the machine in a short run (ours).
const LATE_CALLBACKS: u64 = 10;

/// The part of the schedule that must be kept (ours).
const KEPT: f64 = 0.995;

/// Threads that are busy for more of their time than this have none to spare (ours).
const BUSY: f64 = 0.9;

/// What is to be said of a load run.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// All of it in a word.
    pub verdict: LoadVerdict,
    /// The thresholds that were asked for, in order, and those that hold unasked.
    pub thresholds: Vec<Judged>,
    /// Whether the sender kept its schedule; none where there is no schedule, or nothing in it.
    pub schedule: Option<Finding>,
    /// What kept the run from more.
    pub limit: Limit,
    /// The same for a person.
    pub limit_text: String,
    /// What a reader must know before the figures: parts that are missing, parts that were killed.
    pub warnings: Vec<String>,
}

/// A threshold and what it said.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// What it said.
    pub finding: Finding,
    /// Nobody asked for it.
    pub unasked: bool,
    /// It says how long something may take, or how much is to be sent in time.
    pub about_time: bool,
}

/// The verdict on a load run. The first that is true, in this order: figures that do not add up tell nothing, and those that
/// were measured too late say nothing of a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadVerdict {
    /// A callback has no outcome, or two: a fault of ours.
    Miscounted,
    /// No callback became due.
    NothingChecked,
    /// The receiver was never reached.
    Unreachable,
    /// The sender did not keep its schedule; the figures are not to be trusted.
    FellBehind,
    /// A threshold failed, or the run was killed.
    Failed,
    /// Everything held, until the run was stopped early.
    Stopped,
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
            Self::Stopped => "stopped",
            Self::Passed => "passed",
        })
    }
}

/// What kept a run from more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Everything was sent when it should be.
    Nothing,
    /// The sending machine.
    Sender,
    /// The number of connections that was allowed.
    Connections,
    /// The receiver's answers.
    Receiver,
}

/// Judges a load run.
pub fn judge(run: &LoadRun) -> Judgement {
    let thresholds = thresholds(run);
    let late = late(run, &thresholds);
    let (limit, limit_text) = limit(run, late);
    let behind = run.line.open && limit == Limit::Sender;
    let held = thresholds.iter().all(|judged| judged.finding.ok) && run.unended.is_empty();
    let verdict = match () {
        () if !run.adds_up() => LoadVerdict::Miscounted,
        () if run.total.planned == 0 => LoadVerdict::NothingChecked,
        () if unreachable(run) => LoadVerdict::Unreachable,
        () if behind => LoadVerdict::FellBehind,
        () if !held => LoadVerdict::Failed,
        () if run.stopped.is_some() => LoadVerdict::Stopped,
        () => LoadVerdict::Passed,
    };
    let schedule = (run.line.open && run.total.planned > 0).then(|| schedule(run, !behind));
    Judgement { verdict, thresholds, schedule, limit, limit_text, warnings: warnings(run) }
}

fn thresholds(run: &LoadRun) -> Vec<Judged> {
    let asked: Vec<_> = run.line.thresholds.iter().map(|text| (text, text.parse::<Threshold>())).collect();
    let names = |what: fn(&Threshold) -> bool| asked.iter().any(|(_, asked)| asked.as_ref().is_ok_and(what));
    let unasked = [
        (!names(Threshold::names_errors)).then_some(Threshold::NO_ERRORS),
        (run.line.open && !names(Threshold::names_rate)).then_some(Threshold::WHOLE_RATE),
    ];
    let judge = |threshold: Threshold, unasked| Judged {
        finding: threshold.judge(&run.total),
        unasked,
        about_time: threshold.names_time() || threshold.names_rate(),
    };
    let judged = asked.into_iter().map(|(text, threshold)| match threshold {
        Ok(threshold) => judge(threshold, false),
        // Only in a record that another program wrote.
        Err(_) => {
            let (check, place) = ("threshold".into(), String::new());
            let actual = "a threshold that this program does not know".into();
            let finding = Finding { check, ok: false, expected: text.clone(), actual, place };
            Judged { finding, unasked: false, about_time: false }
        }
    });
    judged.chain(unasked.into_iter().flatten().map(|threshold| judge(threshold, true))).collect()
}

/// The part of what became due that was begun while the schedule lasted.
fn kept(run: &LoadRun) -> f64 {
    if run.total.planned == 0 { 1.0 } else { run.total.tried_in_time() as f64 / run.total.planned as f64 }
}

fn schedule(run: &LoadRun, ok: bool) -> Finding {
    let lateness = &run.total.lateness;
    let (p99, late) = (lateness.quantile(0.99), lateness.above(LATE_NS));
    let few = if p99 > LATE_NS && late < LATE_CALLBACKS { format!(" ({late} late)") } else { String::new() };
    Finding {
        check: "schedule".into(),
        ok,
        expected: format!(
            "lateness p99 of at most {} (fewer than {LATE_CALLBACKS} late callbacks are forgiven unless a threshold about time \
             failed), and {}% sent unless the receiver holds it up",
            show_measured(LATE_NS as f64),
            KEPT * 100.0
        ),
        actual: format!(
            "lateness p99 = {}{few}, {:.2}% sent, threads {:.0}% busy",
            show_measured(p99 as f64),
            kept(run) * 100.0,
            run.total.busy() * 100.0
        ),
        place: String::new(),
    }
}

/// Whether the machine was so late that it matters: in a short run one hiccup is its p99, and does harm only to what is
/// said about time.
fn late(run: &LoadRun, thresholds: &[Judged]) -> bool {
    let lateness = &run.total.lateness;
    let harm = || thresholds.iter().any(|judged| judged.about_time && !judged.finding.ok);
    run.line.open
        && lateness.quantile(0.99) > LATE_NS
        && (lateness.above(LATE_NS) >= LATE_CALLBACKS || harm())
}

fn limit(run: &LoadRun, late: bool) -> (Limit, String) {
    let (total, line) = (&run.total, &run.line);
    let busy = total.busy();
    let spent = busy > BUSY;
    let short = line.open && kept(run) < KEPT && run.stopped.is_none();
    let full = total.in_flight >= run.connections();
    let threads = match line.threads {
        1 => "1 thread".to_owned(),
        n => format!("{n} threads"),
    };
    if (late || short || !line.open) && spent {
        let text = format!("the sender's processor ({threads}, {:.0}% busy)", busy * 100.0);
        return (Limit::Sender, text);
    }
    if total.troubles.contains_key(&TroubleKind::NoPort) {
        let text = "the sender's machine, which ran out of local ports: the receiver closes connections, and each keeps its \
                    port for a minute";
        return (Limit::Sender, text.into());
    }
    if late {
        let text = format!(
            "the sender's machine, which woke its threads too late ({threads}, {:.0}% busy)",
            busy * 100.0
        );
        return (Limit::Sender, text);
    }
    let open = run.connections();
    match (line.open, full) {
        (true, true) => {
            let text = format!(
                "the connections: all {open} were in use; raise --connections if the receiver is to take more"
            );
            (Limit::Connections, text)
        }
        (true, false) if short => {
            (Limit::Receiver, "the receiver, whose answers held up what was due after them".into())
        }
        (true, false) => (Limit::Nothing, "nothing: what was due was sent".into()),
        (false, _) => (Limit::Receiver, format!("the receiver's answers, over {open} connections")),
    }
}

/// Nothing ever reached the receiver, and something tried to.
fn unreachable(run: &LoadRun) -> bool {
    let total = &run.total;
    let reached = !total.statuses.is_empty() || total.troubles.keys().any(|kind| kind.reached());
    total.ended(Outcome::Unreachable) > 0 && !reached
}

/// Events of the scenario that do not occur in the run: its figures say nothing of them. One shard alone may lack some.
fn never_sent(run: &LoadRun) -> Option<String> {
    let sent = |event: &&String| run.total.events.get(*event).is_some_and(|seen| seen.sent > 0);
    let never: Vec<&str> = run.line.events.iter().filter(|event| !sent(event)).map(String::as_str).collect();
    if never.is_empty() || run.total.sent == 0 || !run.missing().is_empty() {
        return None;
    }
    let why = if run.line.phase == "together" {
        "`--phase spread` sends every event from the start"
    } else {
        "the load was too short: a longer --duration or a higher --rate sends them"
    };
    Some(format!("never sent: {}; the figures say nothing about them; {why}", never.join(", ")))
}

fn warnings(run: &LoadRun) -> Vec<String> {
    let of = run.line.shard.1;
    let named = |shards: &[u64]| {
        let names: Vec<String> = shards.iter().map(|shard| format!("{shard}/{of}")).collect();
        names.join(", ")
    };
    let missing = run.missing();
    let mut warnings = Vec::new();
    match run.shards.as_slice() {
        _ if missing.is_empty() => {}
        [one] => warnings.push(format!(
            "this is shard {one}/{of} alone, not the whole run; `hookreel report` makes one run of the records of all shards"
        )),
        _ => warnings.push(format!("this is not the whole run; missing: shard {}", named(&missing))),
    }
    warnings.extend(never_sent(run));
    if !run.unended.is_empty() {
        let who = if of > 1 {
            format!("killed: shard {}", named(&run.unended))
        } else {
            "the run was killed".into()
        };
        warnings.push(format!("{who}; what came after the last second on record is not in here"));
    }
    warnings
}
