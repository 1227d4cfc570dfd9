//! Verdicts on several requests, counted.

use crate::report::text::amount;

/// Verdicts on several requests.
#[derive(Default)]
pub(super) struct VerifiedCounts {
    right: usize,
    expired: usize,
    wrong: usize,
}

impl VerifiedCounts {
    /// Counts a verdict.
    pub(super) fn add(&mut self, right: bool, expired: bool) {
        let count = match (right, expired) {
            (false, _) => &mut self.wrong,
            (true, true) => &mut self.expired,
            (true, false) => &mut self.right,
        };
        *count += 1;
    }

    /// True where none is wrong.
    pub(super) fn all_right(&self) -> bool {
        self.wrong == 0
    }

    /// The last line.
    pub(super) fn text(&self, verbose: bool) -> String {
        let Self { right, expired, wrong } = *self;
        let parts = [(right, "right"), (expired, "right, but expired"), (wrong, "wrong")];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        let more = if verbose || right + expired == 0 { "" } else { " (-v shows the right ones)" };
        format!("{}: {}{more}\n", amount(right + expired + wrong, "request"), parts.join(", "))
    }
}
