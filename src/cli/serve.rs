//! `hookreel serve`: the reference receiver, right or, with `--bug`, wrong on purpose.

mod capture;
mod forward;

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::Bytes;
use hyper::http::request::Parts;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::args::{KeyArgs, KeysArgs, ServeArgs};
use super::exit::{Exit, Refused};
use super::sign::{edition, method};
use super::signals::Signals;
use super::{ProcessContext, complain, secrets, show};
use crate::delivery::clock::Clock;
use crate::delivery::dial::{OTHERS, make_room};
use crate::provider::{Provider, Revision};
use crate::receiver::habits::{Habits, SignatureCheck};
use crate::receiver::inbox::StoredFile;
use crate::receiver::judge::{Account, KeyRing};
use crate::receiver::{AnsweredRequest, Keeper, PassedOn, Receiver};
use crate::report::inert;
use capture::CaptureFile;
use forward::Forward;

/// The path of the one callback URL, when every path is.
const PATH: &str = "/";
/// Characters of an event's name or a path that are shown; a sender can make it as long as a body.
const LONGEST: usize = 60;

pub(super) fn run(args: &ServeArgs, context: &ProcessContext) -> Result<Exit, Refused> {
    let (provider, revision) = edition(&args.sender.provider, args.sender.revision.as_deref())?;
    if !args.listen.ip().is_loopback() && !args.public {
        return Err(Refused::usage(format!(
            "--listen: other machines can reach {}; add --public if they are meant to",
            args.listen
        )));
    }
    let habits = habits(args, (provider, revision))?;
    let connections = habits.connections;
    let account = account(args, context, (provider, revision), &habits)?;
    let (store, known) = match &args.store {
        None => (None, Vec::new()),
        Some(path) => open(path).map(|(file, known)| (Some(Mutex::new(file)), known))?,
    };
    let clock = Clock::system();
    let forward =
        args.forward.clone().map(|target| Forward::to(target, &args.allow_remote, revision.policy.timeout));
    let forward = forward.transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(cannot_serve)?;
    let listener = runtime.block_on(listen(args, forward.as_ref()))?;
    let capture = args.capture.as_deref().map(|folder| CaptureFile::create(folder, clock.now()));
    let log = Arc::new(Log {
        clock: clock.clone(),
        store,
        forward,
        capture: capture.transpose()?,
        accepted: AtomicU64::new(0),
        refused: AtomicU64::new(0),
    });
    let failures =
        args.fail.iter().flat_map(|fail| std::iter::repeat_n(fail.status, usize::from(fail.times)));
    let path = account.path.clone();
    let receiver = Receiver::new(vec![account], Arc::new(move || clock.now().as_second()))
        .with(habits)
        .failing(failures.collect())
        .kept_by(log.clone());
    let receiver = if args.path.is_none() { receiver.anywhere() } else { receiver };
    receiver.restore(&path, known);
    // Where the system allows fewer, connections beyond these wait until others are closed.
    let _ = make_room(connections.saturating_add(OTHERS));
    runtime.block_on(serve(args, receiver.clone(), listener))?;
    let stored = receiver.inbox(&path).map_or(0, |inbox| inbox.recordings.len());
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    complain(&format!(
        "ended: {} accepted, {} refused, {stored} stored\n",
        count(&log.accepted),
        count(&log.refused)
    ));
    Ok(Exit::Passed)
}

fn cannot_serve(error: io::Error) -> Refused {
    Refused { exit: Exit::Internal, text: format!("error: cannot serve: {error}\n") }
}

/// Takes the address, if it may be taken.
async fn listen(args: &ServeArgs, forward: Option<&Forward>) -> Result<TcpListener, Refused> {
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|error| Refused::usage(format!("--listen: cannot listen on {}: {error}", args.listen)))?;
    let address = listener.local_addr().map_err(cannot_serve)?;
    if !address.ip().is_loopback() {
        complain(&format!("warning: {address} can be reached from other machines\n"));
    }
    if forward.and_then(Forward::own_port) == Some(address.port()) {
        return Err(Refused::usage(format!("--forward: {address} is where this receiver itself listens")));
    }
    Ok(listener)
}

async fn serve(args: &ServeArgs, receiver: Receiver, listener: TcpListener) -> Result<(), Refused> {
    let address = listener.local_addr().map_err(cannot_serve)?;
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(receiver.run(listener, async move {
        let _ = stopped.await;
    }));
    let signals = Signals::listen();
    let mut signal = std::pin::pin!(signals.next());
    // Whoever has read the line may send a signal: it must be heeded by then.
    tokio::select! {
        biased;
        _ = &mut signal => {}
        () = std::future::ready(()) => {
            let path = args.path.as_deref().unwrap_or(PATH);
            show(&format!("listening on http://{address}{path}\n"));
            signal.await;
        }
    }
    let _ = stop.send(());
    let _ = serving.await;
    Ok(())
}

/// The right habits with the wrong ones that are asked for.
fn habits(args: &ServeArgs, (provider, revision): (&Provider, &Revision)) -> Result<Habits, Refused> {
    let mut habits = Habits::default();
    habits.limits = habits.limits.within(revision.policy.timeout);
    for bug in &args.bug {
        if !bug.provider.is_empty() && bug.provider != provider.name {
            return Err(Refused::usage(format!(
                "--bug: only a receiver of {} can have the bug `{}`",
                bug.provider, bug.name
            )));
        }
        (bug.change)(&mut habits);
        complain(&format!("warning: wrong on purpose: {}: {}\n", bug.name, bug.what));
    }
    Ok(habits)
}

