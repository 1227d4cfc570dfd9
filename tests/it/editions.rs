//! Scenarios in other editions than their own: what applies is played, and what does not is skipped with its reason.

use hookreel::provider::ALL;
use serde_json::Value;

use crate::stage::{Raw, exits, run, scenario, stderr, stdout};

/// The paths and revisions of a plan: those that are played, and those that are skipped with the reason.
fn planned(args: &[&str]) -> (Vec<String>, Vec<String>) {
    let output = run(&[&["plan", "--format", "json"], args].concat());
    let plan: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let played = plan["scenarios"].as_array().unwrap().iter();
    let skipped = plan["skipped"].as_array().into_iter().flatten();
    (
        played.map(|row| format!("{} {}", text(row, "path"), text(row, "revision"))).collect(),
        skipped
            .map(|row| format!("{} {}: {}", text(row, "path"), text(row, "revision"), text(row, "reason")))
            .collect(),
    )
}

#[test]
fn every_shipped_scenario_is_played_or_skipped_in_every_revision_of_its_provider() {
    let (own, none) = planned(&["@all"]);
    assert!(none.is_empty());
    assert!(own.len() > 30);
    for provider in ALL {
        let group = format!("@{}", provider.name);
        let (newest, _) = planned(&[&group]);
        let mut paths: Vec<&str> = newest.iter().map(|row| row.split(' ').next().unwrap()).collect();
        paths.dedup();
        for revision in provider.revisions {
            let (played, skipped) = planned(&[&group, "--revision", revision.name]);
            let all: Vec<&str> =
                played.iter().chain(&skipped).map(|row| row.split(' ').next().unwrap()).collect();
            for path in &paths {
                assert!(all.contains(path), "{path} in {}", revision.name);
            }
            assert!(!played.is_empty(), "{}", revision.name);
            assert!(played.iter().all(|row| row.ends_with(revision.name)), "{played:?}");
        }
        let (played, skipped) = planned(&[&group, "--revision", "all"]);
        let each: usize = provider
            .revisions
            .iter()
            .map(|revision| planned(&[&group, "--revision", revision.name]).0.len())
            .sum();
        assert_eq!(played.len(), each, "{skipped:?}");
    }
}

#[test]
fn a_revision_that_lacks_a_format_an_event_or_the_method_skips_with_the_reason() {
    let (played, skipped) = planned(&["@huawei", "@push", "--revision", "2020-03"]);
    assert!(played.contains(&"@huawei/normal 2020-03".to_owned()));
    let reasons = [
        "@huawei/several-formats 2020-03: revision 2020-03 records HLS only: expected hls",
        "@push/huawei 2020-03: huawei 2020-03 has no event PUBLISH, which it subscribes to",
    ];
    for reason in reasons {
        assert!(skipped.iter().any(|row| row == reason), "{skipped:#?}");
    }
    let (played, skipped) = planned(&["@huawei/normal", "--revision", "2020-06,2024", "--method", "md5"]);
    assert_eq!(played, ["@huawei/normal 2024"]);
    assert_eq!(skipped, ["@huawei/normal 2020-06: huawei 2020-06 does not sign with md5"]);
    // Of two providers each has its own revisions.
    let (played, skipped) = planned(&["@both/one-broadcast", "--revision", "2021-05"]);
    assert_eq!(played, ["@both/one-broadcast 2021-05"]);
    assert_eq!(skipped, ["@both/one-broadcast 2021-05: tencent has no revision 2021-05"]);
}

