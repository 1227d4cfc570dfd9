//! Thresholds of a load run, one per line: `p99<200ms`, `rejected<1%`, `rate>=99.5%`.
//!
//! ```text
//! threshold = metric operator value
//! metric    = [service. | lateness.] (pNN[.N] | mean | max) | errors | accepted | ... | rate
//! operator  = < | <= | == | != | >= | >
//! value     = a duration for times; a whole number or a percentage of the planned callbacks for counts;
//!             a percentage, or a share from 0 to 1, for the rate
//! ```
//!
//! Everything is compared in whole numbers: what is written is what is held.

mod text;

use std::cmp::Ordering;
use std::time::Duration;

use crate::duration::show_measured;
use crate::number;
use crate::record::load::Tally;
use crate::record::{Finding, Outcome};
pub use text::ThresholdError;

/// One thing that must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    metric: Metric,
    operator: Operator,
    bound: Bound,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Metric {
    Time(Series, Statistic),
    Count(CountKind),
    Rate,
}

/// Series of times; latency is the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Series {
    Latency,
    Service,
    Lateness,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Statistic {
    /// Percentile, in thousandths of a percent: p99.9 is 99,900.
    Percentile(u64),
    Mean,
    Max,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CountKind {
    /// [`Tally::errors`].
    Errors,
    Ended(Outcome),
    Retries,
    Resent,
    Unexpected,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    Time(Duration),
    Number(u64),
    /// Share, in millionths.
    Share(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Less,
    AtMost,
    Equal,
    Unequal,
    AtLeast,
    Greater,
}

/// Subject of a threshold.
pub enum ThresholdSubject {
    /// A time that has the sender's lateness in it, or may have.
    Time {
        /// Bound of the threshold.
        bound_ns: u64,
        /// The same statistic of the sender's lateness.
        late_ns: Box<dyn Fn(&Tally) -> u64>,
    },
    /// The sender's lateness itself.
    Own,
    /// A number of callbacks.
    Count,
    /// The rate.
    Rate,
}

/// A whole, in millionths.
const WHOLE: u64 = 1_000_000;

impl Threshold {
    /// Default for errors: there are none.
    pub const NO_ERRORS: Self =
        Self { metric: Metric::Count(CountKind::Errors), operator: Operator::Equal, bound: Bound::Number(0) };

    /// Default for the rate: the requested rate was sent.
    pub const WHOLE_RATE: Self =
        Self { metric: Metric::Rate, operator: Operator::AtLeast, bound: Bound::Share(995_000) };

    /// It says how many errors there may be.
    pub fn names_errors(&self) -> bool {
        self.metric == Metric::Count(CountKind::Errors)
    }

    /// It says how much of the rate must be held.
    pub fn names_rate(&self) -> bool {
        self.metric == Metric::Rate
    }

    /// Subject of the threshold.
    pub fn part(&self) -> ThresholdSubject {
        match (self.metric, self.bound) {
            (Metric::Rate, _) => ThresholdSubject::Rate,
            (Metric::Time(Series::Lateness, _), _) => ThresholdSubject::Own,
            (Metric::Time(_, statistic), Bound::Time(bound)) => ThresholdSubject::Time {
                bound_ns: number::nanoseconds(bound),
                // Where nothing was sent, nothing was late.
                late_ns: Box::new(move |seen| statistic.of(&seen.lateness).unwrap_or_default()),
            },
            _ => ThresholdSubject::Count,
        }
    }

    /// True if the service time alone breaks it, though so much of it may be the sender's doing.
    pub fn is_broken_by_service(&self, seen: &Tally, own_ns: u64) -> bool {
        let (Metric::Time(Series::Latency | Series::Service, statistic), Bound::Time(bound)) =
            (self.metric, self.bound)
        else {
            return false;
        };
        let is_upper = matches!(self.operator, Operator::Less | Operator::AtMost);
        // None took less than the shortest, whatever the sender did with the others.
        let shortest = seen.service.quantile(0.0);
        let service =
            statistic.of(&seen.service).map(|time| u128::from(time.saturating_sub(own_ns).max(shortest)));
        is_upper && service.is_some_and(|time| !self.operator.holds(time.cmp(&bound.as_nanos())))
    }

    /// It says how long something may take.
    pub fn names_time(&self) -> bool {
        matches!(self.metric, Metric::Time(..))
    }

    /// It can be asked of a run that has a schedule, or has none.
    ///
    /// # Errors
    /// It is about the rate, and none is asked for.
    pub fn fits(&self, open: bool) -> Result<(), String> {
        match self.metric {
            Metric::Rate if !open => Err(format!(
                "`{self}`: `--rate max` asks for no rate; give a rate, or leave the threshold out"
            )),
            _ => Ok(()),
        }
    }

    /// Judgement of these figures.
    pub fn judge(&self, seen: &Tally) -> Finding {
        let (ok, actual) = self.compare(seen).unwrap_or_else(|| (false, "nothing was measured".into()));
        Finding { check: "threshold".into(), ok, expected: self.to_string(), actual, ..Finding::default() }
    }

    /// Result of the comparison, and the observed value; none if there is nothing to compare.
    fn compare(&self, seen: &Tally) -> Option<(bool, String)> {
        let holds = |seen: u128, bound: u128| self.operator.holds(seen.cmp(&bound));
        match (self.metric, self.bound) {
            (Metric::Time(series, statistic), Bound::Time(bound)) => {
                let time = statistic.of(series.of(seen))?;
                Some((
                    holds(time.into(), bound.as_nanos()),
                    format!("{} = {}", self.metric, show_measured(time as f64)),
                ))
            }
            (_, Bound::Number(bound)) if seen.planned > 0 => {
                let count = self.metric.count(seen);
                Some((holds(count.into(), bound.into()), format!("{} = {count}", self.metric)))
            }
            (_, Bound::Share(share)) if seen.planned > 0 => {
                let (count, planned) = (self.metric.count(seen), seen.planned);
                let held =
                    holds(u128::from(count) * u128::from(WHOLE), u128::from(share) * u128::from(planned));
                // To a thousandth of a percent, as many places as it takes.
                let percent = (count as f64 * 100_000.0 / planned as f64).round() / 1000.0;
                Some((held, format!("{} = {percent}% ({count} of {planned})", self.metric)))
            }
            _ => None,
        }
    }
}

impl Metric {
    fn count(self, seen: &Tally) -> u64 {
        match self {
            Self::Count(CountKind::Errors) => seen.errors(),
            Self::Count(CountKind::Ended(outcome)) => seen.ended(outcome),
            Self::Count(CountKind::Retries) => seen.retries,
            Self::Count(CountKind::Resent) => seen.resent,
            Self::Count(CountKind::Unexpected) => seen.unexpected,
            Self::Rate => seen.sent_in_time(),
            Self::Time(series, _) => series.of(seen).count(),
        }
    }
}

impl Series {
    fn of(self, seen: &Tally) -> &crate::record::load::Histogram {
        match self {
            Self::Latency => &seen.latency,
            Self::Service => &seen.service,
            Self::Lateness => &seen.lateness,
        }
    }
}

impl Statistic {
    fn of(self, times: &crate::record::load::Histogram) -> Option<u64> {
        (times.count() > 0).then(|| match self {
            Self::Percentile(thousandths) => times.quantile(thousandths as f64 / 100_000.0),
            Self::Mean => times.mean().round() as u64,
            Self::Max => times.max(),
        })
    }
}

impl Operator {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::AtLeast => order.is_ge(),
            Self::Greater => order.is_gt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_shown_as_it_is_written() {
        for text in [
            "p99<200ms",
            "p99.9<=1.5s",
            "service.max<800us",
            "lateness.p50<1.5ms",
            "mean<30s",
            "errors==0",
            "rejected<0.1%",
            "rate>=99.5%",
            "p99.999!=12ns",
            "in_doubt>0",
            "max<3600s",
            "p50<0s",
        ] {
            assert_eq!(text.parse::<Threshold>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn spaces_and_other_spellings_mean_the_same() {
        for (text, canonical) in [
            (" p99 < 0.2s ", "p99<200ms"),
            ("rate >= 0.995", "rate>=99.5%"),
            ("p99.90<1m30s", "p99.9<90s"),
            ("errors<1.50 %", "errors<1.5%"),
        ] {
            assert_eq!(text.parse::<Threshold>().unwrap().to_string(), canonical);
        }
    }

    #[test]
    fn shares_are_compared_exactly() {
        let mut seen = Tally { planned: 1000, sent: 1000, overdue: 5, ..Tally::default() };
        let held = |text: &str, seen: &Tally| text.parse::<Threshold>().unwrap().judge(seen).ok;
        assert!(held("rate>=99.5%", &seen) && !held("rate>99.5%", &seen) && held("rate==0.995", &seen));
        seen.overdue = 6;
        assert!(!held("rate>=99.5%", &seen));
    }

    #[test]
    fn where_nothing_was_measured_no_threshold_holds() {
        for text in ["p99<200ms", "rejected<1%", "errors==0", "rate>=0%", "lateness.max<1s"] {
            let finding = text.parse::<Threshold>().unwrap().judge(&Tally::default());
            assert_eq!((finding.ok, finding.actual.as_str()), (false, "nothing was measured"), "{text}");
        }
    }
}
