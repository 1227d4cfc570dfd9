//! A report that is written while the run goes on, line by line.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::files;
use super::stdout::show_bytes;
use crate::play::Observer;
use crate::record::load::LoadRun;
use crate::record::{Line, RunRecord};
use crate::report::ndjson::StreamedLine;

/// Output of the lines, shared by all writers.
#[derive(Clone)]
pub(super) struct LiveStream(Arc<Mutex<State>>);

struct State {
    told: StreamedLine,
    /// Outputs; none = standard output.
    files: Vec<Option<File>>,
    begun: bool,
    over: bool,
    failed: Option<io::Error>,
}

impl LiveStream {
    /// Opens the files.
    ///
    /// # Errors
    /// One cannot be written.
    pub(super) fn open(paths: &[Option<PathBuf>]) -> io::Result<Self> {
        let files = paths.iter().map(|path| path.as_ref().map(|path| files::create(path)).transpose());
        let files = files.collect::<io::Result<_>>()?;
        let state = State { told: StreamedLine::default(), files, begun: false, over: false, failed: None };
        Ok(Self(Arc::new(Mutex::new(state))))
    }

    /// After a line of the record of a load.
    pub(super) fn update_load(&self, run: &LoadRun, line: &Line) {
        let mut state = self.lock();
        let text = state.told.update_load(run, line);
        state.write(&text);
    }

    /// The end, from the whole report: all of it where nothing was written, or the last line.
    ///
    /// # Errors
    /// A line could not be written.
    pub(super) fn end(&self, whole: &str) -> io::Result<()> {
        let mut state = self.lock();
        match (state.over, state.begun) {
            (true, _) => {}
            (false, false) => state.write(whole),
            (false, true) => {
                // An empty text ends with an empty line.
                let last = whole.lines().last().unwrap_or_default();
                state.write(&format!("{last}\n"));
            }
        }
        state.over = true;
        state.failed.take().map_or(Ok(()), Err)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Writes the text in one piece and at once. After a failed line no other is written.
    fn write(&mut self, text: &str) {
        self.begun |= !text.is_empty();
        for file in &mut self.files {
            let written = match file {
                _ if text.is_empty() || self.failed.is_some() => continue,
                Some(file) => file.write_all(text.as_bytes()),
                None => {
                    show_bytes(text.as_bytes());
                    Ok(())
                }
            };
            self.failed = written.err();
        }
    }
}

/// Several that watch a run.
pub(super) struct Both<A>(pub(super) A, pub(super) LiveStream);

impl<A: Observer> Observer for Both<A> {
    fn update(&mut self, run: &RunRecord, line: &Line) {
        self.0.update(run, line);
        let mut state = self.1.lock();
        let text = state.told.update(run, line);
        state.write(&text);
    }

    fn idle(&mut self, run: &RunRecord) {
        self.0.idle(run);
    }

    fn finish(&mut self, run: &RunRecord) {
        self.0.finish(run);
        let mut state = self.1.lock();
        let text = state.told.rest(run);
        state.write(&text);
        state.over = true;
    }
}
