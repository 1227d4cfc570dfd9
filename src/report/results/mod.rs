//! Results of a run, an audit, a load or a search as a list of suites and items, whatever the format: JUnit, TAP, CTRF, markdown and
//! annotations are made of it, so that they agree.

mod audit;
mod load;
mod run;
mod search;

use std::time::Duration;

use super::Subject;
use crate::record::{Finding, Header};

/// Everything there is to say.
pub(super) struct Results<'a> {
    /// `run`, `audit`, `load` or `search`.
    pub(super) kind: &'static str,
    pub(super) header: &'a Header,
    /// Verdict, in a word or two.
    pub(super) verdict: String,
    /// Sentence beside the verdict; empty where the totals say it all.
    pub(super) summary: String,
    /// Names and values.
    pub(super) totals: Vec<(String, String)>,
    /// Near misses, which fail nothing.
    pub(super) notes: Vec<String>,
    pub(super) suites: Vec<Suite>,
}

/// Results that belong together: those of a scenario, or of a family of cases.
pub(super) struct Suite {
    pub(super) name: String,
    /// Class of its items where it is not the name.
    pub(super) class: Option<String>,
    pub(super) properties: Vec<(&'static str, String)>,
    /// Duration where it is not the sum of its items.
    pub(super) time: Option<Duration>,
    pub(super) items: Vec<Item>,
}

/// A name and a text; empty = there is none.
pub(super) type Note = (&'static str, String);

/// One result.
#[derive(Default)]
pub(super) struct Item {
    pub(super) name: String,
    pub(super) status: Status,
    /// Observed result, or the reason for skipping.
    pub(super) reason: String,
    pub(super) why: Note,
    pub(super) fix: Note,
    /// Place in a scenario of the user.
    pub(super) place: Option<Place>,
    /// The command that does it again.
    pub(super) again: String,
    pub(super) more: Vec<Note>,
    /// Duration; none = not measured.
    pub(super) time: Option<Duration>,
}

/// Status of an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Status {
    #[default]
    Passed,
    /// A check failed.
    Failed,
    /// It did not come to its end, so nothing is known.
    Error,
    /// It fails nothing.
    Skipped,
}

impl Status {
    /// Nothing is well as long as there is one.
    pub(super) fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Error)
    }
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: u64,
    pub(super) column: u64,
}

impl Place {
    /// Place from `file:line:column`; none for a scenario that is not a file: a shipped one, standard input, a case of
    /// an audit.
    fn parse(text: &str) -> Option<Self> {
        let (rest, column) = text.rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        let place = Self { file: file.into(), line: line.parse().ok()?, column: column.parse().ok()? };
        (!file.is_empty() && file != "-" && !file.starts_with('@')).then_some(place)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl<'a> Results<'a> {
    pub(super) fn of(subject: Subject<'a>) -> Self {
        match subject {
            Subject::Run(run) => run::results(run),
            Subject::Audit(run) => audit::results(run),
            Subject::Load(run) => load::results(run),
            Subject::Search(search) => search::results(search),
        }
    }

    pub(super) fn items(&self) -> impl Iterator<Item = (&Suite, &Item)> {
        self.suites.iter().flat_map(|suite| suite.items.iter().map(move |item| (suite, item)))
    }

    /// Failures first, then what did not come to its end.
    pub(super) fn bad(&self) -> Vec<(&Suite, &Item)> {
        let of = |status| self.items().filter(move |(_, item)| item.status == status);
        of(Status::Failed).chain(of(Status::Error)).collect()
    }

    pub(super) fn count(&self, status: Status) -> usize {
        self.items().filter(|(_, item)| item.status == status).count()
    }
}

impl Suite {
    fn new(name: String, description: &str) -> Self {
        let properties = match description {
            "" => Vec::new(),
            text => vec![("description", text.to_owned())],
        };
        Self { name, class: None, properties, time: None, items: Vec::new() }
    }
}

/// Title of the item that is skipped if chance put a fault on no callback.
pub(super) const UNTESTED: &str = "every fault is put on a callback";

impl Item {
    fn new(name: impl Into<String>, status: Status, reason: impl Into<String>) -> Self {
        Self { name: name.into(), status, reason: reason.into(), ..Self::default() }
    }

    /// Item for checks; it fails if one of them failed.
    fn judged<'a>(name: impl Into<String>, findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let failed: Vec<&Finding> = findings.into_iter().filter(|finding| !finding.ok).collect();
        let told: Vec<String> = failed.iter().map(|finding| failure(finding)).collect();
        let place = failed.iter().find_map(|finding| Place::parse(&finding.place));
        let status = if failed.is_empty() { Status::Passed } else { Status::Failed };
        Self { place, ..Self::new(name, status, told.join("; ")) }
    }

    /// Everything beside name and reason, in the order of reports.
    pub(super) fn notes(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let own = [&self.why, &self.fix].into_iter().chain(&self.more);
        let own = own.map(|(name, text)| (*name, text.as_str()));
        own.chain([("again", self.again.as_str())]).filter(|(_, text)| !text.is_empty())
    }
}

fn failure(finding: &Finding) -> String {
    format!("{}: expected {}, got {}", finding.check, finding.expected, finding.actual)
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_place_is_one_in_a_file_of_the_user() {
        let place = Place::parse("C:/a b:c.yaml:7:12").unwrap();
        assert_eq!((place.file.as_str(), place.line, place.column), ("C:/a b:c.yaml", 7, 12));
        for none in ["", "a.yaml", "a.yaml:7", "@huawei/cycle:7:12", "-:1:1", "a.yaml:x:1"] {
            assert_eq!(Place::parse(none), None, "{none}");
        }
    }
}
