use serde_json::json;

use super::*;
use crate::record::{
    Answer, CallbackLine, CaseLine, CaseScore, Exchange, Header, Line, ScenarioLine, SentRequest,
};

/// A run of so many callbacks, every hundredth refused.
fn run(count: usize) -> RunRecord {
    let mut run = RunRecord::default();
    run.apply(&Line::Run(Header {
        version: "0".into(),
        target: "http://127.0.0.1/".into(),
        ..Header::default()
    }));
    run.apply(&Line::Scenario(ScenarioLine { path: "long.yaml".into(), ..ScenarioLine::default() }));
    for number in 0..count {
        let id = format!("c{number}");
        let body = json!({"event": "RECORD_FILE_COMPLETE", "url": "https://example.com/".repeat(30)});
        run.apply(&Line::Callback(CallbackLine {
            scenario: 0,
            id: id.clone(),
            event: "RECORD_FILE_COMPLETE".into(),
            class: Class::Legal,
            subject: format!("hls file {number}"),
            faults: vec![],
            due_ms: number as u64 * 60_000,
            why: "the cycle of 30m was reached".into(),
            place: "long.yaml:3:13".into(),
            accept: "status 200".into(),
            curl: String::new(),
            body,
            signed: vec!["event".into()],
            earlier: None,
            changed: Vec::new(),
        }));
        run.apply(&Line::Intent { scenario: 0, id: id.clone(), n: 1, sent_at: "t".into(), signed_for: None });
        let ok = number % 100 > 0;
        let answer = Answer {
            status: if ok { 200 } else { 500 },
            body: "<script>alert(1)</script>\u{202e}\u{1b}[2J".into(),
            ..Answer::default()
        };
        let exchange =
            Exchange { latency_ms: 1.25, answer: Some(answer), error: None, ..Exchange::default() };
        run.apply(&Line::Result { scenario: 0, id: id.clone(), n: 1, exchange });
        let finding = Finding {
            check: "acknowledged".into(),
            ok,
            expected: "status 200".into(),
            actual: "status 500".into(),
            ..Finding::default()
        };
        run.apply(&Line::Finding { scenario: 0, id: Some(id.clone()), finding });
        let outcome = if ok { Outcome::Accepted } else { Outcome::GaveUp };
        run.apply(&Line::Outcome { scenario: 0, id, outcome });
    }
    run.apply(&Line::Over { scenario: 0 });
    run.apply(&Line::End { stopped: None, never_began: false, at: String::new() });
    run
}

#[test]
fn ten_thousand_callbacks_fit_into_a_mail() {
    let page = render(&run(10_000));
    assert!(page.len() < 5_000_000, "{}", page.len());
    let lines = 10_000 + 30;
    assert_eq!(page.matches("RECORD_FILE_COMPLETE hls file ").count(), lines, "a line for each, 30 by time");
    assert_eq!(page.matches("<details class=\"row").count(), list::MOST_DETAILS);
    assert!(page.contains("100 callbacks expected: status 200"), "failures alike are one group");
}

#[test]
fn nothing_that_a_receiver_says_can_run_or_hide() {
    let page = render(&run(3));
    assert!(!page.contains("<script") && !page.contains('\u{1b}') && !page.contains('\u{202e}'));
    assert!(page.contains("&#60;script&#62;") && page.contains(r"\u{202e}"), "{page}");
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn a_run_that_is_not_whole_says_so() {
    let mut cut = run(2);
    assert!(!render(&cut).contains("the record has no end"));
    cut.ended = false;
    assert!(render(&cut).contains("killed: the record has no end"));
}

#[test]
fn a_callback_without_a_place_in_a_file_has_no_empty_brackets() {
    let mut sent = run(1);
    for scenario in &mut sent.scenarios {
        for callback in &mut scenario.callbacks {
            callback.line.place.clear();
        }
    }
    let page = render(&sent);
    assert!(page.contains("the cycle of 30m was reached (c0)"), "{page}");
    assert!(!page.contains("()</dd>") && !page.contains("(, "), "{page}");
}

#[test]
fn cases_that_fail_alike_and_do_not_count_are_counted_one_by_one() {
    let case = |id: &str| CaseLine {
        id: id.into(),
        title: "a case".into(),
        weight: "hardening".into(),
        score: CaseScore::Failed,
        counts: false,
        known: false,
        reason: "expected status 200, got status 500".into(),
        family: "acceptance".into(),
        why: String::new(),
        fix: String::new(),
        by_answers: false,
        chosen: String::new(),
        like: "A1".into(),
        failures: Vec::new(),
    };
    let mut audit = RunRecord::default();
    ["A1", "A2", "A3"].into_iter().for_each(|id| audit.apply(&Line::Case(case(id))));
    let page = render(&audit);
    assert!(page.contains("3 more that fail and do not count"), "{page}");
}

#[test]
fn checks_of_the_state_that_all_passed_are_a_number_without_a_list() {
    let mut passed = run(1);
    let check = Finding { check: "state".into(), ok: true, ..Finding::default() };
    passed.scenarios[0].state = vec![check; MOST_STATE + 1];
    let page = render(&passed);
    assert!(page.contains(&format!("{} checks passed.", MOST_STATE + 1)), "{page}");
    assert!(!page.contains("</span> state</dt>"), "{page}");
    passed.scenarios[0].state[0].ok = false;
    let page = render(&passed);
    assert!(
        page.contains(&format!("{MOST_STATE} more checks passed.")) && page.contains("</span> state</dt>"),
        "{page}"
    );
}

#[test]
fn an_opened_callback_has_its_request_with_what_is_signed_and_what_a_fault_changed() {
    let mut run = run(2);
    let request = SentRequest {
        head: "POST /cb HTTP/1.1\nx-own: <b>".into(),
        changed_lines: vec![1],
        body: r#"{"event":"RECORD_OVER"}"#.into(),
        changed: Some((10, 21)),
        script: vec!["writes 90 bytes".into(), "closes the connection".into()],
    };
    let first = run.scenarios[0].callbacks[0].attempts[0].exchange.as_mut().unwrap();
    first.request = Some(request);
    first.latency_ms = 7.5;
    let page = render(&run);
    for part in [
        "POST /cb HTTP/1.1\n<mark>x-own: &#60;b&#62;</mark>",
        "{&#34;event&#34;:&#34;<mark>RECORD_OVER</mark>&#34;}",
        "<span class=\"signed\">&#34;event&#34;: &#34;RECORD_FILE_COMPLETE&#34;</span>",
        "writes 90 bytes · closes the connection",
        "<span class=\"signed\">underlined</span> is signed, <mark>marked</mark> is changed by a fault.",
        "by time: the 2 that took the longest",
        "<td class=\"number\">7.50 ms</td>",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}
