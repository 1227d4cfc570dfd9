//! Output of results: record, reports, standard output.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::RunArgs;
use super::exit::Refused;
use super::files;
use super::recorded_audit::rendered;
use super::stdout::show_bytes;
use super::streamed_report::LiveStream;
use super::values::ReportTo;
use super::{complain, show};
use crate::play::Planned;
use crate::record::RunRecord;
use crate::report::{BADGE, ReportFormat};
use crate::scenario::Environment;

/// The format that is written while the run goes on.
const LIVE: &str = "ndjson";

/// Output for a CI system beside the text, if there is one.
#[derive(Clone, Default)]
pub(super) struct Ci {
    /// Annotations are read from standard output.
    github: bool,
    /// File that the job summary is appended to.
    summary: Option<PathBuf>,
}

impl Ci {
    pub(super) fn of(environment: &Environment) -> Self {
        let github = environment.get("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let summary = environment.get("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
        Self { github, summary: summary.map(PathBuf::from) }
    }
}

/// Output of results. Each file is opened for writing before anything is sent; its old content stays until the run begins.
pub(super) struct Outputs {
    record_path: Option<PathBuf>,
    pub(super) record: Option<File>,
    files: Vec<(&'static ReportFormat, PathBuf)>,
    /// File that the command writes by itself at its end.
    scorecard: Option<PathBuf>,
    printed: Vec<&'static ReportFormat>,
    /// The text report is shown while the run goes on.
    pub(super) screen: bool,
    /// Reports that are written while the run goes on; none = standard output.
    live: Vec<Option<PathBuf>>,
    stream: Option<LiveStream>,
    /// No report is named, and GitHub Actions listens.
    annotate: bool,
    /// File that the job summary is appended to.
    summary: Option<PathBuf>,
    /// Everything is shown.
    verbose: bool,
}

impl Outputs {
    /// Looks whether every file can be written.
    ///
    /// # Errors
    /// One cannot, or is named twice, or is read by this command: that would be lost.
    pub(super) fn open(args: &RunArgs, planned: &Planned) -> Result<Self, Refused> {
        let loaded = planned.loaded.iter().map(|loaded| Path::new(&loaded.document.source.name));
        loaded.chain(planned.captured.files.iter().map(PathBuf::as_path)).for_each(files::needed);
        let (ci, badge) = (args.output.ci.clone(), args.output.badge.clone());
        let scorecard = args.output.scorecard.clone();
        if let Some(path) = &scorecard {
            files::claim("--scorecard", path)?;
        }
        let own = Self::to(&args.output.report, ci, badge, args.output.record.clone())?;
        Ok(Self { scorecard, verbose: args.output.verbose, ..own })
    }

    /// The same for reports and a record by themselves.
    ///
    /// # Errors
    /// One cannot be written, or is named twice, or is read by this command.
    pub(super) fn to(
        reports: &[ReportTo],
        ci: Ci,
        badge: Option<PathBuf>,
        record_path: Option<PathBuf>,
    ) -> Result<Self, Refused> {
        let stdout = |report: &&ReportTo| report.path.as_ref().is_none_or(|path| path == Path::new("-"));
        let printed: Vec<_> = reports.iter().filter(stdout).map(|report| report.format).collect();
        if printed.len() > 1 {
            return Err(Refused::usage(
                "two reports cannot share standard output; give all but one a file: --report junit=FILE",
            ));
        }
        let to_file = reports.iter().filter(|report| !stdout(report));
        let files = to_file.filter_map(|report| Some((report.format, report.path.clone()?)));
        let badge = badge.map(|path| (&BADGE, path));
        let files: Vec<_> = files.chain(badge).collect();
        for (index, (format, path)) in files.iter().enumerate() {
            files::claim(&format!("--report {}#{index}", format.name), path)?;
        }
        if let Some(path) = &record_path {
            files::claim("--record", path)?;
        }
        // The text is shown live; asked for by name, it is the same text.
        let screen = printed.iter().all(|format| format.name == "text");
        let streamed = files.iter().filter(|(format, _)| format.name == LIVE);
        let printed_live = printed.iter().filter(|format| format.name == LIVE).map(|_| None);
        let live = streamed.map(|(_, path)| Some(path.clone())).chain(printed_live).collect();
        let annotate = ci.github && reports.is_empty();
        let summary = ci.summary.filter(|_| annotate || printed.iter().any(|format| format.name == "github"));
        if let Some(path) = &summary {
            files::spare("GITHUB_STEP_SUMMARY", path)?;
        }
        Ok(Self {
            record_path,
            record: None,
            files,
            scorecard: None,
            printed,
            screen,
            live,
            stream: None,
            annotate,
            summary,
            verbose: false,
        })
    }