#[test]
fn a_mistake_of_the_scenario_itself_is_not_skipped() {
    let (_folder, path) =
        scenario("provider: huawei\nrecording: {hls: {cycle: 30s}}\nbroadcast: [{0s: push}, {10m: drop}]\n");
    let output = run(&["run", &path, "--revision", "all"]);
    exits(&output, 2);
    assert!(stderr(&output).contains("a cycle of 30s is beyond Huawei's limits"), "{}", stderr(&output));
    // A fault that finds its callback in the scenario's own edition and not in another.
    let (_folder, path) = scenario(
        "provider: huawei\nrecording: {hls: {}}\nfaults: [{duplicate: {nth: 2}}]\n\
         broadcast: [{0s: push}, {10m: drop}]\n",
    );
    let (played, skipped) = planned(&[&path, "--revision", "2020-03,2024"]);
    assert_eq!((played.len(), skipped.len()), (1, 1));
    assert!(skipped[0].contains("but this scenario has only 1 callback"), "{skipped:?}");
}

#[test]
fn names_that_there_are_not_are_told_at_once_and_nothing_is_sent() {
    let receiver = Raw::statuses(&[200]);
    let port = receiver.port();
    let wrong: [(&[&str], &[&str]); 4] = [
        (
            &["--revision", "2021-5,2024x", "--method", "md6"],
            &[
                "`2021-5`",
                "did you mean `2021-05`?",
                "`2024x`",
                "did you mean `2024`?",
                "`md6`",
                "did you mean `md5`?",
            ],
        ),
        (
            &["--revision", "2020-06", "--method", "md5"],
            &["huawei 2020-06 does not sign with md5; expected standard-webhooks or none"],
        ),
        (&["--revision", ""], &["there is no revision ``"]),
        (&["--method", "sha1"], &["expected one of md5, hmac-sha256, standard-webhooks, none"]),
    ];
    for (flags, words) in wrong {
        for command in ["run", "load"] {
            let output = run(&[&[command, "@huawei/normal", "-t", &port], flags].concat());
            exits(&output, 2);
            for word in words {
                assert!(stderr(&output).contains(word), "{flags:?}: {word}\n{}", stderr(&output));
            }
        }
    }
    assert_eq!(receiver.connections(), 0);
}

#[test]
fn what_is_skipped_stands_in_every_report_and_in_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("run.jsonl").display().to_string();
    let shown = run(&[
        "run",
        "@huawei/normal",
        "@huawei/several-formats",
        "--revision",
        "2020-03",
        "--record",
        &record,
    ]);
    exits(&shown, 0);
    let reason =
        "skipped (revision 2020-03 records HLS only: expected hls) @huawei/several-formats [huawei 2020-03]";
    assert!(stdout(&shown).contains(reason), "{}", stdout(&shown));
    assert!(stdout(&shown).contains("passed: 1 scenario (1 skipped)"), "{}", stdout(&shown));
    let told = run(&["report", &record]);
    exits(&told, 0);
    assert!(stdout(&told).contains(reason), "{}", stdout(&told));
    let json: Value = serde_json::from_str(&stdout(&run(&["report", &record, "--report", "json"]))).unwrap();
    assert_eq!(json["skipped"][0]["path"], "@huawei/several-formats");
    assert_eq!(json["skipped"][0]["reason"], "revision 2020-03 records HLS only: expected hls");
    let junit = stdout(&run(&["report", &record, "--report", "junit"]));
    assert!(
        junit.contains("<skipped message=\"revision 2020-03 records HLS only: expected hls\"/>"),
        "{junit}"
    );
    assert!(junit.contains("skipped=\"1\""), "{junit}");
}

#[test]
fn where_nothing_is_left_nothing_was_checked() {
    let receiver = Raw::statuses(&[200]);
    let port = receiver.port();
    let nothing = ["@push/huawei", "--revision", "2020-03"];
    for command in ["run", "load"] {
        exits(&run(&[&[command, "-t", &port], &nothing[..]].concat()), 4);
    }
    for command in ["plan", "check"] {
        let output = run(&[&[command], &nothing[..]].concat());
        exits(&output, 4);
        assert!(
            stdout(&output).contains("skipped (huawei 2020-03 has no event PUBLISH"),
            "{}",
            stdout(&output)
        );
    }
    assert_eq!(receiver.connections(), 0);
}

