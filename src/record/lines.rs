//! A record file, line by line. Its lines are numbered, so that one that was lost is noticed.

use std::io::{self, BufRead, Read, Write};

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::load::{SearchRecord, ShardRecord};
use super::{Line, RunRecord, SCHEMA, earlier};
use crate::number;

/// The longest line that is read: a file that never ends one must not take all memory.
const LONGEST: u64 = 64 << 20;

/// A line with its number in the record, from 1. Records of earlier versions have none.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct RecordLine<'a> {
    #[serde(flatten)]
    line: &'a Line,
    seq: u64,
}

/// The number alone.
#[derive(Deserialize)]
struct Number {
    seq: Option<u64>,
}

/// Writes a record: each line with its number and in one piece, so that a kill tears at most the last one. After one that
/// could not be written there is no other: what stood behind a gap would be taken for the whole.
pub struct LineWriter<W> {
    out: W,
    written: u64,
    failed: bool,
}

impl<W: Write> LineWriter<W> {
    /// A record without a line.
    pub fn new(out: W) -> Self {
        Self { out, written: 0, failed: false }
    }

    /// Writes the next line.
    ///
    /// # Errors
    /// It cannot be written, or one before it could not.
    pub fn write(&mut self, line: &Line) -> io::Result<()> {
        if self.failed {
            return Err(io::Error::other("a line before could not be written"));
        }
        self.written += 1;
        let mut text = serde_json::to_string(&RecordLine { line, seq: self.written })?;
        text.push('\n');
        let written = self.out.write_all(text.as_bytes());
        self.failed = written.is_err();
        written
    }
}

/// The lines of a record file. A last line that was torn off by a kill is left out.
pub struct Lines<R> {
    input: R,
    number: usize,
    text: Vec<u8>,
    /// The number that the next line must have; none = the lines have none.
    next: Option<u64>,
    lost: u64,
}

impl<R> Lines<R> {
    /// Number of lines missing before the lines that were read, by their numbers.
    pub fn lost(&self) -> u64 {
        self.lost
    }
}

impl<R: BufRead> Lines<R> {
    /// Creates the reader; nothing is read yet.
    pub fn new(input: R) -> Self {
        Self { input, number: 0, text: Vec::new(), next: None, lost: 0 }
    }

    /// Looks whether the line that was read is the next one.
    fn count(&mut self) -> io::Result<()> {
        if self.number > 1 && self.next.is_none() {
            return Ok(());
        }
        let seq = serde_json::from_slice::<Number>(&self.text).ok().and_then(|number| number.seq);
        match (seq, self.next) {
            (None, None) => {}
            (None, Some(next)) => {
                return Err(self.damaged(&format!("expected the number (`seq`) {next}, and it has none")));
            }
            (Some(seq), next) => {
                // The first line has the number 1.
                let next = next.unwrap_or(1);
                let Some(gap) = seq.checked_sub(next) else {
                    return Err(self.damaged(&format!("expected the number (`seq`) {next}, not {seq}: a line stands here twice, or in another order")));
                };
                self.lost = self.lost.saturating_add(gap);
                self.next = Some(seq.saturating_add(1));
            }
        }
        Ok(())
    }

    fn read(&mut self) -> io::Result<Option<Line>> {
        self.text.clear();
        if self.input.by_ref().take(LONGEST).read_until(b'\n', &mut self.text)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if number::capped::<u64>(self.text.len()) >= LONGEST {
            return Err(self.damaged("it is longer than 64 MiB; the file is not a record"));
        }
        match serde_json::from_slice(&self.text) {
            Ok(mut line) => {
                earlier::complete(&mut line);
                self.count().map(|()| Some(line))
            }
            // A line is written in one piece with its newline; a kill tears at most the last one.
            Err(_) if self.input.fill_buf()?.is_empty() && !self.text.ends_with(b"\n") => Ok(None),
            Err(error) => {
                let text = error.to_string();
                // The library takes each line for a whole text.
                let what = text.split(" at line ").next().unwrap_or(&text);
                // What is wrong with a value is known without its place.
                let what = in_plain_words(what, &self.text);
                let place =
                    Some(error.column()).filter(|column| *column > 0 && !self.text.trim_ascii().is_empty());
                let place = place.map_or_else(String::new, |column| format!("at column {column}: "));
                let whole = if self.number == 1 { NOT_A_RECORD } else { "" };
                Err(self.damaged(&format!("{place}{what}{whole}")))
            }
        }
    }

