//! `hookreel run`: play scenarios against a receiver and judge it.

use std::fs::{self, File};
use std::io::Write;
use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::args::{ReportTo, RunArgs};
use super::exec::{self, Started, check_target, wait_for};
use super::exit::{Exit, Refused};
use super::ledger::{Entry, Ledger, Screen};
use super::plan::millis;
use super::programme::Programme;
use super::{World, complain, show};
use crate::delivery::http::{Connection, Http};
use crate::delivery::target::{Allowed, Target};
use crate::delivery::{Journal, Lane, Options, Parcel, Stop, deliver};
use crate::plan::{Play, name_of};
use crate::receiver::Receiver;
use crate::receiver::judge::Account;
use crate::record::{CallbackLine, Header, Line, Outcome, Run, SCHEMA, ScenarioLine};
use crate::scenario::Ordering;
use crate::verdict::{self, Expectation, Verdict};

/// Played when no path is given: one shipped scenario of each provider.
const SHOWN_FIRST: [&str; 2] = ["@huawei/normal", "@tencent/hls-resume-one-file"];

pub(super) fn run(args: &RunArgs, world: &World) -> Result<Exit, Refused> {
    let shown_first = SHOWN_FIRST.map(str::to_owned);
    let paths = if args.paths.is_empty() { shown_first.as_slice() } else { &args.paths };
    let mut programme = Programme::new(paths, &args.key, &args.time, world)?;
    programme.choose(args.filter.as_deref());
    if let Some(timeout) = args.timeout {
        programme.plays.iter_mut().for_each(|play| play.policy.timeout = timeout);
    }
    for play in
        programme.plays.iter().filter(|play| play.signing.is_none() && !play.revision.signatures.is_empty())
    {
        complain(&format!(
            "warning: {} [{}] is sent unsigned: there is no key\n",
            programme.path(play),
            play.provider.name
        ));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Refused { exit: Exit::Internal, text: format!("error: cannot start: {error}\n") })?;
    let exit = runtime.block_on(perform(args, &programme));
    // A name that is still being looked up would hold the process back.
    runtime.shutdown_background();
    exit
}

async fn perform(args: &RunArgs, programme: &Programme) -> Result<Exit, Refused> {
    let connection = connection(args)?;
    let mut outputs = Outputs::open(args)?;
    let allowed = connection.allowed.clone();
    let http = Http::new(connection).map_err(|error| Refused::usage(format!("--cacert: {error}")))?;
    let stage = Stage::set(args, programme).await?;
    let mut started = None;
    if args.target.is_some() {
        check_target(&stage.target, &allowed).await?;
        started = args.exec.as_deref().map(Started::start).transpose()?;
        if let Some(patience) = args.wait_for.or(args.exec.as_ref().map(|_| exec::START)) {
            wait_for(&stage.target, &allowed, patience, &mut started).await?;
        }
    }
    let (stop, stopping) = watch::channel(Stop::No);
    let screen = Screen::new(outputs.screen, args.quiet, args.verbose);
    let entries =
        programme.plays.iter().enumerate().map(|(index, play)| entry(programme, index, play)).collect();
    let ledger =
        Ledger::new(entries, stage.receiver.clone(), outputs.record.take(), screen, (stop, args.fail_fast));
    let ledger = Arc::new(ledger);
    let signal = tokio::spawn(heed_signals(ledger.clone()));
    let mut sent = announce(args, programme, &stage, &ledger);
    if sent.is_ok() {
        let options =
            Options { speed: args.time.speed, jobs: usize::from(args.jobs), clock: programme.clock.clone() };
        sent = deliver(lanes(programme, &stage), options, Arc::new(http), ledger.clone(), stopping).await;
    }
    let (run, closed) = ledger.close();
    let exit = conclude(&run, sent.and(closed), &mut outputs);
    if let Some(started) = started {
        started.end().await;
    }
    stage.strike().await;
    Ok(if signal.is_finished() { signal.await.unwrap_or(exit) } else { exit })
}

