//! The result of an audit: per weight, then failure by failure what was seen, why it matters, and how to fix it.

mod answered_alike;

pub(super) use answered_alike::overall;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::audit::Scored;
use crate::audit::ALL;
use crate::audit::answered_alike::AnsweredAlike;
use crate::audit::case::{AuditSetting, Case};
use crate::audit::causes::advised;
use crate::audit::groups::{AlikeCases, groups};
use crate::audit::observed::Observed;
use crate::audit::score::{Reason, Score, Seen, kinds};
use crate::audit::weight::Weight;
use crate::record::RunRecord;
use crate::report::notes::STALE;
use crate::report::{inert, notes, receiver};

/// Groups of failures that are shown in full; of more than these the names are enough, until -v asks for them.
const FULL: usize = 7;
/// Groups that are named in a line each after those.
const NAMED: usize = 10;
/// Ids in the last line.
const IDS: usize = 12;

/// Text of an audit.
pub(super) struct Card<'a> {
    pub(super) setting: &'a AuditSetting,
    pub(super) scored: &'a [Scored],
    /// Facts that several cases together show.
    pub(super) observed: &'a Observed,
    /// Cases of the baseline.
    pub(super) known: &'a BTreeSet<String>,
    /// The receiver answers everything alike; these cases failed by nothing else.
    pub(super) alike: Option<(AnsweredAlike, BTreeSet<&'static str>)>,
    /// `--expect` tells acceptance and rejection already.
    pub(super) expects: bool,
    /// The command that plays it again.
    pub(super) again: &'a str,
    /// Every weight counts.
    pub(super) strict: bool,
    /// New failures and the last line only.
    pub(super) quiet: bool,
    /// Everything in full.
    pub(super) verbose: bool,
    /// Record of the audit.
    pub(super) run: &'a RunRecord,
}

/// True where the receiver's process ended.
fn is_end(seen: &[Seen]) -> bool {
    seen.iter().any(Seen::is_end)
}

/// Number of cases by result.
#[derive(Default)]
struct CaseCounts {
    passed: usize,
    by_answers: usize,
    failed: usize,
    known: usize,
    skipped: usize,
    not_reached: usize,
}

impl CaseCounts {
    fn words(&self) -> String {
        let parts = [
            (self.passed, "passed"),
            (self.failed, "failed"),
            (self.known, "known to fail"),
            (self.skipped, "skipped"),
            (self.not_reached, "not reached"),
        ];
        let parts =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
        parts.collect::<Vec<_>>().join(", ")
    }
}

