//! Connections that the receiver took late, or never, and the reason.

use crate::duration::show_measured;
use crate::record::load::LoadRun;
use crate::verdict::cause::BACKLOG;

/// Why connections were not taken at once.
pub(super) enum NotTaken {
    /// The receiver answers fewer callbacks than become due, and is never idle.
    TooSlow(String),
    /// It accepted none at all.
    Nobody,
    /// It answers what it takes; its queue of connections is short.
    Backlog,
}

/// The reason; none where every connection was taken at once.
pub(super) fn reason(run: &LoadRun) -> Option<NotTaken> {
    let total = &run.total;
    (total.crowded > 0 || total.untaken > 0).then(|| match too_slow(run) {
        Some(text) => NotTaken::TooSlow(text),
        None if total.opened == 0 => NotTaken::Nobody,
        None => NotTaken::Backlog,
    })
}

/// Notes on connections that were taken late, and on those that were never taken.
pub(super) fn notes(run: &LoadRun) -> Vec<String> {
    let total = &run.total;
    let many = |count: u64| match count {
        1 => "1 connection was".to_owned(),
        several => format!("{several} connections were"),
    };
    let mut found = Vec::new();
    found.extend((total.crowded > 0).then(|| format!("{} taken only after 1s or more", many(total.crowded))));
    found.extend(
        (total.untaken > 0).then(|| format!("{} not taken until the load ended", many(total.untaken))),
    );
    let Some(reason) = reason(run) else { return Vec::new() };
    let cause = match reason {
        NotTaken::TooSlow(text) => format!(
            "the receiver is too slow for this rate: {text}; a larger backlog would only let them wait there: answer before the \
             work is done, or let more workers answer"
        ),
        NotTaken::Nobody => {
            "nothing accepts connections at the receiver's listening socket: its process hangs or is stopped"
                .into()
        }
        NotTaken::Backlog => BACKLOG.to_owned(),
    };
    vec![format!("{}: {cause}", found.join(", and "))]
}

/// One callback of so many that became due and was not answered in the second half of the schedule makes it the receiver's
/// doing (ours).
const LEFT: u64 = 10;

/// Signs of a receiver that is too slow: in the second half of the schedule fewer were answered than became due, and on average
/// one or more was under way there at any time (answers a second times the time that one takes).
fn too_slow(run: &LoadRun) -> Option<String> {
    let seconds = run.span_s().round() as u64;
    let half = (seconds / 2).max(1);
    let part =
        run.seconds.iter().filter(|second| (seconds.saturating_sub(half)..seconds).contains(&second.number));
    let (due, answered) = part.fold((0_u64, 0_u64), |(due, answered), second| {
        let answers = second.statuses.values().copied().fold(0, u64::saturating_add);
        (due.saturating_add(second.planned), answered.saturating_add(answers))
    });
    let behind = due.saturating_sub(answered).saturating_mul(LEFT) > due;
    let per_s = |n: u64| n as f64 / half as f64;
    let under_way = per_s(answered) * run.total.service.mean() / 1e9;
    (behind && answered > 0 && under_way >= 1.0).then(|| {
        format!(
            "it answered {:.1}/s of {:.1}/s that became due, one each {}",
            per_s(answered),
            per_s(due),
            show_measured(1e9 / per_s(answered))
        )
    })
}
