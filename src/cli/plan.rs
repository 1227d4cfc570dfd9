//! `hookreel plan`: what would be sent, when and why; no network.

use std::fmt::{self, Write};
use std::time::Duration;

use serde_json::{Value, json};

use super::args::{PlanArgs, PlanFormat};
use super::exit::{Exit, Refused};
use super::programme::Programme;
use super::stdout::show_bytes;
use super::{World, show};
use crate::callback::{Body, Callback, Piece, Slot};
use crate::duration::show_duration;
use crate::letter::Letter;
use crate::plan::Play;
use crate::problem::did_you_mean;
use crate::provider::signature::{Signing, seal};
use crate::provider::{Policy, Queue};
use crate::report::inert;
use crate::report::text::amount;

pub(super) fn run(args: &PlanArgs, world: &World) -> Result<Exit, Refused> {
    let programme = Programme::new(&args.paths, &args.key, &args.time, world)?;
    match (&args.body, args.format) {
        (Some(id), _) => body(&programme, id)?,
        (None, PlanFormat::Text) => show(&text(&programme)),
        (None, PlanFormat::Json) => show(&json(&programme)),
    }
    let callbacks: usize = programme.plays.iter().map(|play| play.callbacks.len()).sum();
    Ok(if callbacks == 0 { Exit::NothingChecked } else { Exit::Held })
}

/// The exact bytes, without a line end: they go straight into another program.
fn body(programme: &Programme, id: &str) -> Result<(), Refused> {
    let all = || {
        programme.plays.iter().flat_map(|play| play.callbacks.iter().map(move |callback| (play, callback)))
    };
    let (play, callback) = all().find(|(_, callback)| callback.id == id).ok_or_else(|| {
        let near = did_you_mean(id, all().map(|(_, callback)| callback.id.as_str()))
            .map_or_else(String::new, |near| format!("; {near}"));
        Refused::usage(format!(
            "there is no callback `{id}` in this plan{near}\n  hookreel plan PATH lists them"
        ))
    })?;
    let hardship = &callback.hardship;
    let signing = play.signing.clone().map(|signing| match &hardship.key {
        Some(key) => Signing { key: key.clone(), ..signing },
        None => signing,
    });
    let lifetime =
        signing.as_ref().map_or(0, |signing| i64::try_from(signing.lifetime.as_secs()).unwrap_or(i64::MAX));
    let now = programme.clock.now().as_second().saturating_add(hardship.clock);
    let sealed = seal(&play.envelope(callback), signing.as_ref(), now.saturating_add(lifetime));
    let mut letter = Letter::new("", "", &[], sealed.body.to_vec(), sealed.signature);
    hardship.tampers.iter().for_each(|tamper| tamper(&mut letter));
    show_bytes(&letter.body);
    Ok(())
}

fn text(programme: &Programme) -> String {
    let mut out = String::new();
    for play in &programme.plays {
        let signing =
            play.signing.as_ref().map_or_else(|| "unsigned".into(), |signing| signing.method.to_string());
        let title = format!("{}: {}", path(programme, play), play.name);
        let _ = writeln!(out, "{} [{} {}, {signing}]", inert(&title), play.provider.name, play.revision.name);
        let _ = writeln!(out, "the broadcast began {:.0}", play.epoch);
        rows(&mut out, play);
        out.push('\n');
    }
    let plays = programme.plays.len();
    let callbacks: usize = programme.plays.iter().map(|play| play.callbacks.len()).sum();
    let (plays, callbacks) = (amount(plays, "scenario"), amount(callbacks, "callback"));
    let _ = writeln!(out, "{plays}, {callbacks}, seed {}", programme.conditions.seed);
    out
}

