//! ZLMediaKit, the media server: its web hooks on_record_mp4, on_publish and on_stream_changed.
//!
//! Source: `ZLMediaKit` fdaec260 (2026-08-21), `server/WebHook.cpp`, `src/Record/MP4Recorder.cpp` and `conf/config.ini`. How its
//! library prints white space is from memory, so `layout` is a setting.

mod body;

use std::time::Duration;

use super::field::{self, Occurrence};
use super::{
    AnswerBody, EventContext, EventKind, FieldNames, LastNo, Message, Policy, Provider, ProviderSetting,
    Revision, Success, beyond,
};
use crate::callback::Layout;
use crate::lifecycle::{Event, Fact, RecordingRules, TaskScope, Track};
use crate::problem::Problem;
use crate::scenario::{Format, Limits, Method, Resume, Scenario, Template};

/// ZLMediaKit.
pub static PROVIDER: Provider = Provider {
    name: "zlmediakit",
    title: "ZLMediaKit, web hooks on_record_mp4, on_publish and on_stream_changed",
    revisions: &[
        Revision {
            policy: Policy { retries: 0, last_no: LastNo::Always, ..POLICY },
            ..revision("2021-05", FIRST, "since 2021-05: X-VHOST; nothing is sent again")
        },
        revision("2022-06", RETRY, "since 2022-06: sent again once, after 3 s"),
        revision("2023-08", INDEX, "2023-08-13: adds hook_index, which counts every request"),
        revision("2024-03", PARAMS, "2024-03-30: adds params to on_record_mp4"),
    ],
    events: &[
        kind(RECORD, true, "a file is complete"),
        kind(PUBLISH, false, "the encoder began to push; a no to the real hook would turn it away"),
        kind(CHANGED, false, "a stream came (regist) or went"),
    ],
    settings: &[
        ProviderSetting::text("media_server_id", "hookreel", "mediaServerId of the server's configuration"),
        ProviderSetting::text("vhost", "__defaultVhost__", "virtual host, in the body and in X-VHOST"),
        ProviderSetting::text("ip", "198.51.100.7", "address of the encoder, in on_publish"),
        ProviderSetting::text("port", "50210", "its port, in on_publish"),
        ProviderSetting::text("root", "/opt/media/www/", "folder of the recordings"),
        ProviderSetting::text("user_agent", "ZLMediaKit", "User-Agent: the server's name; our choice"),
        ProviderSetting::number(
            "first_index",
            "0",
            "hook_index of the first request of a stream; our choice, the server counts all its requests",
        ),
        ProviderSetting::words(
            "layout",
            "styled",
            &["styled", "compact"],
            "white space of the body: styled has `\"key\" : value` on lines of their own (from memory), compact has none",
        ),
    ],
    default_method: Method::None,
    lifetime: Duration::ZERO,
    plain: Format::Mp4,
    eventful: "{mp4: {cycle: 30m, resume: 15s}}",
    check,
    rules,
    fields: &[body::RECORD_FIELDS, body::PUBLISH_FIELDS, body::CHANGED_FIELDS],
    messages,
    ..Provider::PLAIN
};

/// Edition of revision 2021-05.
const FIRST: u8 = 0;
/// Edition of revision 2022-06.
const RETRY: u8 = 1;
/// Edition of revision 2023-08.
const INDEX: u8 = 2;
/// Edition of revision 2024-03.
const PARAMS: u8 = 3;

const RECORD: &str = "on_record_mp4";
const PUBLISH: &str = "on_publish";
const CHANGED: &str = "on_stream_changed";

const fn kind(name: &'static str, unasked: bool, meaning: &'static str) -> EventKind {
    EventKind { name, alias: "", editions: FIRST..=field::NOW, unasked, meaning }
}

const fn revision(name: &'static str, edition: u8, note: &'static str) -> Revision {
    Revision { name, edition, note, policy: POLICY, reading: &READING, ..Revision::PLAIN }
}

/// No body names its hook: the hook is known by its URL. Whatever comes to the URL of on_record_mp4 announces a file.
const READING: FieldNames = FieldNames {
    file_events: &[RECORD],
    file_marks: &["file_name", "file_path", "time_len"],
    file_field: "file_path",
    stream_field: "stream",
    url_field: "url",
    duration_field: "time_len",
    answer: r#"{"code":0,"msg":"success"}"#,
    ..FieldNames::PLAIN
};

const POLICY: Policy = Policy {
    success: Success { statuses: &[200..=200], body: AnswerBody::CodeZero },
    last_no: LastNo::OtherCode,
    timeout: Duration::from_secs(10),
    retries: 1,
    first_waits: &[],
    interval: Duration::from_secs(3),
    ..Policy::PLAIN
};

/// `mp4_max_second`.
const CYCLE: Duration = Duration::from_secs(3600);

fn rules(scenario: &Scenario, _: &Revision) -> RecordingRules {
    let recording = &scenario.recording;
    let track = |(format, template): (Format, Template)| Track {
        format,
        cycle: template.cycle.map(|cycle| cycle.0).or(Some(CYCLE)),
        // `continue_push_ms` keeps stream and file over a short gap.
        resume: match template.resume {
            Resume::Window(window) => window.0,
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
        let problem = Problem::at("signing.method", "ZLMediaKit signs nothing").label("expected `none`");
        problems.push(problem);
    }
    for (format, template) in scenario.recording.formats() {
        if format != Format::Mp4 {
            let problem =
                Problem::at(format!("recording.{format}"), "ZLMediaKit tells of recorded MP4 alone").on_key();
            problems.push(problem.label("expected mp4"));
        } else if scenario.limits == Limits::On && matches!(template.resume, Resume::Forever(_)) {
            let limit = "continue_push_ms is a number of milliseconds";
            problems.push(beyond("recording.mp4.resume", "`forever` is not possible", limit));
        }
    }
    problems
}

fn messages(context: &EventContext<'_>) -> Vec<Message> {
    let vhost = context.setting("vhost").to_owned();
    let layout = if context.setting("layout") == "compact" { Layout::Compact } else { Layout::Styled };
    let of = |index: usize, fact: &Fact, event: &'static str, table: &[field::Field]| {
        let occurrence = Occurrence { context, fact, event };
        let mut body = field::body(table, &occurrence);
        body.layout = layout;
        Message::new(index, event, body::file_path(&occurrence), body).with_headers(vec![
            ("Content-Type", "application/json".into()),
            ("X-VHOST", vhost.clone()),
            ("User-Agent", context.setting("user_agent").into()),
            ("Accept", "*/*".into()),
            ("Accept-Language", "zh-CN,zh;q=0.8".into()),
            ("Connection", "keep-alive".into()),
        ])
    };
    let mut all = Vec::new();
    for (index, fact) in context.facts.iter().enumerate() {
        match fact.event {
            Event::Pushed(_) => {
                all.push(of(index, fact, PUBLISH, body::PUBLISH_FIELDS));
                all.push(of(index, fact, CHANGED, body::CHANGED_FIELDS));
            }
            Event::Dropped(_) => all.push(of(index, fact, CHANGED, body::CHANGED_FIELDS)),
            // Files below 1024 bytes are deleted and not told.
            Event::FileComplete(file)
                if Occurrence { context, fact, event: RECORD }.file_size(&file) >= SMALLEST =>
            {
                all.push(of(index, fact, RECORD, body::RECORD_FIELDS));
            }
            _ => {}
        }
    }
    all
}

/// Bytes of the smallest file that is told.
const SMALLEST: u64 = 1024;
