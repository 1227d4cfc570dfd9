//! `hookreel check`: diagnostics only.

use std::fmt::Write;

use super::args::{CheckArgs, KeyArgs, TimeArgs};
use super::exit::{Exit, Refused};
use super::plan::skipped_line;
use super::programme;
use super::{World, show};
use crate::plan::name_of;
use crate::problem::Style;
use crate::report::inert;
use crate::report::text::amount;

pub(super) fn run(args: &CheckArgs, world: &World) -> Result<Exit, Refused> {
    let key = KeyArgs { secret_env: None, secret_file: None };
    let most = if args.all_errors { usize::MAX } else { world.colour.most };
    let world = World { environment: world.environment.clone(), colour: Style { most, ..world.colour } };
    let programme = programme::all(&args.paths, (&key, &TimeArgs::default()), &world, &args.editions)?;
    let mut out = String::new();
    for (index, loaded) in programme.loaded.iter().enumerate() {
        let plays = programme.plays.iter().filter(|play| play.scenario == index);
        let skipped = programme.skipped.iter().filter(|skipped| skipped.scenario == index);
        skipped.for_each(|skipped| out.push_str(&format!("{}\n", skipped_line(&programme, skipped))));
        if plays.clone().next().is_none() {
            continue;
        }
        let (plays, callbacks) = plays.fold((0, 0), |(n, sum), play| (n + 1, sum + play.callbacks.len()));
        let _ = writeln!(
            out,
            "{}: ok ({}; {}, {})",
            inert(&loaded.document.source.name),
            inert(&name_of(loaded)),
            amount(plays, "provider"),
            amount(callbacks, "callback"),
        );
    }
    show(&out);
    Ok(if programme.plays.is_empty() { Exit::NothingChecked } else { Exit::Passed })
}
