//! The pages of a load and of a search for the highest rate.

mod charts;

use askama::Template;

use super::chart::Chart;
use super::{Top, facts, inert, lines, page, weak};
use crate::duration::show_measured;
use crate::record::Outcome;
use crate::record::load::{LoadLine, LoadRun, SearchRecord, Times};
use crate::report::load::limit::table::{STEP_HEADS, step_rows, sums};
use crate::report::load::table::{EVENT_HEADS, event_rows};
use crate::report::text::amount;
use crate::verdict::limit;
use crate::verdict::load::{LoadJudgement, LoadVerdict, ThresholdResult, judge};
use charts::{charts, curve};

#[derive(Template)]
#[template(path = "load.html")]
struct LoadPage {
    top: Top,
    thresholds: Vec<ThresholdRow>,
    charts_title: &'static str,
    charts: Vec<Chart>,
    tables: Vec<Table>,
    answers: Vec<(String, String)>,
    rerun: String,
}

struct ThresholdRow {
    ok: bool,
    /// It decides nothing.
    open: bool,
    threshold: String,
    actual: String,
    note: String,
}

struct Table {
    title: &'static str,
    heads: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    /// The last column holds words.
    words: bool,
}

/// The whole page of a load.
pub fn render_load(run: &LoadRun) -> String {
    let judgement = judge(run);
    let mut warnings = weak(&run.header);
    warnings.extend(judgement.warnings.iter().chain(&judgement.notes).map(|warning| inert(warning)));
    let mut facts = facts(&run.header);
    facts.extend(asked(&run.line));
    let causes = judgement.causes.iter().map(|found| format!("{}: {}", found.of, found.cause));
    facts.extend(causes.map(|cause| ("likely cause", inert(&cause))));
    facts.push(("bottleneck", bottleneck(&judgement)));
    for outage in &judgement.outages {
        let end = outage.to.map_or_else(|| "the end".into(), |second| format!("second {second}"));
        facts.push(("receiver gone", format!("from second {} to {end}", outage.from)));
    }
    if let Some(why) = &run.stopped {
        facts.push(("stopped early", inert(why)));
    }
    for change in &run.receiver {
        let printed = if change.lines.is_empty() { "nothing".into() } else { change.lines.join(" ⏎ ") };
        facts.push(("the receiver printed", inert(&printed)));
    }
    let total = &run.total;
    let ended = Outcome::ALL.iter().map(|outcome| (outcome, total.ended(*outcome)));
    let mut figures = vec![format!("{} sent", total.sent), format!("{:.1}/s", run.sent_per_s())];
    figures
        .extend(ended.filter(|(_, count)| *count > 0).map(|(outcome, count)| format!("{count} {outcome}")));
    page(&LoadPage {
        top: Top {
            title: format!("{}: load on {}", judgement.verdict, inert(&run.header.target)),
            verdict: judgement.verdict.to_string(),
            class: class(judgement.verdict),
            figures: figures.join(" · "),
            facts,
            weak: warnings,
            version: inert(&run.header.version),
        },
        thresholds: thresholds(&judgement),
        charts_title: "Over time",
        charts: charts(run, &judgement),
        tables: vec![times(run), events(run), statuses(run)],
        answers: answers(run),
        rerun: lines(&run.line.rerun),
    })
}

/// The whole page of a search.
pub fn render_search(search: &SearchRecord) -> String {
    let judgement = limit::judge(search);
    let mut warnings = weak(&search.header);
    warnings.extend(judgement.warnings.iter().map(|warning| inert(warning)));
    let mut facts = facts(&search.header);
    facts.extend(search.asked().into_iter().flat_map(asked));
    let rows = step_rows(search, &judgement.steps).into_iter().map(Vec::from).collect();
    let sums = sums(search).into_iter().map(|(name, count)| format!("{count} {name}"));
    let figures: Vec<String> = std::iter::once(amount(judgement.steps.len(), "step")).chain(sums).collect();
    page(&LoadPage {
        top: Top {
            title: format!("limit of {}", inert(&search.header.target)),
            verdict: inert(&format!("{}: {}", judgement.verdict, judgement.text)),
            class: class(judgement.verdict),
            figures: figures.join(" · "),
            facts,
            weak: warnings,
            version: inert(&search.header.version),
        },
        thresholds: Vec::new(),
        charts_title: "Rate and latency",
        charts: curve(search, &judgement.steps).into_iter().collect(),
        tables: Some(Table { title: "Steps", heads: STEP_HEADS.to_vec(), rows, words: true })
            .into_iter()
            .filter(|table| !table.rows.is_empty())
            .collect(),
        answers: Vec::new(),
        rerun: lines(search.asked().map_or("", |line| &line.rerun)),
    })
}

fn class(verdict: LoadVerdict) -> &'static str {
    match verdict {
        LoadVerdict::Passed => "passed",
        LoadVerdict::Failed | LoadVerdict::Unreachable | LoadVerdict::Miscounted => "failed",
        _ => "unclear",
    }
}

