//! Playing scenarios against a receiver: the one way, for runs, single callbacks, audits and shrinking alike.
//!
//! [`Planned`] is what is going to be sent. [`play`] announces it to a [`RunJournal`], sends it by the engine of
//! [`crate::delivery`], and asks the receiver for its state; the journal judges, and holds the whole
//! [`RunRecord`](crate::record::RunRecord) at the end.

mod deliveries;
mod destination;
mod ending;
mod journal;
mod lately;
pub mod planned;
mod played_again;
mod presence;
mod state;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::callback::{FieldSlot, Piece, PlannedCallback};
use crate::delivery::attempt::CommonHeaders;
use crate::delivery::http::Http;
use crate::delivery::{Journal, Options, Restart, Stop, StreamDelivery, deliver};
use crate::masking::Secrets;
use crate::number;
use crate::percent;
use crate::plan::PlannedScenario;
use crate::record::{
    CallbackLine, Header, Line, NO_KEY, SIGNATURE_WORD, ScenarioLine, SkippedLine, TIME_WORD,
};
use crate::verdict::Expectation;

pub use destination::Destination;
pub use ending::Ending;
pub use journal::{Observer, RunJournal};
pub use planned::{AuditSelection, CapturedInput, Planned, Purpose};
use played_again::{Player, Replays};
use presence::Bystanders;

/// Settings for playing planned scenarios.
pub struct Setup {
    /// Sends, and asks for states.
    pub http: Arc<Http>,
    /// The headers of every callback.
    pub headers: CommonHeaders,
    /// Scenarios at once; at least one.
    pub jobs: usize,
    /// Restarts the receiver, where a fault asks for it.
    pub restart: Option<Arc<dyn Restart>>,
    /// Secrets that no report may contain: [`Planned::secrets`] and whatever else is known.
    pub secrets: Secrets,
}

/// The command lines that reports give, so that a person can repeat a scenario or one callback.
pub trait CommandLines {
    /// Does all of it again.
    fn whole(&self) -> String;
    /// Plays it again.
    fn scenario(&self, play: &PlannedScenario) -> String;
    /// Sends one of its callbacks again.
    fn callback(&self, play: &PlannedScenario, id: &str) -> String;
    /// Audits the same receiver as its provider; empty where there is nothing to audit.
    fn audit(&self, play: &PlannedScenario) -> String;
}

/// A test has no command line: it is repeated as a test.
impl CommandLines for () {
    fn whole(&self) -> String {
        String::new()
    }

    fn scenario(&self, _: &PlannedScenario) -> String {
        String::new()
    }

    fn callback(&self, _: &PlannedScenario, _: &str) -> String {
        String::new()
    }

    fn audit(&self, _: &PlannedScenario) -> String {
        String::new()
    }
}

/// Plays everything that is planned. When it returns, every callback has its outcome in the journal, unless the journal
/// failed.
///
/// # Errors
/// The journal could not write a line.
pub async fn play(
    planned: &Planned,
    setup: &Setup,
    destination: &Destination,
    journal: &Arc<RunJournal>,
    lines: &dyn CommandLines,
) -> io::Result<()> {
    announce(planned, setup, destination, journal, lines)?;
    let options = Options {
        speed: planned.conditions.speed,
        jobs: setup.jobs,
        clock: planned.clock.clone(),
        headers: setup.headers.clone().into(),
        restart: setup.restart.clone(),
        secrets: setup.secrets.clone(),
    };
    let player = Player {
        planned,
        setup,
        destination,
        journal,
        lines,
        options,
        stopping: journal.stopping(),
        again: Replays::default(),
    };
    let mut beside = JoinSet::new();
    let mut one_by_one = false;
    for batch in deliveries::batches(&player) {
        if batch.alone {
            ended(&mut beside, &player).await?;
        }
        let scenarios = batch.scenarios();
        if batch.beside {
            let options = Options { jobs: player.options.jobs.max(batch.at_once), ..player.options.clone() };
            let (http, stopping) = (setup.http.clone(), player.stopping.clone());
            beside.spawn(deliver(batch.lanes, options, http, journal.clone(), stopping));
            tokio::select! {
                result = ended(&mut beside, &player) => result?,
                () = served(journal, &scenarios) => {}
            }
            one_by_one = journal.bystanders(&scenarios) == Bystanders::Starved;
        } else if batch.alone {
            // Whatever ended the process was alone.
            player.some(batch.lanes, batch.at_once).await?;
            journal.interruption();
        } else {
            let at_once = if one_by_one { 1 } else { batch.at_once };
            player.deliver(batch.lanes, at_once).await?;
        }
        if batch.gate.is_some() && !batch.alone && setup.restart.is_some() {
            // It may answer and end then; every case would be played against a receiver that was just started again.
            sleep(ENDS_WITHIN).await;
        }
        // A receiver that ended during it was started again.
        let ended = |scenario: usize| batch.alone && journal.is_interrupted(scenario);
        if batch.gate.is_some_and(|scenario| !journal.passed(scenario) && !ended(scenario)) {
            journal.stop(Stop::Drain, "a plain callback is not accepted, or its file is not stored");
        }
    }
    ended(&mut beside, &player).await
}

