//! Causes of a failed threshold about time, as the measurements show them.

use std::ops::RangeInclusive;

use crate::duration::show_measured;
use crate::record::load::{LoadRun, Second, Tally};
use crate::verdict::threshold::{Threshold, ThresholdSubject};

/// Seconds that are a few beside all others: one of so many (ours).
const FEW: usize = 4;

/// Seconds that are named.
const NAMED: usize = 5;

/// The likely cause; none for a threshold of another kind.
pub(super) fn cause(threshold: &Threshold, run: &LoadRun) -> Option<String> {
    let ThresholdSubject::Time { bound_ns, late_ns } = threshold.part() else { return None };
    let total = &run.total;
    let shown = |ns: u64| show_measured(ns as f64);
    let (p50, p99) = (shown(total.service.quantile(0.5)), shown(total.service.quantile(0.99)));
    let service = format!("service p50 {p50}, p99 {p99}");
    let late = late_ns(total);
    if threshold.is_broken_by_service(total, 0) {
        let slow: Vec<&Second> = run.seconds.iter().filter(|second| second.service.p99 > bound_ns).collect();
        let answering = run.seconds.iter().filter(|second| second.service.count > 0).count();
        let above = total.service.above(bound_ns);
        let count = total.service.count();
        if let Some(why) = delayed(total) {
            return Some(why);
        }
        return Some(match slow.is_empty() || slow.len() * FEW > answering {
            true => format!("the receiver's own time breaks it, without any waiting: {service}"),
            false => format!(
                "a few slow answers: {above} of {count} took longer than {}, all but few of them in {}; {service}",
                shown(bound_ns),
                named(&slow)
            ),
        });
    }
    if run.line.open && late.saturating_mul(2) > bound_ns {
        return Some(format!("the sender's own lateness ({}) is most of it; {service}", shown(late)));
    }
    run.line.open.then(|| {
        format!(
            "not the receiver's time for one callback ({service}): callbacks waited for a free connection, or for the one before \
             them in their broadcast"
        )
    })
}

/// Service times that a delayed acknowledgement makes: 40 ms on most systems, and what the receiver itself takes.
const DELAYED_NS: RangeInclusive<u64> = 38_000_000..=45_000_000;
/// Service times that are short beside it.
const SHORT_NS: u64 = 20_000_000;

/// Likely cause of answers that take about 40 ms on a connection that is used again, and not on a new one; none where they do not.
pub(super) fn delayed(total: &Tally) -> Option<String> {
    let (count, middle) = (total.service.count(), total.service.quantile(0.5));
    let short = count.saturating_sub(total.service.above(SHORT_NS));
    // The first answer on a connection is acknowledged at once.
    let first_ones = (1..=total.opened).contains(&short);
    (first_ones && DELAYED_NS.contains(&middle)).then(|| {
        format!(
            "most likely not the receiver's own time: service p50 {} on connections that are used again, and less than 20 ms on new ones: \
             the receiver writes head and body of its answer in two pieces, and the second waits for the acknowledgement of the first \
             (Nagle's algorithm and delayed acknowledgement); write both at once, or set TCP_NODELAY",
            show_measured(middle as f64)
        )
    })
}

/// `second 3 (max 300 ms)`.
fn named(seconds: &[&Second]) -> String {
    let name = |second: &&Second| {
        format!("second {} (max {})", second.number + 1, show_measured(second.service.max as f64))
    };
    let shown: Vec<String> = seconds.iter().take(NAMED).map(name).collect();
    let more = match seconds.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    shown.join(", ") + &more
}
