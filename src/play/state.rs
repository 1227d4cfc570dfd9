//! Questions to the receiver's own API, before and after a scenario.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::journal::RunJournal;
use crate::callback::Class;
use crate::delivery::Journal;
use crate::delivery::StateObserver;
use crate::delivery::http::Http;
use crate::delivery::target::ReceiverUrl;
use crate::masking::Secrets;
use crate::process::{self, Group, quoted};
use crate::record::{
    CallbackRun, Finding, FindingKind, Line, Meaning, Outcome, SETUP, STATE_KEPT, StateErrorKind, StateLine,
};
use crate::scenario::{StateCheck, Stream};
use crate::verdict::state::{self, Files, KnownBy, StateAnswer, StateError, WrongState};

/// Time limit of one question.
const PATIENCE: Duration = Duration::from_secs(10);
/// Scenarios whose state is kept where it is right.
const SHOWN: usize = 10;
/// Time of a finding about a restarted receiver, behind the name of its check.
const AFTER_RESTART: &str = "after the restart";
/// Expected state of a restarted receiver.
const STILL_THERE: &str = "each file that was acknowledged before the restart is listed after it";
/// Pause between two questions until the expected state is reached.
const PAUSE: Duration = Duration::from_millis(50);

/// Number of times that a wrong state is asked for again at once: of two processes that answer by turns, each is then met.
const ASKED_AGAIN: usize = 12;

/// Longest time of those questions.
const ASKED_FOR: Duration = Duration::from_secs(1);

/// Asks the questions of one scenario.
pub(super) struct StateProbe {
    /// Index of the scenario line.
    pub(super) scenario: usize,
    pub(super) checks: Vec<StateCheck>,
    pub(super) stream: Stream,
    /// A state that could not be read before either is searched as text.
    pub(super) tolerant: bool,
    /// It is an audit: its scenarios are no files, and flags alone ask for the state.
    pub(super) audits: bool,
    /// `file:line:column` of each.
    pub(super) places: Vec<String>,
    pub(super) http: Arc<Http>,
    pub(super) journal: Arc<RunJournal>,
    pub(super) secrets: Secrets,
    pub(super) before: Mutex<Vec<Result<StateAnswer, StateError>>>,
    /// Accepted files that a restart lost, by check: that was told.
    pub(super) lost: Mutex<BTreeMap<usize, BTreeSet<String>>>,
}

impl StateObserver for StateProbe {
    fn before(&self) -> Pin<Box<dyn Future<Output = Vec<Finding>> + Send + '_>> {
        Box::pin(async {
            let mut answers = Vec::new();
            for check in &self.checks {
                answers.push(self.ask(check).await.map_err(|why| self.lately(check, why)));
            }
            let mut findings = Vec::new();
            if self.journal.ends_with_a_wrong_set_up() && !self.tolerant {
                for (index, (check, answer)) in self.checks.iter().zip(&answers).enumerate() {
                    let ready = answer
                        .as_ref()
                        .map_err(StateError::clone)
                        .and_then(|before| state::ready(check, before));
                    // What is no mistake of the set-up is told once, afterwards.
                    let wrong = ready.err().filter(StateError::is_setup);
                    findings.extend(wrong.map(|why| self.finding(index, check, Err(why))));
                }
            }
            *self.before.lock().unwrap_or_else(PoisonError::into_inner) = answers;
            findings
        })
    }

    fn restarted(&self) -> Pin<Box<dyn Future<Output = Vec<Finding>> + Send + '_>> {
        Box::pin(async {
            self.journal.restarted();
            let files = self.journal.files_so_far(self.scenario);
            let mut findings = Vec::new();
            for (index, check) in self.checks.iter().enumerate().filter(|(_, check)| check.once) {
                let (told, answer) = self.kept(check, &files).await;
                let finding = self.finding(index, check, told.map(|()| KnownBy::OwnValues));
                if !finding.ok && finding.check != SETUP {
                    self.lose(index, answer, &files);
                    let (check, expected) =
                        (format!("{} {AFTER_RESTART}", finding.check), STILL_THERE.into());
                    findings.push(Finding { check, expected, ..finding });
                }
            }
            findings
        })
    }

    fn after(&self) -> Pin<Box<dyn Future<Output = Vec<Finding>> + Send + '_>> {
        Box::pin(async {
            // Nothing can be said of files whose callbacks were not sent, or are in doubt.
            let Some(files) = self.journal.files(self.scenario) else { return Vec::new() };
            let before = self.before.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let mut findings = Vec::new();
            for (index, check) in self.checks.iter().enumerate() {
                let lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner).remove(&index);
                let files = files.clone().without(lost.as_ref());
                let (told, after) = match before.get(index) {
                    Some(Ok(before)) => self.judge(check, before, &files).await,
                    Some(Err(error)) => (Err(error.clone()), None),
                    None => (Err(StateError::Unasked("it was not asked before".into())), None),
                };
                let finding = self.finding(index, check, told);
                if !finding.ok || !self.tolerant && self.scenario < SHOWN {
                    let before = before.get(index).and_then(|before| before.as_ref().ok());
                    self.keep(&finding.check, before, after.as_ref());
                }
                // Of a check that has failed already only what else is wrong is said.
                findings.extend(Some(finding).filter(|finding| !finding.ok || lost.is_none()));
            }
            findings
        })
    }
}