fn account(
    args: &ServeArgs,
    context: &ProcessContext,
    (provider, revision): (&'static Provider, &'static Revision),
    habits: &Habits,
) -> Result<Account, Refused> {
    let key = keys(args, context, habits)?;
    let signature = match (&key, &args.sender.method) {
        (None, None) => None,
        (_, Some(name)) if name == "none" => None,
        (_, name) => revision.signature(method(provider, revision, name.as_deref())?),
    };
    if signature.is_none() {
        let why = if key.is_none() { "there is no key" } else { "they are not signed that way" };
        complain(&format!("warning: callbacks are taken unsigned: {why}\n"));
    }
    let lifetime = args.lifetime.unwrap_or(provider.lifetime);
    Ok(Account {
        second_callback: revision.second_callback,
        path: args.path.clone().unwrap_or_else(|| PATH.into()),
        reading: revision.reading,
        signing: signature.zip(key),
        lifetime: i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX),
    })
}

fn keys(args: &ServeArgs, context: &ProcessContext, habits: &Habits) -> Result<Option<KeyRing>, Refused> {
    let KeysArgs { secret_env, secret_file } = &args.keys;
    let variable = |name: &String| context.environment.get(name).is_some_and(String::is_empty);
    if habits.check == SignatureCheck::WhenKeyed && secret_env.iter().any(variable) {
        return Ok(Some(SecretString::default().into()));
    }
    let of_variables =
        secret_env.iter().map(|name| KeyArgs { secret_env: Some(name.clone()), secret_file: None });
    let of_files =
        secret_file.iter().map(|path| KeyArgs { secret_env: None, secret_file: Some(path.clone()) });
    let mut all = Vec::new();
    for source in of_variables.chain(of_files) {
        let Some((key, warning)) = secrets::key(&source, &context.environment)? else { continue };
        warning.iter().for_each(|warning| complain(&format!("{warning}\n")));
        all.push(key);
    }
    Ok((!all.is_empty()).then(|| KeyRing::any_of(all)))
}

/// The largest store that is read: a device must not take all memory.
const LARGEST_STORE: u64 = 1 << 30;

/// Opens the store and reads what it holds.
///
/// A last line without an end was cut off with the receiver that wrote it, and never acknowledged: it is taken away, so
/// that the next one does not grow onto it.
fn open(path: &Path) -> Result<(File, Vec<StoredFile>), Refused> {
    let failed = |error: &dyn std::fmt::Display| {
        Refused::usage(format!("--store: cannot use `{}`: {error}", path.display()))
    };
    let mut file =
        OpenOptions::new().create(true).read(true).append(true).open(path).map_err(|error| failed(&error))?;
    if !file.metadata().is_ok_and(|meta| meta.is_file()) {
        return Err(failed(&"it is not a regular file"));
    }
    let mut bytes = Vec::new();
    (&mut file).take(LARGEST_STORE).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) >= LARGEST_STORE {
        return Err(failed(&"it is larger than 1 GiB"));
    }
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole < bytes.len() {
        bytes.truncate(whole);
        file.set_len(u64::try_from(whole).unwrap_or(u64::MAX)).map_err(|error| failed(&error))?;
    }
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
    let known = lines.map(|(index, line)| {
        serde_json::from_slice(line)
            .map_err(|error| failed(&format!("line {} is no recording: {error}", index + 1)))
    });
    Ok((file, known.collect::<Result<_, _>>()?))
}

/// Tells of each request on standard error, and keeps what is stored.
struct Log {
    clock: Clock,
    store: Option<Mutex<File>>,
    capture: Option<CaptureFile>,
    forward: Option<Forward>,
    accepted: AtomicU64,
    refused: AtomicU64,
}

impl Keeper for Log {
    fn keep(&self, recording: &StoredFile) -> io::Result<()> {
        let Some(store) = &self.store else { return Ok(()) };
        let line = serde_json::to_string(recording)?;
        let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
        let end = store.metadata()?.len();
        store.write_all(format!("{line}\n").as_bytes()).inspect_err(|error| {
            complain(&format!("error: --store: {error}\n"));
            // Half a line would spoil the next one.
            let _ = store.set_len(end);
        })
    }

    fn hears_all(&self) -> bool {
        self.capture.is_some() || self.forward.is_some()
    }

    fn pass_on(&self, head: &Parts, body: &Bytes) -> Option<PassedOn> {
        Some(self.forward.as_ref()?.pass_on(head, body))
    }

    fn hear(&self, told: &AnsweredRequest<'_>) {
        let now = self.clock.now();
        self.capture.iter().for_each(|capture| capture.write(told, now));
        match told.accepted {
            Some(true) => self.accepted.fetch_add(1, Ordering::Relaxed),
            Some(false) => self.refused.fetch_add(1, Ordering::Relaxed),
            None => 0,
        };
        let short = |text: &str, instead: &str| -> String {
            let text: String = inert(text).chars().take(LONGEST).collect();
            if text.is_empty() { instead.to_owned() } else { text }
        };
        let (method, path) = (short(told.method, "-"), short(told.path, "-"));
        let event = short(told.event, "-");
        let time = now.strftime("%Y-%m-%dT%H:%M:%SZ");
        let (status, mut outcome) = (told.status.as_u16(), inert(told.outcome));
        if let Some(forward) = self.forward.as_ref().filter(|_| told.passed_on) {
            outcome.push_str(&format!("; answered by {forward}"));
        }
        complain(&format!("{time}  {method} {path}  {event}  {status}  {outcome}\n"));
    }
}
