//! Results of a run, an audit, a load or a search as a list of suites and items, whatever the format: JUnit, TAP, CTRF, markdown and
//! annotations are made of it, so that they agree.

mod audit;
mod busy;
mod load;
mod run;
mod search;

pub(super) use run::distinct_answer;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Number;

use super::{Subject, inert};
use crate::record::{Finding, Header, without_attempts, without_ids, without_state};

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
    /// Findings about the whole and about no item alone: limits of the result, and the origin of the figures.
    pub(super) overall: Vec<Note>,
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
    /// Scenario file of the user that it is about; none = a shipped scenario, or no scenario at all.
    pub(super) file: Option<String>,
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
    /// The check that failed, or the case that it is; empty = none of them.
    pub(super) check: String,
    /// It fails without being demanded of every receiver.
    pub(super) is_minor: bool,
    /// Observed result, or the reason for skipping.
    pub(super) reason: String,
    pub(super) why: Note,
    pub(super) fix: Note,
    /// Place in a scenario of the user.
    pub(super) place: Option<Place>,
    /// The command that does it again.
    pub(super) again: String,
    pub(super) more: Vec<Note>,
    /// Answer of the receiver by which failures are told apart.
    pub(super) answer: String,
    /// The case that stands for those that failed alike; empty = words and answer tell.
    pub(super) like: String,
    /// It is that case.
    pub(super) leads: bool,
    /// Duration; none = not measured.
    pub(super) time: Option<Duration>,
    /// It was to be played and was not, or not to its end: no failure.
    pub(super) unplayed: bool,
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
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (rest, column) = text.rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        let place = Self { file: file.into(), line: line.parse().ok()?, column: column.parse().ok()? };
        is_file(file).then_some(place)
    }
}

/// True for the path of a file of the user: no shipped scenario, no standard input, no callback that flags alone describe.
fn is_file(path: &str) -> bool {
    !path.is_empty() && path != "-" && !path.starts_with('@') && !path.starts_with("hookreel ")
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

    /// True where nobody named a receiver.
    pub(super) fn embedded(&self) -> bool {
        self.header.embedded
    }

    /// The totals that are plain numbers.
    pub(super) fn figures(&self) -> BTreeMap<String, Number> {
        let figure = |(name, value): &(String, String)| {
            let number = value.parse::<u64>().ok().map(Number::from);
            let number = number.or_else(|| Number::from_f64(value.parse().ok()?));
            Some((inert(name), number?))
        };
        self.totals.iter().filter_map(figure).collect()
    }

    /// The verdict as programs read it: one spelling in every format that is made for them.
    pub(super) fn verdict_name(&self) -> String {
        self.verdict.replace(' ', "_")
    }

    /// Reason why nothing was checked; none where something was.
    pub(super) fn nothing(&self) -> Option<&str> {
        self.items().find(|(_, item)| item.name == CHECKED).map(|(_, item)| item.reason.as_str())
    }

    pub(super) fn items(&self) -> impl Iterator<Item = (&Suite, &Item)> {
        self.suites.iter().flat_map(|suite| suite.items.iter().map(move |item| (suite, item)))
    }

    /// Failures first, then what did not come to its end.
    pub(super) fn bad(&self) -> Vec<(&Suite, &Item)> {
        let of = |status| self.items().filter(move |(_, item)| item.status == status);
        of(Status::Failed).chain(of(Status::Error)).collect()
    }

    /// Failures that say the same of different callbacks, together, in the order of the first of each.
    pub(super) fn bad_alike(&self) -> Vec<Alike<'_>> {
        let mut alike: Vec<(String, Alike<'_>)> = Vec::new();
        for (suite, item) in self.bad() {
            let told = without_ids(&without_attempts(item.told()));
            let key = match item.like.as_str() {
                "" => format!("{:?}\n{told}\n{}", item.status, item.answer),
                like => like.to_owned(),
            };
            match alike.iter_mut().find(|(other, _)| *other == key) {
                // The case that stands for the others, as in text and HTML.
                Some((_, group)) if item.leads => {
                    let first = std::mem::replace(&mut group.first, (suite, item));
                    group.others.insert(0, first);
                }
                Some((_, group)) => group.others.push((suite, item)),
                None => alike.push((key, Alike { first: (suite, item), others: Vec::new() })),
            }
        }
        alike.into_iter().map(|(_, group)| group).collect()
    }

    /// Findings about the whole, each in one line, without characters that could hide something.
    pub(super) fn overall(&self) -> impl Iterator<Item = String> {
        self.overall.iter().map(|(name, text)| format!("{name}: {}", inert(text)))
    }

    pub(super) fn count(&self, status: Status) -> usize {
        self.items().filter(|(_, item)| item.status == status).count()
    }
}

