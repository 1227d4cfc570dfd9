//! CSV for spreadsheets: a line for each attempt of a run, case of an audit, second of a load or step of a search,
//! below a line with the names of the columns.

use super::{Subject, inert, notes};
use crate::number::counted;
use crate::record::load::{LoadRun, SearchRecord, Times};
use crate::record::{Attempt, CallbackRun, CaseScore, Finding, Outcome, RunRecord, ScenarioRun};
use crate::verdict::{cause, limit};

/// The whole report.
pub(super) fn of(subject: Subject<'_>) -> String {
    match subject {
        Subject::Run(run) => of_run(run),
        Subject::Audit(run) => of_audit(run),
        Subject::Load(run) => of_load(run),
        Subject::Search(search) => of_search(search),
    }
}

const ATTEMPTS: &str = "scenario,provider,id,event,class,due_ms,attempt,sent_at,status,error,latency_ms,outcome,passed,check,expected,got,likely_cause,note,again";

fn of_run(run: &RunRecord) -> String {
    let mut out = format!("{ATTEMPTS}\n");
    for scenario in &run.scenarios {
        let (path, by) = (&scenario.line.path, scenario.line.by());
        for callback in &scenario.callbacks {
            let beside = beside(scenario, callback);
            let mut row = |attempt: Option<&Attempt>| {
                let mut cells = of_attempt(path, &by, callback, attempt);
                cells.extend(beside.clone());
                line(&mut out, &cells);
            };
            if callback.attempts.is_empty() {
                row(None);
            }
            callback.attempts.iter().for_each(|attempt| row(Some(attempt)));
        }
        let again = &scenario.line.rerun;
        scenario.state.iter().for_each(|finding| {
            // Empty where the finding says it all.
            let cause = cause::of_state(scenario, finding).unwrap_or_default();
            line(&mut out, &of_state(path, &by, finding, [cause, again]));
        });
    }
    out
}

/// A question about what the receiver stored: the columns of a callback are empty.
fn of_state(path: &str, by: &str, finding: &Finding, [cause, again]: [&str; 2]) -> Vec<String> {
    let mut cells = vec![text(path), text(by)];
    let columns = ATTEMPTS.split(',').count();
    cells.resize(columns - BESIDE - FOUND - 1, String::new());
    cells.push(finding.ok.to_string());
    cells.extend(found(Some(finding)));
    let again = if finding.ok { String::new() } else { text(again) };
    cells.extend([text(cause), String::new(), again]);
    cells
}

/// Number of the columns behind those.
const BESIDE: usize = 3;

/// Likely cause, note and the command that does it again.
fn beside(scenario: &ScenarioRun, callback: &CallbackRun) -> [String; BESIDE] {
    // The same.
    let cause = cause::of_callback(scenario, callback).unwrap_or_default();
    let failed = callback.findings.iter().any(|finding| !finding.ok);
    let again = if failed { text(&scenario.line.rerun) } else { String::new() };
    [text(&cause), text(&notes::of(std::iter::once(callback))), again]
}

/// Number of the columns of what a check found.
const FOUND: usize = 3;

/// Check, expected and got; what a check that passed got is shown, too.
fn found(finding: Option<&Finding>) -> [String; FOUND] {
    finding.map_or_else(Default::default, |f| [text(&f.check), text(&f.expected), text(&f.actual)])
}

fn of_attempt(path: &str, by: &str, callback: &CallbackRun, attempt: Option<&Attempt>) -> Vec<String> {
    let exchange = attempt.and_then(|attempt| attempt.exchange.as_ref());
    let error = exchange.and_then(|exchange| exchange.error.as_ref());
    let status = exchange.and_then(|exchange| exchange.answer.as_ref()).map(|answer| answer.status);
    let failed = callback.findings.iter().find(|finding| !finding.ok);
    let mut cells = vec![
        text(path),
        text(by),
        text(&callback.line.id),
        text(&callback.line.event),
        callback.line.class.to_string(),
        callback.line.due_ms.to_string(),
        attempt.map_or_else(String::new, |attempt| attempt.n.to_string()),
        attempt.map_or_else(String::new, |attempt| text(&attempt.sent_at)),
        status.map_or_else(String::new, |status| status.to_string()),
        error.map_or_else(String::new, |error| text(&error.text)),
        exchange.map_or_else(String::new, |exchange| format!("{:.3}", exchange.latency_ms)),
        callback.outcome().to_string(),
        callback.passed().to_string(),
    ];
    cells.extend(found(failed));
    cells
}

