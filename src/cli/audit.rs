//! `hookreel audit`: the catalogue of edge cases against one receiver, and a scorecard.

mod editions;
mod forms;
mod gone;
mod left_out;
mod outputs;
mod resumed;
mod scores;
mod selection;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher};
use std::path::{Path, PathBuf};

use forms::{configure, sound, text_of};
use gone::gone;
use left_out::leave_out;
pub(super) use outputs::observed;
use outputs::{Plain, known};
use resumed::earlier;
use scores::scored;

use super::args::{AuditArgs, RunArgs};
use super::catalogue::without_a_case;
use super::exit::{Exit, Refused};
use super::preflight::{self, SetupDescription, key_source};
use super::scorecard::Card;
use super::shell_commands::ShellCommands;
use super::sign::edition;
use super::values::{ReportTo, Seed};
use super::{ProcessContext, complain, planned as plans, run, show, signals, sources};
use crate::audit::answered_alike;
use crate::audit::case::{AuditSetting, Case};
use crate::audit::score::Score;
use crate::audit::weight::Weight;
use crate::audit::{LAST, PLAIN, PlayOrder, cases, plain_after, turn};
use crate::delivery::target::ReceiverUrl;
use crate::plan::PlannedScenario;
use crate::play::{Planned, Purpose};
use crate::problem::Source;
use crate::record::{AuditedSender, CaseScore, Outcome, OverallKind, RunRecord, ScenarioRun, SetUpLine};
use crate::report::notes::RESUMABLE;
use crate::report::receiver;
use crate::report::text::{overall, set_up};

