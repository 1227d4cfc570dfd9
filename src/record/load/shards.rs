//! The parts of a load run, from as many records, as one run. Percentiles do not add up, histograms do: so the records are read
//! side by side, and each second is whole before figures are taken from it.

use std::io::{self, BufRead};

use super::run::span_s;
use super::{LoadLine, LoadRun, ReceiverLine, SecondLine, Tally};
use crate::number;
use crate::record::lines::{Lines, Record};
use crate::record::{Header, Line, Outcome, never_began};

/// The record of a load run, or of a part of one, which is being read.
pub struct ShardRecord<R> {
    header: Header,
    line: LoadLine,
    lines: Lines<R>,
    next: Option<SecondLine>,
    /// Planned callbacks that have not ended so far.
    owing: i128,
    /// Requests without an answer so far.
    unanswered: i128,
    ended: bool,
    /// Time in which callbacks became due, over all of its threads.
    span_ns: u64,
    stopped: Option<String>,
    /// Nothing was sent, because nobody took a connection.
    never_began: bool,
    /// Changes of the receiver's process.
    receiver: Vec<ReceiverLine>,
}

impl<R: BufRead> ShardRecord<R> {
    pub(in crate::record) fn new(header: Header, line: LoadLine, lines: Lines<R>) -> Self {
        let (stopped, receiver) = (None, Vec::new());
        let (owing, unanswered) = (0, 0);
        Self {
            header,
            line,
            lines,
            next: None,
            owing,
            unanswered,
            ended: false,
            span_ns: 0,
            stopped,
            never_began: false,
            receiver,
        }
    }

    /// Number of its part of the run, counted from 1, and the number of parts.
    pub fn part(&self) -> (u64, u64) {
        self.line.shard
    }

    /// Gives the second that stands next, and reads on to the one after it, or to the end.
    fn advance(&mut self) -> io::Result<Option<SecondLine>> {
        let given = self.next.take();
        self.next = self.read_second(given.as_ref().map(|given| given.second))?;
        Ok(given)
    }

    /// Reads on to the next second after this one; none = the record is over.
    fn read_second(&mut self, before: Option<u64>) -> io::Result<Option<SecondLine>> {
        while let Some(line) = self.lines.next().transpose()? {
            match line {
                _ if self.ended => {
                    return Err(self.lines.damaged("expected nothing after the line `end`"));
                }
                Line::Second(second) => {
                    if let Some(before) = before.filter(|before| second.second <= *before) {
                        let second = second.second;
                        return Err(self
                            .lines
                            .damaged(&format!("expected a second after {before}, not {second}")));
                    }
                    let known = !self.line.events.is_empty();
                    if let Some(what) = self.disagreement(&second.tally).filter(|_| known) {
                        return Err(self.lines.damaged(&format!("expected sums that agree; {what}")));
                    }
                    self.span_ns = self.span_ns.saturating_add(second.tally.span_ns);
                    self.owing += i128::from(second.tally.planned) - i128::from(second.tally.all_ended());
                    return Ok(Some(second));
                }
                Line::Receiver(change) => self.receiver.push(change),
                Line::End { stopped, never_began: said, .. } => {
                    self.never_began = never_began(said, stopped.as_deref());
                    (self.ended, self.stopped) = (true, stopped);
                }
                _ => return Err(self.lines.damaged("expected a line `second`, `receiver` or `end`")),
            }
        }
        Ok(None)
    }

    /// A sum of the next second that does not agree with its parts, or with what was sent until then.
    fn disagreement(&mut self, tally: &Tally) -> Option<String> {
        let (requests, answers) = (i128::from(tally.requests()), i128::from(tally.answers()));
        let open = self.unanswered + requests;
        self.unanswered = open - answers;
        let more = self.unanswered < 0 && self.lines.lost() == 0;
        let own = tally.disagreement();
        own.or_else(|| {
            more.then(|| {
                format!("there are {answers} answers, and {open} requests that were not answered before")
            })
        })
    }

