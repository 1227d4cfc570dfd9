//! The flags of `load`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::ArgPredicate;
use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::{EditionArgs, KeyArgs, OutputArgs, ReceiverArgs};
use crate::cli::load::MetricsTo;
use crate::cli::values::{NO_LIMIT, Seed, parse_seed, parse_time, positive_duration, whole};
use crate::duration::{parse_duration, show_duration, show_rate};
use crate::load::pace::{Burst, Rate};
use crate::search::FASTEST;
use crate::verdict::threshold::Threshold;

#[derive(Args)]
pub(in crate::cli) struct LoadArgs {
    /// One scenario: a file, `-` for standard input, or a shipped one.
    pub(in crate::cli) path: String,
    #[command(flatten)]
    pub(in crate::cli) asked: LoadFlags,
    /// Seed of every id: a number, or `random`. Default: `random`, so that the files are new to the receiver; for a shard 1.
    #[arg(long, value_parser = parse_seed)]
    pub(in crate::cli) seed: Option<Seed>,
    /// Freeze the sending clock at this time (RFC 3339).
    #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
    pub(in crate::cli) now: Option<Timestamp>,
    #[command(flatten)]
    pub(in crate::cli) editions: EditionArgs,
    #[command(flatten)]
    pub(in crate::cli) receiver: ReceiverArgs,
    #[command(flatten)]
    pub(in crate::cli) key: KeyArgs,
    #[command(flatten)]
    pub(in crate::cli) output: OutputArgs,
}

/// Amount, schedule and connections of a load.
#[derive(Args)]
pub(in crate::cli) struct LoadFlags {
    /// Callbacks per second or minute: `500/s`, `30/m`; `max` sends the next as soon as there is an answer.
    #[arg(long, value_name = "RATE", default_value = "100/s", conflicts_with = "ramp")]
    pub(in crate::cli) rate: Asked,
    /// Rate that rises or falls evenly over the duration, instead of --rate: `10/s..2000/s`.
    #[arg(long, value_name = "A..B", value_parser = parse_ramp)]
    pub(in crate::cli) ramp: Option<Rate>,
    /// Extra callbacks at one moment, in addition to the rate: `500@10s`. Repeatable.
    #[arg(long, value_name = "N@TIME", value_parser = parse_burst)]
    pub(in crate::cli) burst: Vec<Burst>,
    /// Arrival distribution.
    #[arg(long, value_enum, default_value_t = Distribution::Constant)]
    pub(in crate::cli) arrivals: Distribution,
    /// Start of the first broadcasts: spread over their callbacks, so that every event occurs in proportion from the first
    /// second, or together at their first callback.
    #[arg(long, value_enum, default_value_t = Start::Spread)]
    pub(in crate::cli) phase: Start,
    /// Duration of the load; with --find-limit the duration of each step, 5s by default.
    #[arg(long, value_name = "DURATION", default_value = "30s", default_value_if("find_limit", ArgPredicate::IsPresent, "5s"), value_parser = positive_duration)]
    pub(in crate::cli) duration: Duration,
    /// Time after the duration for late answers.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = parse_duration)]
    pub(in crate::cli) drain: Duration,
    /// Stop after so many callbacks.
    #[arg(long, value_name = "N", value_parser = whole::<u64, 1, NO_LIMIT>)]
    pub(in crate::cli) count: Option<u64>,
    /// Number of broadcasts at the same time. Default: 1000; with --rate max, as many as connections.
    #[arg(long, value_name = "N", value_parser = whole::<u64, 1, 10_000_000>)]
    pub(in crate::cli) broadcasts: Option<u64>,
    /// Limit of connections. Default: 1000, opened as needed; with --rate max, 64.
    #[arg(long, value_name = "N", value_parser = whole::<u64, 1, 1_000_000>)]
    pub(in crate::cli) connections: Option<u64>,
    /// Sender threads. Default: 1 up to 50000/s, else one per core.
    #[arg(long, value_name = "N", value_parser = whole::<u64, 1, 1024>)]
    pub(in crate::cli) threads: Option<u64>,
    /// Precision of the schedule: `exact` wakes up for each callback, `spin` waits busily and takes a whole core, `economy`
    /// wakes up once a millisecond.
    #[arg(long, value_enum, default_value_t = Precision::Exact)]
    pub(in crate::cli) pacing: Precision,
    /// Send failed callbacks again, as the scenario's `delivery.retry` says.
    #[arg(long, value_enum, default_value_t = RetryMode::None)]
    pub(in crate::cli) retries: RetryMode,
    /// Condition that must be true: `p99<200ms`, `errors<0.1%`, `rejected==0`, `rate>=0.995`. Repeatable. By default errors==0 and
    /// rate>=99.5%.
    #[arg(long, value_name = "EXPR")]
    pub(in crate::cli) threshold: Vec<Threshold>,
    /// Answer of your receiver when it accepts, written as `expect:` of a scenario: `{accept: {json: {"$.code": 0}}}`.
    #[arg(long, value_name = "YAML")]
    pub(in crate::cli) expect: Option<String>,
    /// Stop early if the first N callbacks all fail in the same way; 0: never.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = whole::<u64, 0, NO_LIMIT>)]
    pub(in crate::cli) max_failures: u64,
    /// Search the highest rate that passes the thresholds, in steps of --duration: --rate is doubled for as long as it passes,
    /// up to 1000000/s, and then the gap is halved. Without a threshold on a time, p99<200ms is added.
    #[arg(long, conflicts_with_all = ["ramp", "count", "shard", "start_at"])]
    pub(in crate::cli) find_limit: bool,
    /// Give figures once a second to programs that watch: `prometheus=127.0.0.1:9464` to be read at /metrics, `prometheus=FILE`
    /// for a collector of text files, `statsd://127.0.0.1:8125`. Repeatable.
    #[arg(long, value_name = "TO")]
    pub(in crate::cli) metrics: Vec<MetricsTo>,
    /// Allow --metrics to listen on an address that other machines can reach.
    #[arg(long)]
    pub(in crate::cli) metrics_public: bool,
    /// Part of the load that this process sends: `2/8`; `/8` takes the part from JOB_COMPLETION_INDEX.
    #[arg(long, value_name = "I/N")]
    pub(in crate::cli) shard: Option<ShardNumber>,
    /// Start at this moment (RFC 3339), so that all shards start together.
    #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
    pub(in crate::cli) start_at: Option<Timestamp>,
}

