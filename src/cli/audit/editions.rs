//! An audit in several revisions: one after the other, each with a scorecard of its own.

use std::path::{Path, PathBuf};

use crate::cli::args::{AuditArgs, EditionArgs};
use crate::cli::exit::{Exit, Refused};
use crate::cli::show;
use crate::cli::values::ReportTo;
use crate::plan::editions::Revisions;
use crate::provider::Revision;
use crate::scenario::Method;

/// An audit for each revision where several are asked for; none where one is. A revision that does not know the method is
/// skipped, with the reason.
///
/// # Errors
/// Every name that is not known, or nothing is left.
pub(super) fn several(args: &AuditArgs) -> Result<Option<Vec<AuditArgs>>, Refused> {
    let sender = &args.sender;
    let names: Vec<&str> = sender.revision.iter().flat_map(|names| names.split(',')).collect();
    if names.len() < 2 && names != ["all"] {
        return Ok(None);
    }
    let (provider, _) = super::edition(&sender.provider, None)?;
    let revision = names.iter().map(|name| (*name).to_owned()).collect();
    let editions =
        EditionArgs { revision, method: sender.method.clone(), ..EditionArgs::default() }.read()?;
    let asked: Vec<&Revision> = match &editions.revisions {
        Some(Revisions::Named(names)) => {
            let unknown = names.iter().filter(|name| provider.revisions.iter().all(|r| r.name != **name));
            for name in unknown {
                super::edition(&sender.provider, Some(name))?;
            }
            provider
                .revisions
                .iter()
                .filter(|revision| names.iter().any(|name| name == revision.name))
                .collect()
        }
        _ => provider.revisions.iter().collect(),
    };
    let signs = |revision: &&Revision| match editions.method {
        Some(Method::None) | None => true,
        Some(method) => revision.signature(method).is_some(),
    };
    let (audited, skipped): (Vec<&Revision>, Vec<&Revision>) = asked.into_iter().partition(signs);
    for revision in &skipped {
        // Only a method that was asked for leaves a revision out.
        let (provider, method) = (provider.name, sender.method.as_deref().unwrap_or_default());
        let revision = revision.name;
        show(&format!(
            "{provider} {revision}: skipped ({provider} {revision} does not sign with {method})\n\n"
        ));
    }
    let printed = |report: &ReportTo| report.path.as_deref().is_none_or(|path| path == Path::new("-"));
    let is_document = |report: &&ReportTo| report.format.name != "text" && printed(report);
    if let Some(report) = args.output.report.iter().find(is_document).filter(|_| audited.len() > 1) {
        let name = report.format.name;
        return Err(Refused::usage(format!(
            "--report {name}: each revision has a report of its own, and standard output takes one; name a file, {name}=FILE: it gets the \
             revision in its name; nothing was sent"
        )));
    }
    if audited.is_empty() {
        return Err(Refused {
            exit: Exit::NothingChecked,
            text: "no revision is left to be audited; nothing was sent\n".into(),
        });
    }
    Ok(Some(audited.into_iter().map(|revision| of(args, revision.name)).collect()))
}

/// The audit of one revision: its files have the revision in their names.
fn of(args: &AuditArgs, revision: &str) -> AuditArgs {
    let mut args = args.clone();
    args.sender.revision = Some(revision.to_owned());
    let named = |path: &mut Option<PathBuf>| {
        if let Some(path) = path {
            *path = with(path, revision);
        }
    };
    named(&mut args.output.record);
    named(&mut args.scorecard);
    named(&mut args.save_baseline);
    named(&mut args.export);
    named(&mut args.resume);
    named(&mut args.output.badge);
    args.output.report.iter_mut().for_each(|report| named(&mut report.path));
    args
}

/// `audit.jsonl` becomes `audit.2021-05.jsonl`.
fn with(path: &Path, revision: &str) -> PathBuf {
    if path == Path::new("-") {
        return path.to_owned();
    }
    match path.extension() {
        Some(extension) => path.with_extension(format!("{revision}.{}", extension.to_string_lossy())),
        None => {
            let mut name = path.as_os_str().to_owned();
            name.push(format!(".{revision}"));
            name.into()
        }
    }
}

/// Exit code of all editions together.
pub(super) fn together(exits: &[Exit]) -> Exit {
    let worst = [Exit::Failed, Exit::Unreachable, Exit::Passed];
    worst.into_iter().find(|exit| exits.contains(exit)).unwrap_or(Exit::NothingChecked)
}
