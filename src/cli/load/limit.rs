//! `--find-limit`: one load after the other, each at the rate that the search asks for next.

use std::mem::take;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::journal::{LoadJournal, close};
use super::{LoadSurroundings, Plan, internal, named};
use crate::cli::ProcessContext;
use crate::cli::args::{Asked, LoadFlags};
use crate::cli::exit::{Exit, Refused};
use crate::cli::load_progress::Live;
use crate::cli::outputs::Outputs;
use crate::cli::report::of_search;
use crate::delivery::http::ConnectionSettings;
use crate::load::{self, Route};
use crate::play::Destination;
use crate::record::Line;
use crate::record::load::{SearchRecord, StepLine};
use crate::report::load::limit::text;
use crate::search::{SearchStep, next};
use crate::verdict;
use crate::verdict::limit::showed;
use crate::verdict::threshold::Threshold;

/// Between two steps (ours): what one left at the receiver is not to be met by the next.
const PAUSE: Duration = Duration::from_millis(500);

/// Holds unasked where no threshold names a time (ours): a backlog that grows for a whole step fails nothing else, as long as
/// it is answered in the end.
const QUICK: &str = "p99<200ms";

/// Target of the steps, and the settings of sending to it.
pub(super) struct Ground<'a> {
    pub(super) destination: &'a Destination,
    pub(super) connection: &'a ConnectionSettings,
    pub(super) way: &'a Route,
    pub(super) context: &'a ProcessContext,
}

/// Makes what was asked for a search.
///
/// # Errors
/// It is none.
pub(super) fn fit(asked: &mut LoadFlags) -> Result<(), Refused> {
    if asked.rate == Asked::Max {
        return Err(Refused::usage("--find-limit searches a rate, from --rate upwards: it cannot be `max`"));
    }
    if !asked.threshold.iter().any(Threshold::names_time) {
        asked.threshold.extend(QUICK.parse::<Threshold>());
    }
    Ok(())
}

pub(super) async fn search(
    mut plan: Plan,
    ground: Ground<'_>,
    outputs: &mut Outputs,
    around: &mut LoadSurroundings,
) -> Result<Exit, Refused> {
    let first = plan.first_step().per_s;
    let seed = plan.prepared.conditions.seed;
    let mut journal =
        LoadJournal::new(outputs, Live::new(plan.args.output.quiet), take(&mut around.metrics))?;
    let mut search = SearchRecord::default();
    let (mut told, mut sent) = (Vec::new(), Ok(()));
    while let Some(rate) = next(first, &told) {
        let number = search.steps.len() as u64;
        plan.aim(StepLine { number: number + 1, per_s: rate, seed: seed.wrapping_add(number) });
        (journal, search, sent) = step(&plan, &ground, journal, search, around).await?;
        let Some(run) = search.steps.last() else { break };
        journal.live.add(&text::step(run));
        told.push(SearchStep { rate, showed: showed(run, verdict::load::judge(run).verdict) });
        tokio::time::sleep(PAUSE).await;
        let stopped = around.stop.load(Ordering::Relaxed) || named(&around.signal).is_some();
        if stopped || sent.is_err() || journal.lost.is_some() {
            break;
        }
    }
    let end = plan.end(named(&around.signal));
    search.apply(&end);
    journal.note(&end);
    search.header.exit = Some(of_search(&search).told());
    let closed = close(&journal, sent, outputs, |format| format.render(&search));
    Ok(closed.unwrap_or_else(|| of_search(&search)))
}

type Sent = (LoadJournal, SearchRecord, std::io::Result<()>);

async fn step(
    plan: &Plan,
    ground: &Ground<'_>,
    mut journal: LoadJournal,
    mut search: SearchRecord,
    around: &mut LoadSurroundings,
) -> Result<Sent, Refused> {
    // Learnt anew: its ids are drawn from a seed of its own.
    let scenarios = plan.scenarios(ground.destination, ground.connection, ground.context)?;
    let [header, mut line] = plan.announce(ground.destination, &scenarios);
    match (&mut line, search.asked()) {
        // The line that runs it again is that of the whole search.
        (Line::Load(line), Some(asked)) => line.rerun.clone_from(&asked.rerun),
        _ => journal.note(&header),
    }
    if search.steps.is_empty() {
        search.apply(&header);
    }
    if let Line::Run(header) = header {
        journal.run.header = header;
    }
    journal.note(&line);
    let fault_draw = plan.fault_draw(ground.destination, ground.connection, ground.context)?;
    let (load, begin, way, stop) =
        (plan.load(scenarios, fault_draw), plan.begin(), ground.way.clone(), around.stop.clone());
    let sent = tokio::task::spawn_blocking(move || {
        let sent = load::send(&load, &way, begin, &stop, |second, tally| {
            let tally = journal.second(second, tally);
            journal.live.redraw(|| text::live(&search.steps, &journal.run));
            journal.watch(&stop);
            tally
        });
        (journal, search, sent)
    });
    let (mut journal, mut search, sent) = sent.await.map_err(|panicked| internal(&panicked.to_string()))?;
    journal.receiver(&mut around.receiver, begin).await;
    journal.run.unended.clear();
    search.steps.push(take(&mut journal.run));
    Ok((journal, search, sent))
}

impl Plan {
    /// The step that a search begins with.
    pub(super) fn first_step(&self) -> StepLine {
        // A search without a rate is refused before.
        let per_s = self.asked.fastest().unwrap_or_default();
        StepLine { number: 1, per_s, seed: self.prepared.conditions.seed }
    }

    /// Starts this step.
    fn aim(&mut self, step: StepLine) {
        self.asked.rate = Asked::PerSecond(step.per_s);
        self.prepared.conditions.seed = step.seed;
        self.step = Some(step);
    }
}
