//! `hookreel plan`: what would be sent, when and why; no network.

mod curl;

use std::fmt::{self, Write};
use std::time::Duration;

use serde_json::{Value, json};

use super::args::PlanArgs;
use super::exit::{Exit, Refused};
use super::planned;
use super::stdout::show_bytes;
use super::values::PlanFormat;
use super::{ProcessContext, secrets, show};
use crate::callback::{FieldSlot, PlannedCallback, TimeForm};
use crate::delivery::attempt::Attempts;
use crate::delivery::target::ReceiverUrl;
use crate::duration::show_duration;
use crate::masking::Secrets;
use crate::number;
use crate::plan::PlannedScenario;
use crate::plan::editions::Skipped;
use crate::play::{Planned, known};
use crate::problem::did_you_mean;
use crate::provider::signature::{SignatureKeys, Unsigned};
use crate::provider::{Policy, Queue};
use crate::report::inert;
use crate::report::markdown::cell;
use crate::report::text::amount;
use crate::request::RawRequest;

pub(super) fn run(args: &PlanArgs, context: &ProcessContext) -> Result<Exit, Refused> {
    let prepared = planned::all(&args.paths, &args.key, &args.time, context, &args.editions)?;
    secrets::warn_of_limits(&prepared);
    match (&args.body, &args.curl, args.format) {
        // Without a line end: the bytes go straight into another program.
        (Some(id), ..) => show_bytes(&request(&prepared, id, None)?.body),
        (None, Some(id), _) => {
            let request = request(&prepared, id, args.url.as_ref())?;
            let url = args.url.as_ref().map(|target| target.url.to_string());
            show(&curl::config(&request, url.as_deref()));
        }
        (None, None, PlanFormat::Text) => show(&text(&prepared)),
        (None, None, PlanFormat::Json) => show(&json(&prepared)),
        (None, None, PlanFormat::Markdown) => show(&markdown(&prepared)),
    }
    let callbacks: usize = prepared.plays.iter().map(|play| play.callbacks.len()).sum();
    Ok(if callbacks == 0 { Exit::NothingChecked } else { Exit::Passed })
}

/// A callback as it would be sent now.
fn request(prepared: &Planned, id: &str, target: Option<&ReceiverUrl>) -> Result<RawRequest, Refused> {
    let all =
        || prepared.plays.iter().flat_map(|play| play.callbacks.iter().map(move |callback| (play, callback)));
    let (play, callback) = all().find(|(_, callback)| callback.id == id).ok_or_else(|| {
        let near = did_you_mean(id, all().map(|(_, callback)| callback.id.as_str()))
            .map_or_else(String::new, |near| format!("; {near}"));
        Refused::usage(format!(
            "there is no callback `{id}` in this plan{near}\n  hookreel plan PATH lists them"
        ))
    })?;
    let template = play.body_template(callback).sent_to(target.map_or("localhost", ReceiverUrl::host));
    let attempts = Attempts {
        id: &callback.id,
        body_template: &template,
        wire_fault: &callback.wire_fault,
        signing: play.signing.as_ref(),
        policy: play.policy,
        due: callback.due,
    };
    Ok(attempts.request(prepared.clock.now().as_second()))
}

fn text(prepared: &Planned) -> String {
    let mut out = String::new();
    for play in &prepared.plays {
        let signing =
            play.signing.as_ref().map_or_else(|| "unsigned".into(), |signing| signing.method.to_string());
        let title = format!("{}: {}", path(prepared, play), play.name);
        let (provider, revision, shape) = (play.provider.name, play.revision.name, play.shape);
        let _ = writeln!(out, "{} [{provider} {revision} {shape}, {signing}]", inert(&title));
        let _ = writeln!(out, "the broadcast began {:.0}", play.epoch);
        rows(&mut out, play);
        if !play.callbacks.is_empty() {
            play.notes.iter().for_each(|note| out.push_str(&format!("  note: {note}\n")));
        }
        out.push('\n');
    }
    for skipped in &prepared.skipped {
        let _ = writeln!(out, "{}", skipped_line(prepared, skipped));
    }
    if !prepared.skipped.is_empty() {
        out.push('\n');
    }
    let plays = prepared.plays.len();
    let callbacks: usize = prepared.plays.iter().map(|play| play.callbacks.len()).sum();
    let (plays, callbacks) = (amount(plays, "scenario"), amount(callbacks, "callback"));
    let skipped = match prepared.skipped.len() {
        0 => String::new(),
        count => format!(", {count} skipped"),
    };
    let _ = writeln!(out, "{plays}{skipped}, {callbacks}, seed {}", prepared.conditions.seed);
    out
}