fn of_audit(run: &RunRecord) -> String {
    let mut out = "id,family,weight,score,counts,known,title,reason,why,fix,note,again\n".to_owned();
    let plain = run.scenarios.first().map(|plain| &plain.line);
    if let Some((wrong, plain)) = run.set_up.as_ref().zip(plain) {
        let facts = wrong.facts.iter().map(|fact| format!("{}: {}", fact.name, fact.text));
        let to_try = wrong.to_try.iter().map(|line| format!("try: {line}"));
        let all: Vec<String> = std::iter::once(wrong.seen()).chain(facts).chain(to_try).collect();
        let (id, title, reason, again) = (&plain.path, &plain.name, &all.join("; "), &plain.rerun);
        let cells = [id, "set-up", "must", "failed", "true", "false", title, reason, "", "", "", again];
        line(&mut out, &cells.map(text));
    }
    for case in &run.cases {
        let cells = [
            text(&case.id),
            text(&case.family),
            text(&case.weight),
            text(&case.score.to_string()),
            case.counts.to_string(),
            case.known.to_string(),
            text(&case.title),
            text(&case.reason),
        ];
        let failed = case.score == CaseScore::Failed;
        let of = |own: &str| if failed { text(own) } else { String::new() };
        let played = run.scenarios.iter().find(|scenario| scenario.line.path == case.id);
        let whole = run.overall.iter().filter(|line| line.explains(case)).map(|line| line.seen.clone());
        let own = Some(notes::of(run.callbacks_of(&case.id))).filter(|own| !own.is_empty());
        let note = own.into_iter().chain(whole).collect::<Vec<_>>().join("; ");
        let again = played.map_or("", |scenario| scenario.line.rerun.as_str());
        let cells = cells.into_iter().chain([of(&case.why), of(&case.fix), text(&note), of(again)]);
        let cells: Vec<String> = cells.collect();
        line(&mut out, &cells);
    }
    out
}

/// Percentiles of a time, in milliseconds.
const PERCENTILES: [&str; 4] = ["p50", "p90", "p99", "max"];

fn times(name: &str) -> impl Iterator<Item = String> {
    PERCENTILES.into_iter().map(move |percentile| format!("{name}_{percentile}_ms"))
}

fn of_load(run: &LoadRun) -> String {
    let names = ["second", "planned", "sent", "retries"].map(str::to_owned);
    let outcomes = Outcome::ALL.iter().map(|outcome| outcome.to_string().replace(' ', "_"));
    let times = ["latency", "service", "lateness"].into_iter().flat_map(times);
    let mut out = String::new();
    line(&mut out, &names.into_iter().chain(outcomes).chain(times).collect::<Vec<_>>());
    for second in &run.seconds {
        let counts = [second.number, second.planned, second.sent, second.retries];
        let ended = |outcome: &Outcome| counted(&second.outcomes, outcome);
        let counts = counts.into_iter().chain(Outcome::ALL.iter().map(ended)).map(|count| count.to_string());
        let times = [second.latency, second.service, second.lateness].into_iter().flat_map(milliseconds);
        line(&mut out, &counts.chain(times).collect::<Vec<_>>());
    }
    out
}

fn of_search(search: &SearchRecord) -> String {
    let judgement = limit::judge(search);
    let mut out = String::new();
    let names = ["step", "asked_per_s", "sent_per_s", "verdict"].map(str::to_owned);
    line(&mut out, &names.into_iter().chain(times("latency")).collect::<Vec<_>>());
    for (number, (run, judged)) in search.whole().iter().zip(&judgement.steps).enumerate() {
        let mut cells =
            vec![(number + 1).to_string(), run.asked_per_s().to_string(), run.sent_per_s().to_string()];
        cells.push(judged.verdict.to_string());
        cells.extend(milliseconds(Times::from(&run.total.latency)));
        line(&mut out, &cells);
    }
    out
}

/// The percentiles; empty where nothing was measured.
fn milliseconds(times: Times) -> impl Iterator<Item = String> {
    let shown = move |ns: u64| if times.count > 0 { (ns as f64 / 1e6).to_string() } else { String::new() };
    [times.p50, times.p90, times.p99, times.max].into_iter().map(shown)
}

fn line(out: &mut String, cells: &[String]) {
    out.push_str(&cells.join(","));
    out.push('\n');
}

/// A text as one cell. A spreadsheet takes what begins with one of these signs for a formula, so that an apostrophe stands before it.
fn text(text: &str) -> String {
    let text = inert(text);
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text };
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn a_cell_holds_its_text_and_no_formula() {
        assert_eq!(text("plain"), "plain");
        assert_eq!(text("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(text("=1+1\r\n"), "'=1+1\\r\\n");
    }
}
