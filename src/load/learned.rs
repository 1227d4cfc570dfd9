//! A scenario made ready for load: planned for a few broadcasts, and learnt by heart.

use std::sync::Arc;
use std::time::Duration;

use super::broadcasts::BroadcastShare;
use super::learn::samples;
use super::template::{MessagePlace, OwnHeader, RequestTemplate};
use crate::callback::{Class, last_due};
use crate::number;
use crate::plan::{Hurting, PlanSettings, PlannedScenario, plan};
use crate::problem::Problem;
use crate::provider::Policy;
use crate::provider::signature::SignatureKeys;
use crate::record::load::DeviationKind;
use crate::record::{Exchange, Finding, FindingKind};
use crate::scenario::{Loaded, Ordering};
use crate::speed::LaneStarts;
use crate::verdict::check::is_of_result;
use crate::verdict::{self, Expectation, LastExchange, NOTE};

/// The most callbacks of one broadcast.
const MOST_CALLBACKS: usize = 10_000;

/// Callbacks that one provider sends for a broadcast of the scenario, as a reusable template.
#[derive(Clone)]
pub struct LearnedScenario {
    /// Its place among the plays of the scenario.
    pub play: usize,
    /// One per callback, in their order.
    pub templates: Vec<RequestTemplate>,
    /// The event of each of them, in the provider's words.
    pub events: Vec<&'static str>,
    /// The place of its broadcasts among those of the other scenarios.
    pub part: BroadcastShare,
    /// Time limit and retries.
    pub policy: Policy,
    /// Acknowledging answers, and further expectations of the scenario.
    pub expectation: Arc<Expectation>,
    /// The status that is all there is to an answer: one that has it, with a body that said nothing before, needs no further look.
    pub plain: Option<u16>,
    /// Time from which an answer may have a note.
    pub noted_after: Duration,
    /// Time from sending to the signed expiry, in seconds.
    pub lifetime: i64,
    /// Keys of the signature; none = unsigned.
    pub signing: Option<SignatureKeys>,
    /// A retry is signed again.
    pub resign: bool,
}

/// Judgement of an answer to a callback without faults.
pub(super) struct AnswerJudged {
    /// The vendor does not send the callback again.
    pub(super) acknowledged: bool,
    /// AnswerDeviation from the expected answer, for a person; none = as expected.
    pub(super) failed: Option<AnswerDeviation>,
    /// Near misses of an acknowledging answer, for a person.
    pub(super) notes: Vec<AnswerDeviation>,
}

/// AnswerDeviation of an answer from the expected one.
#[derive(Clone, Debug)]
pub(super) struct AnswerDeviation {
    /// Text for a person.
    pub(super) text: String,
    /// Kind of it, as far as programs need it.
    pub(super) kind: Option<DeviationKind>,
}

impl AnswerDeviation {
    fn of(finding: Finding) -> Self {
        let kind = match finding.kind {
            Some(FindingKind::FailureInBody) => Some(DeviationKind::FailureInBody),
            _ => is_of_result(&finding.check).then_some(DeviationKind::Status),
        };
        Self { text: finding.actual, kind }
    }
}

impl AnswerJudged {
    /// The judgement behind findings.
    pub(super) fn of(acknowledged: bool, findings: Vec<Finding>) -> Self {
        let (mut failed, mut notes) = (None, Vec::new());
        for finding in findings {
            match finding.ok {
                true if finding.check == NOTE => notes.push(AnswerDeviation::of(finding)),
                true => {}
                false => drop(failed.get_or_insert_with(|| AnswerDeviation::of(finding))),
            }
        }
        Self { acknowledged, failed, notes }
    }
}

impl LearnedScenario {
    /// Judges the exchange that an attempt came to, the `attempts`th, as runs judge theirs. It has an answer.
    pub(super) fn judge(&self, exchange: &Exchange, attempts: u32) -> AnswerJudged {
        let last = LastExchange { exchange, attempts, reached: true };
        let findings = verdict::of_exchange(Class::Legal, last, &self.expectation);
        AnswerJudged::of(self.expectation.acknowledges(exchange), findings)
    }
}

