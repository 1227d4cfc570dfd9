//! The catalogue against receivers: the right one passes every case, and every wrong one fails those that are named for it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use hookreel::audit;
use hookreel::provider::{self, Provider, Revision, find};
use hookreel::receiver::bug::{self, Bug};
use hookreel::scenario::Method;
use serde_json::Value;

use crate::serving::Served;
use crate::stage::{KEY, all_of, at_once, exits, file, hookreel, program, run, stderr, stdout, vacant};

/// The scorecard of an audit, by case.
fn scores(path: &Path) -> Vec<(String, String)> {
    let card: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    card["cases"].as_array().unwrap().iter().map(|case| (text(&case["id"]), text(&case["score"]))).collect()
}

fn failed(scores: &[(String, String)]) -> Vec<&str> {
    scores.iter().filter(|(_, score)| score == "failed").map(|(id, _)| id.as_str()).collect()
}

/// Families about bodies, connections and time limits, which are the same whatever a callback says: the newest editions of three
/// providers are enough for them, of which one waits for an answer shorter than any other.
const SAME_IN_EVERY_EDITION: [char; 4] = ['E', 'I', 'J', 'K'];

#[test]
fn the_right_receiver_passes_every_case_of_every_revision_and_method() {
    let declared = DECLARED.map(|name| find(name, "").unwrap());
    let editions = provider::ALL.iter().copied().chain(declared).flat_map(|provider| {
        provider.revisions.iter().flat_map(move |revision| {
            let methods = revision.signatures.iter().map(|(method, _)| Some(*method));
            let methods: Vec<Option<Method>> =
                if revision.signatures.is_empty() { vec![None] } else { methods.collect() };
            methods.into_iter().map(move |method| (provider, revision, method))
        })
    });
    let others: BTreeSet<String> = audit::cases()
        .filter(|case| !SAME_IN_EVERY_EDITION.contains(&case.family()))
        .map(|case| case.family().to_string())
        .collect();
    let others = others.into_iter().collect::<Vec<_>>().join(",");
    all_of(editions.collect(), |(provider, revision, method): (&Provider, &Revision, Option<Method>)| {
        let folder = tempfile::tempdir().unwrap();
        let card = folder.path().join("card.json");
        let mut args = vec!["audit", provider.name, "--strict", "--revision", revision.name, "--scorecard"];
        let path = card.display().to_string();
        args.push(&path);
        let newest =
            provider.newest().name == revision.name && ["huawei", "tencent", "zoom"].contains(&provider.name);
        if !newest {
            args.extend(["--only", &others]);
        }
        let method = method.map(|method| method.to_string());
        args.extend(method.iter().flat_map(|method| ["--method", method]));
        let output = run(&args);
        exits(&output, 0);
        let scores = scores(&card);
        assert_eq!(failed(&scores), [""; 0], "{} {}", provider.name, revision.name);
        let passed = scores.iter().filter(|(_, score)| score == "passed").count();
        // A signature over the raw body covers what the fields hold, and leaves fewer cases.
        let by_field = method.is_some() && !revision.reading.signature_field.is_empty();
        let least = if by_field { 140 } else { 70 };
        let least = if newest { least + 30 } else { least };
        assert!(passed >= least, "{} {}: {passed} passed", provider.name, revision.name);
    });
}

/// Audits a receiver with this bug; gives what broke.
fn expose(bug: &Bug) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let (card, store) = (folder.path().join("card.json"), folder.path().join("store"));
    let provider = if bug.provider.is_empty() { "huawei" } else { bug.provider };
    let address = vacant();
    let key = if bug.name == "empty-key-skips-check" { "EMPTY" } else { "HOOKREEL_KEY" };
    let serve = format!(
        "exec '{}' serve {provider} --listen {address} --secret-env {key} --store '{}' --bug {} 2>/dev/null",
        program(),
        store.display(),
        bug.name
    );
    let cases = bug.cases.replace(' ', ",");
    let output = hookreel()
        .envs([("HOOKREEL_KEY", KEY), ("EMPTY", "")])
        .args(["audit", provider, "--strict", "-t", &format!("http://{address}/"), "--exec", &serve])
        .args(["--timeout", "6s", "--keep-going"])
        .args(["--state", &format!("http://{address}/recordings"), "--case", &cases, "--scorecard"])
        .arg(&card)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}\n{}{}", bug.name, stdout(&output), stderr(&output));
    failed(&scores(&card)).into_iter().map(str::to_owned).collect()
}

