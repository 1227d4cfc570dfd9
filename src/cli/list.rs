//! `hookreel list`: what there is.

use std::fmt::Write;

use super::args::{ListArgs, Listed};
use super::exit::{Exit, Refused};
use super::{catalogue, shipped, show};
use crate::provider;
use crate::receiver::bug;
use crate::report;

pub(super) fn run(args: &ListArgs) -> Result<Exit, Refused> {
    if args.markdown && args.what != Listed::Faults {
        return Err(Refused::usage("--markdown: only `hookreel list faults` has it"));
    }
    show(&match args.what {
        Listed::Faults if args.markdown => catalogue::faults_in_markdown(),
        Listed::Faults => catalogue::faults(),
        Listed::Cases => table(catalogue::cases()),
        Listed::Scenarios => scenarios(),
        Listed::Providers => providers(),
        Listed::Revisions => revisions(),
        Listed::Events => events(),
        Listed::Bugs => bugs(),
        Listed::Reports => {
            table(report::ALL.iter().map(|format| (format.name.into(), format.purpose.into())))
        }
    });
    Ok(Exit::Held)
}

fn table(rows: impl Iterator<Item = (String, String)>) -> String {
    let rows: Vec<_> = rows.collect();
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    rows.iter().fold(String::new(), |mut out, (name, meaning)| {
        // Writing into a String cannot fail.
        let _ = writeln!(out, "{name:width$}  {meaning}");
        out
    })
}

fn scenarios() -> String {
    table(shipped::ALL.iter().map(|(name, text)| (format!("@{name}"), purpose(text))))
}

/// The scenario's own name says what it shows.
fn purpose(text: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix("name: "));
    line.unwrap_or_default().trim_matches('"').to_owned()
}

fn providers() -> String {
    let mut out = String::new();
    for provider in provider::ALL {
        let _ = writeln!(
            out,
            "{}  {} (newest revision: {})",
            provider.name,
            provider.title,
            provider.newest().name
        );
        for setting in provider.settings {
            let choice = if setting.allowed.is_empty() {
                String::new()
            } else {
                format!(" ({})", setting.allowed.join(" or "))
            };
            let _ = writeln!(out, "    {} = {}{choice}: {}", setting.name, setting.default, setting.meaning);
        }
    }
    out
}

fn events() -> String {
    table(provider::ALL.iter().flat_map(|provider| {
        provider.events.iter().map(|kind| {
            let alias = if kind.alias.is_empty() { String::new() } else { format!(" ({})", kind.alias) };
            let first = provider.revisions.iter().find(|revision| kind.editions.contains(&revision.edition));
            let since = first.map_or("", |revision| revision.name);
            let unasked = if kind.unasked { "; told unless `subscribe:` says otherwise" } else { "" };
            (
                format!("{} {}{alias}", provider.name, kind.name),
                format!("{}; since revision {since}{unasked}", kind.meaning),
            )
        })
    }))
}

fn revisions() -> String {
    table(provider::ALL.iter().flat_map(|provider| {
        provider
            .revisions
            .iter()
            .map(|revision| (format!("{} {}", provider.name, revision.name), revision.note.into()))
    }))
}

fn bugs() -> String {
    table(bug::ALL.iter().map(|bug| {
        let cases = bug.cases.replace(' ', ", ");
        let met = if bug.met.is_empty() { String::new() } else { format!("; met: {}", bug.met) };
        let whose = if bug.provider.is_empty() { String::new() } else { format!("{}: ", bug.provider) };
        (bug.name.into(), format!("{whose}{} ({cases}{met})", bug.what))
    }))
}