/// A case and what came of it.
pub(super) type Scored = (&'static Case, Score);

pub(super) fn run(args: AuditArgs, context: &ProcessContext) -> Result<Exit, Refused> {
    let Some(several) = editions::several(&args)? else { return one(args, context) };
    let mut exits = Vec::new();
    for args in several {
        if args.output.quiet {
            let revision = args.sender.revision.as_deref().unwrap_or_default(); // Of several, each has one.
            show(&format!("{} {revision}: ", args.sender.provider));
        }
        match one(args, context)? {
            exit @ (Exit::Internal | Exit::Interrupted | Exit::Terminated | Exit::HungUp) => return Ok(exit),
            exit => exits.push(exit),
        }
        if let Some(exit) = signals::heard() {
            return Ok(exit);
        }
        show("\n");
    }
    Ok(editions::together(&exits))
}

/// Audits one revision.
fn one(mut args: AuditArgs, context: &ProcessContext) -> Result<Exit, Refused> {
    let setting = setting(&args, context)?;
    // A receiver remembers the files of an earlier audit.
    args.time.seed.get_or_insert(Seed::Random);
    let chosen = chosen(&args, &setting)?;
    let left_out = left_out(&args, &setting);
    let known = known(args.baseline.as_deref())?;
    let earlier = earlier(args.resume.as_deref(), &setting, args.receiver.target.as_ref())?;
    let (mut prepared, refused) = prepared(&args, context, &setting, &chosen, &earlier.played)?;
    let key = key_source(&args.key, &context.environment);
    let target = receiver_name(&args);
    let (plain, run_args) = split(args);
    plain.check(&run_args, earlier.path.as_deref())?;
    let again = announced(&mut prepared, &setting, &run_args, plain.expects, left_out);
    earlier.judged_as(&again)?;
    let outcome = |run: &RunRecord, planned: &Planned| {
        let played = played(earlier.played.clone(), run);
        let play = planned.plays.first();
        let (target, key, state) = (target.as_str(), key.clone(), plain.state.as_deref());
        let setup = SetupDescription { setting: &setting, target, key, state, play };
        let wrong = played.get(PLAIN).and_then(|control| preflight::judge(control, &setup));
        let wrong = wrong.map(|wrong| SetUpLine { ended: !plain.keep_going, ..wrong });
        let scored = scored(&chosen, &played, &refused, wrong.is_some(), run);
        let observed = observed(&scored, &played);
        outputs::AuditOutcome { played, scored, observed, wrong }
    };
    let lines = |run: &RunRecord, planned: &Planned| {
        outputs::last_lines(run, &outcome(run, planned), &setting, &known, &plain)
    };
    let (exit, run) = if prepared.plays.is_empty() {
        run::unplayed(&run_args, &prepared, lines(&RunRecord::default(), &prepared))?
    } else {
        run::play_and(&run_args, &mut prepared, &lines)?
    };
    let ended = outcome(&run, &prepared);
    let outputs::AuditOutcome { played, scored, observed, wrong } = &ended;
    let stopped = matches!(exit, Exit::Internal | Exit::Interrupted | Exit::Terminated | Exit::HungUp);
    if let Some(wrong) = wrong.as_ref().filter(|wrong| wrong.ended && !stopped) {
        say(&run_args, &set_up(wrong));
        return plain.write(&setting, &ended, |_: &str| None, |_: &str| String::new()).map(|()| exit);
    }
    let card = Card {
        setting: &setting,
        scored,
        observed,
        known: &known,
        alike: alike(scored, played),
        expects: plain.expects,
        again: &again,
        strict: plain.strict,
        quiet: run_args.output.quiet,
        verbose: run_args.output.verbose,
        run: &run,
    };
    let before = before_all(&run, played, stopped);
    say(&run_args, &format!("{before}{}{}", card.text(), stopped_early(exit)));
    // What is exported is played by `run`.
    (prepared.command, prepared.purpose) = (None, Purpose::Run);
    let text = |id: &str| text_of(&prepared, &setting, id);
    let command = |path: &str| ShellCommands { args: &run_args, planned: &prepared }.rerun(path);
    plain.write(&setting, &ended, text, command)?;
    Ok(exit)
}

/// Notes the sender for the record, and gives the command that audits again.
fn announced(
    prepared: &mut Planned,
    setting: &AuditSetting,
    args: &RunArgs,
    expects: bool,
    left_out: Option<usize>,
) -> String {
    let command = ShellCommands { args, planned: prepared }.rerun("");
    prepared.audit = Some(AuditedSender {
        provider: setting.provider.name.into(),
        revision: setting.revision.name.into(),
        method: setting.method.clone(),
        expects,
        command: command.clone(),
        left_out,
    });
    command
}

fn receiver_name(args: &AuditArgs) -> String {
    args.receiver.target.as_ref().map_or_else(|| "the built-in receiver".into(), ToString::to_string)
}

/// Text before the cases: a wrong set-up, and what became of the receiver itself. It says more than any case, and what is known of
/// its process says more than that it is silent.
pub(super) fn before_all(run: &RunRecord, played: &BTreeMap<String, ScenarioRun>, stopped: bool) -> String {
    let wrong = run.set_up.as_ref().map_or_else(String::new, |line| set_up(line) + "\n");
    let became = match receiver::story(run).trim_start() {
        "" if stopped => String::new(),
        "" => {
            let unjudged =
                run.stopped.is_some() || run.cases.iter().any(|case| case.score == CaseScore::NotReached);
            // A record has what was known when it was written.
            let known = run.overall.iter().find(|line| line.kind != OverallKind::AnsweredAlike).cloned();
            known.or_else(|| gone(run, played, unjudged)).as_ref().map_or_else(String::new, overall)
        }
        story => format!("{story}\n"),
    };
    wrong + &became
}

/// Advice for an audit that a signal stopped.
pub(super) fn stopped_early(exit: Exit) -> String {
    match exit {
        Exit::Interrupted | Exit::Terminated | Exit::HungUp => {
            format!("{RESUMABLE}\n")
        }
        _ => String::new(),
    }
}

/// Prints the result. A report that was asked for on standard output stands there alone.
fn say(args: &RunArgs, text: &str) {
    let printed = |report: &ReportTo| report.path.as_ref().is_none_or(|path| path == Path::new("-"));
    if args.output.report.iter().any(|report| printed(report) && report.format.name != "text") {
        complain(text);
    } else {
        show(text);
    }
}

/// True if the plain callback after a case was accepted, or was not played at all.
fn survived(after: &ScenarioRun) -> bool {
    after
        .callbacks
        .iter()
        .all(|callback| matches!(callback.outcome(), Outcome::Accepted | Outcome::NotSent | Outcome::InDoubt))
}

/// Common answer to all hostile callbacks, and the cases that failed only because of it.
pub(super) fn alike(
    scored: &[Scored],
    played: &BTreeMap<String, ScenarioRun>,
) -> Option<(answered_alike::AnsweredAlike, BTreeSet<&'static str>)> {
    let chosen = scored.iter().filter_map(|(case, score)| Some((case, score, played.get(case.id)?)));
    let alike = answered_alike::alike(chosen.clone().map(|(case, _, scenario)| (case.weight(), scenario)))?;
    let explained = chosen.filter(|(_, score, scenario)| alike.explains(scenario, score));
    let ids = explained.map(|(case, _, _)| case.id).collect();
    Some((alike, ids))
}

/// The cases that can be played, the plain callback before them, and why the others cannot.
fn prepared(
    args: &AuditArgs,
    context: &ProcessContext,
    setting: &AuditSetting,
    chosen: &[&'static Case],
    earlier: &BTreeMap<String, ScenarioRun>,
) -> Result<(Planned, BTreeMap<String, String>), Refused> {
    let wanted = chosen.iter().copied().filter(|case| !earlier.contains_key(case.id));
    let wanted: Vec<&Case> = wanted.collect();
    let environment = args.expects.environment(context);
    let parsed = |name: String, text: String| {
        let mut loaded = sources::parse(vec![Source { name, text }], &environment, context.colour)?;
        args.settings.apply(&mut loaded, &context.environment)?;
        loaded.iter_mut().for_each(configure);
        Ok::<_, Refused>(loaded)
    };
    let mut loaded = Vec::new();
    // One by one: what is wrong with one, as a word of --expect, is wrong with all.
    for (name, case) in order(&wanted) {
        let text = case.scenario_as(&name, setting);
        loaded.extend(parsed(name, text)?);
    }
    loaded.iter().try_for_each(|loaded| args.expects.decided(&loaded.scenario.expect))?;
    let (mut prepared, mut refused) = plans::possible(loaded, &args.key, &args.time, context)?;
    let mut others = Vec::new();
    for case in wanted.iter().filter(|case| refused.iter().any(|(name, _)| name == case.id)) {
        for text in case.instead(setting) {
            let form = parsed(case.id.to_owned(), text)?;
            if form.iter().all(|form| prepared.instead(form.clone(), 1).is_some()) {
                others.extend(form);
                break;
            }
        }
    }
    if !others.is_empty() {
        (prepared, refused) = plans::replanned(prepared, others);
    }
    prepared.command = Some(selection::command(args));
    prepared.selection = selection::of(args);
    prepared.keep_going = args.keep_going;
    prepared.fresh = matches!(args.time.seed, Some(Seed::Random));
    let mut refused: BTreeMap<String, String> = refused.into_iter().collect();
    refused.extend(leave_out(&mut prepared, args, setting));
    let of_a_case =
        |play: &PlannedScenario| !matches!(turn(prepared.path(play)), PlayOrder::First | PlayOrder::After);
    if !prepared.plays.iter().any(of_a_case) {
        prepared.plays.clear();
    }
    Ok((prepared, refused))
}

/// The scenarios in the order in which they are played: a plain callback, the cases, and those that may end the receiver
/// last, each followed by a plain callback.
fn order(wanted: &[&'static Case]) -> Vec<(String, &'static Case)> {
    let of = |case: &&'static Case| (case.id.to_owned(), *case);
    let mut order = vec![(PLAIN.to_owned(), &CONTROL)];
    order.extend(wanted.iter().filter(|case| turn(case.id) != PlayOrder::Last).map(of));
    for id in LAST {
        if let Some(case) = wanted.iter().find(|case| case.id == id) {
            order.push(of(case));
            order.push((plain_after(id), &CONTROL));
        }
    }
    order
}

/// Played scenarios, now or earlier, by case.
pub(super) fn played(
    earlier: BTreeMap<String, ScenarioRun>,
    run: &RunRecord,
) -> BTreeMap<String, ScenarioRun> {
    let mut played = earlier;
    for scenario in &run.scenarios {
        // Played by two editions, a case is one all the same.
        let whole = played.entry(scenario.line.path.clone()).or_default();
        whole.line = scenario.line.clone();
        whole.over |= scenario.over;
        whole.callbacks.extend(scenario.callbacks.iter().cloned());
        whole.state.extend(scenario.state.iter().cloned());
    }
    played
}

/// The plain callback: a receiver that refuses it would pass whatever asks for a refusal.
static CONTROL: Case = Case::new(PLAIN, "a plain callback", "[]", "", "");

fn split(args: AuditArgs) -> (Plain, RunArgs) {
    let shown = |url: &String| ReceiverUrl::parse(url).is_ok_and(|target| target.to_string() == *url);
    let real = |path: &Option<PathBuf>| path.as_deref().and_then(|path| std::fs::canonicalize(path).ok());
    let renews_baseline = real(&args.baseline).is_some_and(|read| real(&args.save_baseline) == Some(read));
    let plain = Plain {
        renews_baseline,
        save_baseline: args.save_baseline,
        export: args.export,
        expects: args.expects.expect.is_some(),
        scorecard: args.scorecard,
        state: args.expects.state.filter(shown),
        strict: args.strict,
        keep_going: args.keep_going,
    };
    let mut run = RunArgs::of(args.key, args.time, args.receiver, args.output);
    run.output.scorecard.clone_from(&plain.scorecard);
    (plain, run)
}

fn setting(args: &AuditArgs, context: &ProcessContext) -> Result<AuditSetting, Refused> {
    let (provider, revision) = edition(&args.sender.provider, args.sender.revision.as_deref())?;
    sound(args, context, revision)?;
    let expect = args.expects.yaml()?;
    let nonce = match args.time.seed {
        Some(Seed::Fixed(seed)) => seed,
        _ => std::hash::RandomState::new().build_hasher().finish(),
    };
    // Empty is the method of the provider.
    let method = args.sender.method.clone().unwrap_or_default();
    let streams = args.stream.clone();
    Ok(AuditSetting { provider, revision, method, expect, streams, nonce })
}

/// Number of cases that `--quick` leaves out.
fn left_out(args: &AuditArgs, setting: &AuditSetting) -> Option<usize> {
    let others = cases().filter(|case| case.suits(setting.provider) && case.weight() != Weight::Must);
    args.quick.then(|| others.count())
}

/// The cases that are asked for, in the order of the catalogue.
fn chosen(args: &AuditArgs, setting: &AuditSetting) -> Result<Vec<&'static Case>, Refused> {
    for word in args.only.iter().chain(&args.case).chain(&args.skip) {
        if let Some(why) = without_a_case(word) {
            return Err(Refused::usage(why));
        }
    }
    let wanted = |case: &&Case| {
        let asked = args.only.iter().chain(&args.case).collect::<Vec<_>>();
        (asked.is_empty() || asked.iter().any(|word| case.is(word)))
            && !args.skip.iter().any(|word| case.is(word))
            && case.suits(setting.provider)
            && (!args.quick || case.weight() == Weight::Must)
    };
    let chosen: Vec<_> = cases().filter(wanted).collect();
    if chosen.is_empty() {
        return Err(Refused::usage(
            "no case is left of --only, --case, --skip and --quick; nothing was sent",
        ));
    }
    Ok(chosen)
}