/// Waits for what is under way beside the others, and for what it left to be played.
async fn ended(beside: &mut JoinSet<io::Result<Vec<StreamDelivery>>>, player: &Player<'_>) -> io::Result<()> {
    while let Some(ended) = beside.join_next().await {
        let left = ended.unwrap_or_else(|panicked| Err(io::Error::other(panicked)))?;
        let at_once = left.len();
        player.deliver(left, at_once).await?;
    }
    player.play_later().await
}

/// Ends when a bystander of one of these scenarios was accepted.
async fn served(journal: &RunJournal, scenarios: &[usize]) {
    while journal.bystanders(scenarios) != Bystanders::Served {
        sleep(LOOK).await;
    }
}

/// Time after the first callback in which a receiver that ends after its answer has ended.
const ENDS_WITHIN: Duration = Duration::from_millis(300);

/// Interval of the checks of a bystander.
const LOOK: Duration = Duration::from_millis(20);

/// Writes down everything that is planned, before anything is sent.
fn announce(
    planned: &Planned,
    setup: &Setup,
    destination: &Destination,
    journal: &RunJournal,
    lines: &dyn CommandLines,
) -> io::Result<()> {
    let secrets = &setup.secrets;
    journal.note(Line::Run(Header {
        command: lines.whole(),
        starts_receiver: setup.restart.is_some(),
        ..destination.header(planned)
    }))?;
    for (index, play) in planned.plays.iter().enumerate() {
        let path = planned.path(play);
        let before = planned.plays.iter().take(index).any(|earlier| earlier.scenario == play.scenario);
        let source = if before { String::new() } else { secrets.masked(planned.text(play)) };
        journal.note(Line::Scenario(ScenarioLine {
            name: play.name.clone(),
            order: play.order.clone(),
            path: path.into(),
            provider: play.provider.name.into(),
            revision: play.revision.name.into(),
            declared: play.provider.origin(),
            target: play.site.as_ref().map_or_else(String::new, |site| site.name.clone()),
            key: if play.signing.is_some() { planned.key.clone() } else { NO_KEY.into() },
            rerun: lines.scenario(play),
            audit: lines.audit(play),
            source,
            steps: planned.steps(play),
            untested: planned
                .missed(play)
                .into_iter()
                .chain(play.silent().map(|why| format!("nothing is sent: {why}")))
                .collect(),
        }))?;
        for callback in announced(planned, index, play, secrets, lines) {
            journal.note(Line::Callback(callback))?;
        }
    }
    for skipped in &planned.skipped {
        journal.note(Line::Skipped(SkippedLine {
            name: skipped.name.clone(),
            path: planned.path_of(skipped.scenario).into(),
            provider: skipped.provider.clone(),
            revision: skipped.revision.clone(),
            reason: skipped.reason.clone(),
        }))?;
    }
    Ok(())
}

/// The callbacks of a play, as records have them.
fn announced(
    planned: &Planned,
    scenario: usize,
    play: &PlannedScenario,
    secrets: &Secrets,
    lines: &dyn CommandLines,
) -> Vec<CallbackLine> {
    let again = lines.scenario(play);
    let line = |callback: &PlannedCallback| CallbackLine {
        scenario,
        id: callback.id.clone(),
        event: callback.event.into(),
        class: callback.class,
        subject: callback.subject.clone(),
        faults: callback.faults.clone(),
        due_ms: number::milliseconds(play.after + callback.due),
        why: callback.why.clone(),
        place: planned.place(play, &callback.step),
        accept: secrets.masked(&Expectation::of_callback(play, callback).acknowledgement()),
        // What no client would send has no line for one.
        curl: match callback.wire_fault.touches(1) {
            true => again.clone(),
            false => lines.callback(play, &callback.id),
        },
        body: known(callback, secrets),
        signed: play.signed(callback),
        earlier: callback.earlier,
        changed: callback.changed.clone(),
    };
    play.callbacks.iter().map(line).collect()
}

/// Body of a callback before it is sent, as far as known: words replace signature, time and secrets.
pub fn known(callback: &PlannedCallback, secrets: &Secrets) -> serde_json::Value {
    let mut body = told(callback);
    secrets.clean_json(&mut body);
    body
}

fn told(callback: &PlannedCallback) -> serde_json::Value {
    let Some(given) = &callback.given else {
        let field = |(name, slot): &(std::borrow::Cow<'static, str>, FieldSlot)| {
            let value = match slot {
                FieldSlot::Value(value) => value.clone(),
                FieldSlot::Time(_) => TIME_WORD.into(),
                FieldSlot::Signature => SIGNATURE_WORD.into(),
                FieldSlot::Literal(json) => json.as_str().into(),
                FieldSlot::SentMillis => "(time of the attempt)".into(),
                FieldSlot::Count(number) => (*number).into(),
            };
            (name.to_string(), value)
        };
        return callback.body.fields.iter().map(field).collect();
    };
    if let Some(query) = &given.query {
        return serde_json::Value::Object(percent::fields(query));
    }
    let text = given.body.iter().map(|piece| match piece {
        Piece::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Piece::Time | Piece::Spelt(_) => TIME_WORD.into(),
        Piece::Key | Piece::Signature(_) => SIGNATURE_WORD.into(),
        Piece::Count(number) => number.to_string(),
        Piece::Millis
        | Piece::Later(_)
        | Piece::Body
        | Piece::BodyHash
        | Piece::Encoded(_)
        | Piece::Host
        | Piece::Earlier(_) => "(known when it is sent)".into(),
    });
    text.collect::<String>().into()
}
