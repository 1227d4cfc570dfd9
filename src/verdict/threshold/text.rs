//! Thresholds as text: how they are read, what is wrong with one, and how they are written.

use std::fmt;
use std::str::FromStr;

use super::{Bound, CountKind, Metric, Operator, Series, Statistic, Threshold, WHOLE};
use crate::duration::parse_duration;
use crate::number;
use crate::problem::did_you_mean;
use crate::record::Outcome;

/// The longer ones first: `<` is the beginning of `<=`.
const OPERATORS: [(&str, Operator); 6] = [
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("==", Operator::Equal),
    ("!=", Operator::Unequal),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

const COUNTS: [(&str, CountKind); 11] = [
    ("errors", CountKind::Errors),
    ("accepted", CountKind::Ended(Outcome::Accepted)),
    ("rejected", CountKind::Ended(Outcome::Rejected)),
    ("refused_for_good", CountKind::Ended(Outcome::RefusedForGood)),
    ("gave_up", CountKind::Ended(Outcome::GaveUp)),
    ("unreachable", CountKind::Ended(Outcome::Unreachable)),
    ("not_sent", CountKind::Ended(Outcome::NotSent)),
    ("in_doubt", CountKind::Ended(Outcome::InDoubt)),
    ("retries", CountKind::Retries),
    ("resent", CountKind::Resent),
    ("unexpected", CountKind::Unexpected),
];

const SERIES: [(&str, Series); 2] = [("service.", Series::Service), ("lateness.", Series::Lateness)];

/// Suggestions after a wrong name; any other percentile is as good.
const TIMES: [&str; 7] = ["p50", "p90", "p95", "p99", "p99.9", "mean", "max"];

/// Error in the text of a threshold, with the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThresholdError {
    text: String,
    /// Bytes of the text that are wrong.
    place: std::ops::Range<usize>,
    expected: String,
}

impl fmt::Display for ThresholdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = |part: Option<&str>| part.map_or(0, |part| part.chars().count());
        let (before, wrong) =
            (columns(self.text.get(..self.place.start)), columns(self.text.get(self.place.clone())));
        // One line of one's own terminal; what drives a terminal is left out of it.
        let text: String = self.text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        write!(
            f,
            "not a valid threshold\n  {text}\n  {}{} {}",
            " ".repeat(before),
            "^".repeat(wrong.max(1)),
            self.expected
        )
    }
}

impl std::error::Error for ThresholdError {}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        let at = text.find(['<', '>', '=', '!']).unwrap_or(text.len());
        let (left, rest) = text.split_at(at);
        // The parts are slices of the text, so where they stand in it is where they begin.
        let wrong = |part: &str, expected: String| {
            let start = part.as_ptr() as usize - text.as_ptr() as usize;
            ThresholdError { text: text.into(), place: start..start + part.len(), expected }
        };
        let name = left.trim();
        let metric =
            metric(name).map_err(|expected| wrong(if name.is_empty() { left } else { name }, expected))?;
        let Some((sign, operator)) = OPERATORS.into_iter().find(|(sign, _)| rest.starts_with(sign)) else {
            let signs = rest.len() - rest.trim_start_matches(['<', '>', '=', '!']).len();
            let (found, _) = rest.split_at(signs);
            return Err(wrong(found, "expected one of < <= == != >= > here".into()));
        };
        let (_, right) = rest.split_at(sign.len());
        let value = right.trim();
        let place = if value.is_empty() { right } else { value };
        let bound = metric.bound(value).map_err(|expected| wrong(place, expected))?;
        Ok(Self { metric, operator, bound })
    }
}

