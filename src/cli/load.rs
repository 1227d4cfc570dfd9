//! `hookreel load`: many broadcasts at once, on schedule, measured.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::args::{Lie, LoadArgs, Precision, Retries, RunArgs, Shown, TimeArgs, show_burst};
use super::exec::{Process, check_target};
use super::exit::{Exit, Refused};
use super::outputs::Outputs;
use super::programme::Programme;
use super::run::{connection, next_signal};
use super::stage::Stage;
use super::values::Seed;
use super::{World, complain, secrets};
use crate::delivery::http::{Connection, Http};
use crate::delivery::letter;
use crate::lifecycle::draw::Draws;
use crate::load::pace::{Arrivals, Schedule, Share};
use crate::load::repertoire::{Act, learn};
use crate::load::{self, Load, Lost, Pacing};
use crate::problem::render;
use crate::provider::signature::Sealed;
use crate::record::load::{LoadLine, SecondLine, Tally};
use crate::record::{Header, Line, Outcome, SCHEMA};
use crate::speed::Speed;

/// Up to this rate one thread keeps the schedule best.
const ONE_THREAD: f64 = 50_000.0;
/// The window of economy.
const WINDOW: Duration = Duration::from_millis(1);
/// From the last preparation to the first callback: every thread is there by then.
const RUN_UP: Duration = Duration::from_millis(20);

/// A load that is about to be sent.
struct Plan {
    args: LoadArgs,
    programme: Programme,
    share: Share,
}

pub(super) fn run(args: LoadArgs, world: &World) -> Result<Exit, Refused> {
    let share = share(&args, world)?;
    // Shards that drew different seeds would announce the same broadcasts with different ids.
    let seed = args.seed.unwrap_or(if share.of > 1 { Seed::Fixed(1) } else { Seed::Random });
    let time = TimeArgs { seed: Some(seed), now: args.now, speed: Speed::Max };
    if args.receiver.target.is_some() {
        secrets::warn_of_the_sample(&args.key, &world.environment);
    }
    let programme = Programme::new(std::slice::from_ref(&args.path), &args.key, &time, world)?;
    if programme.loaded.len() != 1 {
        let count = programme.loaded.len();
        return Err(Refused::usage(format!("`{}` is {count} scenarios; a load is one of them", args.path)));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Refused { exit: Exit::Internal, text: format!("error: cannot start: {error}\n") })?;
    let exit = runtime.block_on(perform(Plan { args, programme, share }, world));
    runtime.shutdown_background();
    exit
}

/// The part that this process has.
fn share(args: &LoadArgs, world: &World) -> Result<Share, Refused> {
    let Some(shard) = args.shard else { return Ok(Share { index: 0, of: 1 }) };
    let index = match shard.part {
        Some(part) => part - 1,
        None => {
            const INDEX: &str = "JOB_COMPLETION_INDEX";
            let text = world.environment.get(INDEX).ok_or_else(|| {
                Refused::usage(format!("--shard /{}: {INDEX} is not set; --shard I/N says the part", shard.of))
            })?;
            let index = text.parse().ok().filter(|index| *index < shard.of);
            index.ok_or_else(|| {
                Refused::usage(format!("{INDEX} is `{text}`; expected a number below {}", shard.of))
            })?
        }
    };
    Ok(Share { index, of: shard.of })
}

async fn perform(plan: Plan, world: &World) -> Result<Exit, Refused> {
    let Plan { args, programme, share } = plan;
    let run = RunArgs::of(args.key, TimeArgs::default(), args.receiver, args.output);
    Err(Refused::usage("not yet"))
}