fn asked(line: &LoadLine) -> Vec<(&'static str, String)> {
    let bursts = ("bursts", inert(&line.bursts.join(", ")));
    let rows = vec![
        ("scenario", inert(&format!("{}: {}", line.path, line.name))),
        ("sender", inert(&line.providers.join(", "))),
        ("rate", inert(&format!("{} for {} s, {}", line.rate, line.duration_s, line.arrivals))),
        bursts,
        ("connections", format!("at most {}", line.connections)),
    ];
    rows.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

fn bottleneck(judgement: &LoadJudgement) -> String {
    match judgement.bottleneck_text.as_str() {
        "" => judgement.bottleneck.to_string(),
        text => inert(&format!("{}: {text}", judgement.bottleneck)),
    }
}

fn thresholds(judgement: &LoadJudgement) -> Vec<ThresholdRow> {
    let row = |judged: &ThresholdResult| ThresholdRow {
        ok: judged.finding.ok,
        open: judged.undecided(),
        threshold: inert(&judged.finding.expected),
        actual: inert(&judged.finding.actual),
        note: match (judged.doubt, judged.unasked) {
            (Some(doubt), _) => format!("not decided: {doubt}"),
            (None, true) => "by default".into(),
            (None, false) => String::new(),
        },
    };
    let others = judgement.schedule.iter().chain(&judgement.receiver).map(|finding| ThresholdRow {
        ok: finding.ok,
        open: false,
        threshold: inert(&finding.expected),
        actual: inert(&finding.actual),
        note: finding.check.clone(),
    });
    judgement.thresholds.iter().map(row).chain(others).collect()
}

fn time(nanoseconds: u64) -> String {
    show_measured(nanoseconds as f64)
}

fn show_time(nanoseconds: f64) -> String {
    show_measured(nanoseconds)
}

fn count(value: f64) -> String {
    format!("{value:.0}")
}

fn times(run: &LoadRun) -> Table {
    let row = |name: &str, times: Times| {
        let values = [times.p50, times.p90, times.p95, times.p99, times.p999, times.max];
        let time = |nanoseconds| if times.count == 0 { "-".into() } else { time(nanoseconds) };
        std::iter::once(name.to_owned()).chain(values.map(time)).collect()
    };
    let mut rows = vec![row("service", Times::from(&run.total.service))];
    if run.line.open {
        rows.insert(0, row("latency", Times::from(&run.total.latency)));
        rows.push(row("lateness", Times::from(&run.total.lateness)));
    }
    Table { title: "Times", heads: vec!["", "p50", "p90", "p95", "p99", "p99.9", "max"], rows, words: false }
}

fn events(run: &LoadRun) -> Table {
    let rows = event_rows(run).into_iter().map(Vec::from).collect();
    Table { title: "Events", heads: EVENT_HEADS.to_vec(), rows, words: false }
}

fn statuses(run: &LoadRun) -> Table {
    let answered = run.total.statuses.iter().map(|(status, count)| (format!("status {status}"), count));
    let troubled = run.total.troubles.iter().map(|(kind, count)| (kind.words().to_owned(), count));
    let rows = answered.chain(troubled).map(|(name, count)| vec![name, count.to_string()]).collect();
    Table { title: "Answers", heads: vec!["result of an attempt", "count"], rows, words: false }
}

fn answers(run: &LoadRun) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for answer in &run.total.answers {
        let told = (inert(&format!("{} to {}", answer.status, answer.event)), lines(&answer.body));
        if !all.contains(&told) {
            all.push(told);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::load::{LoadLine, ReceiverLine, Second};

    #[test]
    fn the_page_of_an_hour_is_as_small_as_that_of_a_minute() {
        let seconds = |count: u64| -> Vec<Second> {
            let times = Times { count: 100, p50: 400_000, p99: 9_000_000, ..Times::default() };
            // Many sizes, another number of each in each second.
            let sizes = |number: u64| (20..50_u8).map(|it| (it, 1 + number * u64::from(it) % 977)).collect();
            let second = |number| Second {
                number,
                planned: 200,
                sent: 200,
                latency: times,
                sizes: sizes(number),
                ..Second::default()
            };
            (0..count).map(second).collect()
        };
        for count in [1, 60, 3_600, 86_400] {
            let page = render_load(&LoadRun { seconds: seconds(count), ..LoadRun::default() });
            assert!(page.len() < 200_000, "{count} s: {}", page.len());
            assert!(page.contains("Every service time over time"), "{count} s");
            assert!(page.contains("Times by percentile") && !page.contains("NaN"), "{count} s");
        }
        let line = LoadLine { bursts: vec!["300@30s".into()], ..LoadLine::default() };
        let page = render_load(&LoadRun { seconds: seconds(60), line, ..LoadRun::default() });
        assert_eq!(page.matches("<path class=\"burst\" d=\"M500 0").count(), 2, "in rate and latency");
        // Nothing was sent.
        let seconds = vec![Second { planned: 3, ..Second::default() }];
        let nothing = render_load(&LoadRun { seconds, ..LoadRun::default() });
        assert!(nothing.contains("nothing checked") && nothing.contains("Callbacks per second"));
        assert!(!nothing.contains("0 ns") && !nothing.contains("Service time"), "{nothing}");
        assert!(!render_search(&SearchRecord::default()).contains("<table"));
    }

    #[test]
    fn what_is_undecided_is_no_failure_and_a_silent_receiver_printed_nothing() {
        let run = LoadRun {
            line: LoadLine { thresholds: vec!["p99<200ms".into()], ..LoadLine::default() },
            receiver: vec![ReceiverLine::default()],
            ..LoadRun::default()
        };
        let page = render_load(&run);
        let row = page.lines().find(|line| line.contains("p99&#60;200ms")).unwrap();
        assert!(row.contains(r#"<span class="unknown">?</span>"#) && !row.contains('✕'), "{row}");
        assert!(page.contains("<dt>the receiver printed</dt><dd>nothing</dd>"), "{page}");
    }
}