#[test]
fn every_wrong_receiver_is_exposed_by_each_row_that_is_named_for_it() {
    at_once(16, bug::all().collect(), |bug| {
        let failed = expose(bug);
        for row in bug.cases.split(' ') {
            let found = failed.iter().any(|id| id.split('.').next() == Some(row));
            assert!(found, "{}: {row} passed; failed are {failed:?}", bug.name);
        }
    });
}

/// Senders whose files come with the program.
const DECLARED: [&str; 3] = ["zoom", "sparkrtc", "acme"];

#[test]
fn a_receiver_that_compares_by_prefix_is_exposed_for_every_sender_that_signs() {
    let signing = provider::ALL.iter().filter(|provider| !provider.newest().signatures.is_empty());
    let senders: Vec<&str> = signing.map(|provider| provider.name).chain(DECLARED).collect();
    all_of(senders, |sender| {
        let address = vacant();
        let serve = format!(
            "exec '{}' serve {sender} --listen {address} --secret-env HOOKREEL_KEY --bug compared-by-prefix 2>/dev/null",
            program(),
        );
        let output = hookreel()
            .env("HOOKREEL_KEY", KEY)
            .args(["audit", sender, "-t", &format!("http://{address}/"), "--exec", &serve, "--case", "C55"])
            .output()
            .unwrap();
        assert!(
            stdout(&output).contains("failed: 1 failed (C55)"),
            "{sender}: {}{}",
            stdout(&output),
            stderr(&output)
        );
    });
}

/// Also of a sender that tells of all files in its last message, after which A26 has no other to send.
#[test]
fn what_is_gone_after_a_restart_is_missed_before_the_copy_comes_for_every_sender() {
    let senders: Vec<&str> = provider::ALL.iter().map(|provider| provider.name).chain(DECLARED).collect();
    all_of(senders, |sender| {
        let address = vacant();
        let signs =
            provider::ALL.iter().all(|known| known.name != sender || !known.newest().signatures.is_empty());
        let key = if signs { "--secret-env HOOKREEL_KEY" } else { "" };
        let serve = format!("exec '{}' serve {sender} --listen {address} {key} 2>/dev/null", program(),);
        let output = hookreel()
            .env("HOOKREEL_KEY", KEY)
            .args(["audit", sender, "-t", &format!("http://{address}/"), "--exec", &serve, "--case", "A25"])
            .args(["--state", &format!("http://{address}/recordings")])
            .output()
            .unwrap();
        let told = stdout(&output);
        let lost = "got             acknowledged files are lost at a restart: ";
        assert!(told.contains(lost), "{sender}: {told}{}", stderr(&output));
        assert!(told.contains("failed: 1 failed (A25)"), "{sender}: {told}");
    });
}

#[test]
fn what_a_restart_lost_is_told_once() {
    let address = vacant();
    let (url, state) = (format!("http://{address}/"), format!("http://{address}/recordings"));
    let program = env!("CARGO_BIN_EXE_hookreel");
    let serve =
        format!("exec '{program}' serve huawei --listen {address} --secret-env HOOKREEL_KEY 2>/dev/null");
    let mut audit = hookreel();
    audit.env("HOOKREEL_KEY", KEY).args(["audit", "huawei", "-t", &url, "--exec", &serve, "--case", "A26"]);
    let told = stdout(&audit.args(["--state", &state]).output().unwrap());
    assert_eq!(told.matches("  got  ").count(), 1, "{told}");
    assert!(told.contains("acknowledged files are lost at a restart: "), "{told}");
    assert!(!told.contains("but there is"), "{told}");
}

