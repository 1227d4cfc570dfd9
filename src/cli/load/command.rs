//! The command line of a load again, without what says where to.

use std::time::Duration;

use super::plan::word;
use crate::cli::args::{Distribution, LoadArgs, Precision, RetryMode, Shown, Start, show_burst};
use crate::cli::shell_commands::quote;
use crate::duration::show_duration;

/// Time for late answers where no flag says another.
const DRAIN: Duration = Duration::from_secs(5);

/// The flags that make it the load that it is.
pub(super) fn command(args: &LoadArgs) -> String {
    let (asked, path) = (&args.asked, quote(&args.path));
    let mut line = format!("hookreel load {path}{}", args.editions.words(None));
    let mut add = |flag: &str, value: String| line.push_str(&format!(" --{flag} {}", quote(&value)));
    match asked.ramp {
        Some(_) => add("ramp", Shown(asked.shape()).to_string()),
        None => add("rate", Shown(asked.shape()).to_string()),
    }
    asked.burst.iter().for_each(|burst| add("burst", show_burst(burst)));
    add("duration", show_duration(asked.duration));
    if asked.drain != DRAIN {
        add("drain", show_duration(asked.drain));
    }
    if asked.arrivals != Distribution::Constant {
        add("arrivals", word(&asked.arrivals));
    }
    if asked.phase != Start::Spread {
        add("phase", word(&asked.phase));
    }
    if asked.pacing != Precision::Exact {
        add("pacing", word(&asked.pacing));
    }
    if asked.retries != RetryMode::None {
        add("retries", word(&asked.retries));
    }
    let counts = [
        ("count", asked.count),
        ("broadcasts", asked.broadcasts),
        ("connections", asked.connections),
        ("threads", asked.threads),
    ];
    for (flag, count) in counts {
        count.into_iter().for_each(|count| add(flag, count.to_string()));
    }
    if asked.max_failures != 50 {
        add("max-failures", asked.max_failures.to_string());
    }
    asked.expect.iter().for_each(|expect| add("expect", expect.clone()));
    asked.threshold.iter().for_each(|threshold| add("threshold", threshold.to_string()));
    if asked.find_limit {
        line.push_str(" --find-limit");
    }
    line
}
