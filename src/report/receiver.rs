//! What befell the receiver's process during a run, and what it printed.

use std::fmt::Write;

use super::inert;
use crate::record::{RECEIVER, Run};

/// The end of the receiver's process, and what it printed around the first failure, in lines of text; nothing where it goes on
/// and printed nothing. Both are known at the end of a run only.
pub fn story(run: &Run) -> String {
    let mut out = String::new();
    for scenario in &run.scenarios {
        let path = inert(&scenario.line.path);
        for callback in &scenario.callbacks {
            let line = &callback.line;
            for finding in callback.findings.iter().filter(|finding| finding.check == RECEIVER) {
                let _ = writeln!(out, "\n{}", inert(&finding.actual));
                let (id, event) = (inert(&line.id), inert(&line.event));
                let _ = writeln!(out, "  during {id} ({event} {}) of {path}", inert(&line.subject));
            }
            if !callback.printed.is_empty() {
                let _ = writeln!(out, "\nwhat the receiver printed around {} of {path}:", inert(&line.id));
            }
            for printed in &callback.printed {
                let _ = writeln!(out, "  | {}", inert(printed));
            }
        }
        for finding in scenario.state.iter().filter(|finding| finding.check == RECEIVER) {
            let _ = writeln!(out, "\n{}", inert(&finding.actual));
        }
    }
    out
}