    /// The last line that was read is not what was expected.
    pub(super) fn damaged(&self, what: &str) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, format!("line {}: {what}", self.number))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// The library's words for a line that is none, without its names of types.
fn in_plain_words<'a>(what: &'a str, line: &[u8]) -> &'a str {
    match what {
        _ if line.trim_ascii().is_empty() => "an empty line stands here",
        what if what.ends_with("internally tagged enum Line") => {
            "a line of a record is a JSON object with `line`"
        }
        _ if !line.trim_ascii_start().starts_with(b"{") => "a line of a record begins with `{`",
        "expected variant identifier" => "`line` is not the name of a kind of line",
        what => what,
    }
}

/// What is said where not even the first line is one of a record.
const NOT_A_RECORD: &str = "; expected a record, as --record writes it, or a capture: what `serve --capture` wrote, raw HTTP requests, a HAR, an access log";

/// Limit on shards, so that a damaged record cannot miss a billion of them.
const MOST_SHARDS: u64 = 65_536;

/// A record file, by what it is a record of.
pub enum Record<R> {
    /// Record of a run or an audit; it is read to its end.
    Run(Box<RunRecord>),
    /// Record of a load run, or of a part of one; its seconds are not read yet.
    Load(Box<ShardRecord<R>>),
    /// Record of a search for the highest rate that holds; it is read to its end.
    Search(Box<SearchRecord>),
}

impl<R: BufRead> Record<R> {
    /// Begins to read a record file, as far as its kind demands.
    ///
    /// # Errors
    /// It cannot be read, or it is not a record.
    pub fn open(input: R) -> io::Result<Self> {
        let mut lines = Lines::new(input);
        let mut run = RunRecord::default();
        while let Some(line) = lines.read()? {
            match line {
                Line::Load(line) if run.scenarios.is_empty() => {
                    known(&lines, &run.header.schema)?;
                    if line.step.is_some() {
                        return Ok(Self::Search(Box::new(SearchRecord::read(run.header, line, lines)?)));
                    }
                    let (n, of) = line.shard;
                    if !(1..=of.min(MOST_SHARDS)).contains(&n) || of > MOST_SHARDS {
                        return Err(lines.damaged(&format!(
                            "expected a shard from 1/1 to {MOST_SHARDS}/{MOST_SHARDS}, not {n}/{of}"
                        )));
                    }
                    return Ok(Self::Load(Box::new(ShardRecord::new(run.header, line, lines))));
                }
                line => run.take(&lines, &line)?,
            }
            if lines.number == 1 {
                known(&lines, &run.header.schema)?;
            }
        }
        run.read_out(&lines);
        if lines.number == 0 || run.header.schema.is_empty() {
            let what = if lines.text.is_empty() {
                "the file is empty"
            } else {
                "this is not a whole line of a record"
            };
            return Err(lines.damaged(&format!("{what}{NOT_A_RECORD}")));
        }
        Ok(Self::Run(Box::new(run)))
    }
}

fn known<R: BufRead>(lines: &Lines<R>, schema: &str) -> io::Result<()> {
    match schema {
        SCHEMA => Ok(()),
        "" => Err(lines.damaged("expected the line `run`, with which every record begins")),
        other => Err(lines.damaged(&format!("expected the format {SCHEMA}, not {other}"))),
    }
}

/// Reads a time in milliseconds: not negative, and no longer than any run.
pub(super) fn time<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let time = <f64 as serde::Deserialize>::deserialize(deserializer)?;
    if (0.0..=LONGEST_MS).contains(&time) {
        Ok(time)
    } else {
        Err(serde::de::Error::custom("expected a time from 0 to 1e12 ms"))
    }
}

/// Reads the same where it may be missing.
pub(super) fn some_time<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    time(deserializer).map(Some)
}

/// Reads a number of seconds, or of callbacks a second: not negative, and no larger than any load has.
pub(super) fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let number = <f64 as serde::Deserialize>::deserialize(deserializer)?;
    if (0.0..=LARGEST).contains(&number) {
        Ok(number)
    } else {
        Err(serde::de::Error::custom("expected a number from 0 to 1e12"))
    }
}

/// More than any machine sends in a second, and longer than any load lasts.
const LARGEST: f64 = 1e12;

/// Some thirty years.
const LONGEST_MS: f64 = 1e12;
