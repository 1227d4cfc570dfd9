//! `hookreel list`: what there is.

use std::fmt::Write;

use super::args::{EditionArgs, KeyArgs, ListArgs, Listed, TimeArgs};
use super::exit::{Exit, Refused};
use super::{ProcessContext, args, catalogue, planned, shipped, show};
use crate::plan::editions;
use crate::plan::name_of;
use crate::problem::{did_you_mean, nearest};
use crate::provider::declared::{SHIPPED, known};
use crate::provider::{Captures, SettingValues, find};
use crate::receiver::bug;
use crate::report;
use crate::scenario::Environment;
use crate::speed::Speed;

pub(super) fn run(args: &ListArgs) -> Result<Exit, Refused> {
    if args.markdown && args.what != Listed::Faults {
        return Err(Refused::usage("--markdown: only `hookreel list faults` has it"));
    }
    if !args.revision.is_empty() && args.what != Listed::Scenarios {
        return Err(Refused::usage("--revision: only `hookreel list scenarios` has it"));
    }
    // What comes with the program in a file is listed like what is built in.
    SHIPPED.iter().for_each(|(name, _)| drop(find(name, "")));
    let filter = args.filter.as_deref().map_or_else(String::new, str::to_lowercase);
    let rows = |text: String| -> String {
        // What is indented belongs to the line above it.
        let mut shown = false;
        let holds = |line: &&str| {
            shown = if line.starts_with(' ') { shown } else { line.to_lowercase().contains(&filter) };
            shown
        };
        text.split_inclusive('\n').filter(holds).collect()
    };
    let out = match args.what {
        Listed::Faults if args.markdown => catalogue::faults_in_markdown(),
        Listed::Faults => catalogue::faults(&filter),
        Listed::Cases => match known().iter().copied().find(|provider| provider.name == filter) {
            Some(sender) => table(catalogue::cases(Some(sender))),
            None => rows(table(catalogue::cases(None))),
        },
        Listed::Scenarios if args.revision.is_empty() => rows(scenarios()),
        Listed::Scenarios => rows(in_revisions(&args.revision)?),
        Listed::Providers => rows(providers()),
        Listed::Revisions => rows(revisions()),
        Listed::Events => rows(events()),
        Listed::Bugs => rows(bugs()),
        Listed::Variables => rows(table(args::variables().into_iter())),
        Listed::Reports => {
            rows(table(report::ALL.iter().map(|format| (format.name.into(), format.purpose.into()))))
        }
    };
    if out.is_empty() {
        // Every row holds an empty text: without a filter there is always a row.
        let text = args.filter.as_deref().unwrap_or_default();
        let near = match args.what {
            Listed::Faults => did_you_mean(&filter, crate::fault::ALL.iter().map(|fault| fault.name)),
            Listed::Bugs => did_you_mean(&filter, bug::all().map(|bug| bug.name)),
            Listed::Cases | Listed::Events | Listed::Revisions | Listed::Providers => {
                did_you_mean(&filter, known().iter().map(|provider| provider.name))
            }
            Listed::Scenarios => did_you_mean(&filter, shipped::ALL.iter().map(|(name, _)| *name)),
            Listed::Variables => {
                let names = args::variables();
                let stems = names.iter().filter_map(|(name, _)| name.strip_prefix(args::PREFIX));
                nearest(filter.trim_start_matches("hookreel_"), stems)
                    .map(|near| format!("did you mean `{}{near}`?", args::PREFIX))
            }
            Listed::Reports => did_you_mean(&filter, report::ALL.iter().map(|format| format.name)),
        };
        let near = near.map_or_else(String::new, |near| format!("; {near}"));
        return Err(Refused::usage(format!("nothing in this list holds `{text}`{near}")));
    }
    show(&out);
    Ok(Exit::Passed)
}

fn table(rows: impl Iterator<Item = (String, String)>) -> String {
    let rows: Vec<_> = rows.collect();
    let width = rows.iter().map(|(name, _)| name.len()).fold(0, usize::max);
    rows.iter().fold(String::new(), |mut out, (name, meaning)| {
        // Writing into a String cannot fail.
        let _ = writeln!(out, "{name:width$}  {meaning}");
        out
    })
}

