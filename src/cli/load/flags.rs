//! Checks of flags that depend on each other, and the share of this process.

use crate::cli::ProcessContext;
use crate::cli::args::{LoadFlags, show_burst};
use crate::cli::exit::Refused;
use crate::duration::show_duration;
use crate::load::pace::Share;

/// Refuses bursts that would never come.
pub(super) fn check_bursts(args: &LoadFlags) -> Result<(), Refused> {
    let refused = |why: String| Err(Refused::usage(format!("--burst: {why}")));
    match args.burst.iter().max_by_key(|burst| burst.at) {
        Some(_) if args.shape().is_none() => {
            refused("`--rate max` has no schedule for it to stand in".into())
        }
        Some(last) if last.at >= args.duration => refused(format!(
            "`{}` would never come; callbacks become due for {}",
            show_burst(last),
            show_duration(args.duration)
        )),
        _ => Ok(()),
    }
}

/// A shard without a connection, or without a broadcast, would take one that nobody asked for.
pub(super) fn check_shares(args: &LoadFlags, Share { of, .. }: Share) -> Result<(), Refused> {
    let counts = [("connections", args.connections), ("broadcasts", args.broadcasts)];
    for (flag, count) in counts {
        if let Some(count) = count.filter(|count| *count < of) {
            return Err(Refused::usage(format!(
                "--{flag} {count} cannot be divided among {of} shards; expected at least {of}: it counts over all of them"
            )));
        }
    }
    Ok(())
}

/// The part that this process has.
pub(super) fn share(args: &LoadFlags, context: &ProcessContext) -> Result<Share, Refused> {
    let Some(shard) = args.shard else { return Ok(Share { index: 0, of: 1 }) };
    let index = match shard.part {
        Some(part) => part - 1,
        None => {
            const INDEX: &str = "JOB_COMPLETION_INDEX";
            let text = context.environment.get(INDEX).ok_or_else(|| {
                Refused::usage(format!(
                    "--shard /{}: {INDEX} is not set; --shard I/N says the part",
                    shard.of
                ))
            })?;
            let index = text.parse().ok().filter(|index| *index < shard.of);
            index.ok_or_else(|| {
                Refused::usage(format!("{INDEX} is `{text}`; expected a number below {}", shard.of))
            })?
        }
    };
    Ok(Share { index, of: shard.of })
}