/// A rate, or as fast as the receiver answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::cli) enum Asked {
    PerSecond(f64),
    Max,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Distribution {
    /// At even distances.
    Constant,
    /// Independent of each other.
    Poisson,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Start {
    /// At different callbacks.
    Spread,
    /// All at their first callback.
    Together,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Precision {
    Exact,
    Spin,
    Economy,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum RetryMode {
    None,
    Provider,
}

/// A part of a load, counted from 1; without a number the environment says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct ShardNumber {
    pub(in crate::cli) part: Option<u64>,
    pub(in crate::cli) of: u64,
}

fn per_second(text: &str) -> Result<f64, String> {
    let how = || {
        let bare = text.parse::<f64>().is_ok_and(|count| count > 0.0);
        let near = if bare { format!("; did you mean `{text}/s`?") } else { String::new() };
        format!("write callbacks per time, such as 500/s, 30/m or 0.5/s; not `{text}`{near}")
    };
    let (count, unit) = text.split_once('/').ok_or_else(how)?;
    let seconds = match unit.trim() {
        "s" | "1s" | "sec" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(how()),
    };
    let count: f64 = count.trim().replace(['_', ','], "").parse().map_err(|_| how())?;
    let rate = count / seconds;
    if !rate.is_finite() || rate <= 0.0 {
        return Err("the rate must be > 0".into());
    }
    if rate > FASTEST { Err(format!("at most {FASTEST}/s")) } else { Ok(rate) }
}

impl FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            Ok(Self::Max)
        } else {
            per_second(text).map(Self::PerSecond).map_err(|e| format!("{e}; or `max`"))
        }
    }
}

fn parse_ramp(text: &str) -> Result<Rate, String> {
    let how = || format!("write two rates, such as 10/s..2000/s; not `{text}`");
    let (from, to) = text.split_once("..").ok_or_else(how)?;
    // `10..2000/s` says the unit once; a ramp may begin or end at nothing.
    let unit = to.split_once('/').map_or_else(String::new, |(_, unit)| format!("/{unit}"));
    let from = if from.contains('/') { from.to_owned() } else { format!("{from}{unit}") };
    let rate = |text: &str| match text.split_once('/') {
        Some((zero, _)) if zero.trim().parse() == Ok(0.0) => Ok(0.0),
        _ => per_second(text),
    };
    match (rate(&from)?, rate(to)?) {
        (from, to) if from + to > 0.0 => Ok(Rate::Ramp(from, to)),
        _ => Err(how()),
    }
}

