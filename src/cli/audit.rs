//! `hookreel audit`: the catalogue of edge cases against one receiver, and a scorecard.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io::BufReader;
use std::path::Path;

use serde_json::json;

use super::args::{AuditArgs, RunArgs};
use super::exit::{Exit, Refused};
use super::outputs::writable;
use super::scorecard::{Card, json_of};
use super::sign::edition;
use super::values::{ReportTo, Seed};
use super::words::{Words, address, quote};
use super::{World, complain, programme as plans, run, show, sources};
use crate::audit::case::{Case, Setting};
use crate::audit::cases;
use crate::audit::groups;
use crate::audit::score::{Reason, Score, score};
use crate::audit::weight::Weight;
use crate::delivery::target::Target;
use crate::plan::Play;
use crate::play::{Planned, Purpose};
use crate::problem::{Source, did_you_mean};
use crate::record::{Run, ScenarioRun};

/// A case and what came of it.
pub(super) type Scored = (&'static Case, Score);

pub(super) fn run(mut args: AuditArgs, world: &World) -> Result<Exit, Refused> {
    let setting = setting(&args)?;
    // A receiver remembers the files of an earlier audit.
    args.time.seed.get_or_insert(Seed::Random);
    let chosen = chosen(&args, &setting)?;
    let known = known(args.baseline.as_deref())?;
    let earlier = earlier(args.resume.as_deref(), &setting)?;
    let (mut programme, refused) = programme(&args, world, &setting, (&chosen, &earlier))?;
    let resumed = args.resume.clone();
    let (plain, run_args) = split(args);
    plain.check(&run_args, resumed.as_deref())?;
    let (exit, run) = if programme.plays.is_empty() {
        (Exit::NothingChecked, Run::default())
    } else {
        run::play(&run_args, &mut programme)?
    };
    let played = played(earlier, &run);
    let scored = scored(chosen, &played, &refused);
    let again = Words { args: &run_args, planned: &programme }.rerun("");
    let card = Card {
        setting: &setting,
        scored: &scored,
        known: &known,
        alike: alike(&scored, &played),
        again: &again,
        strict: plain.strict,
        quiet: run_args.output.quiet,
        verbose: run_args.output.verbose,
    };
    let mut text = card.text();
    if matches!(exit, Exit::Interrupted | Exit::Terminated) {
        text.push_str("stopped early; --resume plays what was skipped, if --record was given\n");
    }
    // A report that was asked for on standard output stands there alone.
    let printed = |report: &ReportTo| report.path.as_ref().is_none_or(|path| path == Path::new("-"));
    let alone = run_args.output.report.iter().any(|report| printed(report) && report.format.name != "text");
    if alone {
        complain(&text)
    } else {
        show(&text)
    }
    // What is exported is played by `run`.
    (programme.command, programme.purpose) = (None, Purpose::Run);
    plain.write(&setting, &scored, |path| Words { args: &run_args, planned: &programme }.rerun(path))?;
    Ok(verdict(exit, &scored, &known, plain.strict))
}

/// What all hostile callbacks were answered, if they were answered alike, and the cases that failed by that alone.
fn alike(
    scored: &[Scored],
    played: &BTreeMap<String, ScenarioRun>,
) -> Option<(groups::Alike, BTreeSet<&'static str>)> {
    let chosen = scored.iter().filter_map(|(case, score)| Some((case, score, played.get(case.id)?)));
    let alike = groups::alike(chosen.clone().map(|(_, _, scenario)| scenario))?;
    let ids =
        chosen.filter(|(_, score, scenario)| groups::is_of(scenario, score)).map(|(case, _, _)| case.id);
    Some((alike, ids.collect()))
}

/// The cases that can be played, the plain callback before them, and why the others cannot.
fn programme(
    args: &AuditArgs,
    world: &World,
    setting: &Setting,
    (chosen, earlier): (&[&'static Case], &BTreeMap<String, ScenarioRun>),
) -> Result<(Planned, BTreeMap<String, String>), Refused> {
    let wanted = chosen.iter().copied().filter(|case| !earlier.contains_key(case.id));
    let wanted: Vec<&Case> = wanted.collect();
    let control = (!wanted.is_empty()).then_some(&CONTROL);
    let mut environment = world.environment.clone();
    environment.extend(args.state.iter().map(|url| (STATE.to_owned(), url.clone())));
    let mut loaded = Vec::new();
    // One by one: what is wrong with one, as a word of --expect, is wrong with all.
    for case in control.into_iter().chain(wanted) {
        let source = Source { name: case.id.into(), text: case.scenario(setting) };
        loaded.extend(sources::parse(vec![source], &environment, world.colour)?);
    }
    let (mut programme, refused) = plans::possible(loaded, (&args.key, &args.time), world)?;
    programme.command = Some(command(args));
    programme.fresh = matches!(args.time.seed, Some(Seed::Random));
    let mut refused: BTreeMap<String, String> = refused.into_iter().collect();
    if !setting.streams.is_empty() {
        let renaming = |play: &mut Play| {
            let name = programme.loaded.get(play.scenario).map(|loaded| &loaded.document.source.name);
            cases().any(|case| Some(case.id) == name.map(String::as_str) && case.renames_the_stream())
        };
        let names: Vec<String> = programme
            .plays
            .extract_if(.., renaming)
            .filter_map(|play| Some(programme.loaded.get(play.scenario)?.document.source.name.clone()))
            .collect();
        let why = "it needs a stream of another name than --stream";
        refused.extend(names.into_iter().map(|name| (name, why.to_owned())));
    }
    if args.receiver.exec.is_none() {
        for play in programme.plays.extract_if(.., |play| play.restarts()) {
            let name = programme.loaded.get(play.scenario).map(|loaded| loaded.document.source.name.clone());
            refused.insert(name.unwrap_or_default(), "it takes --exec CMD to restart the receiver".into());
        }
    }
    if programme.plays.len() == usize::from(control.is_some()) {
        programme.plays.clear();
    }
    Ok((programme, refused))
}

/// What was played, now or earlier, by case.
fn played(earlier: BTreeMap<String, ScenarioRun>, run: &Run) -> BTreeMap<String, ScenarioRun> {
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

fn scored(
    chosen: Vec<&'static Case>,
    played: &BTreeMap<String, ScenarioRun>,
    refused: &BTreeMap<String, String>,
) -> Vec<Scored> {
    let told = |case: &Case| match (played.get(case.id), refused.get(case.id)) {
        (Some(scenario), _) => score(scenario),
        (None, Some(why)) => Score::Skipped(Reason::NotApplicable(why.clone())),
        (None, None) => Score::Skipped(Reason::NotReached("the audit ended before it".into())),
    };
    chosen.into_iter().map(|case| (case, told(case))).collect()
}

/// The variable by which scenarios know the state's address.
const STATE: &str = "HOOKREEL_STATE";

/// The plain callback: a receiver that refuses it would pass whatever asks for a refusal.
static CONTROL: Case = Case::new("plain", "a plain callback", "[]", "", "");

/// What an audit has beside a run.
struct Plain {
    save_baseline: Option<std::path::PathBuf>,
    export: Option<std::path::PathBuf>,
    scorecard: Option<std::path::PathBuf>,
    /// The state's address, if it may be shown.
    state: Option<String>,
    strict: bool,
}

fn split(args: AuditArgs) -> (Plain, RunArgs) {
    let shown = |url: &String| Target::parse(url).is_ok_and(|target| target.to_string() == *url);
    let plain = Plain {
        save_baseline: args.save_baseline,
        export: args.export,
        scorecard: args.scorecard,
        state: args.state.filter(shown),
        strict: args.strict,
    };
    let run = RunArgs::of(args.key, args.time, args.receiver, args.output);
    (plain, run)
}

fn setting(args: &AuditArgs) -> Result<Setting, Refused> {
    let (provider, revision) = edition(&args.sender.provider, args.sender.revision.as_deref())?;
    let expect = match (&args.expect, &args.state) {
        (None, None) => String::new(),
        (Some(expect), None) => expect.clone(),
        (expect, Some(_)) => {
            // The address may hold a secret, and stands in nothing that is shown or written.
            let get = format!("${{{STATE}}}");
            let state = json!([{ "name": "recordings", "get": get, "once": true, "eventually": "2s" }]);
            let inner = expect.as_deref().unwrap_or("{}").trim();
            let inner = inner
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'))
                .ok_or_else(|| Refused::usage("--expect: write it as {accept: ..., reject: ...}"))?;
            let comma = if inner.trim().is_empty() { "" } else { ", " };
            format!("{{{inner}{comma}state: {state}}}")
        }
    };
    let nonce = match args.time.seed {
        Some(Seed::Fixed(seed)) => seed,
        _ => std::hash::RandomState::new().build_hasher().finish(),
    };
    let (method, streams) = (args.sender.method.clone().unwrap_or_default(), args.stream.clone());
    Ok(Setting { provider, revision, method, expect, streams, nonce })
}

/// The cases that are asked for, in the order of the catalogue.
fn chosen(args: &AuditArgs, setting: &Setting) -> Result<Vec<&'static Case>, Refused> {
    for word in args.only.iter().chain(&args.case).chain(&args.skip) {
        if !cases().any(|case| case.is(word)) {
            let families: Vec<String> =
                crate::audit::ALL.iter().map(|family| family.letter.to_string()).collect();
            let known = families.iter().map(String::as_str).chain(cases().map(|case| case.id));
            let near = did_you_mean(word, known);
            let near = near.unwrap_or_else(|| "`hookreel list cases` shows them all".into());
            return Err(Refused::usage(format!("there is no case or family `{word}`; {near}")));
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
        return Err(Refused::usage("no case is left of --only, --case and --skip; nothing was sent"));
    }
    Ok(chosen)
}

/// The cases that are known to fail.
fn known(path: Option<&Path>) -> Result<BTreeSet<String>, Refused> {
    let Some(path) = path else { return Ok(BTreeSet::new()) };
    let text = fs::read_to_string(path).map_err(|error| {
        Refused::usage(format!(
            "--baseline: cannot read `{}`: {error}; --save-baseline FILE writes one",
            path.display()
        ))
    })?;
    let mut known = BTreeSet::new();
    for (index, line) in text.lines().enumerate() {
        let Some(word) = line.split('#').next().unwrap_or_default().split_whitespace().next() else {
            continue;
        };
        if !cases().any(|case| case.id == word) {
            let place = format!("{}:{}", path.display(), index + 1);
            return Err(Refused::usage(format!("{place}: there is no case `{word}`")));
        }
        known.insert(word.to_owned());
    }
    Ok(known)
}

/// The cases of an earlier audit that were played to their end.
fn earlier(path: Option<&Path>, setting: &Setting) -> Result<BTreeMap<String, ScenarioRun>, Refused> {
    let Some(path) = path else { return Ok(BTreeMap::new()) };
    let failed = |error: std::io::Error| {
        Refused::usage(format!("--resume: cannot read `{}`: {error}", path.display()))
    };
    let run = Run::read(BufReader::new(fs::File::open(path).map_err(failed)?)).map_err(failed)?;
    let same = |scenario: &ScenarioRun| {
        let line = &scenario.line;
        line.provider == setting.provider.name && line.revision == setting.revision.name
    };
    // A case that two editions play has one play of another edition; the plain callback has not.
    let control = run.scenarios.iter().find(|scenario| scenario.line.path == CONTROL.id);
    match control {
        Some(control) if same(control) => {}
        Some(ScenarioRun { line, .. }) => {
            let (path, provider, revision) = (path.display(), &line.provider, &line.revision);
            return Err(Refused::usage(format!("--resume: `{path}` is of {provider} {revision}")));
        }
        None => {
            return Err(Refused::usage(format!("--resume: `{}` is no record of an audit", path.display())));
        }
    }
    let cut_off: BTreeSet<String> =
        run.scenarios.iter().filter(|scenario| !scenario.over).map(|s| s.line.path.clone()).collect();
    let mut ended = played(BTreeMap::new(), &run);
    // What never reached the receiver, or was cut off, is played again; so is the plain callback.
    ended.retain(|id, scenario| {
        id != CONTROL.id
            && !cut_off.contains(id)
            && !matches!(score(scenario), Score::Skipped(Reason::NotReached(_)))
    });
    Ok(ended)
}

fn verdict(exit: Exit, scored: &[Scored], known: &BTreeSet<String>, strict: bool) -> Exit {
    let failed = |(case, score): &Scored| {
        matches!(score, Score::Failed(_)) && case.weight().counts(strict) && !known.contains(case.id)
    };
    let unreached = |(_, score): &Scored| matches!(score, Score::Skipped(Reason::NotReached(_)));
    let judged = |(_, score): &Scored| !matches!(score, Score::Skipped(Reason::NotApplicable(_)));
    match exit {
        Exit::Internal | Exit::Interrupted | Exit::Terminated | Exit::Unreachable => exit,
        _ if scored.iter().any(failed) => Exit::Failed,
        // It went away in the middle: what was not tried is not called passed.
        _ if scored.iter().any(unreached) => Exit::Unreachable,
        _ if scored.iter().any(judged) => Exit::Passed,
        _ => Exit::NothingChecked,
    }
}

impl Plain {
    /// Makes sure, before anything is sent, that the results can be kept.
    fn check(&self, run: &RunArgs, resumed: Option<&Path>) -> Result<(), Refused> {
        let same = |path: &Path| {
            resumed.is_some_and(|old| fs::canonicalize(old).ok() == fs::canonicalize(path).ok())
        };
        if let Some(record) = run.output.record.as_deref().filter(|path| path.exists() && same(path)) {
            return Err(Refused::usage(format!(
                "--record: `{}` is the one that is resumed, and would be lost; name another",
                record.display()
            )));
        }
        let mut taken = Vec::new();
        for path in [&self.save_baseline, &self.scorecard].into_iter().flatten() {
            writable(path, &taken)?;
            taken.push(path.clone());
        }
        match &self.export {
            Some(folder) => fs::create_dir_all(folder).map_err(|error| {
                Refused::usage(format!("cannot write to `{}`: {error}; nothing was sent", folder.display()))
            }),
            None => Ok(()),
        }
    }

    fn write(
        &self,
        setting: &Setting,
        scored: &[Scored],
        command: impl Fn(&str) -> String,
    ) -> Result<(), Refused> {
        let failed = |path: &Path, error: std::io::Error| Refused {
            exit: Exit::Internal,
            text: format!("error: cannot write `{}`: {error}\n", path.display()),
        };
        let failed_cases = || scored.iter().filter(|(_, score)| matches!(score, Score::Failed(_)));
        let unfinished =
            scored.iter().any(|(_, score)| matches!(score, Score::Skipped(Reason::NotReached(_))));
        if unfinished && self.save_baseline.is_some() {
            complain("warning: not every case was played, so the baseline is left as it was\n");
        } else if let Some(path) = &self.save_baseline {
            let lines: String =
                failed_cases().map(|(case, _)| format!("{:<8} # {}\n", case.id, case.title)).collect();
            fs::write(path, lines).map_err(|error| failed(path, error))?;
        }
        if let Some(folder) = &self.export {
            fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
            for (case, _) in failed_cases() {
                let path = folder.join(format!("{}.yaml", case.id));
                let mut text = case.scenario(setting);
                if let Some(url) = &self.state {
                    text = text.replace(&format!("${{{STATE}}}"), url);
                }
                fs::write(&path, text).map_err(|error| failed(&path, error))?;
                complain(&format!("{}: {}\n", case.id, command(&path.display().to_string())));
            }
        }
        if let Some(path) = &self.scorecard {
            let text = format!("{:#}\n", json_of(setting, scored));
            fs::write(path, text).map_err(|error| failed(path, error))?;
        }
        Ok(())
    }
}

/// The command line again, without what `Words` adds.
fn command(args: &AuditArgs) -> String {
    let mut line = format!("hookreel audit {}", quote(&args.sender.provider));
    let mut flag = |name: &str, value: &str| {
        let _ = write!(line, " --{name} {}", quote(value));
    };
    args.sender.revision.iter().for_each(|value| flag("revision", value));
    args.sender.method.iter().for_each(|value| flag("method", value));
    args.stream.iter().for_each(|value| flag("stream", value));
    args.expect.iter().for_each(|value| flag("expect", value));
    if let Some(url) = &args.state {
        let shown = Target::parse(url).map_or_else(|_| quote(url), |target| address(&target, STATE));
        let _ = write!(line, " --state {shown}");
    }
    line
}