/// Learns a scenario: one scenario for each of its plays. `head` is what stands before the body of a callback of the play at this place.
///
/// # Errors
/// The scenario cannot be planned, or not be repeated for many broadcasts.
pub fn learn(
    loaded: &Loaded,
    conditions: &PlanSettings,
    head: impl Fn((usize, &PlannedScenario), &[OwnHeader], MessagePlace) -> Vec<u8>,
    host: impl Fn((usize, &PlannedScenario)) -> String,
) -> Result<Vec<LearnedScenario>, Vec<Problem>> {
    let mut versions = Vec::new();
    for sample in samples() {
        let conditions = PlanSettings {
            broadcast: Some(sample),
            key: conditions.key.clone(),
            single: None,
            seed: conditions.seed,
            now: conditions.now,
            speed: conditions.speed,
            hurting: Hurting::None,
            editions: conditions.editions.clone(),
        };
        let plays = plan(loaded, 0, 1, &conditions, &mut LaneStarts::new(1))?;
        if let Some(long) = plays.iter().find(|play| play.callbacks.len() > MOST_CALLBACKS) {
            let title = format!("a broadcast of this scenario has {} callbacks", long.callbacks.len());
            let problem = Problem::at("broadcast", title);
            return Err(vec![problem.label(format!("under load at most {MOST_CALLBACKS}"))]);
        }
        versions.push(plays);
    }
    let amount = versions.first().map_or(0, Vec::len);
    let scenarios = (0..amount).map(|index| {
        let versions: Vec<&PlannedScenario> = versions.iter().filter_map(|plays| plays.get(index)).collect();
        let head = |play: &_, own: &_, place| head((index, play), own, place);
        learned(index, &versions, head, |play| host((index, play)))
    });
    let scenarios: Result<Vec<_>, String> = scenarios.collect();
    let mut scenarios = scenarios.map_err(|why| vec![Problem::at("", why)])?;
    // A play that tells nothing has no place in a load.
    scenarios.retain(|learned| !learned.templates.is_empty());
    Ok(scenarios)
}

/// The events of a load, each once, in the order of its callbacks.
pub fn events(scenarios: &[LearnedScenario]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for event in scenarios.iter().flat_map(|learned| &learned.events) {
        if !names.contains(event) {
            names.push(*event);
        }
    }
    names
}

fn learned(
    index: usize,
    versions: &[&PlannedScenario],
    head: impl Fn(&PlannedScenario, &[OwnHeader], MessagePlace) -> Vec<u8>,
    host: impl Fn(&PlannedScenario) -> String,
) -> Result<LearnedScenario, String> {
    let play = versions.first().ok_or("there is nothing to learn from")?;
    let template = |index: usize| {
        let of = |play: &&PlannedScenario| {
            Some(play.body_template(play.callbacks.get(index)?).sent_to(&host(play)))
        };
        let body_templates: Vec<_> = versions.iter().filter_map(of).collect();
        let signing = play.signing.as_ref().zip(play.callbacks.get(index));
        let signing = signing.map(|(signing, callback)| signing.at(callback.due));
        RequestTemplate::learn(|own, place| head(play, own, place), &body_templates, signing.as_ref())
    };
    let templates: Result<Vec<_>, String> = (0..play.callbacks.len()).map(template).collect();
    let last = last_due(&play.callbacks);
    let signing = play.signing.as_ref();
    Ok(LearnedScenario {
        play: index,
        part: BroadcastShare {
            callbacks: number::capped::<u32>(play.callbacks.len()),
            length: seconds(last) + i64::from(last.subsec_nanos() > 0),
            in_order: play.ordering == Ordering::Stream,
        },
        templates: templates?,
        events: play.callbacks.iter().map(|callback| callback.event).collect(),
        policy: play.policy,
        expectation: Arc::new(Expectation::of(play)),
        plain: plain(play),
        noted_after: verdict::noted_after(play.policy.timeout),
        lifetime: signing.map_or(0, SignatureKeys::ahead),
        signing: play.signing.clone(),
        resign: signing.is_none_or(|signing| signing.resign_retries),
    })
}

fn seconds(time: Duration) -> i64 {
    number::seconds(time)
}

fn plain(play: &PlannedScenario) -> Option<u16> {
    let alone = play.expect.accept.is_empty() && play.expect.within.is_none() && play.success.is_empty();
    play.policy.success.plain_status().filter(|_| alone)
}
