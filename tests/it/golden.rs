//! The exact bytes on the wire, for every shipped scenario. `UPDATE=1 cargo test golden` writes them anew; a changed file
//! needs a line in the change log.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::stage::{Raw, exits, file, hookreel, run, stdout};

const NOW: &str = "2026-03-08T14:10:25Z";

/// The requests of a run against a receiver that says yes, as text, without what differs between machines.
fn requests(args: &[&str]) -> Vec<String> {
    let receiver = Raw::acknowledging();
    let mut command = hookreel();
    // None of these may have any influence.
    command
        .env("TZ", "Asia/Shanghai")
        .env("LC_ALL", "C")
        .env_remove("HOME")
        .env("HTTP_PROXY", "http://127.0.0.1:9/");
    exits(&command.args(args).args(["-t", &receiver.port(), "--now", NOW]).output().unwrap(), 0);
    let mask = |request: Vec<u8>| {
        let text = String::from_utf8(request).unwrap();
        text.replace(&format!("localhost:{}", receiver.port), "localhost:PORT")
            .replace(concat!("hookreel/", env!("CARGO_PKG_VERSION")), "hookreel/VERSION")
    };
    receiver.requests().into_iter().map(mask).collect()
}

fn shipped() -> Vec<String> {
    let names = stdout(&run(&["list", "scenarios"]));
    names.lines().map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

#[test]
fn every_shipped_scenario_sends_its_golden_bytes_whatever_the_number_of_jobs() {
    let mut all = Vec::new();
    for name in shipped() {
        let requests = requests(&["run", &name, "-j", "8"]);
        let path = file("tests/golden").join(format!("{}.http", name.trim_start_matches('@')));
        // Lanes that run at once arrive in any order.
        let mut sorted = requests.clone();
        if name.starts_with("@both") || name.starts_with("@all") || name.ends_with("every-order") {
            sorted.sort();
        }
        let text = sorted.join("\n\n");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(text == golden, "{} differs; UPDATE=1 writes it anew:\n{text}", path.display());
        all.extend(requests);
    }
    all.sort();
    for jobs in ["1", "8"] {
        let mut together = requests(&["run", "@all", "-j", jobs]);
        together.sort();
        let differs = together.iter().zip(&all).find(|(one, other)| one != other);
        assert!(together == all, "the bytes differ with -j {jobs}: {differs:#?}");
    }
}

#[test]
fn nothing_but_seed_and_clock_changes_a_plan() {
    let plan =
        |args: &[&str]| stdout(&run(&[&["plan", "@all", "--format", "json", "--now", NOW], args].concat()));
    let plain = plan(&[]);
    assert_eq!(plan(&[]), plain);
    assert_eq!(plan(&["--seed", "1"]), plain);
    assert_ne!(plan(&["--seed", "2"]), plain);
}

#[test]
fn no_two_scenarios_share_an_id() {
    let plan: Value =
        serde_json::from_str(&stdout(&run(&["plan", "@all", "--format", "json", "--now", NOW]))).unwrap();
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for play in plan["scenarios"].as_array().unwrap() {
        let owner = format!("{} {} {}", play["path"], play["provider"], play["revision"]);
        for callback in play["callbacks"].as_array().unwrap() {
            for field in ["task_id", "job_id", "asset_id", "file_id"] {
                let id = callback["body"][field].as_str().unwrap_or_default();
                if !id.is_empty() {
                    let before = owners.insert(id.to_owned(), owner.clone());
                    assert!(before.is_none_or(|before| before == owner), "{id} in two scenarios");
                }
            }
        }
    }
}

#[test]
fn at_real_time_a_later_scenario_begins_when_its_turn_comes() {
    let plan = run(&[
        "plan",
        "@tencent/single-file",
        "@tencent/flv-cycle",
        "--speed",
        "realtime",
        "--now",
        NOW,
        "--format",
        "json",
    ]);
    let plan: Value = serde_json::from_str(&stdout(&plan)).unwrap();
    let began = |index: usize| plan["scenarios"][index]["began"].as_str().unwrap().to_owned();
    // The first lasts ten minutes, and its file takes five more.
    assert_eq!((began(0).as_str(), began(1).as_str()), (NOW, "2026-03-08T14:25:25Z"));
}

#[test]
fn a_copy_of_a_scenario_has_ids_of_its_own_alone_and_in_company() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(file("scenarios/tencent/single-file.yaml")).unwrap();
    let paths: Vec<String> =
        ["a.yaml", "b.yaml"].map(|name| folder.path().join(name).display().to_string()).to_vec();
    paths.iter().for_each(|path| std::fs::write(path, &text).unwrap());
    let ids = |args: &[&str]| {
        let plan: Value =
            serde_json::from_str(&stdout(&run(&[&["plan", "--format", "json"], args].concat()))).unwrap();
        let plays = plan["scenarios"].as_array().unwrap().clone();
        plays
            .iter()
            .map(|play| play["callbacks"][0]["body"]["file_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let together = ids(&[&folder.path().display().to_string()]);
    assert_ne!(together[0], together[1]);
    // So the line that a report gives for one of them sends the very file.
    assert_eq!(together, [ids(&[&paths[0]]), ids(&[&paths[1]])].concat());
}

/// `Goldens: NUMBER` in the newest section of the change log, made of every golden file: who changes the bytes on the wire has
/// the change log open, and says there what changed.
#[test]
fn bytes_that_change_have_a_line_in_the_change_log() {
    use sha2::{Digest, Sha256};

    fn files(folder: &std::path::Path, into: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { files(&entry, into) } else { into.push(entry) }
        }
    }
    let mut all = Vec::new();
    files(&file("tests/golden"), &mut all);
    all.sort();
    let mut digest = Sha256::new();
    for path in &all {
        digest.update(path.strip_prefix(file("tests/golden")).unwrap().to_str().unwrap());
        digest.update(std::fs::read(path).unwrap());
    }
    let number: String = digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let log = std::fs::read_to_string(file("CHANGELOG.md")).unwrap();
    let newest = log.split("\n## ").nth(1).unwrap();
    assert!(
        newest.contains(&format!("Goldens: {number}.")),
        "the bytes on the wire changed. Say in the newest section of CHANGELOG.md what changed, and write there: Goldens: {number}."
    );
}
