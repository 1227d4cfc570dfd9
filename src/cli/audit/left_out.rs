//! Cases that the command line gives no means for.

use std::collections::BTreeMap;

use crate::audit::case::{AuditSetting, Case, Needs};
use crate::audit::cases;
use crate::cli::args::AuditArgs;
use crate::plan::PlannedScenario;
use crate::play::Planned;

/// Takes out the plays that the command line gives no means for; the reason of each, by its case.
pub(super) fn leave_out(
    prepared: &mut Planned,
    args: &AuditArgs,
    setting: &AuditSetting,
) -> BTreeMap<String, String> {
    type Lacks<'a> = &'a dyn Fn(&PlannedScenario, Option<&'static Case>) -> bool;
    let renames: Lacks<'_> =
        &|_, case| !setting.streams.is_empty() && case.is_some_and(|case| case.renames_the_stream());
    let restarts: Lacks<'_> = &|play, _| args.receiver.exec.is_none() && play.restarts();
    let looks: Lacks<'_> =
        &|_, case| args.expects.state.is_none() && case.is_some_and(|case| case.needs == Needs::State);
    let loaded = &prepared.loaded;
    let mut left_out = BTreeMap::new();
    for (lacks, why) in [
        (renames, "it needs a stream of another name than --stream"),
        (restarts, "--exec CMD is needed to restart the receiver"),
        (looks, "--state URL is needed to see what is left after the restart"),
    ] {
        let name = |play: &PlannedScenario| {
            let loaded = loaded.get(play.scenario);
            loaded.map_or_else(String::new, |loaded| loaded.document.source.name.clone())
        };
        let of = |play: &PlannedScenario| cases().find(|case| case.id == name(play));
        let plays = prepared.plays.extract_if(.., |play| lacks(play, of(play)));
        left_out.extend(plays.map(|play| (name(&play), why.to_owned())));
    }
    left_out
}
