//! Records of which a part is missing: no report of them is green, and none passes.

use std::io::Cursor;

use hookreel::record::Record;
use hookreel::record::load::LoadRun;
use hookreel::report;

use crate::stage::{KEY, Raw, exits, file, hookreel, run, scenario, stderr, stdout};

/// Every report of a record by name; none where it is refused.
fn reports(text: &str) -> Option<Vec<(&'static str, String)>> {
    let record = Record::open(Cursor::new(text.as_bytes())).ok()?;
    let told = match record {
        Record::Run(run) => report::ALL.iter().map(|f| (f.name, f.render(&*run))).collect(),
        Record::Load(shard) => {
            let run = LoadRun::merge(vec![("record".to_owned(), *shard)]).ok()?;
            report::ALL.iter().map(|f| (f.name, f.render(&run))).collect()
        }
        Record::Search(search) => report::ALL.iter().map(|f| (f.name, f.render(&*search))).collect(),
    };
    Some(told)
}

/// The formats that say `passed` of a record.
fn passing(text: &str) -> Vec<&'static str> {
    let passes = |(name, text): &(&'static str, String)| match *name {
        "text" => {
            text.lines().any(|line| anstream::adapter::strip_str(line).to_string().starts_with("passed"))
        }
        "json" => serde_json::from_str::<serde_json::Value>(text).unwrap()["verdict"] == "passed",
        "junit" => !["<failure", "<error", "<skipped"].iter().any(|word| text.contains(word)),
        "markdown" => text.lines().next().is_some_and(|line| line.ends_with(": passed")),
        "github" => !text.contains("::error"),
        "gitlab" => text == "[]\n",
        "tap" => !text.contains("\nnot ok") && !text.contains("# SKIP"),
        "ctrf" => {
            let summary = &serde_json::from_str::<serde_json::Value>(text).unwrap()["results"]["summary"];
            summary["passed"] == summary["tests"]
        }
        "ndjson" => text.lines().last().is_some_and(|line| line.contains("\"verdict\":\"passed\"")),
        // It shows the same verdict.
        _ => false,
    };
    reports(text).unwrap_or_default().into_iter().filter(passes).map(|(name, _)| name).collect()
}

/// Every format that can say so.
const PASSING: &[&str] = &["text", "json", "junit", "markdown", "github", "gitlab", "tap", "ctrf", "ndjson"];

/// Records of commands that passed, each with every kind of line that it can have.
fn whole() -> Vec<(&'static str, String)> {
    let receiver = Raw::serve_each(|request, stream| {
        use std::io::Write;
        let body = if request.starts_with(b"GET") { "[]" } else { "" };
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
    });
    let (_folder, state) = scenario(&format!(
        "provider: tencent\nrecording: {{mp4: {{cycle: 10m}}}}\nsigning: {{key: {KEY}}}\n\
         broadcast: [{{0s: push}}, {{30m: drop}}]\n\
         expect: {{state: [{{get: \"http://127.0.0.1:{}/\", unchanged: true}}]}}\n",
        receiver.port()
    ));
    let port = receiver.port();
    let commands: [(&str, Vec<&str>); 5] = [
        ("run", vec!["run", "@tencent/flv-cycle"]),
        ("run with a state", vec!["run", &state, "-t", &port]),
        ("audit", vec!["audit", "tencent", "--case", "A1", "--case", "C57", "--case", "C51"]),
        (
            "load",
            vec![
                "load",
                "@tencent/single-file",
                "--rate",
                "20/s",
                "--duration",
                "1500ms",
                "--threshold",
                "p99<30s",
            ],
        ),
        ("send", vec!["send", "tencent", "record"]),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.jsonl");
    let record = |(name, args): &(&'static str, Vec<&str>)| {
        exits(&hookreel().args(args).arg("--record").arg(&path).arg("-q").output().unwrap(), 0);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(passing(&text), PASSING, "{name}\n{text}");
        (*name, text)
    };
    commands.iter().map(record).collect()
}

/// A record of an earlier version: its lines have no numbers.
fn unnumbered(text: &str) -> String {
    let line = |line: &str| {
        let (rest, _) = line.rsplit_once(",\"seq\":").unwrap();
        format!("{rest}}}\n")
    };
    text.lines().map(line).collect()
}

// F1, F2, T4.
#[test]
fn a_record_that_is_cut_anywhere_does_not_pass() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.jsonl").display().to_string();
    for (name, text) in whole() {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1).filter(|at| *at < text.len());
        let step = (text.len() / 200).max(1);
        // Without its last line end nothing is missing.
        let places: Vec<usize> =
            (0..text.len() - 1).step_by(step).filter(|at| text.is_char_boundary(*at)).collect();
        assert!(places.len() >= 200, "{name}");
        for (n, at) in ends.chain(places).enumerate() {
            let cut = &text[..at];
            assert_eq!(passing(cut), [""; 0], "{name}, cut at {at} of {}:\n{cut}", text.len());
            // The program itself at some of them: it takes its time to start.
            if n % 16 == 0 {
                std::fs::write(&path, cut).unwrap();
                let output = run(&["report", &path]);
                assert!(
                    output.status.code().is_some_and(|code| [1, 2, 3, 5].contains(&code)),
                    "{name} {at}: {}{}",
                    stdout(&output),
                    stderr(&output)
                );
            }
        }
    }
}

