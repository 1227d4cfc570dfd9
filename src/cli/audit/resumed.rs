//! Results of an earlier audit, which `--resume` takes over.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use super::super::complain;
use super::super::exit::Refused;
use super::super::files;
use super::{CONTROL, played};
use crate::audit::case::AuditSetting;
use crate::audit::score::{Reason, Score, score};
use crate::delivery::target::ReceiverUrl;
use crate::record::{Header, RunRecord, ScenarioRun};

/// Results of an earlier audit.
#[derive(Default)]
pub(super) struct EarlierAudit {
    /// The cases that were played to their end.
    pub(super) played: BTreeMap<String, ScenarioRun>,
    /// Its record; none = there is no earlier audit.
    pub(super) path: Option<PathBuf>,
    /// Its command line, as its record has it.
    command: String,
}

/// Reads the record of an earlier audit; empty without one.
///
/// # Errors
/// It is not one of this receiver and of this edition of the sender.
pub(super) fn earlier(
    path: Option<&Path>,
    setting: &AuditSetting,
    target: Option<&ReceiverUrl>,
) -> Result<EarlierAudit, Refused> {
    let Some(path) = path else { return Ok(EarlierAudit::default()) };
    let failed = |error: std::io::Error| {
        Refused::usage(format!("--resume: cannot read `{}`: {error}", path.display()))
    };
    let run = RunRecord::read(BufReader::new(files::read(path).map_err(failed)?)).map_err(failed)?;
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
        None if !run.cases.is_empty() => {
            return Err(Refused::usage(format!(
                "--resume: the cases of `{}` were taken from the record of an earlier audit; resume that one",
                path.display()
            )));
        }
        None => {
            return Err(Refused::usage(format!(
                "--resume: `{}` is not the record of an audit",
                path.display()
            )));
        }
    }
    of_this_receiver(path, &run.header, target)?;
    if run.lost > 0 {
        let why = "lines are missing in it, so it is not known which cases were played; start again without --resume";
        return Err(Refused::usage(format!("--resume: `{}`: {why}", path.display())));
    }
    let cut_off: BTreeSet<String> =
        run.scenarios.iter().filter(|scenario| !scenario.over).map(|s| s.line.path.clone()).collect();
    let command = run.header.command.clone();
    let mut ended = played(BTreeMap::new(), &run);
    // What never reached the receiver, or was cut off, is played again; so is the plain callback.
    ended.retain(|id, scenario| {
        id != CONTROL.id
            && !cut_off.contains(id)
            && !matches!(score(scenario), Score::Skipped(Reason::NotReached(_)))
    });
    Ok(EarlierAudit { played: ended, path: Some(path.to_owned()), command })
}

/// Refuses the record of another receiver: what that one did says nothing of this one.
fn of_this_receiver(path: &Path, header: &Header, target: Option<&ReceiverUrl>) -> Result<(), Refused> {
    // Scheme, host and port: what stands behind them may be masked.
    let server = |url: &str| url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let now = target.map(|target| server(&target.to_string()));
    let then = (!header.embedded).then(|| server(&header.target));
    if now == then {
        return Ok(());
    }
    let named = |server: Option<String>| server.unwrap_or_else(|| "the built-in receiver".into());
    Err(Refused::usage(format!(
        "--resume: `{}` is the audit of {}, and not of {}; start again without --resume",
        path.display(),
        named(then),
        named(now)
    )))
}

impl EarlierAudit {
    /// Says which results are taken over, and refuses those that were judged by other settings; `command` = the command line of now.
    ///
    /// # Errors
    /// A flag that decides what is sent or how it is judged differs.
    pub(super) fn judged_as(&self, command: &str) -> Result<(), Refused> {
        let Some(path) = &self.path else { return Ok(()) };
        let (then, now) = (deciding(&self.command), deciding(command));
        let differ = |these: &BTreeSet<String>, those: &BTreeSet<String>, place: &str| {
            let only: Vec<&str> = these.difference(those).map(String::as_str).collect();
            (!only.is_empty()).then(|| format!("{place} alone: {}", only.join(" ")))
        };
        let differences: Vec<String> =
            differ(&then, &now, "there").into_iter().chain(differ(&now, &then, "here")).collect();
        let (path, count) = (path.display(), self.played.len());
        if differences.is_empty() {
            complain(&format!("note: the results of {count} cases are taken from `{path}`\n"));
            return Ok(());
        }
        Err(Refused::usage(format!(
            "--resume: `{path}` was judged by other settings ({}); give the same ones, or start again without --resume",
            differences.join("; ")
        )))
    }
}

/// Flags by which no result changes: the choice of cases, the way to the receiver, and what is drawn at random.
const OPEN: [&str; 14] = [
    "-t",
    "-v",
    "--only",
    "--case",
    "--skip",
    "--quick",
    "--strict",
    "--seed",
    "--wait-for",
    "--wait-http",
    "--exec",
    "--exec-memory",
    "--allow-remote",
    "--keep-going",
];

/// The flags of a command line that decide what is sent or how it is judged, each with its value.
fn deciding(command: &str) -> BTreeSet<String> {
    let (mut flags, mut quoted): (Vec<String>, Option<char>) = (Vec::new(), None);
    for word in command.split(' ') {
        if quoted.is_none() && word.starts_with('-') {
            flags.push(word.to_owned());
        } else if let Some(last) = flags.last_mut() {
            last.push(' ');
            last.push_str(word);
        }
        for c in word.chars() {
            match quoted {
                None if ['\'', '"'].contains(&c) => quoted = Some(c),
                Some(by) if by == c => quoted = None,
                _ => {}
            }
        }
    }
    let is_open = |flag: &String| OPEN.contains(&flag.split(' ').next().unwrap_or(flag));
    flags.into_iter().filter(|flag| !is_open(flag)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_decide_are_taken_with_their_values() {
        let line = "hookreel audit tencent --state http://x/ -t http://y/ --expect '{accept: {json: {\"$.a\": -1}}}' -H \"x: ${V:?set -it}\" \
                    --timeout 3s --only A -v";
        let all: Vec<String> = deciding(line).into_iter().collect();
        assert_eq!(
            all,
            [
                "--expect '{accept: {json: {\"$.a\": -1}}}'",
                "--state http://x/",
                "--timeout 3s",
                "-H \"x: ${V:?set -it}\""
            ]
        );
    }
}