/// A forged handshake that is not answered with its token is refused, whatever its status is.
#[test]
fn a_receiver_that_answers_alike_is_told_so_where_the_sender_has_a_handshake() {
    let served = Served::start("zoom", &["--bug", "two-hundred-on-everything"]);
    let output = hookreel()
        .env("HOOKREEL_KEY", KEY)
        .args(["audit", "zoom", "-t", &served.port, "--quick"])
        .output()
        .unwrap();
    let told = stdout(&output);
    assert!(told.contains(" hostile callbacks were answered 200 {}, like valid ones"), "{told}");
}

#[test]
fn the_kill_matrix_in_the_docs_is_the_one_that_is_tested() {
    let mut text = String::from(
        "# Kill matrix\n\nEach row is a receiver that is wrong on purpose (`hookreel serve PROVIDER --bug NAME`) and the rows of the \
         catalogue that\nexpose it (`hookreel audit PROVIDER --case ...`). A test plays every one of them, and plays the catalogue \
         against the\ncorrect receiver, as every provider, revision and method: no case fails there. (Families E, I, J and K are the \
         same\nin every revision, and are played as the newest of huawei, tencent and zoom.)\n\n\
         `cargo test --test it audit` plays it; `UPDATE=1 cargo test --test it kill_matrix` writes this file.\n\n\
         | bug | what is wrong | exposed by |\n| --- | --- | --- |\n",
    );
    for bug in bug::all() {
        writeln!(text, "| `{}` | {} | {} |", bug.name, bug.what.replace('|', "\\|"), bug.cases).unwrap();
    }
    let path = file("docs/kill-matrix.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
    assert!(bug::all().count() >= 25);
}

#[test]
fn every_row_of_the_catalogue_is_accounted_for() {
    let text = std::fs::read_to_string(file("docs/edge-cases.md")).unwrap();
    let tests: String = ["tests/it", "src"].iter().map(|folder| sources(&file(folder))).collect();
    let (mut numbers, mut shipped) = (Vec::new(), 0);
    for line in text
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| row") && !line.starts_with("| ---"))
    {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [row, _, _, how] = cells[..] else { panic!("{line}") };
        numbers.push(row[1..].parse::<u32>().unwrap());
        match how.split_once(' ') {
            Some(("case", ids)) => {
                shipped += 1;
                for id in ids.split(' ') {
                    assert!(audit::cases().any(|case| case.id == id), "{row}: there is no case {id}");
                }
            }
            Some(("test", name)) => assert!(tests.contains(&format!("fn {name}(")), "{row}: no test {name}"),
            Some(("no:", reason)) => assert!(reason.len() > 20, "{row}: why not?"),
            _ => panic!("{row}: {how}"),
        }
    }
    assert_eq!(numbers, (1..=267).collect::<Vec<_>>());
    assert!(shipped >= 200, "{shipped} rows are shipped");
    for case in audit::cases() {
        assert!(text.contains(&format!(" {}", case.id)), "{} is not in the list", case.id);
    }
}

fn sources(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| match path.is_dir() {
            true => sources(&path),
            false => std::fs::read_to_string(path).unwrap_or_default(),
        })
        .collect()
}

#[test]
fn no_two_cases_share_a_name_and_each_says_why_and_what_helps() {
    for provider in provider::ALL {
        let mut names = BTreeSet::new();
        for case in audit::cases().filter(|case| case.suits(provider)) {
            assert!(names.insert(case.id), "{} stands twice", case.id);
            assert!(case.why.len() > 20 && case.fix.len() > 10, "{}", case.id);
        }
    }
}

/// A receiver of our own in a process of its own.
struct Serving {
    process: Child,
    url: String,
}