// T4.
#[test]
fn a_line_that_is_missing_from_a_record_is_noticed_wherever_it_stood() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("less.jsonl").display().to_string();
    for (name, text) in whole() {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for at in 0..lines.len() {
            let less = [&lines[..at], &lines[at + 1..]].concat().concat();
            assert_eq!(passing(&less), [""; 0], "{name} without {}", lines[at]);
            if at > 0 && at + 1 < lines.len() {
                std::fs::write(&path, &less).unwrap();
                let output = run(&["report", &path]);
                exits(&output, 1);
                assert!(stdout(&output).contains("a line is missing in the record"), "{}", stdout(&output));
            }
            let twice = [&lines[..at], &lines[at..=at], &lines[at..]].concat().concat();
            assert!(reports(&twice).is_none(), "{name} with twice {}", lines[at]);
        }
        let swapped = [lines[0], lines[2], lines[1], &lines[3..].concat()].concat();
        assert!(reports(&swapped).is_none(), "{name}, two lines in another order");
    }
}

#[test]
fn a_record_of_an_earlier_version_is_read_as_before_and_what_refers_to_a_missing_line_is_noticed() {
    for (name, text) in whole() {
        let old = unnumbered(&text);
        assert!(!old.contains("\"seq\""));
        assert_eq!(passing(&old), PASSING, "{name}\n{old}");
        let lines: Vec<&str> = old.split_inclusive('\n').collect();
        for kind in ["run", "scenario", "callback", "intent", "result", "outcome", "over", "end"] {
            let kind = format!("\"line\":\"{kind}\"");
            let Some(at) = lines.iter().position(|line| line.contains(&kind)) else { continue };
            let less = [&lines[..at], &lines[at + 1..]].concat().concat();
            assert_eq!(passing(&less), [""; 0], "{name} without {}", lines[at]);
        }
    }
}

// T1, T2 of the findings, as they were found.
#[test]
fn a_callback_without_its_outcome_is_in_doubt_whatever_it_was_answered() {
    for kept in ["killed-during-state", "killed-between-retries", "result-without-outcome"] {
        let path = file("tests/records").join(format!("{kept}.jsonl"));
        let path = path.to_str().unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(passing(&text), [""; 0], "{kept}");
        let output = run(&["report", path]);
        exits(&output, 1);
        let said = stdout(&output);
        assert!(said.contains("incomplete: "), "{said}");
        assert!(!said.contains("gave up"), "{said}");
        assert_eq!(said.contains("in doubt"), kept != "killed-during-state", "{said}");
    }
}