impl Card<'_> {
    /// The scorecard, for a person.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        if !self.quiet {
            let (provider, revision) = (self.setting.provider.name, self.setting.revision.name);
            // Writing into a String cannot fail.
            let origin = self.setting.provider.origin();
            let declared = if origin.is_empty() { origin } else { format!(", {}", inert(&origin)) };
            let embedded = if self.run.header.embedded { " of the built-in receiver" } else { "" };
            let _ = writeln!(out, "audit as {provider} {revision}{declared}{embedded}\n");
        }
        self.ended(&mut out);
        self.everything_alike(&mut out);
        if !self.quiet {
            self.tables(&mut out);
        }
        self.failures(&mut out);
        if !self.quiet {
            self.uncounted(&mut out);
            if self.verbose {
                self.chosen(&mut out);
            }
            self.skipped(&mut out);
            let notes = notes::of_run(self.run);
            if !notes.is_empty() {
                out.push('\n');
            }
            notes.iter().for_each(|note| {
                let _ = writeln!(out, "note: {note}");
            });
        }
        self.last_lines(&mut out);
        out
    }

    fn tally(&self, chosen: impl Fn(&Case) -> bool) -> CaseCounts {
        let mut tally = CaseCounts::default();
        for (case, score) in self.scored.iter().filter(|(case, _)| chosen(case)) {
            match score {
                Score::Passed { by_answers, .. } => {
                    tally.passed += 1;
                    tally.by_answers += usize::from(*by_answers);
                }
                Score::Failed(_) if self.known.contains(case.id) && !score.ended() => tally.known += 1,
                Score::Failed(_) => tally.failed += 1,
                Score::Skipped(Reason::NotReached(_)) => tally.not_reached += 1,
                Score::Skipped(_) => tally.skipped += 1,
            }
        }
        tally
    }

    fn tables(&self, out: &mut String) {
        for weight in Weight::ALL {
            let words = self.tally(|case| case.weight() == weight).words();
            if !words.is_empty() {
                let ended =
                    self.scored.iter().filter(|(case, score)| case.weight() == weight && score.ended());
                let counts = match (weight.counts(self.strict), ended.count()) {
                    (true, _) => String::new(),
                    (false, 0) => " (not counted without --strict)".into(),
                    (false, ended) => {
                        format!(
                            " (not counted without --strict, but for {ended} that ended the receiver's process)"
                        )
                    }
                };
                let _ = writeln!(out, "  {weight:<10} {words}{counts}");
            }
        }
        if self.verbose {
            out.push('\n');
            for family in ALL.iter().map(|own| own.family) {
                let words = self.tally(|case| case.family() == family.letter()).words();
                if !words.is_empty() {
                    let _ = writeln!(out, "  {} {:<28} {words}", family.letter(), family.title());
                }
            }
        }
    }

    /// The cases that end the receiver's process come before everything: nobody is served then.
    fn ended(&self, out: &mut String) {
        let ended = self.scored.iter().filter_map(|(case, score)| match score {
            Score::Failed(seen) if score.ended() => Some((*case, seen.as_slice())),
            _ => None,
        });
        for group in groups(ended, &Observed::default()) {
            let (case, seen) = group.first;
            let how = seen.iter().find(|seen| seen.is_end());
            let how = how.map_or("", |seen| seen.got.as_str());
            let _ = writeln!(out, "{} {} ({}): {}", case.id, case.title, case.weight(), inert(how));
            for printed in receiver::last_words(self.run, case.id) {
                let _ = writeln!(out, "  printed         {}", inert(printed));
            }
            self.advised(out, &group);
            out.push('\n');
        }
    }

    /// Failures that count and are new, grouped.
    fn counted(&self) -> Vec<(&'static Case, &[Seen])> {
        // That a callback ends the receiver always counts.
        let counts = |case: &Case, score: &Score| {
            score.ended() || case.weight().counts(self.strict) && !self.known.contains(case.id)
        };
        let failed = self.scored.iter().filter_map(|(case, score)| match score {
            Score::Failed(seen) if counts(case, score) => Some((*case, seen.as_slice())),
            _ => None,
        });
        failed.collect()
    }

    fn failures(&self, out: &mut String) {
        // Of two names of one cause the first is enough.
        let explained = |case: &Case| {
            self.alike
                .as_ref()
                .is_some_and(|(_, ids)| ids.contains(case.id) || self.observed.unchecked.contains(case.id))
        };
        let counted = self.counted().into_iter().filter(|(_, seen)| !is_end(seen));
        let (alike, apart): (Vec<_>, Vec<_>) = counted.partition(|(case, _)| explained(case));
        let mut groups = groups(apart.into_iter(), self.observed);
        groups.sort_by_key(|group| (group.cases().map(|case| case.weight()).min(), !group.names_the_cause()));
        if !alike.is_empty() {
            let ids: Vec<&str> = alike.iter().map(|(case, _)| case.id).collect();
            // Where most were answered as valid ones are, these are the others, and not the one reason.
            let others = self.alike.as_ref().is_some_and(|(alike, _)| {
                let most = alike.hostile / 2 + 1;
                (most..alike.hostile).contains(&alike.like_valid())
            });
            let how = if others {
                "failed by the status of their answer alone"
            } else {
                "failed for this one reason"
            };
            let _ = writeln!(out, "\n{how}: {}", ids.join(" "));
        }
        let full = if self.verbose { usize::MAX } else { FULL };
        for group in groups.iter().take(full) {
            self.in_full(out, group);
        }
        if let Some(rest) = groups.get(full..).filter(|rest| !rest.is_empty()) {
            let _ = writeln!(out, "\n{} more failures; -v shows each in full:", rest.len());
            for group in rest.iter().take(NAMED) {
                let ids: Vec<&str> = group.cases().map(|case| case.id).collect();
                let _ = writeln!(out, "  {} {}", ids.join(" "), group.first.0.title);
            }
            if let Some(last) = rest.get(NAMED..).filter(|last| !last.is_empty()) {
                let ids: Vec<&str> = last.iter().flat_map(AlikeCases::cases).map(|case| case.id).collect();
                let _ = writeln!(out, "  {}", ids.join(" "));
            }
        }
    }

    fn in_full(&self, out: &mut String, group: &AlikeCases<'_>) {
        let (case, seen) = group.first;
        let _ = writeln!(out, "\n{} {} ({})", case.id, case.title, case.weight());
        let kinds = kinds(seen);
        for (one, count) in kinds.iter().take(if self.verbose { usize::MAX } else { 3 }) {
            let _ = writeln!(out, "  expected        {}", inert(&one.expected));
            let answer = if one.answer.is_empty() { String::new() } else { format!(" {}", one.answer) };
            let times = if *count > 1 { format!("  ({count} callbacks)") } else { String::new() };
            let _ = writeln!(out, "  got             {}{}{times}", inert(&one.got), inert(&answer));
        }
        self.advised(out, group);
    }

    /// Consequence and fix of a failure, the command that shows it again, and the cases like it.
    fn advised(&self, out: &mut String, group: &AlikeCases<'_>) {
        let (case, seen) = group.first;
        let (why, fix) = advised(case, self.setting, seen, self.observed);
        let _ = writeln!(out, "  why it matters  {why}\n  how to fix      {fix}");
        let strict = if self.strict { " --strict" } else { "" };
        let _ = writeln!(out, "  again           {} --case {}{strict} -v", self.again, case.id);
        if !group.others.is_empty() {
            let others: Vec<&str> = group.others.iter().map(|case| case.id).collect();
            let _ = writeln!(out, "  failed alike    {}", others.join(" "));
        }
    }

    /// Failed cases that do not fail the audit, one per line.
    fn uncounted(&self, out: &mut String) {
        let failed = |chosen: &dyn Fn(&Case) -> bool| {
            let failed = self
                .scored
                .iter()
                .filter(|(case, score)| matches!(score, Score::Failed(_)) && chosen(case))
                .filter(|(_, score)| !score.ended())
                .map(|(case, _)| case.id);
            failed.collect::<Vec<_>>().join(" ")
        };
        let mut lines = Vec::new();
        for weight in Weight::ALL.into_iter().filter(|weight| !weight.counts(self.strict)) {
            let ids = failed(&|case| case.weight() == weight && !self.known.contains(case.id));
            if !ids.is_empty() {
                lines.push(format!("failed at {weight}, not counted ({}): {ids}", weight.meaning()));
            }
        }
        let known = failed(&|case| self.known.contains(case.id));
        if !known.is_empty() {
            lines.push(format!("known to fail (--baseline): {known}"));
        }
        let passes =
            |(case, score): &&Scored| matches!(score, Score::Passed { .. }) && self.known.contains(case.id);
        let stale: Vec<&str> = self.scored.iter().filter(passes).map(|(case, _)| case.id).collect();
        if !stale.is_empty() {
            lines.push(format!("{STALE}; remove from the file: {}", stale.join(" ")));
        }
        if !lines.is_empty() {
            let _ = writeln!(out, "\n{}", lines.join("\n"));
        }
    }

    /// Reactions of the receiver where accepting and rejecting are both right.
    fn chosen(&self, out: &mut String) {
        let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (case, score) in self.scored {
            if let Score::Passed { chosen, .. } = score
                && !chosen.is_empty()
            {
                all.entry(chosen).or_default().push(case.id);
            }
        }
        if !all.is_empty() {
            out.push_str("\naccepting and rejecting are both right here; this receiver\n");
        }
        for (chosen, ids) in all {
            let _ = writeln!(out, "  {}: {}", inert(chosen), ids.join(" "));
        }
    }

    /// Skipped cases, by reason.
    fn skipped(&self, out: &mut String) {
        let mut reasons: BTreeMap<&Reason, Vec<&str>> = BTreeMap::new();
        for (case, score) in self.scored {
            if let Score::Skipped(reason) = score {
                reasons.entry(reason).or_default().push(case.id);
            }
        }
        if !reasons.is_empty() {
            out.push('\n');
        }
        for (reason, ids) in reasons {
            let shown = if self.verbose { ids.len() } else { IDS };
            let more = ids.len().saturating_sub(shown);
            let more = if more > 0 { format!(" and {more} more (-v names them)") } else { String::new() };
            let named = ids.iter().take(shown).copied().collect::<Vec<_>>().join(" ");
            let _ = writeln!(out, "skipped ({}): {named}{more}", inert(&reason.to_string()));
        }
    }

    fn last_lines(&self, out: &mut String) {
        let all = self.tally(|_| true);
        let counted: Vec<&str> = self.counted().iter().map(|(case, _)| case.id).collect();
        let covered =
            self.scored.iter().filter(|(_, score)| *score == Score::Skipped(Reason::Uncovered)).count();
        let missing = self.tally(|case| case.weight().counts(self.strict)).not_reached;
        let unfinished = missing > 0 || self.run.stopped.is_some();
        let headline = match (counted.len(), unfinished, all.passed + all.failed + all.known + covered) {
            (1.., ..) => "failed",
            (_, true, _) => "incomplete",
            (_, _, 0) => "nothing checked",
            _ => "passed",
        };
        let mut parts = vec![(all.passed, "passed".to_owned())];
        let mut named = counted.iter().take(IDS).copied().collect::<Vec<_>>().join(" ");
        named.push_str(if counted.len() > IDS { " ..." } else { "" });
        parts.push((counted.len(), format!("failed ({named})")));
        parts.push((all.failed - counted.len(), "failed and not counted".into()));
        parts.push((all.known, "known to fail".into()));
        parts.push((all.skipped, "skipped".into()));
        parts.push((all.not_reached, "not reached".into()));
        let parts =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
        let _ = writeln!(out, "\n{headline}: {}", parts.collect::<Vec<_>>().join(", "));
        if let Some(note) = notes::not_checked(all.passed, all.by_answers) {
            let _ = writeln!(out, "{note}");
        }
        // Where the eye rests, and with -q too: a result of our own receiver says nothing about the user's.
        if self.run.header.embedded {
            let _ = writeln!(out, "note: {}", notes::EMBEDDED);
        }
    }
}
