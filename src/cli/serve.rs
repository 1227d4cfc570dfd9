//! `hookreel serve`: the reference receiver, right or, with `--bug`, wrong on purpose.

mod capture;
mod forward;
mod page;

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

use super::args::{KeyArgs, KeysArgs, PageFor, ServeArgs};
use super::exit::{Exit, Refused};
use super::files;
use super::sign::{edition, method};
use super::signals::Signals;
use super::{ProcessContext, complain, secrets, show};
use crate::delivery::clock::Clock;
use crate::delivery::dial::{OTHERS, make_room};
use crate::number;
use crate::provider::{Provider, Revision, standard_webhooks};
use crate::receiver::connections::listen as listen_on;
use crate::receiver::habits::{Habits, SignatureCheck};
use crate::receiver::inbox::StoredFile;
use crate::receiver::judge::{Account, KeyRing};
use crate::receiver::page::{PREFIX, Page};
use crate::receiver::{AnsweredRequest, Keeper, PassedOn, Receiver};
use crate::report::inert;
use crate::scenario::Method;
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
    let habits = habits(args, provider, revision)?;
    let connections = habits.connections;
    let (signing, revision) = signing(args, provider, revision)?;
    let sender = page::ServedSender { provider, revision, method: signing };
    let accounts = accounts(args, context, sender, &habits)?;
    let page = (args.page != PageFor::Off)
        .then(|| Page::new(page::settings(sender, &accounts, args.page == PageFor::Public)));
    let (store, known) = match &args.store {
        None => (None, Vec::new()),
        Some(path) => open(path).map(|(file, known)| (Some(Mutex::new(file)), known))?,
    };
    let clock = Clock::system();
    let forward =
        args.forward.clone().map(|target| Forward::to(target, &args.allow_remote, revision.policy.timeout));
    let forward = forward.transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(cannot_serve)?;
    let listener = runtime.block_on(async { listen(args, forward.as_ref()) })?;
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
    let paths: Vec<String> = accounts.iter().map(|account| account.path.clone()).collect();
    let receiver = Receiver::new(accounts, Arc::new(move || clock.now().as_second()))
        .with(habits)
        .failing(failures.collect())
        .kept_by(log.clone());
    let receiver =
        if args.path.is_none() && args.account.is_empty() { receiver.anywhere() } else { receiver };
    let receiver = match page {
        Some(page) => receiver.shown_on(page),
        None => receiver,
    };
    if let Some(path) = paths.first() {
        receiver.restore(path, known);
    }
    // Where the system allows fewer, connections beyond these wait until others are closed.
    let _ = make_room(connections.saturating_add(OTHERS));
    runtime.block_on(serve(args, &paths, receiver.clone(), listener))?;
    let inboxes = paths.iter().filter_map(|path| receiver.inbox(path));
    let stored: usize = inboxes.map(|inbox| inbox.recordings.len()).sum();
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
fn listen(args: &ServeArgs, forward: Option<&Forward>) -> Result<TcpListener, Refused> {
    let listener = listen_on(args.listen)
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

async fn serve(
    args: &ServeArgs,
    paths: &[String],
    receiver: Receiver,
    listener: TcpListener,
) -> Result<(), Refused> {
    let address = listener.local_addr().map_err(cannot_serve)?;
    if args.page != PageFor::Off {
        complain(&format!("what comes is shown at http://{address}{PREFIX}\n"));
    }
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
            let lines = paths.iter().map(|path| format!("listening on http://{address}{path}\n"));
            show(&lines.collect::<String>());
            signal.await;
        }
    }
    let _ = stop.send(());
    let _ = serving.await;
    Ok(())
}

/// The right habits with the wrong ones that are asked for.
fn habits(args: &ServeArgs, provider: &Provider, revision: &Revision) -> Result<Habits, Refused> {
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
    habits.delay = args.delay.unwrap_or(habits.delay);
    Ok(habits)
}