/// A table for each scenario.
fn markdown(prepared: &Planned) -> String {
    let mut out = String::new();
    for play in &prepared.plays {
        let title = format!(
            "{}: {} [{} {}]",
            path(prepared, play),
            play.name,
            play.provider.name,
            play.revision.name
        );
        let _ = writeln!(out, "### {}\n", cell(&title));
        out.push_str("| stream time | event | file | class | why |\n| ---: | --- | --- | --- | --- |\n");
        for callback in &play.callbacks {
            let faults = callback.faults.join(", ");
            let class = if faults.is_empty() { String::new() } else { format!(": {faults}") };
            let cells = [
                show_duration(callback.due),
                callback.event.into(),
                callback.subject.clone(),
                format!("{}{class}", callback.class),
                callback.why.clone(),
            ];
            let _ = writeln!(out, "| {} |", cells.map(|text| cell(&text)).join(" | "));
        }
        out.push('\n');
    }
    for skipped in &prepared.skipped {
        let _ = writeln!(out, "- {}", cell(&skipped_line(prepared, skipped)));
    }
    out
}

/// A scenario that is not played in an edition, with the reason.
pub(super) fn skipped_line(prepared: &Planned, skipped: &Skipped) -> String {
    let path = prepared.path_of(skipped.scenario);
    inert(&format!("{path} [{} {}]: skipped ({})", skipped.provider, skipped.revision, skipped.reason))
}

fn rows(out: &mut String, play: &PlannedScenario) {
    if let Some(why) = play.silent() {
        let _ = writeln!(out, "  nothing is sent: {}", inert(&why));
        return;
    }
    let head = ["stream time", "event", "file", "id", "class", "retries", "why"].map(str::to_owned);
    let row = |c: &PlannedCallback| {
        let faults = if c.faults.is_empty() { String::new() } else { format!(": {}", c.faults.join(", ")) };
        let class = format!("{}{faults}", c.class);
        let retries = LaterRetries::of(play, c).to_string();
        [show_duration(c.due), c.event.into(), c.subject.clone(), c.id.clone(), class, retries, c.why.clone()]
    };
    let rows: Vec<[String; 7]> = std::iter::once(head).chain(play.callbacks.iter().map(row)).collect();
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(String::len).fold(0, usize::max);
    let [due, event, subject, id, class, retries] = [0, 1, 2, 3, 4, 5].map(width);
    for [a, b, c, d, e, f, why] in &rows {
        let why = inert(why);
        let _ =
            writeln!(out, "  {a:>due$}  {b:event$}  {c:subject$}  {d:id$}  {e:class$}  {f:retries$}  {why}");
    }
}

fn path<'a>(prepared: &'a Planned, play: &PlannedScenario) -> &'a str {
    prepared.loaded.get(play.scenario).map_or("", |loaded| loaded.document.source.name.as_str())
}

fn json(prepared: &Planned) -> String {
    let scenarios: Vec<Value> = prepared.plays.iter().map(|play| scenario(prepared, play)).collect();
    let mut plan = json!({
        "schema": "hookreel.plan/1",
        "seed": prepared.conditions.seed,
        "now": prepared.conditions.now.to_string(),
        "speed": prepared.conditions.speed.to_string(),
        "scenarios": scenarios,
    });
    let skipped = prepared.skipped.iter().map(|skipped| {
        json!({
            "name": skipped.name,
            "path": prepared.path_of(skipped.scenario),
            "provider": skipped.provider,
            "revision": skipped.revision,
            "reason": skipped.reason,
        })
    });
    if let (false, Some(plan)) = (prepared.skipped.is_empty(), plan.as_object_mut()) {
        plan.insert("skipped".into(), skipped.collect());
    }
    format!("{plan:#}\n")
}