    /// Opens the record, now that the run begins, and empties the files of the reports: of a run that is killed none of an earlier one
    /// stays in their place.
    ///
    /// # Errors
    /// One cannot be written after all.
    pub(super) fn begin(&mut self) -> Result<(), Refused> {
        let emptied = |path: &Path| {
            files::create(path).map_err(|error| {
                Refused::usage(format!("cannot write `{}`: {error}; nothing was sent", path.display()))
            })
        };
        // A pipe has nothing of an earlier run, and its reader may take the end of this for the end of all.
        let files = self.files.iter().map(|(_, path)| path).chain(&self.scorecard);
        let earlier = files.filter(|path| path.is_file());
        earlier.map(|path| emptied(path)).collect::<Result<Vec<_>, _>>()?;
        self.record = self.record_path.as_deref().map(emptied).transpose()?;
        Ok(())
    }

    /// Writes every report.
    ///
    /// # Errors
    /// Those that could not be written, a line each; the others are written all the same.
    pub(super) fn write(&mut self, run: &RunRecord) -> Result<(), String> {
        let verbose = self.verbose;
        self.write_as(|format| rendered(format, run, verbose))
    }

    /// The reports that are written while the run goes on; none where none is named.
    ///
    /// # Errors
    /// One cannot be written after all.
    pub(super) fn stream(&mut self) -> Result<Option<LiveStream>, Refused> {
        if self.live.is_empty() {
            return Ok(None);
        }
        let failed =
            |error| Refused::usage(format!("the {LIVE} report cannot be written: {error}; nothing was sent"));
        let stream = LiveStream::open(&self.live).map_err(failed)?;
        self.files.retain(|(format, _)| format.name != LIVE);
        self.printed.retain(|format| format.name != LIVE);
        self.stream = Some(stream.clone());
        Ok(Some(stream))
    }

    /// Writes every report, as `render` gives it.
    ///
    /// # Errors
    /// Those that could not be written, a line each; the others are written all the same.
    pub(super) fn write_as(&mut self, render: impl Fn(&ReportFormat) -> String) -> Result<(), String> {
        for format in self.printed.iter().filter(|format| format.name != "text") {
            show(&render(format));
        }
        let mut failures = Vec::new();
        for (format, path) in &self.files {
            let mut text = render(format);
            if format.name == "text" {
                text = anstream::adapter::strip_str(&text).to_string();
            }
            let written = files::create(path).and_then(|mut file| file.write_all(text.as_bytes()));
            failures.extend(written.err().map(|error| {
                format!("the {} report could not be written to `{}`: {error}", format.name, path.display())
            }));
        }
        if let Some((stream, format)) = self.stream.as_ref().zip(ReportFormat::named(LIVE)) {
            let failed = |error| format!("the {LIVE} report could not be written: {error}");
            failures.extend(stream.end(&render(format)).err().map(failed));
        }
        self.tell_ci(render);
        if failures.is_empty() { Ok(()) } else { Err(failures.join("\nerror: ")) }
    }
}

impl Outputs {
    /// Annotations and job summary. That they cannot be written changes nothing of the verdict.
    fn tell_ci(&self, render: impl Fn(&ReportFormat) -> String) {
        if let Some(format) = ReportFormat::named("github").filter(|_| self.annotate) {
            show_bytes(render(format).as_bytes());
        }
        let markdown = ReportFormat::named("markdown");
        let Some((path, format)) = self.summary.as_ref().zip(markdown) else { return };
        let text = format!("{}\n", render(format));
        let file = OpenOptions::new().create(true).append(true).open(path);
        if let Err(error) = file.and_then(|mut file| file.write_all(text.as_bytes())) {
            complain(&format!(
                "warning: the job summary could not be written to `{}`: {error}\n",
                path.display()
            ));
        }
    }
}