fn rows(out: &mut String, play: &Play) {
    if play.callbacks.is_empty() {
        let _ = writeln!(out, "  no callback follows from this broadcast");
        return;
    }
    let head = ["stream time", "event", "file", "id", "class", "retries", "why"].map(str::to_owned);
    let row = |c: &Callback| {
        let faults = if c.faults.is_empty() { String::new() } else { format!(": {}", c.faults.join(", ")) };
        let class = format!("{}{faults}", c.class);
        let retries = Retries::of(play, c).to_string();
        [show_duration(c.due), c.event.into(), c.subject.clone(), c.id.clone(), class, retries, c.why.clone()]
    };
    let rows: Vec<[String; 7]> = std::iter::once(head).chain(play.callbacks.iter().map(row)).collect();
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or(0);
    let [due, event, subject, id, class, retries] = [0, 1, 2, 3, 4, 5].map(width);
    for [a, b, c, d, e, f, why] in &rows {
        let why = inert(why);
        let _ =
            writeln!(out, "  {a:>due$}  {b:event$}  {c:subject$}  {d:id$}  {e:class$}  {f:retries$}  {why}");
    }
}

fn path<'a>(programme: &'a Programme, play: &Play) -> &'a str {
    programme.loaded.get(play.scenario).map_or("", |loaded| loaded.document.source.name.as_str())
}

fn json(programme: &Programme) -> String {
    let scenarios: Vec<Value> = programme.plays.iter().map(|play| scenario(programme, play)).collect();
    let plan = json!({
        "schema": "hookreel.plan/1",
        "seed": programme.conditions.seed,
        "now": programme.conditions.now.to_string(),
        "speed": programme.conditions.speed.to_string(),
        "scenarios": scenarios,
    });
    format!("{plan:#}\n")
}

fn scenario(programme: &Programme, play: &Play) -> Value {
    let document = programme.loaded.get(play.scenario).map(|loaded| &loaded.document);
    let callback = |callback: &Callback| {
        json!({
            "id": callback.id,
            "event": callback.event,
            "class": callback.class,
            "faults": callback.faults,
            "retries": Retries::of(play, callback).json(),
            "due_ms": millis(callback.due),
            "subject": callback.subject,
            "why": callback.why,
            "place": document.map(|document| document.place(&callback.step)),
            "body": known(callback),
        })
    };
    json!({
        "name": play.name,
        "path": path(programme, play),
        "provider": play.provider.name,
        "revision": play.revision.name,
        "signing": play.signing.as_ref().map(|signing| signing.method.to_string()),
        "began": play.epoch.to_string(),
        "callbacks": play.callbacks.iter().map(callback).collect::<Vec<_>>(),
    })
}

/// What is known of the body before it is sent.
pub(super) fn known(callback: &Callback) -> Value {
    let Some(given) = &callback.given else { return unsigned(&callback.body) };
    let text = given.body.iter().map(|piece| match piece {
        Piece::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Piece::Time | Piece::Spelt(_) => "(time of sending + lifetime)".into(),
        Piece::Key | Piece::Signature => "(signature)".into(),
    });
    text.collect::<String>().into()
}

fn unsigned(body: &Body) -> Value {
    let field = |(name, slot): &(std::borrow::Cow<'static, str>, Slot)| {
        let value = match slot {
            Slot::Value(value) => value.clone(),
            Slot::Time(_) => "(time of sending + lifetime)".into(),
            Slot::Signature => "(signature)".into(),
            Slot::Literal(json) => json.as_str().into(),
        };
        (name.to_string(), value)
    };
    body.fields.iter().map(field).collect()
}

/// The retries that follow while a callback is not acknowledged.
struct Retries {
    count: u32,
    interval: Duration,
    queue: Option<Queue>,
}

impl Retries {
    fn of(play: &Play, callback: &Callback) -> Self {
        let Policy { retries, interval, queue, .. } = play.policy;
        match callback.hardship.tries {
            // Some callbacks are sent so often and no more.
            Some(tries) => Self { count: tries.saturating_sub(1), interval, queue: None },
            None => Self { count: retries, interval, queue },
        }
    }

    fn json(&self) -> Value {
        let then = self
            .queue
            .map(|queue| json!({ "interval_ms": millis(queue.interval), "until_ms": millis(queue.until) }));
        json!({ "count": self.count, "interval_ms": millis(self.interval), "then": then })
    }
}

impl fmt::Display for Retries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            0 => f.write_str("none")?,
            count => write!(f, "{count}, every {}", show_duration(self.interval))?,
        }
        match self.queue {
            Some(Queue { interval, until }) => {
                write!(f, "; then every {} until {}", show_duration(interval), show_duration(until))
            }
            None => Ok(()),
        }
    }
}

/// Milliseconds, as records and plans give due times.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