/// The reports, and the exit code that the run alone deserves.
fn conclude(run: &Run, taken_down: std::io::Result<()>, outputs: &mut Outputs) -> Exit {
    if let Err(error) = outputs.write(run) {
        complain(&format!("error: {error}\n"));
        return Exit::Internal;
    }
    if let Err(error) = taken_down {
        complain(&format!("error: the record could not be written, so the run was ended: {error}\n"));
        return Exit::Internal;
    }
    let counted: usize =
        Outcome::ALL.iter().map(|o| run.callbacks().filter(|c| c.outcome() == *o).count()).sum();
    if counted != run.callbacks().count() {
        complain("error: a callback has no outcome, or two; this is a fault of hookreel\n");
        return Exit::Internal;
    }
    match verdict::on_run(run) {
        Verdict::Passed => Exit::Held,
        Verdict::NothingChecked => Exit::NothingChecked,
        Verdict::Failed if verdict::unreachable(run) => Exit::Unreachable,
        Verdict::Failed => Exit::Failed,
    }
}

/// The first signal stops the run in order, the second at once.
async fn heed_signals(ledger: Arc<Ledger>) -> Exit {
    let exit = next_signal().await;
    ledger.stop(Stop::Now, if exit == Exit::Terminated { "SIGTERM" } else { "SIGINT" });
    tokio::spawn(async {
        let exit = next_signal().await;
        std::process::exit(exit as i32);
    });
    exit
}

#[cfg(unix)]
async fn next_signal() -> Exit {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => Exit::Interrupted,
        _ = terminate.recv() => Exit::Terminated,
    }
}

#[cfg(not(unix))]
async fn next_signal() -> Exit {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Exit::Interrupted,
        Err(_) => std::future::pending().await,
    }
}

fn connection(args: &RunArgs) -> Result<Connection, Refused> {
    let args = &args.connection;
    let authorities = args
        .cacert
        .as_ref()
        .map(|path| {
            fs::read(path).map_err(|error| {
                Refused::usage(format!("--cacert: cannot read `{}`: {error}", path.display()))
            })
        })
        .transpose()?;
    if args.insecure {
        complain("warning: certificates are not verified (--insecure)\n");
    }
    Ok(Connection {
        allowed: Allowed(args.allow_remote.clone()),
        headers: args.headers.iter().cloned().collect(),
        authorities,
        insecure: args.insecure,
    })
}

/// Where results go. Files are opened before anything is sent: a report that cannot be written would be a run lost.
struct Outputs {
    record: Option<File>,
    files: Vec<(&'static crate::report::Format, File)>,
    printed: Vec<&'static crate::report::Format>,
    /// The text report is shown while the run goes on.
    screen: bool,
}

impl Outputs {
    fn open(args: &RunArgs) -> Result<Self, Refused> {
        let create = |path: &std::path::Path| {
            File::create(path).map_err(|error| {
                Refused::usage(format!("cannot write `{}`: {error}; nothing was sent", path.display()))
            })
        };
        let record = args.record.as_deref().map(create).transpose()?;
        let mut files = Vec::new();
        for ReportTo { format, path } in &args.report {
            if let Some(path) = path {
                files.push((*format, create(path)?));
            }
        }
        let printed: Vec<_> =
            args.report.iter().filter(|report| report.path.is_none()).map(|report| report.format).collect();
        // The text is shown live; asked for by name, it is the same text.
        let screen = printed.is_empty() || printed.iter().any(|format| format.name == "text");
        Ok(Self { record, files, printed, screen })
    }