/// Failures that say the same.
pub(super) struct Alike<'a> {
    pub(super) first: (&'a Suite, &'a Item),
    pub(super) others: Vec<(&'a Suite, &'a Item)>,
}

/// Name of the item of a run that did not come to its end.
pub(super) const ENDED_EARLY: &str = "the run ended early";

/// Number of failures alike that are named after the first.
const NAMED: usize = 5;

impl Alike<'_> {
    /// `3 more alike: NAMES`; empty where there is one.
    pub(super) fn others(&self) -> String {
        let Some(more) = self.others.len().checked_sub(NAMED) else {
            return self.named(self.others.len());
        };
        if more == 0 { self.named(NAMED) } else { format!("{}, ...", self.named(NAMED)) }
    }

    fn named(&self, most: usize) -> String {
        // Callbacks of one push have one place, and cases of one family its name.
        let (family, own) = (&self.first.0.name, &self.first.1.place);
        let name = |(suite, item): &(&Suite, &Item)| match &item.place {
            None if suite.name == *family => item.name.clone(),
            None => format!("{} {}", suite.name, item.name),
            Some(_) if item.place == *own => item.name.clone(),
            Some(place) => place.to_string(),
        };
        let names: Vec<String> = self.others.iter().take(most).map(name).collect();
        match self.others.len() {
            0 => String::new(),
            count => format!("{count} more alike: {}", names.join(", ")),
        }
    }
}

impl Suite {
    fn new(name: String, description: &str) -> Self {
        let properties = match description {
            "" => Vec::new(),
            text => vec![("description", text.to_owned())],
        };
        Self { name, class: None, properties, file: None, time: None, items: Vec::new() }
    }

    /// The same for a scenario of this path.
    fn of_file(self, path: &str) -> Self {
        Self { file: Some(path).filter(|path| is_file(path)).map(str::to_owned), ..self }
    }
}

/// Title of the item that is an error where nothing was checked.
pub(super) const CHECKED: &str = "something was checked";

/// Adds the item of a result that checked nothing: an error, for the exit code is not 0, and no failure, for the receiver did nothing
/// wrong. Skipped items alone are green in every reader of these files.
fn nothing(suites: &mut Vec<Suite>) {
    let skipped = suites.iter().flat_map(|suite| &suite.items).map(|item| item.reason.as_str());
    let why = skipped.into_iter().find(|reason| !reason.is_empty());
    let why = why.unwrap_or("there was nothing to send");
    let item = Item::new(CHECKED, Status::Error, format!("nothing checked: {why}"));
    suites.push(Suite { items: vec![item], ..Suite::new("hookreel".into(), "") });
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
        let check = failed.first().map_or_else(String::new, |finding| finding.check.clone());
        Self { place, check, ..Self::new(name, status, told.join("; ")) }
    }

    /// The reason, as far as it is not about one callback alone: without the list that a receiver holds.
    fn told(&self) -> &str {
        without_state(&self.reason)
    }

    /// Everything beside name and reason, in the order of reports.
    pub(super) fn notes(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let own = [&self.why, &self.fix].into_iter().chain(&self.more);
        let own = own.map(|(name, text)| (*name, text.as_str()));
        own.chain([("again", self.again.as_str())]).filter(|(_, text)| !text.is_empty())
    }
}

/// Check, expectation and observation in one sentence. What is said of one rule of an answer holds both.
fn failure(finding: &Finding) -> String {
    let Finding { check, expected, actual, .. } = finding;
    match actual.contains(": expected ") {
        true => format!("{check}: {actual}"),
        false => format!("{check}: expected {expected}, got {actual}"),
    }
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
