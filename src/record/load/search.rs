//! A search for the highest rate that holds: loads, one after the other, each beginning with its line `load`.

use std::io::{self, BufRead};

use super::{LoadLine, LoadRun};
use crate::record::lines::Lines;
use crate::record::{Header, Line, never_began};

/// A search, or what there is of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchRecord {
    /// Seed, target and version.
    pub header: Header,
    /// Its steps, each a load of its own, in the order in which they were tried.
    pub steps: Vec<LoadRun>,
    /// The end was reached or ordered; the last step of one that was killed is not whole.
    pub ended: bool,
    /// Lines that are missing in its record.
    pub lost: u64,
    /// Reason for stopping early; the last step may not be whole then.
    pub stopped: Option<String>,
    /// Nothing was sent, because nobody took a connection.
    pub never_began: bool,
}

impl SearchRecord {
    /// Creates the record of a search without steps.
    pub fn new(header: Header) -> Self {
        Self { header, ..Self::default() }
    }

    /// Settings of the first step.
    pub fn asked(&self) -> Option<&LoadLine> {
        self.steps.first().map(|step| &step.line)
    }

    /// The steps that came to their end by themselves. A stop in the pause behind a step takes nothing from it.
    pub fn whole(&self) -> &[LoadRun] {
        match self.steps.split_last() {
            Some((last, before)) if !self.ended || self.stopped.is_some() && !last.is_whole() => before,
            _ => &self.steps,
        }
    }

    /// Takes in the next line. Lines that have no place in a search are ignored.
    pub fn apply(&mut self, line: &Line) {
        match line {
            Line::Run(header) => self.header = header.clone(),
            Line::Load(asked) => {
                self.finish();
                let mut step = LoadRun { header: self.header.clone(), ..LoadRun::default() };
                step.header.seed = asked.step.map_or(self.header.seed, |step| step.seed);
                step.apply(line);
                self.steps.push(step);
            }
            Line::End { stopped, never_began: said, .. } => {
                self.finish();
                self.never_began = never_began(*said, stopped.as_deref());
                (self.ended, self.stopped) = (true, stopped.clone());
            }
            _ => self.steps.iter_mut().last().into_iter().for_each(|step| step.apply(line)),
        }
    }

    /// A step is over when something else begins.
    fn finish(&mut self) {
        self.steps.iter_mut().last().into_iter().for_each(|step| step.unended.clear());
    }

    /// Reads the record of a search, of which the header and the first line `load` have been read.
    ///
    /// # Errors
    /// It cannot be read, or holds what has no place in a search.
    pub(in crate::record) fn read(
        header: Header,
        first: LoadLine,
        mut lines: Lines<impl BufRead>,
    ) -> io::Result<Self> {
        let mut search = Self::new(header);
        search.apply(&Line::Load(first));
        while let Some(line) = lines.next().transpose()? {
            match &line {
                _ if search.ended => return Err(lines.damaged("expected nothing after the line `end`")),
                Line::Load(LoadLine { step: Some(_), .. })
                | Line::Second(_)
                | Line::Receiver(_)
                | Line::End { .. } => {}
                _ => return Err(lines.damaged("expected a line `second`, `end`, or `load` of the next step")),
            }
            search.apply(&line);
        }
        search.lost = lines.lost();
        Ok(search)
    }
}