    fn write(&mut self, run: &Run) -> Result<(), String> {
        for format in self.printed.iter().filter(|format| format.name != "text") {
            show(&(format.render)(run));
        }
        for (format, file) in &mut self.files {
            let text = (format.render)(run);
            let plain = anstream::adapter::strip_str(&text).to_string();
            file.write_all(plain.as_bytes())
                .map_err(|error| format!("the {} report could not be written: {error}", format.name))?;
        }
        Ok(())
    }
}

/// The receiver: the user's, or ours on a free port of loopback.
struct Stage {
    target: Target,
    receiver: Option<Receiver>,
    closing: watch::Sender<bool>,
    serving: Option<tokio::task::JoinHandle<()>>,
}

impl Stage {
    async fn set(args: &RunArgs, programme: &Programme) -> Result<Self, Refused> {
        let (closing, mut closed) = watch::channel(false);
        if let Some(target) = &args.target {
            return Ok(Self { target: target.clone(), receiver: None, closing, serving: None });
        }
        let failed = |error: std::io::Error| Refused {
            exit: Exit::Internal,
            text: format!("error: cannot serve: {error}\n"),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let clock = programme.clock.clone();
        let accounts = programme.plays.iter().enumerate().map(|(index, play)| account(index, play)).collect();
        let receiver = Receiver::new(accounts, Arc::new(move || clock.now().as_second()));
        let serving = receiver.clone().run(listener, async move {
            let _ = closed.wait_for(|closed| *closed).await;
        });
        let target = Target::parse(&port.to_string()).map_err(Refused::usage)?;
        Ok(Self { target, receiver: Some(receiver), closing, serving: Some(tokio::spawn(serving)) })
    }

    /// Where a play is sent: our own receiver has a callback URL for each.
    fn target(&self, index: usize, play: &Play) -> Target {
        if self.receiver.is_some() { self.target.at(&own_path(index, play)) } else { self.target.clone() }
    }

    async fn strike(self) {
        self.closing.send_replace(true);
        if let Some(serving) = self.serving {
            let _ = serving.await;
        }
    }
}

fn own_path(index: usize, play: &Play) -> String {
    format!("/{}/{}", play.provider.name, index + 1)
}

fn account(index: usize, play: &Play) -> Account {
    let signing = play.signing.as_ref();
    Account {
        path: own_path(index, play),
        reading: play.revision.reading,
        signing: signing.map(|signing| (signing.signature, signing.key.clone())),
        lifetime: signing.map_or(0, |signing| i64::try_from(signing.lifetime.as_secs()).unwrap_or(i64::MAX)),
    }
}

fn entry(programme: &Programme, index: usize, play: &Play) -> Entry {
    let files =
        play.callbacks.iter().filter_map(|callback| Some((callback.id.clone(), callback.file_key.clone()?)));
    Entry {
        expectation: Expectation { within: play.within },
        files: files.collect(),
        path: own_path(index, play),
        place: programme.place(play, "broadcast"),
    }
}

fn lanes(programme: &Programme, stage: &Stage) -> Vec<Lane> {
    let lane = |(index, play): (usize, &Play)| {
        let accepts = play.accepts();
        let parcels = play.callbacks.iter().map(|callback| Parcel {
            id: callback.id.clone(),
            due: callback.due,
            envelope: play.envelope(callback),
        });
        Lane {
            scenario: index,
            target: stage.target(index, play),
            signing: play.signing.clone(),
            policy: play.policy,
            accepts: Arc::new(move |answer| accepts(answer.status, &answer.body)),
            in_order: play.ordering == Ordering::Stream,
            parcels: parcels.collect(),
        }
    };
    programme.plays.iter().enumerate().map(lane).collect()
}

/// Takes down everything that is planned, before anything is sent.
fn announce(args: &RunArgs, programme: &Programme, stage: &Stage, ledger: &Ledger) -> std::io::Result<()> {
    ledger.note(Line::Run(Header {
        schema: SCHEMA.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        seed: programme.conditions.seed,
        now: programme.conditions.now.to_string(),
        speed: programme.conditions.speed.to_string(),
        target: stage.target.to_string(),
        embedded: stage.receiver.is_some(),
        insecure: args.connection.insecure,
    }))?;
    for (index, play) in programme.plays.iter().enumerate() {
        let path = programme.path(play);
        let words = Words { args, programme, path };
        ledger.note(Line::Scenario(ScenarioLine {
            name: play.name.clone(),
            path: path.into(),
            provider: play.provider.name.into(),
            revision: play.revision.name.into(),
            rerun: words.rerun(),
        }))?;
        for callback in &play.callbacks {
            ledger.note(Line::Callback(CallbackLine {
                scenario: index,
                id: callback.id.clone(),
                event: callback.event.into(),
                class: callback.class,
                subject: callback.subject.clone(),
                faults: Vec::new(),
                due_ms: millis(callback.due),
                why: callback.why.clone(),
                place: programme.place(play, &callback.step),
                accept: play.yes(),
                curl: words.by_hand(&callback.id),
            }))?;
        }
    }
    Ok(())
}

impl Programme {
    /// Keeps the plays whose path or name contains the text.
    fn choose(&mut self, filter: Option<&str>) {
        let Some(filter) = filter else { return };
        let names: Vec<bool> = self
            .loaded
            .iter()
            .map(|loaded| loaded.document.source.name.contains(filter) || name_of(loaded).contains(filter))
            .collect();
        self.plays.retain(|play| names.get(play.scenario).copied().unwrap_or(false));
    }

