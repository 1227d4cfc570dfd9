//! Captured requests, as a command line names them: files of any form that is known, folders of such files, standard input.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::complain;
use super::diagnostics::may_repeat;
use super::exit::Refused;
use super::files;
use super::quoted::quote;
use crate::callback::TimeForm;
use crate::callback::splice::{Members, replace, text};
use crate::capture::{
    CaptureError, CaptureFormat, CapturedAnswer, CapturedRequest, CapturedSender, Enough, is_url, read,
};
use crate::percent;
use crate::problem::did_you_mean;
use crate::provider::{Revision, find};
use crate::record::load::LoadLine;
use crate::record::{CallbackRun, Line, NO_KEY, Outcome, RunRecord, SIGNATURE_WORD, ScenarioRun, TIME_WORD};
use crate::report::inert;
use crate::stretch::Stretches;

/// First bytes of a file by which its form is recognised.
const START: usize = 64 << 10;
/// Name of a URL that stands in the place of a file.
pub(super) const URL: &str = "URL";
/// Most requests that are kept.
const MOST: usize = 100_000;
/// Most bytes of their bodies.
const MOST_BYTES: usize = 512 << 20;

/// Requests, and the files that they were read from.
#[derive(Default)]
pub(super) struct Requests {
    pub(super) all: Vec<CapturedRequest>,
    pub(super) files: Vec<PathBuf>,
    /// Reasons of the files that hold no request to be read.
    empty: Vec<String>,
}

/// The form of this name.
///
/// # Errors
/// There is none.
pub(super) fn parse_format(name: &str) -> Result<CaptureFormat, String> {
    CaptureFormat::named(name).ok_or_else(|| {
        let names = || CaptureFormat::NAMES.iter().map(|(_, name, _)| *name);
        let near = did_you_mean(name, names()).map_or_else(String::new, |near| format!("; {near}"));
        format!("expected one of {}{near}", names().collect::<Vec<_>>().join(", "))
    })
}

/// The form of captures, as far as it is known beforehand.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// By the first bytes of each file.
    Recognised,
    /// The same; what is not recognised is a body.
    RecognisedOrBody,
    /// This one.
    Named(CaptureFormat),
}

/// Reads everything that the paths mean, in their order, each file in the form that it has or that is asked for.
///
/// # Errors
/// A file cannot be read, or holds what no form has.
pub(super) fn collect(paths: &[String], form: Form) -> Result<Requests, Refused> {
    let mut requests = Requests::default();
    for path in paths {
        match Path::new(path) {
            path if path == Path::new("-") => take(path, std::io::stdin().lock(), form, &mut requests)?,
            path if is_url(path.as_os_str().as_encoded_bytes()) => {
                take(Path::new(URL), path.as_os_str().as_encoded_bytes(), form, &mut requests)?;
                requests.all.iter_mut().rev().take(1).for_each(|request| request.place = URL.into());
            }
            path if path.is_dir() => {
                for path in files(path)? {
                    file(&path, form, &mut requests)?;
                }
            }
            path => file(path, form, &mut requests)?,
        }
    }
    // Beside files with requests they are a remark; alone, nothing is left.
    match (requests.all.is_empty(), requests.empty.is_empty()) {
        (true, false) => return Err(Refused::usage(inert(&requests.empty.join("\n       ")))),
        _ => requests.empty.iter().for_each(|why| complain(&format!("warning: {}\n", inert(why)))),
    }
    tell_apart(&mut requests.all);
    if paths.len() > 1 || requests.files.len() > 1 {
        for (n, request) in
            requests.all.iter_mut().enumerate().filter(|(_, request)| request.sender.is_none())
        {
            request.id = (n + 1).to_string();
        }
    }
    Ok(requests)
}

/// Gives callbacks of records whose id an earlier one has, of another scenario or another record, an id of their own: `ID/2`.
fn tell_apart(requests: &mut [CapturedRequest]) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut taken: HashSet<String> = HashSet::new();
    for request in requests.iter_mut().filter(|request| request.sender.is_some()) {
        let own = request.id.clone();
        let count = counts.entry(own.clone()).or_insert(1);
        while taken.contains(&request.id) {
            *count += 1;
            request.id = format!("{own}/{count}");
        }
        taken.insert(request.id.clone());
    }
}

/// The files of a folder, by name. Those below it, and hidden ones, are not meant.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Refused> {
    let failed =
        |error: std::io::Error| Refused::usage(format!("cannot read `{}`: {error}", folder.display()));
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .inspect(|entry| may_repeat(&entry.file_name()))
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    match found.is_empty() {
        true => Err(Refused::usage(format!("the folder `{}` holds no file", folder.display()))),
        false => Ok(found),
    }
}

/// Word of advice for a file of the user's.
const REQUEST: &str = "REQUEST";
/// Meaning of that word.
const NO_REQUEST: &str = "\n  REQUEST stands for a file with a request as your receiver got it: its head and body, or the body alone\n  \
     one by hand: hookreel plan SCENARIO --curl ID > REQUEST; curl -sS -i -K REQUEST sends it";

