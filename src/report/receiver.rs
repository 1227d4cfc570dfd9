//! Changes of the receiver's process during a run, and its output.

use std::fmt::Write;

use super::inert;
use crate::record::{CaseScore, Finding, FindingKind, RECEIVER, RunRecord};
use crate::stretch::Stretches;

/// Lines shown of each of several ends.
const LAST_WORDS: usize = 5;

/// The last lines that a process printed which ended during a case; empty where none ended.
pub fn last_words<'a>(run: &'a RunRecord, case: &str) -> &'a [String] {
    let is_end = |finding: &Finding| !finding.ok && finding.check == RECEIVER;
    let mut ended = run.callbacks_of(case).filter(|callback| callback.findings.iter().any(is_end));
    let last = ended.find(|callback| !callback.printed.is_empty());
    last.map_or(&[], |last| telling(&last.printed))
}

/// Words by which the line of an error is known among those that a program prints at its end.
const OF_ERRORS: [&str; 6] = ["Error:", "Exception", "error:", "fatal", "panic:", "panicked at"];

/// The last lines of what a process printed; where an error stands before them, such as above a trace of calls, the lines from it on.
pub(super) fn telling(printed: &[String]) -> &[String] {
    let last = printed.len().saturating_sub(LAST_WORDS);
    let is_error = |line: &String| OF_ERRORS.iter().any(|words| line.contains(words));
    match printed.iter().rposition(is_error).filter(|at| *at < last) {
        Some(at) => printed.stretch(at..at + LAST_WORDS),
        None => printed.stretch(last..),
    }
}

/// The end of the receiver's process, and what it printed around the first failure, in lines of text; nothing where it goes on
/// and printed nothing. Both are known at the end of a run only.
pub fn story(run: &RunRecord) -> String {
    let mut out = String::new();
    let ends = run.callbacks().flat_map(|callback| &callback.findings);
    let several = ends.filter(|finding| !finding.ok && finding.check == RECEIVER).count() > 1;
    let by_case = |path: &str| {
        run.cases.iter().any(|case| case.id == path && case.score == CaseScore::Failed && case.counts)
    };
    for scenario in run.scenarios.iter().filter(|scenario| !by_case(&scenario.line.path)) {
        let path = inert(&scenario.line.path);
        for callback in &scenario.callbacks {
            let line = &callback.line;
            let ends = callback.findings.iter().filter(|finding| finding.check == RECEIVER);
            let ends: Vec<&str> = ends.map(|finding| finding.actual.as_str()).collect();
            for same in ends.chunk_by(|one, next| one == next) {
                // Such a row has a first entry.
                let _ = writeln!(out, "\n{}", inert(same.first().copied().unwrap_or_default()));
                let (id, event) = (inert(&line.id), inert(&line.event));
                let times = if same.len() > 1 { format!(", {} times", same.len()) } else { String::new() };
                let _ = writeln!(out, "  during {id} ({event} {}) of {path}{times}", inert(&line.subject));
            }
            if !callback.printed.is_empty() {
                let _ = writeln!(out, "\nwhat the receiver printed around {} of {path}:", inert(&line.id));
            }
            // Of many ends the lines that tell most are enough.
            let shown = if several { telling(&callback.printed) } else { &callback.printed };
            for printed in shown {
                let _ = writeln!(out, "  | {}", inert(printed));
            }
        }
        // What was under way meanwhile is named by its own part of the report.
        let told = |finding: &&Finding| {
            finding.check == RECEIVER && finding.kind != Some(FindingKind::EndedMeanwhile)
        };
        for finding in scenario.state.iter().filter(told) {
            let _ = writeln!(out, "\n{}", inert(&finding.actual));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_lines_those_from_the_error_on_are_shown() {
        let lines = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
        let node =
            lines("listening/app.js:6/TypeError: no length/at emit/at parse/at run/at next//Node.js v20");
        assert_eq!(telling(&node), lines("TypeError: no length/at emit/at parse/at run/at next"));
        let python = lines("up/Traceback/File a/in a/File b/in b/KeyError: 'x'");
        assert_eq!(telling(&python), lines("File a/in a/File b/in b/KeyError: 'x'"));
        assert_eq!(telling(&lines("1/2/3/4/5/6")), lines("2/3/4/5/6"));
        assert!(telling(&[]).is_empty());
    }
}