fn scenarios() -> String {
    table(shipped::titles().map(|(name, title)| (format!("@{name}"), title.into())))
}

/// Scenarios that can be played in these revisions, and those of the same providers that cannot, with the reason.
fn in_revisions(revisions: &[String]) -> Result<String, Refused> {
    let editions = EditionArgs { revision: revisions.to_vec(), ..EditionArgs::default() };
    let nothing = ProcessContext {
        environment: Environment::new(),
        colour: false.into(),
        config: None,
        targets: Default::default(),
    };
    let time = TimeArgs { seed: None, now: Some(jiff::Timestamp::UNIX_EPOCH), speed: Speed::Max };
    let key = KeyArgs::default();
    let prepared = planned::all(&["@all".to_owned()], &key, &time, &nothing, &editions)?;
    let mut all: Vec<(usize, String, String)> = Vec::new();
    for play in &prepared.plays {
        let row = format!("{} [{} {}]", prepared.path(play), play.provider.name, play.revision.name);
        let name = prepared.loaded.get(play.scenario).map_or_else(String::new, name_of);
        if !all.iter().any(|(_, known, _)| *known == row) {
            all.push((play.scenario, row, name));
        }
    }
    let of_others =
        |provider: &str, revision: &str| !editions::find(revision).any(|(known, _)| known.name == provider);
    for skipped in prepared.skipped.iter().filter(|skipped| !of_others(&skipped.provider, &skipped.revision))
    {
        let path = prepared.path_of(skipped.scenario);
        let row = format!("{path} [{} {}]", skipped.provider, skipped.revision);
        all.push((skipped.scenario, row, format!("skipped ({})", skipped.reason)));
    }
    all.sort_by_key(|(scenario, ..)| *scenario);
    Ok(table(all.into_iter().map(|(_, row, meaning)| (row, meaning))))
}

fn providers() -> String {
    let mut out = String::new();
    for provider in known().iter() {
        let _ = writeln!(
            out,
            "{}  {} (newest revision: {}{})",
            provider.name,
            provider.title,
            provider.newest().name,
            provider.declared.map_or_else(String::new, |by| format!("; declared by {}", by.file))
        );
        for setting in provider.settings {
            let choice = match setting.takes {
                SettingValues::Text => String::new(),
                SettingValues::Words(words) => format!(" ({})", words.join(" or ")),
                SettingValues::WholeNumber => " (a whole number)".into(),
            };
            let _ = writeln!(out, "    {} = {}{choice}: {}", setting.name, setting.default, setting.meaning);
        }
    }
    out
}

fn events() -> String {
    table(known().iter().copied().flat_map(|provider| {
        provider.events.iter().map(|kind| {
            let alias = if kind.alias.is_empty() { String::new() } else { format!(" ({})", kind.alias) };
            let first = provider.revisions.iter().find(|revision| kind.editions.contains(&revision.edition));
            let since = first.map_or("", |revision| revision.name);
            let unasked = if kind.unasked { "; sent by default" } else { "" };
            (
                format!("{} {}{alias}", provider.name, kind.name),
                format!("{}; since revision {since}{unasked}", kind.meaning),
            )
        })
    }))
}

fn revisions() -> String {
    table(known().iter().copied().flat_map(|provider| {
        provider.revisions.iter().map(|revision| {
            let shape = match revision.captures {
                Captures::Never => "documented; no captured message is known".to_owned(),
                Captures::Before(_) => "documented; no message of that time was captured".to_owned(),
                Captures::Then(month) => format!("observed; captured messages up to {month} are known"),
            };
            (format!("{} {}", provider.name, revision.name), format!("{} [{shape}]", revision.note))
        })
    }))
}

fn bugs() -> String {
    table(bug::all().map(|bug| {
        let cases = bug.cases.replace(' ', ", ");
        let met = if bug.met.is_empty() { String::new() } else { format!("; met: {}", bug.met) };
        let whose = if bug.provider.is_empty() { String::new() } else { format!("{}: ", bug.provider) };
        (bug.name.into(), format!("{whose}{} ({cases}{met})", bug.what))
    }))
}
