//! `hookreel report`: any format, from the record of a run, or from those of all parts of a load run.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use super::exit::{Exit, Refused};
use super::files;
use super::outputs::{Ci, Outputs};
use super::requests::parse_format;
use super::sources::encoded;
use super::values::{ReportTo, svg};
use super::{ProcessContext, complain, recorded_audit, run, show, signals, traffic};
use crate::capture::CaptureFormat;
use crate::record::load::{LoadRun, SearchRecord, ShardRecord};
use crate::record::{Comparison, Record, RunRecord};
use crate::report::text::Detail;
use crate::report::{ReportFormat, text};
use crate::scenario::as_written;
use crate::verdict;
use crate::verdict::threshold::Threshold;

#[derive(Args)]
pub(super) struct ReportArgs {
    /// What --record wrote: one file of a run or an audit, or the files of all shards of a load run. Or captures and access
    /// logs: which callbacks came, what they were answered, and what is missing.
    #[arg(value_name = "RECORD", required = true)]
    records: Vec<PathBuf>,
    /// Form of the captures, where it is not recognised: capture, record, http, curl, url, har, access-log, bodies, body.
    #[arg(long = "as", id = "as", value_name = "FORMAT", value_parser = parse_format)]
    format: Option<CaptureFormat>,
    /// Of an access log: provider whose retries tell its callbacks apart.
    #[arg(long)]
    provider: Option<String>,
    /// Judge a load run by these thresholds, and not by those of its record. Repeatable.
    #[arg(long, value_name = "EXPR")]
    threshold: Vec<Threshold>,
    /// Report in a format of `hookreel list reports`; to a file, or to standard output instead of the text. Repeatable. In
    /// GitHub Actions, without --report, annotations and a job summary are added; `--report text` prevents that.
    #[arg(long, value_name = "FORMAT[=PATH]", value_parser = ReportTo::parse, value_delimiter = ',')]
    report: Vec<ReportTo>,
    /// Write a badge as an SVG image, such as `hookreel | 246 passed`.
    #[arg(long, value_name = "FILE.svg", value_parser = svg)]
    badge: Option<PathBuf>,
    /// Compare with this earlier record of the same run or audit: newly failed, fixed, slower.
    #[arg(long, value_name = "RECORD")]
    against: Option<PathBuf>,
    /// Show every callback of a run, and every failure of an audit in full.
    #[arg(short, long)]
    verbose: bool,
}

/// Subject of the records.
enum RecordedSubject {
    Run(Box<RunRecord>),
    Load(Box<LoadRun>),
    Search(Box<SearchRecord>),
}

impl RecordedSubject {
    /// The exit code of its command, which its head has from now on.
    fn exit(&mut self) -> Exit {
        let (exit, header) = match self {
            Self::Run(run) => (run::exit(run), &mut run.header),
            Self::Load(run) => (of_load(run), &mut run.header),
            Self::Search(search) => (of_search(search), &mut search.header),
        };
        header.exit = Some(exit.told());
        exit
    }
}