fn parse_burst(text: &str) -> Result<Burst, String> {
    let how = || format!("write how many and when, such as 500@10s; not `{text}`");
    let (count, at) = text.split_once('@').ok_or_else(how)?;
    let count = count.parse().ok().filter(|count| (1..=100_000_000).contains(count)).ok_or_else(how)?;
    Ok(Burst { count, at: parse_duration(at).map_err(|_| how())? })
}

impl FromStr for ShardNumber {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let how = || format!("write a part and how many there are, such as 2/8, or /8; not `{text}`");
        let (part, of) = text.split_once('/').ok_or_else(how)?;
        let of: u64 = of.parse().map_err(|_| how())?;
        let part = if part.is_empty() { None } else { Some(part.parse().map_err(|_| how())?) };
        match part {
            _ if !(1..=100_000).contains(&of) => Err(how()),
            Some(part) if part == 0 || part > of => Err(format!("the parts are 1 to {of}; not {part}")),
            part => Ok(Self { part, of }),
        }
    }
}

impl LoadFlags {
    /// The rate over time; none = as fast as the receiver answers.
    pub(in crate::cli) fn shape(&self) -> Option<Rate> {
        match (self.ramp, self.rate) {
            (Some(ramp), _) => Some(ramp),
            (None, Asked::PerSecond(rate)) => Some(Rate::Steady(rate)),
            (None, Asked::Max) => None,
        }
    }

    /// The highest rate, per second, in parts of a whole load.
    pub(in crate::cli) fn fastest(&self) -> Option<f64> {
        self.shape().map(|rate| match rate {
            Rate::Steady(rate) => rate,
            Rate::Ramp(from, to) => from.max(to),
        })
    }
}

/// A rate as it is asked for.
pub(in crate::cli) struct Shown(pub(in crate::cli) Option<Rate>);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("max"),
            Some(Rate::Steady(rate)) => f.write_str(&show_rate(rate)),
            Some(Rate::Ramp(from, to)) => write!(f, "{}..{}", show_rate(from), show_rate(to)),
        }
    }
}

/// A burst as it is asked for.
pub(in crate::cli) fn show_burst(burst: &Burst) -> String {
    format!("{}@{}", burst.count, show_duration(burst.at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_per_time() {
        assert_eq!("500/s".parse(), Ok(Asked::PerSecond(500.0)));
        assert_eq!("30/m".parse(), Ok(Asked::PerSecond(0.5)));
        assert_eq!("max".parse(), Ok(Asked::Max));
        for wrong in ["", "500", "500/d", "0/s", "-1/s", "nan/s", "inf/s", "1e99/s", "/s"] {
            wrong.parse::<Asked>().unwrap_err();
        }
        assert_eq!(parse_ramp("10..2000/s"), Ok(Rate::Ramp(10.0, 2000.0)));
        assert_eq!(parse_ramp("0/s..60/m"), Ok(Rate::Ramp(0.0, 1.0)));
        parse_ramp("0/s..0/s").unwrap_err();
        parse_burst("5@").unwrap_err();
        for text in ["500/s", "0.5/s", "50/h", "7/h", "10000000/s", "0.001/s", "1.5/h", "100/m", "1/m"] {
            let Ok(Asked::PerSecond(rate)) = text.parse() else { panic!("{text}") };
            assert_eq!(Shown(Some(Rate::Steady(rate))).to_string(), text);
        }
        assert_eq!(Shown(Some(Rate::Ramp(0.0, 50.0 / 3600.0))).to_string(), "0/s..50/h");
    }

    #[test]
    fn a_part_is_one_of_its_parts() {
        assert_eq!("2/8".parse(), Ok(ShardNumber { part: Some(2), of: 8 }));
        assert_eq!("/8".parse(), Ok(ShardNumber { part: None, of: 8 }));
        for wrong in ["0/8", "9/8", "8", "1/0", "a/2"] {
            wrong.parse::<ShardNumber>().unwrap_err();
        }
    }
}