#[test]
fn the_line_that_plays_again_has_the_revision_and_the_method() {
    let refusing = Raw::statuses(&[401]);
    let flags = ["--revision", "2021-05,2024", "--method", "md5", "--max-failures", "0"];
    let output = run(&[&["run", "@huawei/normal", "-t", &refusing.port()], &flags[..]].concat());
    exits(&output, 1);
    let text = stdout(&output);
    let again = format!("hookreel run @huawei/normal -t http://localhost:{}/", refusing.port);
    assert!(text.contains(&format!("{again} --revision 2021-05 --method md5\n")), "{text}");
    assert!(text.contains("--body huawei-2021-05-1 --revision 2021-05 --method md5 | curl"), "{text}");
    // Two editions of one scenario are told apart.
    let refusing = Raw::statuses(&[200, 401]);
    let output = run(&[&["run", "@huawei/normal", "-t", &refusing.port()], &flags[..]].concat());
    let text = stdout(&output);
    assert!(text.contains("failed: @huawei/normal [huawei 2021-05], @huawei/normal [huawei 2024]"), "{text}");
}

#[test]
fn the_list_says_in_which_revisions_a_scenario_can_be_told() {
    let list = stdout(&run(&["list", "scenarios", "--revision", "2020-03"]));
    let row = |start: &str| list.lines().find(|line| line.starts_with(start)).unwrap_or_default().to_owned();
    assert!(row("@huawei/normal [huawei 2020-03]").ends_with("from RECORD_START to RECORD_OVER"), "{list}");
    assert!(
        row("@huawei/several-formats [huawei 2020-03]")
            .ends_with("skipped (revision 2020-03 records HLS only: expected hls)")
    );
    assert!(!list.contains("tencent"), "{list}");
    exits(&run(&["list", "faults", "--revision", "2024"]), 2);
    exits(&run(&["list", "scenarios", "--revision", "2023"]), 2);
}

#[test]
fn an_audit_in_several_revisions_has_a_scorecard_for_each() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (record, card) = (path("audit.jsonl"), path("card"));
    let some = ["audit", "huawei", "--case", "C49,C54", "--record", &record, "--scorecard", &card];
    let output = run(&[&some[..], &["--revision", "2021-09,2021-05"]].concat());
    exits(&output, 0);
    for revision in ["2021-05", "2021-09"] {
        assert!(stdout(&output).contains(&format!("audit as huawei {revision}")), "{}", stdout(&output));
        assert!(folder.path().join(format!("audit.{revision}.jsonl")).exists());
        assert!(folder.path().join(format!("card.{revision}")).exists());
    }
    let output = run(&["audit", "huawei", "--case", "C49", "--revision", "all", "--method", "hmac-sha256"]);
    exits(&output, 0);
    let text = stdout(&output);
    assert!(
        text.contains("huawei 2020-06: skipped (huawei 2020-06 does not sign with hmac-sha256)"),
        "{text}"
    );
    assert_eq!(text.matches("audit as huawei").count(), 3, "{text}");
    let output = run(&["audit", "huawei", "--revision", "2021-5,2024"]);
    exits(&output, 2);
    assert!(stderr(&output).contains("did you mean `2021-05`?"), "{}", stderr(&output));
    exits(&run(&["audit", "huawei", "--revision", "2021-05,2025"]), 2);
    exits(&run(&["audit", "huawei", "--revision", "2020-03,2020-06", "--method", "md5"]), 4);
}

#[test]
fn the_audit_that_is_proposed_has_the_revisions_of_its_provider() {
    let receiver = Raw::statuses(&[200]);
    for (asked, proposed) in [("all", "--revision all"), ("2021-05,2022-11,2024", "--revision 2021-05,2024")]
    {
        let output = run(&["run", "@huawei/normal", "-t", &receiver.port(), "--revision", asked]);
        exits(&output, 0);
        let line = stdout(&output).lines().find(|line| line.contains("hookreel audit")).unwrap().to_owned();
        assert!(line.contains(proposed), "{line}");
    }
}
