//! Result of a search for the highest rate, in a sentence.

use super::lines_lost;
use super::load::failed_alike;
use super::load::{self, LoadJudgement, LoadVerdict};
use crate::duration::show_rate;
use crate::record::load::{LoadRun, SearchRecord};
use crate::search::{HIGHEST, MOST_STEPS};

pub use crate::search::{Bracket, NARROW, SearchStep, Showed};

/// Judgement of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchJudgement {
    /// All of it in a word.
    pub verdict: LoadVerdict,
    /// Bounds of the limit.
    pub bracket: Bracket,
    /// The same for a person: `holds up to 1240/s; at 1310/s p99 = 312 ms`.
    pub text: String,
    /// Judgement of each step that is whole, in their order.
    pub steps: Vec<LoadJudgement>,
    /// Warnings for the reader.
    pub warnings: Vec<String>,
}

/// Result of a step with this verdict.
pub fn showed(run: &LoadRun, verdict: LoadVerdict) -> Showed {
    match verdict {
        LoadVerdict::Passed => Showed::Held,
        LoadVerdict::FellBehind => Showed::SenderBehind,
        LoadVerdict::Unreachable => Showed::Gone,
        LoadVerdict::Failed if run.receiver_ended() => Showed::Gone,
        LoadVerdict::Failed if failed_alike::of(run).is_some() => Showed::Refused,
        LoadVerdict::Failed
        | LoadVerdict::Incomplete
        | LoadVerdict::NothingChecked
        | LoadVerdict::Miscounted => Showed::Failed,
    }
}

/// The rate of a step.
pub fn rate(step: &LoadRun) -> f64 {
    step.line.step.map_or(0.0, |step| step.per_s)
}

/// Judges a search.
pub fn judge(search: &SearchRecord) -> SearchJudgement {
    let whole = search.whole();
    let steps: Vec<LoadJudgement> = whole.iter().map(load::judge).collect();
    let told: Vec<SearchStep> = whole
        .iter()
        .zip(&steps)
        .map(|(run, step)| SearchStep { rate: rate(run), showed: showed(run, step.verdict) })
        .collect();
    let bracket = Bracket::of(&told);
    let broke = bracket.broke.and_then(|broke| told.iter().rposition(|step| *step == broke));
    let broke = broke.and_then(|at| whole.get(at).zip(steps.get(at)));
    let why = broke.map_or_else(String::new, |(run, judgement)| {
        let failed = matches!(judgement.verdict, LoadVerdict::Failed | LoadVerdict::Unreachable);
        let answer =
            first_refusal(run).filter(|_| failed).map_or_else(String::new, |answer| format!("; {answer}"));
        // Why a time was not held stands with its step; the time itself is the reason here.
        let of_time = |of: &str| judgement.thresholds.iter().any(|judged| judged.finding.expected == of);
        let cause = judgement.causes.iter().find(|found| failed && !of_time(&found.of));
        let cause = cause.map_or_else(String::new, |found| format!(" ({}: {})", found.of, found.cause));
        reason(judgement) + &answer + &cause
    });
    let always = broke.and_then(|(run, _)| never_accepted(run));
    let ended = broke.and_then(|(_, judgement)| judgement.receiver.iter().find(|change| !change.ok));
    let ended = ended.map(|change| change.actual.as_str());
    let miscounted = steps.iter().any(|step| step.verdict == LoadVerdict::Miscounted);
    let verdict = match (bracket.held, bracket.broke.map(|broke| broke.showed)) {
        _ if miscounted => LoadVerdict::Miscounted,
        _ if !search.ended || search.lost > 0 => LoadVerdict::Incomplete,
        (None, None) if search.stopped.is_some() => LoadVerdict::Incomplete,
        (None, None) => LoadVerdict::NothingChecked,
        (None, Some(Showed::SenderBehind)) => LoadVerdict::FellBehind,
        (None, Some(Showed::Gone)) => LoadVerdict::Unreachable,
        (None, Some(_)) | (Some(_), Some(Showed::Gone)) => LoadVerdict::Failed,
        (Some(_), _) if search.stopped.is_some() => LoadVerdict::Incomplete,
        (Some(_), _) => LoadVerdict::Passed,
    };
    let mut warnings = Vec::new();
    if !search.ended {
        warnings.push("the search was killed; its last step is not in here".into());
    }
    warnings.extend(lines_lost(search.lost));
    if let (Some(held), Some(SearchStep { showed: Showed::SenderBehind, .. })) = (bracket.held, bracket.broke)
    {
        warnings.push(format!(
            "the receiver held all that this sender could send, {}: its limit was not found; give the sender more \
             processor, or load in shards at a rate of your own: docs/scale-out.md",
            show_rate(held)
        ));
    }
    SearchJudgement {
        verdict,
        bracket,
        text: match (bracket, &search.stopped) {
            (Bracket { held: None, broke: None }, Some(stopped)) if search.ended => {
                format!("no step came to its end: {stopped}")
            }
            _ => text(bracket, &why, always.as_deref(), ended, search.stopped.is_some() || !search.ended),
        },
        steps,
        warnings,
    }
}

