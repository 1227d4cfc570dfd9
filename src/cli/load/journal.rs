//! Record of a load: written while it goes on, reported at its end.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::metrics::Metrics;
use crate::cli::exec::ReceiverWatch;
use crate::cli::exit::{Exit, Refused};
use crate::cli::load_progress::Live;
use crate::cli::outputs::Outputs;
use crate::cli::streamed_report::LiveStream;
use crate::cli::{complain, show};
use crate::record::load::{LoadRun, ReceiverLine, SecondLine, Tally};
use crate::record::{Line, LineWriter, Outcome};
use crate::report::{self, ReportFormat};

/// Records the load, and reports its progress.
pub(super) struct LoadJournal {
    pub(super) run: LoadRun,
    record: Option<LineWriter<File>>,
    stream: Option<LiveStream>,
    /// The record could not be written.
    pub(super) lost: Option<io::Error>,
    /// Reason for giving up the load.
    pub(super) given_up: Option<String>,
    pub(super) live: Live,
    metrics: Metrics,
}

impl LoadJournal {
    /// Creates the journal with the outputs that are written while the load goes on.
    ///
    /// # Errors
    /// A report cannot be written after all.
    pub(super) fn new(outputs: &mut Outputs, live: Live, metrics: Metrics) -> Result<Self, Refused> {
        let (record, stream) = (outputs.record.take(), outputs.stream()?);
        Ok(Self {
            run: LoadRun::default(),
            record: record.map(LineWriter::new),
            stream,
            lost: None,
            given_up: None,
            live,
            metrics,
        })
    }

    /// A second is over; gives its memory back.
    pub(super) fn second(&mut self, second: u64, tally: Tally) -> Tally {
        let line = Line::Second(SecondLine { second, tally });
        self.note(&line);
        self.metrics.tell(&self.run);
        match line {
            Line::Second(SecondLine { tally, .. }) => tally,
            _ => Tally::default(),
        }
    }

    /// Changes of the receiver's process since the load began.
    pub(super) async fn receiver(&mut self, receiver: &mut ReceiverWatch, begin: Instant) {
        for event in receiver.changes().await {
            let line = ReceiverLine {
                at_s: event.at.into_std().saturating_duration_since(begin).as_secs_f64(),
                text: event.text(),
                ended: event.is_end(),
                lines: event.lines.clone(),
            };
            self.note(&Line::Receiver(line));
        }
    }

    pub(super) fn note(&mut self, line: &Line) {
        self.run.apply(line);
        self.stream.iter().for_each(|stream| stream.update_load(&self.run, line));
        if let (Some(record), None) = (&mut self.record, &self.lost) {
            self.lost = record.write(line).err();
        }
    }

    /// After each second: a stop where going on is of no use.
    pub(super) fn watch(&mut self, stop: &AtomicBool) {
        let total = &self.run.total;
        if total.opened == 0 && total.statuses.is_empty() && total.ended(Outcome::Unreachable) > 0 {
            self.give_up(stop, "the target was never reached");
        }
        if self.lost.is_some() {
            self.give_up(stop, "the record could not be written");
        }
    }

    fn give_up(&mut self, stop: &AtomicBool, why: &str) {
        self.given_up.get_or_insert_with(|| why.to_owned());
        stop.store(true, Ordering::Relaxed);
    }
}

/// The reports; an exit code when one could not be written, or when the sending came to a bad end.
pub(super) fn close(
    journal: &LoadJournal,
    sent: io::Result<()>,
    outputs: &mut Outputs,
    render: impl Fn(&ReportFormat) -> String,
) -> Option<Exit> {
    journal.live.clear();
    if outputs.screen {
        report::ALL.iter().filter(|format| format.name == "text").for_each(|text| show(&render(text)));
    }
    if let Err(error) = outputs.write_as(render) {
        complain(&format!("error: {error}\n"));
        return Some(Exit::Internal);
    }
    if let Err(error) = sent {
        complain(&format!("error: a sending thread could not go on: {error}\n"));
        return Some(Exit::Internal);
    }
    let error = journal.lost.as_ref()?;
    complain(&format!("error: the record could not be written, so the load was ended: {error}\n"));
    Some(Exit::Internal)
}
