//! Where results go: record, reports, standard output.

use std::fs::File;
use std::io::Write;

use super::args::{ReportTo, RunArgs};
use super::exit::Refused;
use super::show;
use crate::record::Run;

/// Where results go. Files are opened before anything is sent: a report that cannot be written would be a run lost.
pub(super) struct Outputs {
    pub(super) record: Option<File>,
    pub(super) files: Vec<(&'static crate::report::Format, File)>,
    pub(super) printed: Vec<&'static crate::report::Format>,
    /// The text report is shown while the run goes on.
    pub(super) screen: bool,
}

impl Outputs {
    pub(super) fn open(args: &RunArgs) -> Result<Self, Refused> {
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

    pub(super) fn write(&mut self, run: &Run) -> Result<(), String> {
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
