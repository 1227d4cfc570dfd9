//! A search for the highest rate that holds: one suite, an item for the search and one for each step. What lies beyond the limit is
//! no failure.

use super::{CHECKED, Item, Results, Status, Suite, load};
use crate::record::load::{LoadRun, SearchRecord};
use crate::report::load::limit::table::sums;
use crate::verdict::limit::{self, reason};
use crate::verdict::load::{LoadJudgement, LoadVerdict};

pub(super) fn results(search: &SearchRecord) -> Results<'_> {
    let judgement = limit::judge(search);
    let (path, name) = search.asked().map_or(("", ""), |asked| (&asked.path, &asked.name));
    let mut suite = Suite::new(path.into(), name).of_file(path);
    let (status, why) = match judgement.verdict {
        LoadVerdict::Passed => (Status::Passed, ""),
        LoadVerdict::Failed => (Status::Failed, judgement.text.as_str()),
        _ => (Status::Error, judgement.text.as_str()),
    };
    let mut found = match judgement.verdict {
        LoadVerdict::NothingChecked => {
            let why = judgement.steps.first().map_or_else(|| why.to_owned(), reason);
            Item::new(CHECKED, status, format!("nothing checked: {why}"))
        }
        _ => Item::new("the highest rate that holds", status, why),
    };
    if status.is_bad() {
        let last = search
            .whole()
            .iter()
            .zip(&judgement.steps)
            .rfind(|(_, step)| step.verdict != LoadVerdict::Passed);
        match last {
            Some((run, step)) => explain(&mut found, run, step),
            None if search.never_began => {
                found.why = ("found", "nothing was sent".into());
                found.fix = ("try", NOT_BEGUN.into());
            }
            None => {}
        }
        found.check = "limit".into();
        found.again = search.asked().map_or_else(String::new, |asked| asked.rerun.clone());
    }
    suite.items.push(found);
    for (run, step) in search.whole().iter().zip(&judgement.steps) {
        let name = match run.line.step {
            Some(step) => format!("step {}: {}/s", step.number, step.per_s),
            None => run.line.rate.clone(),
        };
        suite.items.push(match step.verdict {
            LoadVerdict::Passed => Item::new(name, Status::Passed, ""),
            _ => Item::new(name, Status::Skipped, format!("did not hold: {}", reason(step))),
        });
    }
    let bracket = judgement.bracket;
    let rates =
        [("held per second", bracket.held), ("broke per second", bracket.broke.map(|step| step.rate))];
    let rates = rates.into_iter().filter_map(|(name, rate)| Some((name.to_owned(), rate?.to_string())));
    let steps = ("steps".to_owned(), search.whole().len().to_string());
    let sums = sums(search).into_iter().map(|(name, count)| (name, count.to_string()));
    Results {
        kind: "search",
        header: &search.header,
        verdict: judgement.verdict.to_string(),
        summary: std::iter::once(judgement.text).chain(judgement.warnings).collect::<Vec<_>>().join("; "),
        totals: rates.chain([steps]).chain(sums).collect(),
        overall: Vec::new(),
        notes: Vec::new(),
        suites: vec![suite],
    }
}

/// Next step where no connection came about.
const NOT_BEGUN: &str = "start the receiver first, or let --exec COMMAND start it; -t names its address, with http:// or https://";

/// Adds to the result of a search the finding and the cause of the step at which it ended.
fn explain(found: &mut Item, run: &LoadRun, step: &LoadJudgement) {
    let Some(own) = load::items(run, step).into_iter().find(|item| item.status.is_bad()) else { return };
    found.why = if own.why.1.is_empty() { ("found", own.reason) } else { own.why };
    found.fix = own.fix;
    found.more = own.more;
}
