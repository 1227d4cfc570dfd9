//! Scenarios of cases as they are loaded, and their texts as they are exported.

use crate::audit::case::AuditSetting;
use crate::audit::cases;
use crate::play::Planned;
use crate::scenario::{AnswerPattern, Loaded};

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
