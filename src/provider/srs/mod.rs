//! SRS, the media server: its HTTP hooks on_publish, on_unpublish, on_dvr and on_hls.
//!
//! Source: `ossrs/srs` 101382af (2024-10-15) and its branches 3.0 to 6.0, `srs_app_http_hooks.cpp` and `srs_app_dvr.cpp`. What the
//! values of its ids look like, and how long a segment of HLS is, is not said there: those are settings and defaults of ours.
//! `on_hls_notify`, a GET of a URL of one's own, is not sent.

mod body;

use std::time::Duration;

use super::field::{self, Occurrence};
use super::{
    AnswerBody, EventContext, EventKind, FieldNames, LastNo, Message, Policy, Provider, ProviderSetting,
    Revision, Success, beyond,
};
use crate::lifecycle::{Event, Fact, RecordingRules, TaskScope, Track};
use crate::problem::Problem;
use crate::scenario::{Format, Limits, Method, Resume, Scenario, Template};

/// SRS.
pub static PROVIDER: Provider = Provider {
    name: "srs",
    title: "SRS, HTTP hooks on_dvr, on_hls, on_publish and on_unpublish",
    revisions: &[
        revision("3.0", FIRST, "client_id is a number; no server_id"),
        revision("4.0", SERVER, "adds server_id; client_id is a text"),
        revision("5.0", SERVICE, "adds service_id, tcUrl, stream_url and stream_id"),
        revision("6.0", SIX, "the same fields"),
        revision("7.0", SEVEN, "the same fields"),
    ],
    events: &[
        kind(DVR, true, "a file is complete (flv or mp4)"),
        kind(HLS, true, "a segment of HLS is complete"),
        kind(PUBLISH, false, "the encoder began to push; a no to the real hook would turn it away"),
        kind(UNPUBLISH, false, "the push ended"),
    ],
    settings: &[
        ProviderSetting::text("server_id", "vid-hookreel", "the server's own id; its form is our choice"),
        ProviderSetting::text(
            "service_id",
            "hookreel",
            "the id of the running server process; its form is our choice",
        ),
        ProviderSetting::text("ip", "198.51.100.7", "address of the encoder"),
        ProviderSetting::text("vhost", "__defaultVhost__", "virtual host"),
        ProviderSetting::text("cwd", "/usr/local/srs", "working directory of the server"),
        ProviderSetting::text(
            "codename",
            "hookreel",
            "name of the version in User-Agent, SRS/<version>(<codename>); our choice",
        ),
    ],
    default_method: Method::None,
    lifetime: Duration::ZERO,
    plain: Format::Flv,
    eventful: "{flv: {cycle: 30m}, hls: {cycle: 30m}}",
    check,
    rules,
    fields: &[body::FIELDS],
    messages,
    ..Provider::PLAIN
};

/// Edition of revision 3.0.
const FIRST: u8 = 0;
/// Edition of revision 4.0.
const SERVER: u8 = 1;
/// Edition of revision 5.0.
const SERVICE: u8 = 2;
/// Edition of revision 6.0.
const SIX: u8 = 3;
/// Edition of revision 7.0.
const SEVEN: u8 = 4;

const DVR: &str = "on_dvr";
const HLS: &str = "on_hls";
const PUBLISH: &str = "on_publish";
const UNPUBLISH: &str = "on_unpublish";

const fn kind(name: &'static str, unasked: bool, meaning: &'static str) -> EventKind {
    EventKind { name, alias: "", editions: FIRST..=field::NOW, unasked, meaning }
}

const fn revision(name: &'static str, edition: u8, note: &'static str) -> Revision {
    Revision { name, edition, note, policy: POLICY, reading: &READING, ..Revision::PLAIN }
}

const READING: FieldNames = FieldNames {
    event_field: Some("action"),
    file_events: &[DVR, HLS],
    file_field: "file",
    stream_field: "stream",
    answer: r#"{"code":0}"#,
    ..FieldNames::PLAIN
};

/// It asks once; a no to a file is written to the server's log, and that is all.
const POLICY: Policy = Policy {
    success: Success { statuses: &[200..=201], body: AnswerBody::ZeroOrCode },
    last_no: LastNo::Always,
    timeout: Duration::from_secs(30),
    retries: 0,
    first_waits: &[],
    interval: Duration::ZERO,
    ..Policy::PLAIN
};

/// Ours, the length of a segment where the scenario gives none.
const SEGMENT: Duration = Duration::from_secs(10);

fn rules(scenario: &Scenario, _: &Revision) -> RecordingRules {
    let recording = &scenario.recording;
    let track = |(format, template): (Format, Template)| Track {
        format,
        // `dvr_plan session` makes one file of a push; `segment` cuts it.
        cycle: template.cycle.map(|cycle| cycle.0).or((format == Format::Hls).then_some(SEGMENT)),
        resume: match template.resume {
            Resume::Window(window) => window.0,
            // Only with `limits: off`.
            Resume::Forever(_) => Duration::from_secs(30 * 24 * 3600),
        },
        task: TaskScope::Gap,
    };
    RecordingRules {
        tracks: recording.formats().into_iter().map(track).collect(),
        upload_delay: recording.upload_delay.map_or(Duration::ZERO, |delay| delay.0),
        shortest: recording.shortest.map_or(Duration::ZERO, |shortest| shortest.0),
        per_task: false,
    }
}

fn check(scenario: &Scenario, _: &Revision) -> Vec<Problem> {
    let mut problems = Vec::new();
    if scenario.signing.method.is_some_and(|method| method != Method::None) {
        let problem = Problem::at("signing.method", "SRS signs nothing").label("expected `none`");
        problems.push(problem);
    }
    for (format, template) in scenario.recording.formats() {
        if format == Format::Aac {
            let problem = Problem::at("recording.aac", "SRS records no AAC").on_key();
            problems.push(problem.label("expected one of hls, flv, mp4"));
        } else if scenario.limits == Limits::On && template.resume != Resume::default() {
            let path = format!("recording.{format}.resume");
            problems.push(beyond(path, "SRS does not resume a file", "every unpublish ends the file"));
        }
    }
    problems
}

fn messages(context: &EventContext<'_>) -> Vec<Message> {
    let codename = context.setting("codename");
    let agent = format!("SRS/{}({codename})", context.revision.name);
    let message = |(index, fact): (usize, &Fact)| {
        let occurrence = Occurrence { context, fact, event: event(fact)? };
        let file_key = body::file(&occurrence);
        let message = Message::new(index, occurrence.event, file_key, field::body(body::FIELDS, &occurrence));
        Some(message.with_headers(vec![
            ("Connection", "Keep-Alive".into()),
            ("Content-Type", "application/json".into()),
            ("User-Agent", agent.clone()),
        ]))
    };
    context.facts.iter().enumerate().filter_map(message).collect()
}

/// A failure has no hook.
fn event(fact: &Fact) -> Option<&'static str> {
    match fact.event {
        Event::Pushed(_) => Some(PUBLISH),
        Event::Dropped(_) => Some(UNPUBLISH),
        Event::FileComplete(_) if fact.format == Some(Format::Hls) => Some(HLS),
        Event::FileComplete(_) => Some(DVR),
        _ => None,
    }
}
