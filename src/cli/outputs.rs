//! Where results go: record, reports, standard output.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::RunArgs;
use super::exit::Refused;
use super::show;
use super::values::ReportTo;
use crate::play::Planned;
use crate::record::Run;
use crate::report::Format;

/// Where results go. That a file can be written is made sure before anything is sent; what stands in it stays until there
/// is something to put in its place.
pub(super) struct Outputs {
    record_path: Option<PathBuf>,
    pub(super) record: Option<File>,
    files: Vec<(&'static Format, PathBuf)>,
    printed: Vec<&'static Format>,
    /// The text report is shown while the run goes on.
    pub(super) screen: bool,
}

impl Outputs {
    /// Looks whether every file can be written.
    ///
    /// # Errors
    /// One cannot, or is named twice, or is a scenario of this run: that would be lost.
    pub(super) fn open(args: &RunArgs, planned: &Planned) -> Result<Self, Refused> {
        let scenarios = planned
            .loaded
            .iter()
            .filter_map(|loaded| std::fs::canonicalize(&loaded.document.source.name).ok())
            .collect();
        Self::to(&args.output.report, args.output.record.clone(), scenarios)
    }

    /// The same for reports and a record by themselves. What is `taken` is read by this command, and must not be overwritten.
    ///
    /// # Errors
    /// One cannot be written, or is named twice, or is taken.
    pub(super) fn to(
        reports: &[ReportTo],
        record_path: Option<PathBuf>,
        mut taken: Vec<PathBuf>,
    ) -> Result<Self, Refused> {
        let stdout = |report: &&ReportTo| report.path.as_ref().is_none_or(|path| path == Path::new("-"));
        let printed: Vec<_> = reports.iter().filter(stdout).map(|report| report.format).collect();
        if printed.len() > 1 {
            return Err(Refused::usage(
                "two reports cannot share standard output; give all but one a file: --report junit=FILE",
            ));
        }
        let to_file = reports.iter().filter(|report| !stdout(report));
        let files: Vec<_> =
            to_file.filter_map(|report| Some((report.format, report.path.clone()?))).collect();
        for path in files.iter().map(|(_, path)| path).chain(&record_path) {
            writable(path, &taken)?;
            taken.push(std::fs::canonicalize(path).unwrap_or_else(|_| path.clone()));
        }
        // The text is shown live; asked for by name, it is the same text.
        let screen = printed.iter().all(|format| format.name == "text");
        Ok(Self { record_path, record: None, files, printed, screen })
    }

    /// Opens the record, now that the run begins.
    ///
    /// # Errors
    /// It cannot be written after all.
    pub(super) fn begin_record(&mut self) -> Result<(), Refused> {
        let Some(path) = &self.record_path else { return Ok(()) };
        let file = File::create(path).map_err(|error| {
            Refused::usage(format!("cannot write `{}`: {error}; nothing was sent", path.display()))
        })?;
        self.record = Some(file);
        Ok(())
    }

    /// Writes every report.
    ///
    /// # Errors
    /// The first that could not be written; the others are written all the same.
    pub(super) fn write(&mut self, run: &Run) -> Result<(), String> {
        self.write_as(|format| (format.render)(run))
    }

    /// Writes every report, as `render` gives it.
    ///
    /// # Errors
    /// The first that could not be written; the others are written all the same.
    pub(super) fn write_as(&mut self, render: impl Fn(&Format) -> String) -> Result<(), String> {
        for format in self.printed.iter().filter(|format| format.name != "text") {
            show(&render(format));
        }
        let mut result = Ok(());
        for (format, path) in &self.files {
            let mut text = render(format);
            if format.name == "text" {
                text = anstream::adapter::strip_str(&text).to_string();
            }
            let written = File::create(path).and_then(|mut file| file.write_all(text.as_bytes()));
            let failed = |error| {
                format!("the {} report could not be written to `{}`: {error}", format.name, path.display())
            };
            result = result.and(written.map_err(failed));
        }
        result
    }
}

/// Opens the file for writing without touching what stands in it. One that was not there is taken away again.
///
/// # Errors
/// It cannot be written, or is among those that are `taken`.
pub(super) fn writable(path: &Path, taken: &[PathBuf]) -> Result<(), Refused> {
    let refused =
        |why: &str| Refused::usage(format!("cannot write `{}`: {why}; nothing was sent", path.display()));
    let before = std::fs::canonicalize(path);
    // `/dev/stdout` is a link that leads to no path when standard output is a pipe; it is there all the same.
    let there = std::fs::symlink_metadata(path).is_ok();
    if before.as_ref().is_ok_and(|path| taken.contains(path))
        || (before.is_err() && taken.iter().any(|other| other == path))
    {
        return Err(refused("it is named twice, or is read by this command"));
    }
    OpenOptions::new().create(true).append(true).open(path).map_err(|error| refused(&error.to_string()))?;
    if !there {
        let _ = std::fs::remove_file(path);
    }
    Ok(())
}