fn metric(name: &str) -> Result<Metric, String> {
    if name == "rate" {
        return Ok(Metric::Rate);
    }
    // As it was called in the first records.
    let name = if name == "misjudged" { "unexpected" } else { name };
    if let Some((_, count)) = COUNTS.iter().find(|(known, _)| *known == name) {
        return Ok(Metric::Count(*count));
    }
    let series = SERIES.iter().find_map(|(prefix, series)| Some((*series, name.strip_prefix(prefix)?)));
    let (series, statistic) = series.unwrap_or((Series::Latency, name));
    let statistic = match statistic {
        "mean" => Some(Statistic::Mean),
        "max" => Some(Statistic::Max),
        _ => match statistic.strip_prefix('p').and_then(|percent| decimal(percent, 3)) {
            Some(1..100_000) => {
                statistic.strip_prefix('p').and_then(|p| decimal(p, 3)).map(Statistic::Percentile)
            }
            Some(_) => {
                return Err("expected a percentile between p0 and p100; the longest time is `max`".into());
            }
            None => None,
        },
    };
    statistic.map(|statistic| Metric::Time(series, statistic)).ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> String {
    let times = TIMES.iter().map(|time| (*time).to_owned());
    let told = SERIES.iter().flat_map(|(prefix, _)| TIMES.map(|time| format!("{prefix}{time}")));
    let counts = COUNTS.iter().map(|(count, _)| (*count).to_owned());
    let names: Vec<String> = times.chain(told).chain(counts).chain(["rate".to_owned()]).collect();
    let near = did_you_mean(name, names.iter().map(String::as_str))
        .map_or_else(String::new, |near| format!("{near} "));
    let counts = COUNTS.map(|(count, _)| count).join(", ");
    format!("{near}expected p50, p99.9, mean or max, of service. or lateness. too; {counts}; or rate")
}

impl Metric {
    fn bound(self, value: &str) -> Result<Bound, String> {
        let share = value.strip_suffix('%').map(str::trim_end).and_then(|percent| decimal(percent, 4));
        match self {
            Self::Time(..) if value.ends_with('%') => {
                Err("expected a duration such as 200ms, 1.5s or 800us; a percentage is for counts".into())
            }
            Self::Time(..) if decimal(value, 9).is_some() => {
                Err(format!("expected a unit as well: {value}ms, {value}s or {value}us"))
            }
            Self::Time(..) => parse_duration(value)
                .map(Bound::Time)
                .map_err(|_| "expected a duration such as 200ms, 1.5s or 800us".into()),
            Self::Count(kind) => {
                // Of one callback there may be several attempts, and no more than one end.
                let several = matches!(kind, CountKind::Retries | CountKind::Resent);
                if share.is_some_and(|share| share > WHOLE && !several) {
                    return Err("expected at most 100%: it is a part of the planned callbacks".into());
                }
                share.map(Bound::Share).or_else(|| value.parse().ok().map(Bound::Number)).ok_or_else(|| {
                    "expected a whole number, or a percentage of the planned callbacks such as 0.1%".into()
                })
            }
            Self::Rate => match share.or_else(|| decimal(value, 6)) {
                Some(share @ 0..=WHOLE) => Ok(Bound::Share(share)),
                _ => Err(
                    "expected a part of the rate that was asked for, from 0% to 100%, such as 99.5% or 0.995"
                        .into(),
                ),
            },
        }
    }
}

/// A decimal number in units of its last place, with at most `places` places.
fn decimal(text: &str, places: usize) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > places {
        return None;
    }
    format!("{whole}{part:0<places$}").parse().ok()
}

/// The reverse of [`decimal`].
fn show_decimal(units: u64, places: u32) -> String {
    let one = 10_u64.pow(places);
    let text = format!("{}.{:0width$}", units / one, units % one, width = places as usize);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign =
            OPERATORS.iter().find(|(_, operator)| *operator == self.operator).map_or("", |(sign, _)| sign);
        write!(f, "{}{sign}{}", self.metric, self.bound)
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate => f.write_str("rate"),
            Self::Count(count) => {
                f.write_str(COUNTS.iter().find(|(_, known)| known == count).map_or("", |(name, _)| name))
            }
            Self::Time(series, statistic) => {
                f.write_str(
                    SERIES.iter().find(|(_, known)| known == series).map_or("", |(prefix, _)| prefix),
                )?;
                match statistic {
                    Statistic::Percentile(thousandths) => write!(f, "p{}", show_decimal(*thousandths, 3)),
                    Statistic::Mean => f.write_str("mean"),
                    Statistic::Max => f.write_str("max"),
                }
            }
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Share(millionths) => write!(f, "{}%", show_decimal(*millionths, 4)),
            Self::Time(time) => {
                let nanoseconds = number::nanoseconds(*time);
                let units = [("s", 9), ("ms", 6), ("us", 3), ("ns", 0)];
                let (unit, places) = units
                    .into_iter()
                    .find(|(_, places)| nanoseconds >= 10_u64.pow(*places))
                    .unwrap_or(("s", 9));
                write!(f, "{}{unit}", show_decimal(nanoseconds, places))
            }
        }
    }
}