fn scenario(prepared: &Planned, play: &PlannedScenario) -> Value {
    let document = prepared.loaded.get(play.scenario).map(|loaded| &loaded.document);
    let secrets = document.map_or_else(Secrets::default, |document| document.secrets().clone());
    let callback = |callback: &PlannedCallback| {
        json!({
            "id": callback.id,
            "event": callback.event,
            "class": callback.class,
            "faults": callback.faults,
            "retries": LaterRetries::of(play, callback).json(),
            "due_ms": millis(callback.due),
            "subject": callback.subject,
            "why": callback.why,
            "place": document.map(|document| document.place(&callback.step)),
            "body": body_as_sent(prepared, play, callback, &secrets),
        })
    };
    json!({
        "name": play.name,
        "path": path(prepared, play),
        "provider": play.provider.name,
        "revision": play.revision.name,
        "shape": play.shape.to_string(),
        "signing": play.signing.as_ref().map(|signing| signing.method.to_string()),
        "began": play.epoch.to_string(),
        "notes": play.notes,
        "callbacks": play.callbacks.iter().map(callback).collect::<Vec<_>>(),
    })
}

/// The body field by field, as if it were sent now; a word stands in the place of the signature.
fn body_as_sent(
    prepared: &Planned,
    play: &PlannedScenario,
    callback: &PlannedCallback,
    secrets: &Secrets,
) -> Value {
    if callback.given.is_some() || callback.body.time.is_some() {
        return known(callback, secrets);
    }
    let signed = play.signature(callback.event).is_some();
    let ahead = play.signing.as_ref().map_or(0, SignatureKeys::ahead);
    let expiry = prepared.clock.now().as_second().saturating_add(ahead);
    let value = |slot: &FieldSlot| match (slot, signed, play.unsigned) {
        (FieldSlot::Value(value), ..) => Some(value.clone()),
        (FieldSlot::Literal(json), ..) => Some(json.as_str().into()),
        (FieldSlot::SentMillis, ..) => Some((prepared.clock.now().as_second() * 1000).into()),
        (FieldSlot::Count(number), ..) => Some((*number).into()),
        (_, false, Unsigned::Absent) => None,
        (_, false, Unsigned::Empty) => Some("".into()),
        (FieldSlot::Time(TimeForm::Number), true, _) => Some(expiry.into()),
        (FieldSlot::Time(TimeForm::Text), true, _) => Some(expiry.to_string().into()),
        (FieldSlot::Signature, true, _) => Some("(signature)".into()),
    };
    let fields = callback.body.fields.iter();
    let mut body: Value = fields.filter_map(|(name, slot)| Some((name.to_string(), value(slot)?))).collect();
    secrets.clean_json(&mut body);
    body
}

/// The retries that follow while a callback is not acknowledged.
struct LaterRetries {
    count: u32,
    first_waits: &'static [Duration],
    interval: Duration,
    queue: Option<Queue>,
}

impl LaterRetries {
    fn of(play: &PlannedScenario, callback: &PlannedCallback) -> Self {
        let Policy { retries, first_waits, interval, queue, .. } = play.policy;
        match callback.wire_fault.tries {
            // Some callbacks are sent so often and no more.
            Some(tries) => Self { count: tries.saturating_sub(1), first_waits, interval, queue: None },
            None => Self { count: retries, first_waits, interval, queue },
        }
    }

    fn json(&self) -> Value {
        let then = self
            .queue
            .map(|queue| json!({ "interval_ms": millis(queue.interval), "until_ms": millis(queue.until) }));
        json!({ "count": self.count, "interval_ms": millis(self.interval), "then": then })
    }
}

impl fmt::Display for LaterRetries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            0 => f.write_str("none")?,
            count if !self.first_waits.is_empty() => {
                let waits = self.first_waits.iter().chain(std::iter::repeat(&self.interval));
                let waits: Vec<String> =
                    waits.take(count as usize).map(|wait| show_duration(*wait)).collect();
                write!(f, "{count}, after {}", waits.join(", "))?;
            }
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
    number::milliseconds(duration)
}