/// Signature of the callbacks, where there is a key, and the edition as it is then.
fn signing(
    args: &ServeArgs,
    provider: &Provider,
    revision: &'static Revision,
) -> Result<(Method, &'static Revision), Refused> {
    let keyed =
        !args.keys.secret_env.is_empty() || !args.keys.secret_file.is_empty() || !args.account.is_empty();
    let method = match args.sender.method.as_deref() {
        Some("none") => Method::None,
        None if !keyed && revision.signatures.is_empty() => Method::None,
        name => method(provider, revision, name)?,
    };
    Ok((method, standard_webhooks::under(revision, method)))
}

/// The accounts of --account, and the one of --path and the key flags, which is there unless only others are asked for.
fn accounts(
    args: &ServeArgs,
    context: &ProcessContext,
    sender: page::ServedSender,
    habits: &Habits,
) -> Result<Vec<Account>, Refused> {
    let page::ServedSender { provider, revision, method } = sender;
    let own =
        if method == Method::StandardWebhooks { standard_webhooks::TOLERANCE } else { provider.lifetime };
    let lifetime = args.lifetime.unwrap_or(own);
    let names = args.settings.compared(provider, revision, &context.environment)?;
    let account = |path: &str, key: Option<KeyRing>| Account {
        second_callback: revision.second_callback,
        handshake: revision.handshake(),
        path: path.to_owned(),
        reading: revision.reading,
        signing: revision.signature(method).zip(key.map(|key| key.named(names.clone()))),
        lifetime: number::seconds(lifetime),
    };
    let mut accounts = Vec::new();
    let key = keys(args, context, habits)?;
    if args.account.is_empty() || key.is_some() || args.path.is_some() {
        let unkeyed = key.is_none();
        let own = account(args.path.as_deref().unwrap_or(PATH), key);
        if own.signing.is_none() {
            let why = if unkeyed { "there is no key" } else { "they are not signed that way" };
            complain(&format!("warning: callbacks are taken unsigned: {why}\n"));
        }
        accounts.push(own);
    }
    for (path, name) in &args.account {
        if accounts.iter().any(|known: &Account| known.path == *path) {
            return Err(Refused::usage(format!("--account: the path {path} is given twice")));
        }
        let source = KeyArgs { secret_env: Some(name.clone()), ..KeyArgs::default() };
        let Some((key, warning)) = secrets::key(&source, &context.environment).map_err(|refused| {
            Refused { text: refused.text.replace("--secret-env", "--account"), ..refused }
        })?
        else {
            continue;
        };
        warning.iter().for_each(|warning| complain(&format!("{warning}\n")));
        accounts.push(account(path, Some(key.into())));
    }
    Ok(accounts)
}

fn keys(args: &ServeArgs, context: &ProcessContext, habits: &Habits) -> Result<Option<KeyRing>, Refused> {
    let KeysArgs { secret_env, secret_file } = &args.keys;
    let variable = |name: &String| context.environment.get(name).is_some_and(String::is_empty);
    if habits.check == SignatureCheck::WhenKeyed && secret_env.iter().any(variable) {
        return Ok(Some(SecretString::default().into()));
    }
    let of_variables =
        secret_env.iter().map(|name| KeyArgs { secret_env: Some(name.clone()), ..KeyArgs::default() });
    let of_files =
        secret_file.iter().map(|path| KeyArgs { secret_file: Some(path.clone()), ..KeyArgs::default() });
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
    files::claim("--store", path)?;
    let mut file =
        OpenOptions::new().create(true).read(true).append(true).open(path).map_err(|error| failed(&error))?;
    if !file.metadata().is_ok_and(|meta| meta.is_file()) {
        return Err(failed(&"it is not a regular file"));
    }
    let mut bytes = Vec::new();
    (&mut file).take(LARGEST_STORE).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if number::capped::<u64>(bytes.len()) >= LARGEST_STORE {
        return Err(failed(&"it is larger than 1 GiB"));
    }
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole < bytes.len() {
        bytes.truncate(whole);
        file.set_len(number::capped::<u64>(whole)).map_err(|error| failed(&error))?;
    }
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
    let known = lines.map(|(index, line)| {
        serde_json::from_slice(line)
            .map_err(|error| failed(&format!("line {} is not a recording: {error}", index + 1)))
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