/// Reason for a failed step; empty for a passed one.
pub fn reason(judgement: &LoadJudgement) -> String {
    match judgement.verdict {
        LoadVerdict::Passed => String::new(),
        LoadVerdict::Incomplete => "it was stopped".into(),
        LoadVerdict::FellBehind => "the sender fell behind".into(),
        LoadVerdict::Unreachable => "the receiver was not reached".into(),
        LoadVerdict::NothingChecked => "no callback became due".into(),
        LoadVerdict::Miscounted => "a callback has no outcome, or two".into(),
        LoadVerdict::Failed => {
            let broken = judgement.thresholds.iter().filter(|judged| judged.failed());
            let ended = judgement.receiver.iter().filter(|finding| !finding.ok);
            let broken = ended.chain(broken.map(|judged| &judged.finding));
            let broken: Vec<&str> = broken.map(|finding| finding.actual.as_str()).collect();
            broken.join(", ")
        }
    }
}

/// Characters of a receiver's words in the result of a search.
const WORDS: usize = 80;

/// The first answer of the receiver that was not expected.
fn first_refusal(run: &LoadRun) -> Option<String> {
    let answer = run.total.answers.first()?;
    let words: String = answer.body.chars().take(WORDS).collect();
    Some(format!("{} was answered {} {words}", answer.event, answer.status).trim_end().to_owned())
}

/// The event of which no callback was accepted, though those of others were: no rate changes that.
fn never_accepted(run: &LoadRun) -> Option<String> {
    let events = || run.total.events.iter().filter(|(_, seen)| seen.answered > 0);
    let (name, _) = events().find(|(_, seen)| seen.accepted == 0)?;
    (run.total.hurt == 0 && events().any(|(_, seen)| seen.accepted > 0)).then(|| name.clone())
}

/// Sentence about the limit; `why` = reason for the step that failed, `always` = event that is never accepted, `ended` = end of the
/// receiver's process.
fn text(bracket: Bracket, why: &str, always: Option<&str>, ended: Option<&str>, stopped: bool) -> String {
    let gone = ended.unwrap_or("the receiver was not reached any more");
    let shown = |step: SearchStep| (show_rate(step.rate), step.showed);
    let (top, highest) = (bracket.held.is_some_and(|held| held >= HIGHEST), show_rate(HIGHEST));
    match (bracket.held.map(show_rate), bracket.broke.map(shown)) {
        (Some(held), Some((rate, Showed::SenderBehind))) => {
            format!(
                "holds at least {held}: at {rate} the sender fell behind; the sender's limit, not the receiver's"
            )
        }
        (Some(held), Some((rate, Showed::Gone))) => {
            format!("holds {held}; after that, at {rate}, {gone}")
        }
        (Some(held), Some((rate, Showed::Refused))) => {
            format!("holds up to {held}; at {rate} every callback failed alike")
        }
        (None, Some((rate, Showed::Refused))) => {
            format!("every callback failed alike at {rate}, the first rate: {why}")
        }
        (Some(held), Some((rate, _))) => format!("holds up to {held}; at {rate} {why}"),
        (Some(held), None) if stopped => format!("holds at least {held}, where the search was stopped"),
        (Some(held), None) if top => format!(
            "holds {held}: the limit was not found, for a search tries no rate above {highest}; begin with a higher --rate to try one"
        ),
        (Some(held), None) => {
            format!(
                "holds at least {held}: the limit was not found in {MOST_STEPS} steps, the most of a search"
            )
        }
        (None, Some((rate, Showed::SenderBehind))) => format!(
            "the sender fell behind at {rate}, the lowest rate tried: the sender's limit; nothing is known of the receiver"
        ),
        (None, Some((rate, Showed::Gone))) if ended.is_some() => format!("at {rate}, the first rate, {gone}"),
        (None, Some((_, Showed::Gone))) => why.replacen("was not reached", "was never reached", 1),
        (None, Some((rate, _))) if always.is_some() => {
            // This arm is only for an event that is there.
            let event = always.unwrap_or_default();
            format!(
                "no callback `{event}` was accepted at {rate}, the first rate, and no other rate changes that: {why}"
            )
        }
        (None, Some((rate, _))) => {
            format!("does not even hold {rate}, the lowest rate tried: {why}; begin lower with --rate")
        }
        (None, None) => "no step came to its end".into(),
    }
}
