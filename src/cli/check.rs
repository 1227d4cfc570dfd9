//! `hookreel check`: diagnostics only.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::args::{CheckArgs, KeyArgs, TimeArgs};
use super::exit::{Exit, Refused};
use super::plan::skipped_line;
use super::planned;
use super::{ProcessContext, secrets, show};
use crate::plan::name_of;
use crate::problem::Style;
use crate::report::inert;
use crate::report::text::amount;

pub(super) fn run(args: &CheckArgs, context: &ProcessContext) -> Result<Exit, Refused> {
    let key = KeyArgs::default();
    let most = if args.all_errors { usize::MAX } else { context.colour.most };
    let context = ProcessContext { colour: Style { most, ..context.colour }, ..context.clone() };
    let prepared = planned::all(&args.paths, &key, &TimeArgs::default(), &context, &args.editions)?;
    secrets::warn_of_limits(&prepared);
    let mut out = String::new();
    for (index, loaded) in prepared.loaded.iter().enumerate() {
        let plays = prepared.plays.iter().filter(|play| play.scenario == index);
        let skipped = prepared.skipped.iter().filter(|skipped| skipped.scenario == index);
        skipped.for_each(|skipped| out.push_str(&format!("{}\n", skipped_line(&prepared, skipped))));
        let plays: Vec<_> = plays.collect();
        if plays.is_empty() {
            continue;
        }
        let callbacks: usize = plays.iter().map(|play| play.callbacks.len()).sum();
        if let Some(why) = plays.iter().find_map(|play| play.silent()).filter(|_| callbacks == 0) {
            let (path, name) = (inert(&loaded.document.source.name), inert(&name_of(loaded)));
            let _ = writeln!(out, "{path}: nothing is sent ({name}): {}", inert(&why));
            continue;
        }
        // A provider is played once for each of its editions and orders.
        let providers: BTreeSet<&str> = plays.iter().map(|play| play.provider.name).collect();
        let often = match plays.len() {
            one if one == providers.len() => String::new(),
            several => format!(", played {several} times"),
        };
        let _ = writeln!(
            out,
            "{}: ok ({}; {}{often}, {})",
            inert(&loaded.document.source.name),
            inert(&name_of(loaded)),
            amount(providers.len(), "provider"),
            amount(callbacks, "callback"),
        );
    }
    show(&out);
    let nothing = prepared.plays.iter().all(|play| play.callbacks.is_empty());
    Ok(if nothing { Exit::NothingChecked } else { Exit::Passed })
}
