//! Subjects that the figures of a load run say nothing about.

use super::times;
use crate::record::Outcome;
use crate::record::load::LoadRun;
use crate::verdict::lines_lost;
use crate::verdict::threshold::ThresholdSubject;

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

/// Faults that were put on no callback: the run says nothing of them. One shard alone may have none.
fn never_put(run: &LoadRun) -> Option<String> {
    let (total, faults) = (&run.total, &run.line.faults);
    let none = total.hurt == 0 && total.sent > 0 && !faults.is_empty() && run.missing().is_empty();
    none.then(|| {
        format!(
            "put on none of {} callbacks: {}; the figures say nothing about faults; a longer --duration, a higher --rate or a \
             larger `chance` puts them on some",
            total.sent,
            faults.join(", ")
        )
    })
}

/// Faults of which nothing was on the wire, for no broadcast sent two of its callbacks. One shard alone may have sent fewer.
fn never_shown(run: &LoadRun) -> Option<String> {
    let (total, between) = (&run.total, &run.line.between);
    let one_each = total.hurt > 0 && total.sent <= run.broadcasts() && run.missing().is_empty();
    (one_each && !between.is_empty()).then(|| {
        format!(
            "not on the wire: {}; {} callbacks were sent of {} broadcasts, at most one of each, and a copy or another order shows \
             between two of one; fewer --broadcasts, a longer --duration or a higher --rate sends more of each",
            between.join(", "),
            total.sent,
            run.broadcasts()
        )
    })
}

/// Callbacks that were given up before the plan's first wait was over: none was sent again, whatever the plan says.
fn never_retried(run: &LoadRun) -> Option<String> {
    let gave_up = run.total.ended(Outcome::GaveUp);
    let none = run.line.retries != "none" && run.total.retries == 0 && gave_up > 0;
    none.then(|| {
        format!(
            "sent again: none of {gave_up} that gave up; the load ended before the first wait of the retry plan was over; a longer \
             --duration or --drain has room for it"
        )
    })
}

/// A threshold about time is broken by the receiver's own time, and its cause is told there.
fn says_times(run: &LoadRun) -> bool {
    super::asked(run).iter().any(|threshold| {
        matches!(threshold.part(), ThresholdSubject::Time { .. })
            && threshold.is_broken_by_service(&run.total, 0)
    })
}

pub(super) fn warnings(run: &LoadRun) -> Vec<String> {
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
    warnings.extend(never_put(run));
    warnings.extend(never_shown(run));
    warnings.extend(never_retried(run));
    warnings.extend(times::delayed(&run.total).filter(|_| !says_times(run)));
    if !run.unended.is_empty() {
        let who = if of > 1 {
            format!("killed: shard {}", named(&run.unended))
        } else {
            "the run was killed".into()
        };
        warnings.push(format!("{who}; what came after the last second on record is not in here"));
    }
    warnings.extend(lines_lost(run.lost));
    warnings
}