pub(super) fn run(args: &ReportArgs, context: &ProcessContext) -> Result<Exit, Refused> {
    let capture = match args.format {
        Some(format) => format != CaptureFormat::Record,
        None => args.records.iter().any(|path| traffic::is_capture(path)),
    };
    if capture {
        let plain = args.report.is_empty() && args.threshold.is_empty() && args.badge.is_none();
        return match plain && args.against.is_none() {
            true => traffic::report(&args.records, args.format, args.provider.as_deref()),
            false => Err(Refused::usage(
                "a capture is reported as text only; --report, --against, --threshold and --badge are for records",
            )),
        };
    }
    args.records.iter().chain(&args.against).for_each(|path| files::needed(path));
    let mut outputs = Outputs::to(&args.report, Ci::of(&context.environment), args.badge.clone(), None)?;
    let mut told = told(&args.records)?;
    if !args.threshold.is_empty() {
        judge_by(&mut told, &args.threshold)?;
    }
    if let Some(path) = &args.against {
        compare(&mut told, path)?;
    }
    let exit = told.exit();
    let render = |format: &ReportFormat| match &told {
        RecordedSubject::Run(run) => recorded_audit::rendered(format, run, args.verbose),
        RecordedSubject::Load(run) => format.render(&**run),
        RecordedSubject::Search(search) => format.render(&**search),
    };
    if outputs.screen {
        let card = match &told {
            RecordedSubject::Run(run) => recorded_audit::scorecard(run, exit, args.verbose),
            RecordedSubject::Load(_) | RecordedSubject::Search(_) => None,
        };
        let compared = match &told {
            RecordedSubject::Run(run) if card.is_some() => text::compared(run),
            _ => String::new(),
        };
        let text = card.or_else(|| match &told {
            // A page or two: a file of `--report` holds all of it.
            RecordedSubject::Run(run) => {
                let detail = if args.verbose { Detail::Verbose } else { Detail::Short };
                Some(text::in_detail(run, detail))
            }
            _ => Some(render(ReportFormat::named("text")?)),
        });
        // There is always a format `text`.
        show(&format!("{}{compared}", text.unwrap_or_default()));
    }
    if let Err(error) = outputs.write_as(render) {
        complain(&format!("error: {error}\n"));
        return Ok(Exit::Internal);
    }
    Ok(exit)
}

/// Takes in what changed since the run of an earlier record.
fn compare(told: &mut RecordedSubject, path: &Path) -> Result<(), Refused> {
    let no_run = |what: &str| {
        Refused::usage(format!(
            "--against compares two runs or two audits, and {what} the record of a load run"
        ))
    };
    let RecordedSubject::Run(run) = told else { return Err(no_run("this is")) };
    let Record::Run(earlier) = open(path)? else {
        return Err(no_run(&format!("`{}` is", path.display())));
    };
    if run.cases.is_empty() != earlier.cases.is_empty() {
        return Err(Refused::usage(format!(
            "--against: one of these is the record of a run and the other of an audit; `{}` is not compared",
            path.display()
        )));
    }
    run.compared = Some(Comparison::of(run, &earlier, &path.display().to_string()));
    Ok(())
}

/// Puts these thresholds in the place of those of the record.
fn judge_by(told: &mut RecordedSubject, thresholds: &[Threshold]) -> Result<(), Refused> {
    let run = match told {
        RecordedSubject::Load(run) => run,
        RecordedSubject::Run(_) => {
            return Err(Refused::usage("--threshold: this is the record of a run, not of a load run"));
        }
        RecordedSubject::Search(_) => {
            return Err(Refused::usage(
                "--threshold: the steps of a search with --find-limit depended on its own thresholds; search again",
            ));
        }
    };
    for threshold in thresholds {
        threshold.fits(run.line.open).map_err(Refused::usage)?;
    }
    run.line.thresholds = thresholds.iter().map(ToString::to_string).collect();
    Ok(())
}

/// The exit code that a search deserves.
pub(super) fn of_search(search: &SearchRecord) -> Exit {
    ended_early(search.stopped.as_deref(), search.never_began)
        .unwrap_or_else(|| verdict::limit::judge(search).verdict.into())
}

/// The exit code that a load run deserves.
pub(super) fn of_load(run: &LoadRun) -> Exit {
    ended_early(run.stopped.as_deref(), run.never_began)
        .unwrap_or_else(|| verdict::load::judge(run).verdict.into())
}

/// The exit code of a load that ended by a signal, or before anything was sent.
fn ended_early(why: Option<&str>, never_began: bool) -> Option<Exit> {
    signals::exit(why).or(never_began.then_some(Exit::Unreachable))
}

