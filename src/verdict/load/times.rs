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
            true => format!("the receiver itself is too slow: {service}"),
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
const DELAYED_NS: RangeInclusive<u64> = 38_000_000..=50_000_000;
/// Service times that are short beside it.
const SHORT_NS: u64 = 10_000_000;
/// One of so many answers (ours): as many are enough to be the cause, and as many may be otherwise.
const SOME: u64 = 10;

/// Likely cause of answers of which some take about 40 ms, and the others next to nothing; none where they do not.
pub(super) fn delayed(total: &Tally) -> Option<String> {
    let (service, all) = (&total.service, total.service.count());
    let above_short = service.above(SHORT_NS);
    let (from, beyond) = (service.above(*DELAYED_NS.start()), service.above(*DELAYED_NS.end()));
    let delayed = from.saturating_sub(beyond);
    let others = above_short.saturating_sub(delayed);
    // A receiver that works for 40 ms does so each time.
    let some_short = above_short < all;
    let is_cause = delayed.saturating_mul(SOME) >= all && others.saturating_mul(SOME) <= all;
    (delayed > 0 && some_short && is_cause).then(|| {
        format!(
            "most likely not the receiver's own time: {delayed} of {all} answers took about 40 ms, and the others less than 10 ms, as on a \
             new connection: the receiver writes head and body of an answer in two pieces, and the second waits for the acknowledgement of \
             the first (Nagle's algorithm and delayed acknowledgement); write both at once, or set TCP_NODELAY"
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_milliseconds_that_are_not_there_each_time_are_a_delayed_acknowledgement() {
        let told = |times: &[(u64, usize)]| {
            let mut total = Tally::default();
            for (micros, count) in times {
                (0..*count).for_each(|_| total.service.record(micros * 1000));
            }
            delayed(&total)
        };
        for times in [
            &[(500, 2), (43_700, 98)][..],
            &[(300, 60), (41_000, 40)],
            &[(300, 1), (42_000, 30), (95_000, 2)],
        ] {
            assert!(told(times).is_some_and(|why| why.contains("TCP_NODELAY")), "{times:?}");
        }
        // A receiver that sleeps, one whose times are spread, one that is fast.
        for times in [
            &[(40_500, 100)][..],
            &[(5_000, 30), (20_000, 30), (41_000, 40)],
            &[(300, 100)],
            &[(300, 99), (41_000, 1)],
            &[],
        ] {
            assert_eq!(told(times), None, "{times:?}");
        }
    }
}