impl StateProbe {
    /// The finding that comes of a question.
    fn finding(&self, index: usize, check: &StateCheck, told: Result<KnownBy, StateError>) -> Finding {
        let setup = told.as_ref().is_err_and(StateError::is_setup);
        let unread = matches!(told, Err(StateError::Unasked(_)));
        let name = format!("state: {}", check.name).trim_end_matches(": ").to_owned();
        let by_flag = check.by_flag || self.audits;
        let path = told.as_ref().err().and_then(StateError::list_place).filter(|_| by_flag);
        // A line with the address that names a page would fail again.
        let path = path.filter(|_| !told.as_ref().is_err_and(StateError::is_paged));
        Finding {
            check: if setup { SETUP.to_owned() } else { name },
            ok: told.is_ok(),
            expected: if setup { state::expected_form(check) } else { state::expected(check) },
            state_path: path.map_or_else(String::new, str::to_owned),
            state_error: told.as_ref().err().and_then(StateError::kind),
            actual: told
                .map_or_else(|why| why.advised(by_flag), |found| state::expected(check) + found.note()),
            place: self.places.get(index).map_or_else(String::new, String::clone),
            kind: unread.then_some(FindingKind::StateUnread),
        }
    }

    /// Writes the state itself down.
    fn keep(&self, check: &str, before: Option<&StateAnswer>, after: Option<&StateAnswer>) {
        let kept = |answer: &StateAnswer| self.secrets.head(answer.text(), STATE_KEPT).into_owned();
        let line = StateLine {
            scenario: self.scenario,
            check: self.secrets.masked(check),
            before: before.map(kept),
            after: after.map(kept),
            cut: before.into_iter().chain(after).any(|answer| answer.text().len() > STATE_KEPT),
        };
        // A record that cannot be written ends the run at its next line.
        let _ = self.journal.note(Line::State(line));
    }

    /// Result of a check, and the last answer that it was judged by.
    async fn judge(
        &self,
        check: &StateCheck,
        before: &StateAnswer,
        files: &Files,
    ) -> (Result<KnownBy, StateError>, Option<StateAnswer>) {
        if !self.tolerant
            && let Err(why) = state::ready(check, before)
        {
            return (Err(why), None);
        }
        let until = Instant::now() + check.eventually.map_or(Duration::ZERO, |span| span.0);
        loop {
            let asked = self.ask(check).await;
            let told = match &asked {
                Ok(after) => state::judge(check, before, after, files).map_err(|why| match why {
                    // Of an audit's other cases the plain callback has shown what the state looks like.
                    StateError::NotYet(why) if !self.tolerant && check.once => {
                        StateError::NotYet(why.followed_by(&after.seen(check)))
                    }
                    StateError::Wrong(why) if !self.tolerant && check.once => {
                        StateError::Wrong(why.followed_by(&after.seen(check)))
                    }
                    why => why,
                }),
                Err(error) => Err(self.lately(check, error.clone())),
            };
            // Of files alone: what is there will not vanish.
            let lasts = check.once && check.json.is_empty() && !check.unchanged;
            let lasts = lasts && matches!(told, Err(StateError::Wrong(_)));
            if told.is_ok() || lasts || Instant::now() >= until {
                return match (told, asked.ok()) {
                    (Err(wrong), Some(after)) => {
                        (Err(self.by_turns(check, &after, wrong).await), Some(after))
                    }
                    settled => settled,
                };
            }
            sleep(PAUSE).await;
        }
    }