fn told(paths: &[PathBuf]) -> Result<RecordedSubject, Refused> {
    let mut runs = Vec::new();
    let mut shards: Vec<(String, ShardRecord<BufReader<File>>)> = Vec::new();
    for path in paths {
        let name = path.display().to_string();
        match open(path)? {
            Record::Run(run) => runs.push((name, run)),
            Record::Load(shard) => shards.push((name, *shard)),
            Record::Search(search) if paths.len() == 1 => return Ok(RecordedSubject::Search(search)),
            Record::Search(_) => {
                return Err(Refused::usage(format!(
                    "`{name}` is the record of a search with --find-limit; report on it by itself"
                )));
            }
        }
    }
    match (runs.len(), shards.as_slice()) {
        (1, []) => {}
        (0, _) => {
            let mut run = LoadRun::merge(shards).map_err(Refused::usage)?;
            run.gathered = true;
            return Ok(RecordedSubject::Load(Box::new(run)));
        }
        (_, [(load, _), ..]) => {
            let run = runs.first().map_or("", |(name, _)| name);
            return Err(Refused::usage(format!(
                "`{run}` is the record of a run, and `{load}` of a load run; report on each by itself"
            )));
        }
        (several, []) => {
            return Err(Refused::usage(format!(
                "these are the records of {several} runs; report on each by itself: only the shards of a load run are merged"
            )));
        }
    }
    let (name, run) = runs.remove(0);
    if !run.ended {
        complain(&format!(
            "warning: `{name}` has no end: the run was killed, and what it did not come to is counted as not sent\n"
        ));
    }
    Ok(RecordedSubject::Run(run))
}

fn open(path: &Path) -> Result<Record<BufReader<File>>, Refused> {
    let unread = |error: std::io::Error| Refused::usage(format!("cannot read `{}`: {error}", path.display()));
    let mut input = BufReader::new(files::read(path).map_err(unread)?);
    // Some editors put it before a text.
    let mark = input.fill_buf().map_err(unread)?.starts_with(MARK);
    input.consume(if mark { MARK.len() } else { 0 });
    Record::open(input).map_err(|error| {
        let shown = path.display();
        let why = something_else(path)
            .map_or_else(|| format!("`{shown}`, {error}"), |what| format!("`{shown}` is {what}"));
        Refused::usage(why)
    })
}

/// Content of a file that is not a record, and what to do with it; none = it may be a damaged one.
fn something_else(path: &Path) -> Option<String> {
    const RECORDS: &str = "`report` reads records, which --record FILE writes";
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LONGEST_BODY).read_to_end(&mut bytes)).ok()?;
    if bytes.is_empty() {
        return Some(format!("empty; {RECORDS}"));
    }
    if let Some(what) = encoded(&bytes) {
        return Some(format!("{what}; {RECORDS}"));
    }
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let begins = |with: &str| text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    if begins("<!doctype html") || begins("<html") {
        return Some(format!("an HTML page, not a record; {RECORDS}"));
    }
    if begins("[") {
        return Some(format!("a JSON list, not a record, which has an object a line; {RECORDS}"));
    }
    if begins("<") {
        return Some(format!("XML, such as a JUnit report, not a record; {RECORDS}"));
    }
    let shown = path.display();
    match as_written::read(text)? {
        Value::Object(fields) if fields.contains_key("line") => None,
        Value::Object(fields) if fields.contains_key("schema") || fields.contains_key("results") => {
            Some(format!("a report in JSON, not a record; {RECORDS}"))
        }
        Value::Object(fields) if fields.contains_key("provider") && fields.contains_key("broadcast") => {
            Some(format!("a scenario, not a record: hookreel run {shown}"))
        }
        Value::Object(_) if text.starts_with('{') => Some(format!(
            "one captured body, not a record: it has no times and no answers; `hookreel verify {shown}` checks its signature, \
             `hookreel replay {shown} -t URL` sends it"
        )),
        _ => None,
    }
}

/// The byte order mark.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The longest file that is looked at to say what it is.
const LONGEST_BODY: u64 = 4 << 20;