fn file(path: &Path, form: Form, requests: &mut Requests) -> Result<(), Refused> {
    let failed = |error: std::io::Error| {
        let meant = if path == Path::new(REQUEST) { NO_REQUEST } else { "" };
        Refused::usage(format!("cannot read `{}`: {error}{meant}", path.display()))
    };
    take(path, BufReader::with_capacity(START, files::read(path).map_err(failed)?), form, requests)
}

fn take(path: &Path, input: impl Read, form: Form, requests: &mut Requests) -> Result<(), Refused> {
    let name = path.display().to_string();
    let mut input = BufReader::with_capacity(START, input);
    let start = input.fill_buf().map_err(|error| Refused::usage(format!("cannot read `{name}`: {error}")))?;
    if let Some(what) = report(start).filter(|_| !matches!(form, Form::Named(_))) {
        return Err(Refused::usage(format!(
            "`{name}` is {what}, not a capture: of a run --record FILE writes a record, which can be read here"
        )));
    }
    let format = match form {
        Form::Named(format) => format,
        Form::Recognised => CaptureFormat::of(start).ok_or_else(|| unknown(&name, start))?,
        Form::RecognisedOrBody => CaptureFormat::of(start).unwrap_or(CaptureFormat::Body),
    };
    requests.files.push(path.to_owned());
    if format == CaptureFormat::Record {
        requests.all.extend(of_record(&name, input)?);
        return Ok(());
    }
    let (mut bytes, mut most, held) = (0, false, requests.all.len());
    let told = read(format, &name, input, |request| {
        bytes += request.body.as_ref().map_or(0, |body| body.len());
        most = requests.all.len() == MOST || bytes > MOST_BYTES;
        requests.all.push(request);
        if most { Enough::Yes } else { Enough::No }
    });
    let told = told.map_err(|error: CaptureError| Refused::usage(error.to_string()))?;
    if most {
        return Err(Refused::usage(format!(
            "{name}: more than {MOST} requests, or more than {} MiB of bodies; cut it into parts",
            MOST_BYTES >> 20
        )));
    }
    match requests.all.len() == held {
        true if told.is_empty() => requests.empty.push(format!("{name}: there is no request in it")),
        true => requests.empty.extend(told),
        false => told.iter().for_each(|told| complain(&format!("warning: {}\n", inert(told)))),
    }
    Ok(())
}

fn unknown(name: &str, start: &[u8]) -> Refused {
    if start.is_empty() {
        return Refused::usage(format!("{name}: the file is empty"));
    }
    let forms = CaptureFormat::NAMES.iter().map(|(_, name, what)| format!("\n  {name:<11} {what}"));
    Refused::usage(format!(
        "{name}:1: the form of the capture is not recognised; name it with --as FORMAT:{}",
        forms.collect::<String>()
    ))
}