    /// Settings that must be the same in all parts of a run, in words.
    fn asked(&self) -> [(&'static str, String); 16] {
        let (line, header) = (&self.line, &self.header);
        [
            ("scenario", line.name.clone()),
            ("providers", line.providers.join(", ")),
            ("callbacks of a broadcast", format!("{:?}", line.callbacks)),
            ("seed", header.seed.to_string()),
            ("target", header.target.clone()),
            ("rate", line.rate.clone()),
            ("open loop", line.open.to_string()),
            ("arrivals", line.arrivals.clone()),
            ("phase", line.phase.clone()),
            ("bursts", line.bursts.join(", ")),
            ("duration", format!("{} s", line.duration_s)),
            ("broadcasts", line.broadcasts.to_string()),
            ("connections", line.connections.to_string()),
            ("retries", line.retries.clone()),
            ("thresholds", line.thresholds.join(", ")),
            ("number of shards", line.shard.1.to_string()),
        ]
    }
}

impl LoadRun {
    /// Reads the record of a load run, or of a part of one. What a kill left without an end is in doubt.
    ///
    /// # Errors
    /// It cannot be read, or it is not a record of a load run.
    pub fn read(input: impl BufRead) -> io::Result<Self> {
        match Record::open(input)? {
            Record::Load(shard) => Self::merge(vec![(String::new(), *shard)])
                .map_err(|text| io::Error::new(io::ErrorKind::InvalidData, text)),
            Record::Run(_) | Record::Search(_) => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "it is not the record of a load run"))
            }
        }
    }

    /// Makes one run of its parts, each with its name, in whatever order they come. Parts may be missing: [`Self::missing`].
    ///
    /// # Errors
    /// One cannot be read, is here twice, or is of another run than the first.
    pub fn merge<R: BufRead>(mut parts: Vec<(String, ShardRecord<R>)>) -> Result<Self, String> {
        parts.sort_by_key(|(_, shard)| shard.line.shard.0);
        fit(&parts)?;
        let mut run = Self::default();
        if let Some((_, first)) = parts.first() {
            (run.header, run.line) = (first.header.clone(), first.line.clone());
        }
        run.line.threads = parts.iter().map(|(_, shard)| shard.line.threads).fold(0, u64::saturating_add);
        let portable = parts.iter().find(|(_, shard)| !shard.line.timers.is_empty());
        run.line.timers = portable.map_or_else(String::new, |(_, shard)| shard.line.timers.clone());
        run.line.awake = parts.iter().all(|(_, shard)| shard.line.awake);
        run.shards = parts.iter().map(|(_, shard)| shard.line.shard.0).collect();
        for (name, shard) in &mut parts {
            advance(name, shard)?;
        }
        while let Some(second) = earliest(&mut parts)? {
            run.apply(&Line::Second(second));
        }
        for (_, shard) in parts {
            let own_s = span_s(shard.span_ns, shard.line.threads);
            run.longest_s = run.longest_s.max(own_s);
            if !shard.ended {
                run.unended.push(shard.line.shard.0);
                let lost = number::capped::<u64>(shard.owing.max(0));
                if lost > 0 {
                    let doubt = run.total.outcomes.entry(Outcome::InDoubt).or_default();
                    *doubt = doubt.saturating_add(lost);
                }
            }
            run.lost = run.lost.saturating_add(shard.lines.lost());
            run.never_began |= shard.never_began;
            run.stopped = run.stopped.or(shard.stopped);
            run.receiver.extend(shard.receiver);
        }
        Ok(run)
    }
}

/// The next second that any part has, with what all of them saw in it.
fn earliest<R: BufRead>(parts: &mut [(String, ShardRecord<R>)]) -> Result<Option<SecondLine>, String> {
    let number = |(_, shard): &(String, ShardRecord<R>)| shard.next.as_ref().map(|second| second.second);
    let Some(first) = parts.iter().filter_map(number).min() else { return Ok(None) };
    let mut whole: Option<SecondLine> = None;
    for (name, shard) in parts.iter_mut().filter(|part| number(part) == Some(first)) {
        match (&mut whole, advance(name, shard)?) {
            (Some(whole), Some(seen)) => whole.tally.beside(&seen.tally),
            (whole, seen) => *whole = seen,
        }
    }
    Ok(whole)
}

fn advance<R: BufRead>(name: &str, shard: &mut ShardRecord<R>) -> Result<Option<SecondLine>, String> {
    shard
        .advance()
        .map_err(|error| if name.is_empty() { error.to_string() } else { format!("`{name}`, {error}") })
}

/// The parts, in order, are of one run, and none is here twice.
fn fit<R: BufRead>(parts: &[(String, ShardRecord<R>)]) -> Result<(), String> {
    for ((first, a), (other, b)) in parts.iter().zip(parts.iter().skip(1)) {
        let differ: Vec<String> = (a.asked().into_iter().zip(b.asked()))
            .filter(|(a, b)| a != b)
            .map(|((what, a), (_, b))| format!("{what} is `{b}`, not `{a}`"))
            .collect();
        if !differ.is_empty() {
            return Err(format!("`{other}` is not of the same run as `{first}`: {}", differ.join("; ")));
        }
        let (n, of) = a.part();
        if a.part() == b.part() {
            return Err(format!("`{first}` and `{other}` both hold shard {n}/{of}; give each shard once"));
        }
    }
    Ok(())
}