    /// The error, or that of a receiver whose processes have a state each: it gives the last list once more after it gave another.
    /// A list that takes long is asked for a few times only.
    async fn by_turns(&self, check: &StateCheck, last: &StateAnswer, wrong: StateError) -> StateError {
        if !check.once || wrong.is_setup() {
            return wrong;
        }
        let (mut gave_another, until) = (false, Instant::now() + ASKED_FOR);
        for _ in 0..ASKED_AGAIN {
            if Instant::now() > until {
                break;
            }
            let Ok(answer) = self.ask(check).await else { return wrong };
            let is_last = state::same_entries(check, &answer, last);
            if gave_another && is_last {
                let text = format!(
                    "asked several times in a row, the receiver gives different lists by turns; in one of them {wrong}"
                );
                return StateError::Wrong(WrongState::new(StateErrorKind::SeveralLists, text));
            }
            gave_another |= !is_last;
        }
        wrong
    }

    /// Takes in that a restart lost accepted files: what comes is judged beside the state that it left.
    fn lose(&self, index: usize, answer: Option<StateAnswer>, files: &Files) {
        let Some(answer) = answer else { return };
        let gone = files.accepted.iter().filter(|key| !answer.text().contains(key.as_str())).cloned();
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.entry(index).or_default().extend(gone);
        let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        before.get_mut(index).into_iter().for_each(|before| *before = Ok(answer.clone()));
    }

    /// Checks that the files accepted so far are in the state of a receiver that was restarted.
    async fn kept(&self, check: &StateCheck, files: &Files) -> (Result<(), StateError>, Option<StateAnswer>) {
        let until = Instant::now() + check.eventually.map_or(Duration::ZERO, |span| span.0);
        loop {
            let (told, answer) = match self.ask(check).await {
                Ok(answer) => (state::kept(check, &answer, files), Some(answer)),
                Err(error) => (Err(self.lately(check, error)), None),
            };
            if told.is_ok() || Instant::now() >= until {
                return (told, answer);
            }
            sleep(PAUSE).await;
        }
    }

    async fn ask(&self, check: &StateCheck) -> Result<StateAnswer, StateError> {
        let text = match (&check.get, &check.command) {
            (Some(url), _) => {
                let target = ReceiverUrl::parse(&self.filled(url, percent)).map_err(StateError::Unasked)?;
                self.http.get(&target, PATIENCE).await.map_err(StateError::Unasked)?
            }
            (None, Some(command)) => {
                shell(&self.filled(command, quoted)).await.map_err(StateError::Unasked)?
            }
            (None, None) => return Err(StateError::Unasked("there is nothing to ask".into())),
        };
        self.journal.asked(question(check));
        Ok(StateAnswer::read(text))
    }

    /// The same error of a question that was answered before: that it is not any more is the receiver's doing.
    fn lately(&self, check: &StateCheck, error: StateError) -> StateError {
        match error {
            StateError::Unasked(why) if self.journal.was_asked(question(check)) => {
                let text = format!("the state cannot be read any more: {why}");
                StateError::NotYet(WrongState::new(StateErrorKind::NoAnswer, text))
            }
            error => error,
        }
    }

    fn filled(&self, text: &str, safe: fn(&str) -> String) -> String {
        text.replace("${stream.name}", &safe(&self.stream.name))
            .replace("${stream.app}", &safe(&self.stream.app))
            .replace("${stream.domain}", &safe(&self.stream.domain))
    }
}

/// Required state of the file that a callback announces: stored, or not stored.
pub(super) fn standing(callback: &CallbackRun) -> Meaning {
    if callback.outcome() != Outcome::Accepted || callback.line.class == Class::Hostile {
        return Meaning::Declined;
    }
    let last = callback.attempts.last().and_then(|attempt| attempt.exchange.as_ref());
    let meaning = last.and_then(|exchange| exchange.answer.as_ref()).map(|answer| answer.meaning);
    match meaning {
        Some(Meaning::Unclear) if callback.line.class == Class::Legal => Meaning::Accepted,
        Some(meaning) => meaning,
        None => Meaning::Declined,
    }
}

/// The question itself, whichever stream it is about.
fn question(check: &StateCheck) -> &str {
    check.get.as_ref().or(check.command.as_ref()).map_or("", String::as_str)
}

fn percent(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn shell(command: &str) -> Result<String, String> {
    let mut process = process::shell(command);
    process.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let failed = |error: std::io::Error| format!("the command cannot be run: {error}");
    let child = process.spawn().map_err(failed)?;
    // Whatever it started ends with the question, also when nobody waits for the answer any more.
    let _group = Group::of(&child).ok().map(Ended);
    let output = timeout(PATIENCE, child.wait_with_output()).await;
    let output = output.map_err(|_| "the command took too long".to_owned())?.map_err(failed)?;
    if !output.status.success() {
        return Err(format!("the command failed ({})", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A process group that is over when this is.
struct Ended(Group);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.kill();
    }
}