/// Kind of hookreel's own report that begins so; none = it is not a report.
fn report(start: &[u8]) -> Option<&'static str> {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    let head = String::from_utf8_lossy(start.stretch(..HEADING.min(start.len())));
    let head: String = head.split_whitespace().collect();
    let begins = |with: &[&str]| with.iter().any(|with| head.starts_with(with));
    match () {
        () if begins(&[r#"{"event":"run_started","schema":"hookreel.ndjson/"#]) => Some("a report in ndjson"),
        () if begins(&[r#"{"schema":"hookreel."#]) => Some("a report in JSON"),
        () if begins(&[
            r#"{"reportFormat":"CTRF","specVersion""#,
            r#"{"generatedBy":"hookreel","reportFormat":"CTRF""#,
        ]) =>
        {
            Some("a report in CTRF")
        }
        () => None,
    }
}

/// First bytes of a report, in which it names itself.
const HEADING: usize = 256;

/// Lines before that of a load, and it.
const HEAD: usize = 2;

/// The settings of a load, if this is the start of its record.
fn load(start: &[u8]) -> Option<LoadLine> {
    let mut lines = start.split(|byte| *byte == b'\n').take(HEAD);
    lines.find_map(|line| match serde_json::from_slice(line) {
        Ok(Line::Load(load)) => Some(load),
        _ => None,
    })
}

/// The record of a load holds no request; `once` = the command that sends its callbacks one by one.
fn of_a_load(name: &str, once: &str) -> Refused {
    let instead = if once.is_empty() { "hookreel run SCENARIO" } else { once };
    Refused::usage(format!(
        "`{name}` is the record of a load: it holds figures and the first unexpected answers, and no request\n  \
         its callbacks one by one: {}\n  what it holds: hookreel report {}",
        inert(instead),
        quote(name)
    ))
}

/// The callbacks of a record that can be sent again: without faults, which its scenario alone has.
fn of_record(name: &str, mut input: impl BufRead) -> Result<Vec<CapturedRequest>, Refused> {
    let failed = |error| Refused::usage(format!("`{name}`, {error}"));
    if let Some(load) = load(input.fill_buf().map_err(failed)?) {
        return Err(of_a_load(name, &load.once));
    }
    let run = RunRecord::read(input).map_err(failed)?;
    let all = run.scenarios.iter().flat_map(|scenario| scenario.callbacks.iter().map(move |c| (scenario, c)));
    // What was no text was not kept whole.
    let torn = |body: &Value| body.as_str().is_some_and(|text| text.contains(char::REPLACEMENT_CHARACTER));
    let whole = |callback: &CallbackRun| callback.line.faults.is_empty() && !torn(&callback.line.body);
    let (plain, left_out): (Vec<_>, Vec<_>) = all.partition(|(_, callback)| whole(callback));
    if !left_out.is_empty() {
        complain(&format!(
            "note: {} of {} callbacks in {} have faults, or bodies that are not text, and are left out; hookreel run --failed \
             plays scenarios again\n",
            left_out.len(),
            left_out.len() + plain.len(),
            inert(name)
        ));
    }
    plain.into_iter().map(|(scenario, callback)| recorded(name, scenario, callback)).collect()
}

/// True for two origins of a provider with the same hash: they mean one file, wherever it lies.
pub(super) fn same_file(one: &str, other: &str) -> bool {
    let hash = |origin: &str| origin.rsplit(' ').next().map(str::to_owned);
    hash(one) == hash(other)
}

fn recorded(name: &str, scenario: &ScenarioRun, callback: &CallbackRun) -> Result<CapturedRequest, Refused> {
    let line = &scenario.line;
    let unknown = || {
        let (provider, revision) = (&line.provider, &line.revision);
        match line.declared.as_str() {
            "" => Refused::usage(format!("{name}: {provider} {revision} is not known to this version")),
            declared => Refused::usage(format!(
                "{name}: {provider} {revision} is not built in; it was {}\n  name that file: --provider-file FILE",
                inert(declared)
            )),
        }
    };
    let provider = find(&line.provider, "").map_err(|_| unknown())?;
    let revision = provider.revisions.iter().find(|known| known.name == line.revision).ok_or_else(unknown)?;
    if !same_file(&provider.origin(), &line.declared) {
        return Err(Refused::usage(format!(
            "{name}: {} was {}, and is now {}\n  name the file as it was then, or play the scenario again",
            line.provider,
            inert(&line.declared),
            inert(&provider.origin())
        )));
    }
    let last = callback.attempts.last();
    let answer = last.and_then(|attempt| attempt.exchange.as_ref()).and_then(|e| e.answer.as_ref());
    let asks = revision.second_callback(&callback.line.event).is_some_and(|second| second.in_query);
    let query = callback.line.body.as_object().filter(|_| asks);
    let query = query
        .map(|fields| percent::query(fields.iter().map(|(name, value)| (name, percent::text_of(value)))));
    let (method, path) = match &query {
        Some(query) => ("GET", format!("/?{query}")),
        None => ("POST", "/".to_owned()),
    };
    Ok(CapturedRequest {
        id: callback.line.id.clone(),
        at: callback.attempts.first().and_then(|attempt| attempt.sent_at.parse().ok()),
        method: method.into(),
        path,
        headers: Vec::new(),
        body: query.is_none().then(|| with_holes(&callback.line.body, revision).into()),
        answer: answer
            .map(|answer| CapturedAnswer { status: answer.status, body: Some(answer.body.clone().into()) }),
        verdict: callback.outcome().to_string(),
        place: format!("{name}:{}", callback.line.id),
        sender: Some(CapturedSender {
            provider: line.provider.clone(),
            revision: line.revision.clone(),
            event: callback.line.event.clone(),
            signed: line.key != NO_KEY,
            accepted: callback.outcome() == Outcome::Accepted,
            reached: !matches!(callback.outcome(), Outcome::NotSent | Outcome::InDoubt),
        }),
    })
}

/// The body of a callback line as bytes; the words for time and signature stand as values of the vendor's types, to be replaced.
fn with_holes(body: &Value, revision: &Revision) -> Vec<u8> {
    let quoted = format!("\"{TIME_WORD}\"");
    let mut bytes = match body {
        // Bytes that were given have the word without quotes where a number stood.
        Value::String(given) if !given.contains(&quoted) => given.replace(TIME_WORD, "0").into_bytes(),
        Value::String(given) => given.clone().into_bytes(),
        object => object.to_string().into_bytes(),
    };
    let zero = |bytes: &[u8]| {
        let members = Members::of_object(bytes)?;
        let time = members.all.iter().find(|member| text(bytes, &member.value) == TIME_WORD)?;
        Some(time.value.clone())
    };
    if let Some(range) = zero(&bytes).filter(|_| revision.time_form == TimeForm::Number) {
        replace(&mut bytes, range, b"0");
    }
    bytes
}

/// The request had a signature, and has none: it was taken out of a record. A record keeps no headers, so one that stood there left
/// nothing; `otherwise` = the sender signs in headers, or by a method that was asked for.
pub(super) fn lacks_signature(request: &CapturedRequest, otherwise: bool) -> bool {
    let word =
        || request.bytes().windows(SIGNATURE_WORD.len()).any(|window| window == SIGNATURE_WORD.as_bytes());
    request.sender.as_ref().is_some_and(|sender| sender.signed && otherwise || word())
}
