//! JSON report of a search. The fields are fixed: other programs rely on them.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use crate::record::load::{LoadRun, SearchRecord};
use crate::report::load::failed_alike::{self, LoadsFailedAlike};
use crate::report::load::json::{LoadJson, LoadTotalsJson, ThresholdJson, asked, thresholds, totals};
use crate::report::load::limit::table::sums;
use crate::verdict::limit::{self, NARROW, Showed, reason, showed};
use crate::verdict::load::{self, LoadJudgement, LoadVerdict};

/// The format's name and edition.
pub const SCHEMA: &str = "hookreel.limit-report/1";

#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct SearchJson<'a> {
    schema: &'static str,
    version: &'a str,
    seed: u64,
    target: &'a str,
    verdict: LoadVerdict,
    /// The one cause, where every callback of the last step failed in the same way.
    failed_alike: Option<LoadsFailedAlike<'a>>,
    stopped: Option<&'a str>,
    killed: bool,
    lost_lines: u64,
    warnings: &'a [String],
    load: Option<LoadJson<'a>>,
    /// Sums over the steps: callbacks that became due, that were sent, and how they ended.
    totals: BTreeMap<String, u64>,
    limit: LimitJson<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct LimitJson<'a> {
    text: &'a str,
    held_per_s: Option<f64>,
    broke_per_s: Option<f64>,
    broke: Option<Showed>,
    /// The search ends when they are so near to each other.
    narrow: f64,
    steps: Vec<SearchRowJson<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct SearchRowJson<'a> {
    step: u64,
    per_s: f64,
    seed: u64,
    showed: Showed,
    why: String,
    verdict: LoadVerdict,
    bottleneck: load::Bottleneck,
    bottleneck_text: &'a str,
    thresholds: Vec<ThresholdJson<'a>>,
    totals: LoadTotalsJson<'a>,
}

/// The whole report.
pub fn render(search: &SearchRecord) -> String {
    let judgement = limit::judge(search);
    let (held, broke) = (judgement.bracket.held, judgement.bracket.broke);
    let report = SearchJson {
        schema: SCHEMA,
        version: &search.header.version,
        seed: search.header.seed,
        target: &search.header.target,
        verdict: judgement.verdict,
        failed_alike: search.whole().last().and_then(failed_alike::row),
        stopped: search.stopped.as_deref(),
        killed: !search.ended,
        lost_lines: search.lost,
        warnings: &judgement.warnings,
        load: search.asked().map(asked),
        totals: sums(search).into_iter().map(|(name, count)| (name.replace(' ', "_"), count)).collect(),
        limit: LimitJson {
            text: &judgement.text,
            held_per_s: held,
            broke_per_s: broke.map(|step| step.rate),
            broke: broke.map(|step| step.showed),
            narrow: NARROW,
            steps: search
                .whole()
                .iter()
                .zip(&judgement.steps)
                .map(|(run, judged)| row(run, judged))
                .collect(),
        },
    };
    // Plain data with text keys: there is nothing in it that JSON could not hold.
    let mut text =
        serde_json::to_string_pretty(&report).expect("our own texts and numbers can be written as JSON");
    text.push('\n');
    text
}

fn row<'a>(run: &'a LoadRun, judgement: &'a LoadJudgement) -> SearchRowJson<'a> {
    let step = run.step();
    SearchRowJson {
        step: step.number,
        per_s: step.per_s,
        seed: step.seed,
        showed: showed(run, judgement.verdict),
        why: reason(judgement),
        verdict: judgement.verdict,
        bottleneck: judgement.bottleneck,
        bottleneck_text: &judgement.bottleneck_text,
        thresholds: thresholds(judgement),
        totals: totals(run),
    }
}
