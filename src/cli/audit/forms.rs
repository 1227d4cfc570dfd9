//! Scenarios of cases as they are loaded, and their texts as they are exported.

use std::collections::BTreeSet;

use crate::audit::case::AuditSetting;
use crate::audit::cases;
use crate::cli::ProcessContext;
use crate::cli::args::AuditArgs;
use crate::cli::exit::Refused;
use crate::play::Planned;
use crate::provider::Revision;
use crate::scenario::{AnswerPattern, Loaded, Method};

/// Checks the flags that stand in the scenario of every case: a mistake is one of the command line, and not of a file that nobody
/// wrote.
///
/// # Errors
/// One cannot be used.
pub(super) fn sound(args: &AuditArgs, context: &ProcessContext, revision: &Revision) -> Result<(), Refused> {
    args.expects.apply(&mut [], context)?;
    if args.stream.iter().any(String::is_empty) {
        return Err(Refused::usage("--stream: the name of the stream is empty; nothing was sent"));
    }
    let own = revision.signatures.iter().map(|(method, _)| *method);
    let every = [Method::StandardWebhooks, Method::None].into_iter();
    let known: BTreeSet<String> = own.chain(every).map(|method| method.to_string()).collect();
    match args.sender.method.as_ref().filter(|name| !known.contains(*name)) {
        None => Ok(()),
        Some(name) => Err(Refused::usage(format!(
            "--method: {} {} does not sign with `{name}`; expected {}; nothing was sent",
            args.sender.provider,
            revision.name,
            known.into_iter().collect::<Vec<_>>().join(" or ")
        ))),
    }
}

/// Where success is said to have another status than 200, the vendor was configured with it.
pub(super) fn configure(loaded: &mut Loaded) {
    let status = loaded.scenario.expect.accept.status;
    if let Some(status) = status.filter(|status| !status.matches(200)) {
        loaded.scenario.delivery.success = AnswerPattern { status: Some(status), ..AnswerPattern::default() };
    }
}

/// The text of a case in the form that was played. What was loaded holds no secrets any more.
pub(super) fn text_of(planned: &Planned, setting: &AuditSetting, id: &str) -> Option<String> {
    let mut sources = planned.loaded.iter().map(|loaded| &loaded.document.source);
    let played = form(&sources.find(|source| source.name == id)?.text);
    cases().find(|case| case.id == id)?.instead(setting).into_iter().find(|text| form(text) == played)
}

/// The lines in which the forms of a case differ.
fn form(text: &str) -> String {
    let own = |line: &&str| line.starts_with("broadcast:") || line.starts_with("subscribe:");
    text.lines().filter(own).collect()
}
