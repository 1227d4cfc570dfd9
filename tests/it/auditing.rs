//! `hookreel audit` as a newcomer meets it.

use std::fs;

use serde_json::Value;

use crate::stage::{Raw, exits, run, stderr, stdout};

#[test]
fn a_report_on_standard_output_stands_there_alone() {
    let output = run(&["audit", "tencent", "--case", "C55", "--report", "json"]);
    exits(&output, 0);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["verdict"], "passed");
    assert!(stderr(&output).contains("passed: 1 passed"), "{}", stderr(&output));
}

#[test]
fn a_case_is_shown_on_demand_and_says_how_to_play_it_again() {
    let output = run(&["audit", "tencent", "--case", "C55", "-v"]);
    exits(&output, 0);
    assert!(stdout(&output).contains("hookreel audit tencent --case C55 -v\n"), "{}", stdout(&output));
    assert!(!stdout(&run(&["audit", "tencent", "--case", "C55"])).contains("again"));
}

#[test]
fn nothing_is_said_to_have_passed_when_nothing_was_judged() {
    let output = run(&["audit", "tencent", "--case", "C67"]);
    exits(&output, 4);
    assert!(stdout(&output).contains("\nnothing checked: 1 skipped\n"), "{}", stdout(&output));
}

#[test]
fn a_wrong_expectation_is_told_once_and_a_wrong_address_before_anything_is_sent() {
    let output = run(&["audit", "tencent", "--expect", "{acept: {}}"]);
    exits(&output, 2);
    assert_eq!(stderr(&output).matches("unknown key `acept`").count(), 1, "{}", stderr(&output));
    let output = run(&["audit", "tencent", "--state", "localhost:8080/recordings"]);
    exits(&output, 2);
    assert!(stderr(&output).contains("did you mean http://localhost:8080/recordings"), "{}", stderr(&output));
}

#[test]
fn an_unknown_case_is_refused_with_the_list_or_the_nearest() {
    assert!(stderr(&run(&["audit", "tencent", "--case", "C540"])).contains("did you mean `C54`?"));
    assert!(stderr(&run(&["audit", "tencent", "--only", "Z"])).contains("`hookreel list cases`"));
}

#[test]
fn an_exported_case_is_a_scenario_and_its_command_has_the_target() {
    let folder = tempfile::tempdir().unwrap();
    let export = folder.path().join("cases");
    // Nobody's answer has this header, so the case fails.
    let expect = "{accept: {header: {x-nobody: says}}}";
    let output = run(&[
        "audit",
        "tencent",
        "--case",
        "A1",
        "--expect",
        expect,
        "--timeout",
        "5s",
        "--export",
        export.to_str().unwrap(),
    ]);
    exits(&output, 1);
    let path = export.join("A1.yaml");
    assert!(fs::read_to_string(&path).unwrap().contains("duplicate"));
    let command = format!("A1: hookreel run {} --timeout 5s\n", path.display());
    assert_eq!(stderr(&output), command);
    exits(&run(&["run", path.to_str().unwrap()]), 1);
}

#[test]
fn an_audit_of_nothing_and_the_resuming_of_no_audit_are_refused() {
    let output = run(&["audit", "tencent", "--only", "A", "--skip", "A"]);
    exits(&output, 2);
    assert!(stderr(&output).contains("no case is left"), "{}", stderr(&output));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.jsonl");
    for (text, why) in
        [("garbage\n", "line 1"), ("{\"line\":\"over\",\"scenario\":0}\n", "no record of an audit")]
    {
        fs::write(&path, text).unwrap();
        let output = run(&["audit", "tencent", "--case", "A1", "--resume", path.to_str().unwrap()]);
        exits(&output, 2);
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
    }
}

#[test]
fn a_receiver_that_is_called_with_the_key_of_the_samples_is_not_blamed_silently() {
    let receiver = Raw::statuses(&[401]);
    let target = receiver.port.to_string();
    for args in
        [["send", "tencent", "record", "-t", &target], ["audit", "tencent", "--case=A1", "-t", &target]]
    {
        assert!(stderr(&run(&args)).contains("warning: signed with the key of the samples"));
    }
    let output = run(&["send", "tencent", "record", "--method", "none", "-t", &target]);
    assert!(!stderr(&output).contains("key of the samples"), "{}", stderr(&output));
}