    fn path(&self, play: &Play) -> &str {
        self.loaded.get(play.scenario).map_or("", |loaded| loaded.document.source.name.as_str())
    }

    fn place(&self, play: &Play, path: &str) -> String {
        self.loaded.get(play.scenario).map_or_else(String::new, |loaded| loaded.document.place(path))
    }
}

/// The command lines that reports give.
struct Words<'a> {
    args: &'a RunArgs,
    programme: &'a Programme,
    path: &'a str,
}

impl Words<'_> {
    /// The same scenario again.
    fn rerun(&self) -> String {
        let mut line = format!("hookreel run {}", quote(self.path));
        if let Some(target) = &self.args.target {
            line.push_str(&format!(" -t {}", address(target)));
        }
        self.flags(&mut line);
        let connection = &self.args.connection;
        for host in &connection.allow_remote {
            line.push_str(&format!(" --allow-remote {}", quote(host)));
        }
        line.push_str(
            &connection
                .cacert
                .as_ref()
                .map_or_else(String::new, |file| format!(" --cacert {}", quote(&file.display().to_string()))),
        );
        line.push_str(if connection.insecure { " --insecure" } else { "" });
        line
    }

    /// One callback by hand. Signed when the line is run: a signature in a report would be a secret, and soon expired.
    fn by_hand(&self, id: &str) -> String {
        let mut line = format!("hookreel plan {} --body {}", quote(self.path), quote(id));
        self.flags(&mut line);
        let Some(target) = &self.args.target else { return line };
        let connection = &self.args.connection;
        let trust = match (&connection.cacert, connection.insecure) {
            (_, true) => " -k".into(),
            (Some(file), _) => format!(" --cacert {}", quote(&file.display().to_string())),
            _ => String::new(),
        };
        format!(
            "{line} | curl -sS -i{trust} -H 'content-type: application/json' --data-binary @- {}",
            address(target)
        )
    }

    fn flags(&self, line: &mut String) {
        let (args, conditions) = (self.args, &self.programme.conditions);
        if conditions.seed != 1 {
            line.push_str(&format!(" --seed {}", conditions.seed));
        }
        if let Some(now) = args.time.now {
            line.push_str(&format!(" --now {now}"));
        }
        if conditions.speed != crate::speed::Speed::Max {
            line.push_str(&format!(" --speed {}", conditions.speed));
        }
        if let Some(name) = &args.key.secret_env {
            line.push_str(&format!(" --secret-env {}", quote(name)));
        }
        if let Some(file) = &args.key.secret_file {
            line.push_str(&format!(" --secret-file {}", quote(&file.display().to_string())));
        }
    }
}

/// A URL that may hold a secret is not repeated.
fn address(target: &Target) -> String {
    let shown = target.to_string();
    if shown == target.url.as_str() { quote(&shown) } else { "\"$HOOKREEL_TARGET\"".into() }
}

/// The text as one word of a shell.
fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
