//! Findings of a run: what was expected, what was got, and where it stands.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::masking::Secrets;
use crate::stretch::Stretches;

/// The name of findings about the receiver's process.
pub const RECEIVER: &str = "receiver";

/// Expectation of such a check.
pub const KEEPS_RUNNING: &str = "the process that --exec started keeps running";

/// Finding about the receiver's process in other callbacks that were under way at its end.
pub const MEANWHILE: &str = "the receiver's process ended meanwhile";

/// The check of findings that say nothing about the receiver: the set-up is wrong.
pub const SETUP: &str = "set-up";

/// The check of findings about a hostile callback: it was rejected.
pub const REJECTED: &str = "rejected";

/// Largest part of each text of a finding that is kept, in bytes.
const FINDING_KEPT: usize = 8192;

/// A check's result with its reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Finding {
    /// The check's name.
    pub check: String,
    /// True if it passed.
    pub ok: bool,
    /// Expected result.
    pub expected: String,
    /// Observed result.
    pub actual: String,
    /// `file:line:column`.
    pub place: String,
    /// Place of the list in the receiver's state, where a wrong set-up shows it: what `--state-path` takes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub state_path: String,
    /// Error of a stored state, for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_error: Option<StateErrorKind>,
    /// What was found, for programs, where the check alone does not say it. Records of earlier versions lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<FindingKind>,
}

/// Kind of what a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// The body of an acknowledging answer reports a failure.
    FailureInBody,
    /// The answer is an HTML page.
    HtmlPage,
    /// A part of the answer to a handshake is wrong.
    WrongHandshake,
    /// The receiver's process ended while another callback was under way.
    EndedMeanwhile,
    /// The receiver's state could not be read.
    StateUnread,
    /// The answer holds a signature that was computed by a known mistake.
    SignatureMistake,
}

/// Error of a stored state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StateErrorKind {
    /// An accepted file is not there.
    Missing,
    /// An accepted file is not there, and another one is.
    Replaced {
        /// Id of the file that is not there.
        file: String,
        /// Id of the other one.
        by: String,
    },
    /// An accepted file is not there, and several others of its scenario are.
    MissingBesideOthers,
    /// An accepted file is not there, and entries have come that hold no id of a file.
    WithoutId,
    /// An accepted file is there under an id that was changed on the way.
    ChangedId,
    /// An accepted file is there several times.
    Repeated,
    /// The file of a callback is there that had to be rejected.
    StoredForgery,
    /// The file of a legal callback is there that the receiver did not accept.
    StoredUnaccepted,
    /// An entry is there that belongs to no callback.
    UnknownEntry,
    /// Asked several times in a row, the receiver gives different lists by turns.
    SeveralLists,
    /// Entries of other files are not there any more.
    EntriesGone,
    /// The state was read before, and cannot be read any more.
    NoAnswer,
    /// A file that was accepted before a restart is not there any more.
    LostAtRestart,
}

impl StateErrorKind {
    /// An accepted file is not in the state.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing | Self::MissingBesideOthers | Self::Replaced { .. } | Self::WithoutId)
    }
}

/// Sign between what is wrong with a state and the state itself, in [`Finding::actual`].
pub const STATE_FOLLOWS: &str = "; the state is ";

impl Finding {
    /// What was found, without the state that a receiver gave: findings of one kind are then equal but for their ids.
    pub fn told(&self) -> &str {
        without_state(&self.actual)
    }
}

/// The text up to the state that it shows.
pub fn without_state(text: &str) -> &str {
    text.split(STATE_FOLLOWS).next().unwrap_or(text)
}

/// A text with `#` for each word that differs from exchange to exchange: ids, times, durations. Texts of one kind are then equal.
///
/// ```
/// # use hookreel::record::without_ids;
/// assert_eq!(without_ids("200, file 1930267810547371166"), "200, file #");
/// ```
pub fn without_ids(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let word = rest.split(|c| !is_word(c)).next().unwrap_or(rest);
        let own = word.len() >= 8 && word.chars().any(|c| c.is_ascii_digit());
        match word.len() {
            0 => out.push(c),
            _ if own => out.push('#'),
            _ => out.push_str(word),
        }
        rest = rest.stretch(word.len().max(c.len_utf8())..);
    }
    out
}

/// A text without the number of attempts in it: a sender that tries more often sees the same.
///
/// ```
/// # use hookreel::record::without_attempts;
/// assert_eq!(without_attempts("status 403, after 13 attempts"), "status 403");
/// assert_eq!(without_attempts("no connection in 4 attempts: refused"), "no connection: refused");
/// ```
pub fn without_attempts(text: &str) -> String {
    let mut out = text.to_owned();
    for (before, after) in [(", after ", ""), (" in ", ":"), ("after ", ": ")] {
        let Some(at) = out.find(before) else { continue };
        let rest = out.stretch(at + before.len()..);
        let digits = rest.chars().take_while(char::is_ascii_digit).count();
        let end = format!(" attempts{after}");
        if digits > 0 && rest.get(digits..).is_some_and(|rest| rest.starts_with(&end)) {
            let kept = if after == ":" { ":" } else { "" };
            out.replace_range(at..at + before.len() + digits + end.len(), kept);
        }
    }
    out
}

impl Finding {
    /// Takes secrets out of it, and what is too long for a person.
    pub fn clean(&mut self, secrets: &Secrets) {
        for text in [&mut self.check, &mut self.expected, &mut self.actual] {
            let more = if text.len() > FINDING_KEPT { "..." } else { "" };
            *text = format!("{}{more}", secrets.head(text, FINDING_KEPT));
        }
        if let Some(StateErrorKind::Replaced { file, by }) = &mut self.state_error {
            for id in [file, by] {
                *id = secrets.head(id, FINDING_KEPT).into_owned();
            }
        }
    }

    /// It failed because the set-up is wrong, and says nothing about the receiver.
    pub fn is_setup(&self) -> bool {
        !self.ok && self.check == SETUP
    }
}