impl Serving {
    fn start(bugs: &[&str]) -> Self {
        let address = vacant();
        let mut command = Command::new(program());
        command.env("HOOKREEL_KEY", KEY).args([
            "serve",
            "tencent",
            "--secret-env",
            "HOOKREEL_KEY",
            "--listen",
        ]);
        command.arg(address.to_string()).args(bugs.iter().flat_map(|bug| ["--bug", bug]));
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let patience = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(address).is_err() {
            assert!(Instant::now() < patience, "it does not serve");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { process, url: format!("http://{address}/") }
    }

    fn audit(&self, args: &[&str]) -> Output {
        run(&[&["audit", "tencent", "-t", &self.url], args].concat())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_failed_case_says_what_was_seen_why_it_matters_and_how_to_see_it_again() {
    let receiver = Serving::start(&["compared-by-prefix"]);
    let folder = tempfile::tempdir().unwrap();
    let export = folder.path().join("broken").display().to_string();
    let output = receiver.audit(&["--case", "C51,C55", "--export", &export]);
    exits(&output, 1);
    let text = stdout(&output);
    for part in [
        "  must       1 passed, 1 failed\n",
        "C55 signatures cut to 1, 8, 16 and all but one digit (must)\n",
        "  got             status 200",
        "  (4 callbacks)\n",
        "  why it matters  a comparison that stops at the shorter text",
        "  how to fix      compare the whole signature",
        &format!("  again           hookreel audit tencent -t {} --case C55 -v\n", receiver.url),
        "failed: 1 passed, 1 failed (C55)",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    // The same case by itself, as a scenario.
    let scenario = folder.path().join("broken/C55.yaml").display().to_string();
    exits(&run(&["run", &scenario, "-t", &receiver.url]), 1);
    exits(&run(&["run", &scenario]), 0);
}

#[test]
fn known_failures_do_not_fail_the_audit_and_new_ones_do() {
    let receiver = Serving::start(&["compared-by-prefix"]);
    let folder = tempfile::tempdir().unwrap();
    let known = folder.path().join("known.txt").display().to_string();
    exits(&receiver.audit(&["--case", "C49,C51", "--save-baseline", &known]), 1);
    assert!(std::fs::read_to_string(&known).unwrap().starts_with("C49 "));
    exits(&receiver.audit(&["--case", "C49,C51", "--baseline", &known]), 0);
    exits(&receiver.audit(&["--case", "C49,C51,C55", "--baseline", &known]), 1);
    exits(&receiver.audit(&["--only", "C", "--skip", "C49,C55,C60"]), 0);
}

#[test]
fn an_audit_that_was_cut_off_is_taken_up_again() {
    let receiver = Serving::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record.jsonl").display().to_string();
    exits(&receiver.audit(&["--case", "C51,C54", "--record", &record]), 0);
    let card = folder.path().join("card.json");
    let again = folder.path().join("again.json").display().to_string();
    let output = receiver.audit(&[
        "--case",
        "C48,C51,C54",
        "--resume",
        &record,
        "--scorecard",
        &card.display().to_string(),
        "--report",
        &format!("json={again}"),
    ]);
    exits(&output, 0);
    assert!(scores(&card).iter().all(|(_, score)| score == "passed"));
    let report: Value = serde_json::from_str(&std::fs::read_to_string(again).unwrap()).unwrap();
    let played: Vec<&str> =
        report["scenarios"].as_array().unwrap().iter().map(|s| s["path"].as_str().unwrap()).collect();
    assert_eq!(played, ["plain", "C48"], "only what was missing is played");
    // One that is whole already: its new record tells the same.
    let whole = folder.path().join("whole.jsonl").display().to_string();
    let output = receiver.audit(&["--case", "C51,C54", "--resume", &record, "--record", &whole]);
    exits(&output, 0);
    let told = run(&["report", &whole]);
    exits(&told, 0);
    for output in [&output, &told] {
        let text = stdout(output);
        assert!(text.contains("passed: 2 passed") && text.contains("audit as tencent 2025"), "{text}");
    }
    let other = run(&["audit", "huawei", "--case", "C48", "--resume", &record]);
    exits(&other, 2);
    let newest = provider::find("tencent", "").unwrap().newest().name;
    assert!(stderr(&other).contains(&format!("is of tencent {newest}")), "{}", stderr(&other));
    // Nor does what was judged by its answers alone say anything of its state.
    let state = receiver.audit(&[
        "--case",
        "C48",
        "--resume",
        &record,
        "--state",
        "http://127.0.0.1:1/",
        "--timeout",
        "3s",
    ]);
    exits(&state, 2);
    let told = stderr(&state);
    assert!(
        told.contains("was judged by other settings (here alone: --state http://127.0.0.1:1/ --timeout 3s)"),
        "{told}"
    );
    assert!(stderr(&output).contains("note: the results of 2 cases are taken from `"), "{}", stderr(&output));
    let empty = receiver.audit(&["--case", "C51", "--resume", &whole]);
    exits(&empty, 2);
    assert!(stderr(&empty).contains("were taken from the record of an earlier audit; resume that one"));
    // What one receiver passed says nothing of another.
    let other = run(&["audit", "tencent", "-t", "1", "--case", "C51", "--resume", &record]);
    exits(&other, 2);
    assert!(stderr(&other).contains("and not of http://localhost:1;"), "{}", stderr(&other));
}

#[test]
fn a_receiver_that_dies_in_the_middle_leaves_no_case_unaccounted_and_none_passed_that_was_not_tried() {
    let mut receiver = Serving::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let (card, record) = (folder.path().join("card.json"), folder.path().join("record.jsonl"));
    let audit = hookreel()
        .args(["audit", "tencent", "-t", &receiver.url, "--only", "A,B,C,D,E,F,G", "--scorecard"])
        .arg(&card)
        .arg("--record")
        .arg(&record)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Killed as soon as something has come to its end.
    let patience = Instant::now() + Duration::from_secs(20);
    while !std::fs::read_to_string(&record).is_ok_and(|text| text.contains("\"line\":\"over\"")) {
        assert!(Instant::now() < patience, "nothing ends");
        std::thread::sleep(Duration::from_millis(1));
    }
    receiver.process.kill().unwrap();
    let output = audit.wait_with_output().unwrap();
    assert!([1, 3].contains(&output.status.code().unwrap()), "{:?}", output.status);
    let scores = scores(&card);
    let chosen = audit::cases()
        .filter(|case| "ABCDEFG".contains(case.family()))
        .filter(|case| case.suits(provider::find("tencent", "").unwrap()))
        .count();
    assert_eq!(scores.len(), chosen);
    let skipped = scores.iter().filter(|(_, score)| score == "skipped").count();
    assert!(skipped > 0, "{scores:?}");
    let last = &scores.last().unwrap().1;
    assert_eq!(last, "skipped", "the last one was not tried");
}

#[test]
fn what_cannot_be_audited_is_told_before_anything_is_sent() {
    for (args, word) in [
        (vec!["tencent", "--case", "C545"], "there is no case or family `C545`"),
        (vec!["tencent", "--only", "X"], "there is no case or family `X`"),
        (vec!["tencnt"], "did you mean `tencent`"),
        (vec!["tencent", "--baseline", "/nowhere"], "--save-baseline FILE writes one"),
        (
            vec!["tencent", "--case", "C51", "--expect", "nonsense", "--state", "http://127.0.0.1:1/"],
            "--expect",
        ),
        (vec!["tencent", "--case", "C51", "--expect", "{acept: {}}"], "did you mean `accept`"),
    ] {
        let output = run(&[&["audit"], args.as_slice()].concat());
        exits(&output, 2);
        assert!(stderr(&output).contains(word), "{args:?}\n{}", stderr(&output));
    }
    exits(&run(&["audit", "tencent", "--case", "C51", "-t", "1"]), 3);
    let output = run(&["audit", "tencent", "--case", "C67"]);
    exits(&output, 4);
    assert!(
        stdout(&output).contains("skipped (not a forgery here: this provider uses this formula itself): C67")
    );
}

#[test]
fn a_receiver_that_says_no_with_200_is_judged_by_what_it_says() {
    let receiver = Serving::start(&["requires-video-id"]);
    // The pages of that revision have no video_id.
    let output = receiver.audit(&["--revision", "2022-11", "--case", "A1"]);
    exits(&output, 0);
    assert!(
        stdout(&output).contains("1 passed case was judged by the HTTP answer only"),
        "{}",
        stdout(&output)
    );
    let expect = "{accept: {json: {\"$.code\": 0}}, reject: {json: {\"$.code\": {not: 0}}}}";
    // The plain callback is told that it failed, and nothing else is played.
    let output = receiver.audit(&["--revision", "2022-11", "--case", "A1", "--expect", expect]);
    exits(&output, 3);
    assert!(stdout(&output).contains("4002"), "{}", stdout(&output));
    let state = format!("{}recordings", receiver.url);
    exits(&receiver.audit(&["--revision", "2022-11", "--case", "A1", "--state", &state]), 2);
}

#[test]
fn what_two_editions_play_is_resumed_as_one_case() {
    let receiver = Serving::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record.jsonl").display().to_string();
    exits(&receiver.audit(&["--case", "A21,C51", "--record", &record]), 0);
    exits(&receiver.audit(&["--case", "A21,C51,C54", "--resume", &record]), 0);
    // Without its last lines the second half of A21 is missing.
    let text = std::fs::read_to_string(&record).unwrap();
    let over = text.lines().position(|line| line.contains("\"over\"")).unwrap();
    let half: String = text.lines().take(over + 1).map(|line| format!("{line}\n")).collect();
    std::fs::write(&record, half).unwrap();
    let again = folder.path().join("again.json").display().to_string();
    let resumed = ["--case", "A21,C51", "--resume", &record, "--report", &format!("json={again}")];
    exits(&receiver.audit(&resumed), 0);
    assert_eq!(std::fs::read_to_string(again).unwrap().matches("\"path\": \"A21\"").count(), 2);
}

#[test]
fn results_that_could_not_be_kept_are_told_before_anything_is_sent_and_nothing_old_is_lost() {
    let receiver = Serving::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    for flags in
        [["--scorecard", "/dev/null/x"], ["--save-baseline", "/dev/null/x"], ["--export", "/dev/null/x"]]
    {
        let output = receiver.audit(&[&["--case", "C51"][..], &flags].concat());
        exits(&output, 2);
        assert!(stderr(&output).contains("nothing was sent"), "{}", stderr(&output));
    }
    let record = path("record");
    exits(&receiver.audit(&["--case", "C51", "--record", &record]), 0);
    let output = receiver.audit(&["--case", "C51,C54", "--resume", &record, "--record", &record]);
    exits(&output, 2);
    assert!(stderr(&output).contains("would be lost"), "{}", stderr(&output));
    // An audit that came to nothing says nothing of what is broken.
    let known = path("known");
    std::fs::write(&known, "C49\n").unwrap();
    let nobody = format!("http://{}/", vacant());
    exits(&run(&["audit", "tencent", "--case", "C49", "-t", &nobody, "--save-baseline", &known]), 3);
    assert_eq!(std::fs::read_to_string(&known).unwrap(), "C49\n");
}

#[test]
fn an_exported_case_holds_no_secret_of_the_states_address() {
    let receiver = Serving::start(&["compared-by-prefix"]);
    let folder = tempfile::tempdir().unwrap();
    let export = folder.path().display().to_string();
    for (query, shown) in [("", true), ("?token=tok456", false)] {
        let state = format!("{}recordings{query}", receiver.url);
        let output = receiver.audit(&["--case", "C49", "--state", &state, "--export", &export]);
        exits(&output, 1);
        let text = std::fs::read_to_string(folder.path().join("C49.yaml")).unwrap();
        assert_eq!(text.contains(&state), shown, "{text}");
        assert!(!format!("{text}{}{}", stdout(&output), stderr(&output)).contains("tok456"));
    }
}

#[cfg(unix)]
#[test]
fn a_receiver_that_hangs_is_told_so_and_is_not_waited_for_case_by_case() {
    let receiver = Serving::start(&[]);
    let stopped = Command::new("kill").args(["-STOP", &receiver.process.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    let begun = Instant::now();
    let output = receiver.audit(&["--only", "A,B,C,D,E,F", "--timeout", "500ms"]);
    exits(&output, 3);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let text = stdout(&output);
    assert!(text.starts_with("set-up: a plain callback got no answer"), "{text}");
    assert!(text.lines().count() <= 15, "{text}");
}
