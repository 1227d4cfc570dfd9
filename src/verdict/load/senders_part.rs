//! Figures of a load without what the sender is to blame for.

use crate::record::load::{GRACE_NS, Tally};
use crate::record::{Outcome, TroubleKind};

/// Connections that the sender's own machine kept it from.
pub(super) const OWN: [TroubleKind; 2] = [TroubleKind::NoPort, TroubleKind::OwnLimit];

/// The part of what became due that was sent while the schedule lasted.
pub(super) fn part_sent(total: &Tally) -> f64 {
    if total.planned == 0 { 1.0 } else { total.sent_in_time() as f64 / total.planned as f64 }
}

/// Figures in which no callback was sent after the schedule because the sender came late to it.
pub(super) fn as_if_never_late(total: &Tally) -> Tally {
    let overdue = total.overdue.saturating_sub(total.lateness.above(GRACE_NS));
    let sent = total.sent.saturating_add(total.missed);
    Tally { planned: total.planned, sent, overdue, ..Tally::default() }
}

/// Figures without the callbacks that a saturated sender did not send, found no port for, or had still on the wire at
/// its time limit.
pub(super) fn without_the_senders_part(total: &Tally) -> Tally {
    let mut seen =
        Tally { outcomes: total.outcomes.clone(), troubles: total.troubles.clone(), ..Tally::default() };
    let portless =
        OWN.iter().filter_map(|kind| total.troubles.get(kind)).copied().fold(0, u64::saturating_add);
    let unreachable = total.ended(Outcome::Unreachable).min(portless);
    let cut_off = cut_off(total);
    seen.outcomes.entry(Outcome::InDoubt).and_modify(|n| *n -= cut_off);
    seen.outcomes.remove(&Outcome::NotSent);
    seen.outcomes.entry(Outcome::Unreachable).and_modify(|n| *n -= unreachable);
    let own = total.ended(Outcome::NotSent) + unreachable + cut_off;
    seen.planned = total.planned.saturating_sub(own);
    (seen.retries, seen.resent) = (total.retries, total.resent);
    (seen.unexpected, seen.hurt) = (total.unexpected, total.hurt);
    seen
}

/// Figures without the callbacks that the sender had not looked at when its time was over.
pub(super) fn without_what_was_missed(total: &Tally) -> Tally {
    let mut seen = total.clone();
    let missed = total.missed.min(total.ended(Outcome::NotSent));
    seen.outcomes.entry(Outcome::NotSent).and_modify(|n| *n -= missed);
    seen.planned = total.planned.saturating_sub(missed);
    seen
}

/// Number of callbacks that were on the wire at the end, and that nothing had gone wrong with.
fn cut_off(total: &Tally) -> u64 {
    let broken = total.troubles.iter().filter(|(kind, _)| kind.reached() && **kind != TroubleKind::CutOff);
    let broken = broken.map(|(_, n)| *n).fold(0, u64::saturating_add);
    total.ended(Outcome::InDoubt).saturating_sub(broken)
}

/// Figures without the callbacks that were under way when the sender was killed: the receiver had no time to answer them.
pub(super) fn without_what_was_cut_off(total: &Tally) -> Tally {
    let mut seen = total.clone();
    let cut_off = cut_off(total);
    seen.outcomes.entry(Outcome::InDoubt).and_modify(|n| *n -= cut_off);
    let not_sent = total.ended(Outcome::NotSent);
    seen.outcomes.remove(&Outcome::NotSent);
    seen.planned = total.planned.saturating_sub(cut_off).saturating_sub(not_sent);
    seen
}
