//! `hookreel audit`: the catalogue of edge cases against one receiver, and a scorecard.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::io::BufReader;
use std::path::Path;

use serde_json::json;

use super::args::{AuditArgs, RunArgs};
use super::exit::{Exit, Refused};
use super::programme::{Programme, Purpose};
use super::sign::edition;
use super::values::{ReportTo, Seed};
use super::words::{Words, address, quote};
use super::{World, complain, run, secrets, show, sources};
use crate::audit::case::{Case, Setting};
use crate::audit::score::{Score, refusals_only, score};
use crate::audit::{ALL, cases};
use crate::delivery::target::Target;
use crate::problem::{Source, did_you_mean};
use crate::record::{Run, ScenarioRun};
use crate::report::inert;

/// A case and what came of it.
type Scored = (&'static Case, Score);

pub(super) fn run(mut args: AuditArgs, world: &World) -> Result<Exit, Refused> {
    let setting = setting(&args)?;
    let unsigned = setting.revision.signatures.is_empty() || setting.method == "none";
    if args.receiver.target.is_some() && !unsigned {
        secrets::warn_of_the_sample(&args.key, &world.environment);
    }
    // A receiver remembers the files of an earlier audit.
    args.time.seed.get_or_insert(Seed::Random);
    let chosen = chosen(&args, &setting)?;
    let known = known(args.baseline.as_deref())?;
    let earlier = earlier(args.resume.as_deref(), &setting)?;
    let (mut programme, refused) = programme(&args, world, &setting, (&chosen, &earlier))?;
    let (plain, run_args) = split(args);
    let (exit, run) = if programme.plays.is_empty() {
        (Exit::NothingChecked, Run::default())
    } else {
        run::play(&run_args, &mut programme)?
    };
    let scored = scored(chosen, &played(earlier, &run), &refused);
    let again = Words { args: &run_args, programme: &programme, path: "" }.rerun();
    let mut text = scorecard(&setting, &scored, &known, &again);
    if matches!(exit, Exit::Interrupted | Exit::Terminated) {
        text.push_str("stopped early; what was not judged is played by --resume, if --record was given\n");
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
    plain.write(&setting, &scored, |path| Words { args: &run_args, programme: &programme, path }.rerun())?;
    Ok(verdict(exit, &scored, &known))
}

/// The cases that can be played, the plain callback before them, and why the others cannot.
fn programme(
    args: &AuditArgs,
    world: &World,
    setting: &Setting,
    (chosen, earlier): (&[&'static Case], &BTreeMap<String, ScenarioRun>),
) -> Result<(Programme, BTreeMap<String, String>), Refused> {
    let wanted = chosen.iter().copied().filter(|case| !earlier.contains_key(case.id));
    let wanted: Vec<&Case> = wanted.collect();
    let control = (!wanted.is_empty()).then_some(&CONTROL);
    let mut loaded = Vec::new();
    // One by one: what is wrong with one, as a word of --expect, is wrong with all.
    for case in control.into_iter().chain(wanted) {
        let source = Source { name: case.id.into(), text: case.scenario(setting) };
        loaded.extend(sources::parse(vec![source], &world.environment, world.colour)?);
    }
    let (mut programme, refused) = Programme::possible(loaded, (&args.key, &args.time), world)?;
    programme.command = Some(command(args));
    programme.fresh = matches!(args.time.seed, Some(Seed::Random));
    let mut refused: BTreeMap<String, String> = refused.into_iter().collect();
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
    let deaf = played.get(CONTROL.id).is_some_and(|control| matches!(score(control), Score::Broken(_)));
    let told = |case: &Case| match (played.get(case.id), refused.get(case.id)) {
        (Some(scenario), _) => match score(scenario) {
            Score::Held { .. } if deaf && refusals_only(scenario) => {
                Score::Unplayed("a plain callback is not accepted, so a refusal says nothing".into())
            }
            told => told,
        },
        (None, Some(why)) => Score::Unjudged(why.clone()),
        (None, None) => Score::Unplayed("it was not played".into()),
    };
    chosen.into_iter().map(|case| (case, told(case))).collect()
}

/// The plain callback: a receiver that refuses it would pass whatever asks for a refusal.
static CONTROL: Case = Case::new("plain", "a plain callback", "[]", "", "");

/// What an audit has beside a run.
struct Plain {
    save_baseline: Option<std::path::PathBuf>,
    export: Option<std::path::PathBuf>,
    scorecard: Option<std::path::PathBuf>,
}

fn split(args: AuditArgs) -> (Plain, RunArgs) {
    let plain = Plain { save_baseline: args.save_baseline, export: args.export, scorecard: args.scorecard };
    let run = RunArgs::of(args.key, args.time, args.receiver, args.output);
    (plain, run)
}

fn setting(args: &AuditArgs) -> Result<Setting, Refused> {
    let (provider, revision) = edition(&args.provider, args.revision.as_deref())?;
    let expect = match (&args.expect, &args.state) {
        (None, None) => String::new(),
        (Some(expect), None) => expect.clone(),
        (expect, Some(url)) => {
            let state = json!([{ "name": "recordings", "get": url, "once": true, "eventually": "2s" }]);
            let inner = expect.as_deref().unwrap_or("{}").trim();
            let inner = inner
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'))
                .ok_or_else(|| Refused::usage("--expect: write it as {accept: ..., reject: ...}"))?;
            let comma = if inner.trim().is_empty() { "" } else { ", " };
            format!("{{{inner}{comma}state: {state}}}")
        }
    };
    Ok(Setting { provider, revision, method: args.method.clone().unwrap_or_default(), expect })
}

/// The cases that are asked for, in the order of the catalogue.
fn chosen(args: &AuditArgs, setting: &Setting) -> Result<Vec<&'static Case>, Refused> {
    for word in args.only.iter().chain(&args.case).chain(&args.skip) {
        if !cases().any(|case| case.is(word)) {
            let near = did_you_mean(word, cases().map(|case| case.id));
            let near = near.unwrap_or_else(|| "`hookreel list cases` shows them all".into());
            return Err(Refused::usage(format!("there is no case or family `{word}`; {near}")));
        }
    }
    let wanted = |case: &&Case| {
        let asked = args.only.iter().chain(&args.case).collect::<Vec<_>>();
        (asked.is_empty() || asked.iter().any(|word| case.is(word)))
            && !args.skip.iter().any(|word| case.is(word))
            && case.suits(setting.provider)
    };
    let chosen: Vec<_> = cases().filter(wanted).collect();
    if chosen.is_empty() {
        return Err(Refused::usage("no case is left of --only, --case and --skip; nothing was sent"));
    }
    Ok(chosen)
}

/// The cases that are known to break.
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
    if run.scenarios.is_empty() {
        return Err(Refused::usage(format!("--resume: `{}` is no record of an audit", path.display())));
    }
    let same = |scenario: &ScenarioRun| {
        let line = &scenario.line;
        line.provider == setting.provider.name && line.revision == setting.revision.name
    };
    if let Some(other) = run.scenarios.iter().find(|scenario| !same(scenario)) {
        return Err(Refused::usage(format!(
            "--resume: `{}` is of {} {}",
            path.display(),
            other.line.provider,
            other.line.revision
        )));
    }
    // One that never reached the receiver, or was cut off, is played again.
    let ended = run
        .scenarios
        .into_iter()
        .filter(|scenario| scenario.over && !matches!(score(scenario), Score::Unplayed(_)));
    Ok(ended.map(|scenario| (scenario.line.path.clone(), scenario)).collect())
}

fn verdict(exit: Exit, scored: &[Scored], known: &BTreeSet<String>) -> Exit {
    let broken = |(case, score): &Scored| matches!(score, Score::Broken(_)) && !known.contains(case.id);
    let unplayed = |(_, score): &Scored| matches!(score, Score::Unplayed(_));
    let judged = |(_, score): &Scored| !matches!(score, Score::Unjudged(_));
    match exit {
        Exit::Internal | Exit::Interrupted | Exit::Terminated | Exit::Unreachable => exit,
        _ if scored.iter().any(broken) => Exit::Failed,
        // It went away in the middle: what was not tried is not called held.
        _ if scored.iter().any(unplayed) => Exit::Unreachable,
        _ if scored.iter().any(judged) => Exit::Held,
        _ => Exit::NothingChecked,
    }
}

impl Plain {
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
        let broken = || scored.iter().filter(|(_, score)| matches!(score, Score::Broken(_)));
        if let Some(path) = &self.save_baseline {
            let lines: String =
                broken().map(|(case, _)| format!("{:<8} # {}\n", case.id, case.title)).collect();
            fs::write(path, lines).map_err(|error| failed(path, error))?;
        }
        if let Some(folder) = &self.export {
            fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
            for (case, _) in broken() {
                let path = folder.join(format!("{}.yaml", case.id));
                fs::write(&path, case.scenario(setting)).map_err(|error| failed(&path, error))?;
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

fn json_of(setting: &Setting, scored: &[Scored]) -> serde_json::Value {
    let case = |(case, score): &Scored| {
        let (word, seen) = match score {
            Score::Held { by_answers } => ("held", json!({ "by_answers": by_answers })),
            Score::Broken(seen) => ("broken", json!({ "seen": seen })),
            Score::Untold => ("untold", json!({})),
            Score::Unjudged(why) => ("unjudged", json!({ "why": why })),
            Score::Unplayed(why) => ("unplayed", json!({ "why": why })),
        };
        let mut told = json!({ "id": case.id, "title": case.title, "score": word });
        if let (Some(told), Some(seen)) = (told.as_object_mut(), seen.as_object()) {
            told.extend(seen.clone());
        }
        told
    };
    json!({
        "schema": "hookreel.audit/1",
        "provider": setting.provider.name,
        "revision": setting.revision.name,
        "cases": scored.iter().map(case).collect::<Vec<_>>(),
    })
}

/// How many of a family came to what.
#[derive(Default)]
struct Tally {
    held: usize,
    by_answers: usize,
    untold: usize,
    broken: usize,
    known: usize,
    unjudged: usize,
    unplayed: usize,
}

fn scorecard(setting: &Setting, scored: &[Scored], known: &BTreeSet<String>, again: &str) -> String {
    let mut out = format!("audit as {} {}\n\n", setting.provider.name, setting.revision.name);
    let mut all = Tally::default();
    for family in ALL {
        let mut tally = Tally::default();
        for (case, score) in scored.iter().filter(|(case, _)| case.family() == family.letter) {
            count(&mut tally, case, score, known);
            count(&mut all, case, score, known);
        }
        let total = tally.held + tally.untold + tally.broken + tally.known + tally.unjudged + tally.unplayed;
        if total > 0 {
            // Writing into a String cannot fail.
            let _ = writeln!(out, "  {} {:<28} {}", family.letter, family.title, words(&tally));
        }
    }
    for (case, score) in scored {
        if let Score::Broken(seen) = score {
            let mark = if known.contains(case.id) { "known: " } else { "" };
            let _ = writeln!(out, "\n{mark}{} {}", case.id, case.title);
            for line in seen.iter().take(4) {
                let _ = writeln!(out, "  seen   {}", inert(line));
            }
            let _ = writeln!(
                out,
                "  why    {}\n  cure   {}\n  again  {again} --case {} -v",
                case.why, case.cure, case.id
            );
        }
    }
    reasons(&mut out, scored);
    let judged = all.held + all.known + all.untold;
    let headline = match (all.broken, all.unplayed, judged) {
        (1.., ..) => "broken",
        (_, 1.., _) => "not finished",
        (_, _, 0) => "nothing judged",
        _ => "held",
    };
    let _ = writeln!(out, "\n{headline}: {}", words(&all));
    if all.by_answers > 0 {
        let _ = writeln!(
            out,
            "{} held by their answers alone: give --state URL to see that each file is stored once, and nothing else",
            all.by_answers
        );
    }
    out
}

/// What could not be judged, by reason.
fn reasons(out: &mut String, scored: &[Scored]) {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (case, score) in scored {
        match score {
            Score::Unjudged(why) | Score::Unplayed(why) => reasons.entry(why).or_default().push(case.id),
            Score::Untold => reasons.entry("the scheme cannot tell").or_default().push(case.id),
            _ => {}
        }
    }
    for (why, ids) in reasons {
        let _ = writeln!(out, "\nnot judged, {}: {}", inert(why), ids.join(" "));
    }
}

fn count(tally: &mut Tally, case: &Case, score: &Score, known: &BTreeSet<String>) {
    match score {
        Score::Held { by_answers } => {
            tally.held += 1;
            tally.by_answers += usize::from(*by_answers);
        }
        Score::Broken(_) if known.contains(case.id) => tally.known += 1,
        Score::Broken(_) => tally.broken += 1,
        Score::Untold => tally.untold += 1,
        Score::Unjudged(_) => tally.unjudged += 1,
        Score::Unplayed(_) => tally.unplayed += 1,
    }
}

fn words(tally: &Tally) -> String {
    let parts = [
        (tally.held, "held"),
        (tally.broken, "broken"),
        (tally.known, "known to break"),
        (tally.untold, "untold"),
        (tally.unjudged, "not judged"),
        (tally.unplayed, "not played"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    parts.collect::<Vec<_>>().join(", ")
}

/// The command line again, without what `Words` adds.
fn command(args: &AuditArgs) -> String {
    let mut line = format!("hookreel audit {}", quote(&args.provider));
    let mut flag = |name: &str, value: &str| {
        let _ = write!(line, " --{name} {}", quote(value));
    };
    args.revision.iter().for_each(|value| flag("revision", value));
    args.method.iter().for_each(|value| flag("method", value));
    args.expect.iter().for_each(|value| flag("expect", value));
    if let Some(url) = &args.state {
        let shown = Target::parse(url).map_or_else(|_| quote(url), |target| address(&target, "STATE"));
        let _ = write!(line, " --state {shown}");
    }
    line
}
