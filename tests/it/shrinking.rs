//! The smallest scenario that still fails; and every order of a scenario's callbacks, judged one by one.

use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use hookreel::scenario::as_written;
use hookreel::shrink::shrink;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

use crate::serving::Served;
use crate::stage::{KEY, Raw, exits, hookreel, run, scenario, stderr, stdout, vacant};

/// A scenario with so many faults, and so many airings with a failure in each.
fn tree(faults: usize, airings: usize) -> Value {
    let faults: Vec<Value> = (0..faults).map(|n| json!({ format!("fault-{n}"): { "nth": n } })).collect();
    let steps = (0..airings).flat_map(|n| {
        let at = |minute: usize| format!("{}m", 10 * n + minute);
        [json!({ at(0): "push" }), json!({ at(1): { "fail": "upload" } }), json!({ at(5): "drop" })]
    });
    json!({
        "provider": ["one", { "name": "other" }],
        "recording": { "hls": {}, "events": "per-task", "mp4": {} },
        "broadcast": steps.collect::<Vec<_>>(),
        "faults": faults,
    })
}

fn numbers(tree: &Value) -> BTreeSet<usize> {
    let faults = tree["faults"].as_array().into_iter().flatten();
    faults
        .map(|fault| fault.as_object().unwrap().values().next().unwrap()["nth"].as_u64().unwrap() as usize)
        .collect()
}

/// The minutes of a broadcast's pushes, by tens.
fn pushes(tree: &Value) -> BTreeSet<usize> {
    let steps = tree["broadcast"].as_array().into_iter().flatten();
    let pushes = steps.filter_map(|step| step.as_object()?.iter().find(|(_, what)| *what == "push"));
    pushes.map(|(time, _)| time.trim_end_matches('m').parse::<usize>().unwrap() / 10).collect()
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1_000_000..1_000_000_i32).prop_map(|n| Value::from(f64::from(n) / 64.0)),
        "[a-z0-9.-]{0,6}|on|No|[0-9]{1,3}[smhx]|\\PC{0,8}|\\$\\{[A-Z]{1,3}\\}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec(("[a-z$]{1,4}|on|\\PC{1,4}", inner), 0..4)
                .prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_left_is_what_the_failure_needs(
        (faults, needed) in (0..40_usize).prop_flat_map(|n| (Just(n), proptest::collection::btree_set(0..n.max(1), 0..=n.min(6)))),
        (airings, aired) in (1..12_usize).prop_flat_map(|n| (Just(n), proptest::collection::btree_set(0..n, 1..=n.min(3)))),
    ) {
        let mut asked = HashSet::new();
        let (smallest, ended) = shrink(tree(faults, airings), |tree, taken| {
            assert!(asked.insert(tree.to_string()), "nothing is asked twice");
            assert!(!taken.is_empty());
            ControlFlow::<(), bool>::Continue(
                numbers(tree).is_superset(&needed)
                    && pushes(tree).is_superset(&aired)
                    && tree["recording"]["mp4"].is_object()
                    && tree["provider"].as_array().is_some_and(|list| !list.is_empty()),
            )
        });
        prop_assert!(ended.is_none());
        prop_assert_eq!(numbers(&smallest), needed);
        prop_assert_eq!(pushes(&smallest), aired);
        prop_assert_eq!(&smallest["recording"], &json!({ "events": "per-task", "mp4": {} }));
        prop_assert_eq!(smallest["provider"].as_array().unwrap().len(), 1);
        prop_assert!(!smallest["broadcast"].to_string().contains("fail"));
    }

    #[test]
    fn what_is_written_reads_as_it_was(entries in proptest::collection::vec(("[a-z]{1,6}", value()), 1..5)) {
        let tree: Value = entries.into_iter().collect();
        let text = as_written::write(&tree);
        prop_assert_eq!(as_written::read(&text), Some(tree), "{}", text);
    }
}

#[test]
fn one_culprit_among_64_faults_is_found_in_few_plays_and_an_end_from_outside_keeps_what_was_found() {
    let mut asked = 0;
    let (smallest, _) = shrink(tree(64, 1), |tree, _| {
        asked += 1;
        ControlFlow::<(), bool>::Continue(numbers(tree).contains(&41) && !pushes(tree).is_empty())
    });
    assert_eq!(numbers(&smallest), [41].into());
    assert!(asked < 25, "{asked}");
    let mut left = 3;
    let (partly, ended) = shrink(tree(64, 1), |tree, _| {
        left -= 1;
        if left == 0 {
            ControlFlow::Break("enough")
        } else {
            ControlFlow::Continue(numbers(tree).contains(&41))
        }
    });
    assert_eq!(ended, Some("enough"));
    assert!(numbers(&partly).contains(&41) && numbers(&partly).len() < 64);
}

/// Six faults and three airings, of which one fault and one airing are enough for a receiver that stores a file twice.
const SIX: &str = r#"
name: six wire_faults and three airings
provider: [tencent]
recording: {mp4: {cycle: 30m}, flv: {}}
signing: {key: "${CALLBACK_KEY}"}   # a name, no key
broadcast:
  - 0s: push
  - 10m: drop
  - 20m: push
  - 90m: drop
  - 100m: push
  - 110m: drop
faults:
  - chunked: {nth: 1}
  - expire: {nth: 2}
  - reorder: {how: reverse}
  - duplicate: {nth: 3}
  - skew
  - tamper: {nth: 6}
expect:
  state: [{name: "recordings of ${OWNER}", get: "http://127.0.0.1:${PORT}/recordings", once: true}]
"#;

fn shrinks(path: &str, port: &str, args: &[&str]) -> std::process::Output {
    let mut command = hookreel();
    command.env("CALLBACK_KEY", KEY).env("PORT", port).env("OWNER", "somebody-private");
    command.args(["shrink", path, "-t", port]).args(args).output().unwrap()
}

/// The scenario in a file, without its comment.
fn read(path: &Path) -> Value {
    as_written::read(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[cfg(unix)]
#[test]
fn six_faults_become_the_one_that_a_receiver_breaks_on_also_when_it_remembers_earlier_plays() {
    let served = Served::start("tencent", &["--bug", "no-dedup"]);
    let (folder, path) = scenario(SIX);
    // Who may not read the one may not read the other.
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let small = folder.path().join("scenario.min.yaml");
    for round in ["first", "second"] {
        let output = shrinks(&path, &served.port, &[]);
        exits(&output, 1);
        let (text, said) = (std::fs::read_to_string(&small).unwrap(), stderr(&output));
        let left = read(&small);
        assert_eq!(left["faults"], json!([{ "duplicate": { "nth": 3 } }]), "{round}: {said}");
        assert_eq!(left["broadcast"], json!([{ "20m": "push" }, { "90m": "drop" }]));
        assert_eq!(left["recording"], json!({ "mp4": { "cycle": "30m" } }));
        assert_eq!(left["signing"]["key"], "${CALLBACK_KEY}");
        // A value from the environment is not written down.
        assert!(text.starts_with("# Fails as ") && text.contains("state: recordings of (hidden)"), "{text}");
        assert!(!text.contains(KEY) && !text.contains("somebody-private"), "{text}");
        assert!(said.contains("without the fault skew: still fails"), "{said}");
        assert!(said.contains("without the fault duplicate: passed"), "{said}");
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), SIX);
    assert_eq!(mode(&small), 0o600);
    served.end("TERM");
}

#[cfg(unix)]
#[test]
fn the_line_in_the_file_makes_a_fresh_receiver_fail_and_a_right_one_hold() {
    let served = Served::start("tencent", &["--bug", "no-dedup"]);
    let (folder, path) = scenario(SIX);
    let small = folder.path().join("small.yaml").display().to_string();
    exits(&shrinks(&path, &served.port, &["-o", &small]), 1);
    served.end("TERM");
    let text = std::fs::read_to_string(&small).unwrap();
    let line = text.lines().nth(1).unwrap();
    let seed = line.split_once("--seed ").unwrap().1;
    assert!(line.starts_with(&format!("# hookreel run {small} -t http://localhost:")), "{line}");
    for (bug, code) in [(&["--bug", "no-dedup"][..], 1), (&[], 0)] {
        let served = Served::start("tencent", bug);
        let mut command = hookreel();
        command.env("CALLBACK_KEY", KEY).env("PORT", &served.port).env("OWNER", "x");
        command.args(["run", &small, "-t", &served.port, "--seed", seed]);
        exits(&command.output().unwrap(), code);
        served.end("TERM");
    }
}

#[cfg(unix)]
#[test]
fn what_fails_in_two_ways_keeps_a_fault_for_each() {
    let served = Served::start("tencent", &["--bug", "fails-on-duplicate", "--bug", "expiry-unchecked"]);
    let (folder, path) = scenario(SIX);
    exits(&shrinks(&path, &served.port, &[]), 1);
    let left = read(&folder.path().join("scenario.min.yaml"));
    assert_eq!(left["faults"], json!([{ "expire": { "nth": 2 } }, { "duplicate": { "nth": 3 } }]));
    served.end("TERM");
}

#[cfg(unix)]
#[test]
fn a_scenario_that_holds_is_not_shrunk() {
    let served = Served::start("tencent", &[]);
    let (folder, path) = scenario(SIX);
    let output = shrinks(&path, &served.port, &[]);
    exits(&output, 0);
    assert!(stderr(&output).contains("nothing to shrink"), "{}", stderr(&output));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    served.end("TERM");
}

#[test]
fn what_fails_only_once_is_not_shrunk() {
    let receiver = Raw::statuses(&[400, 200]);
    let (folder, path) = crate::stage::one_callback("{retry: none}");
    let output = run(&["shrink", &path, "-t", &receiver.port()]);
    exits(&output, 1);
    assert!(stderr(&output).contains("does not always fail in the same way"), "{}", stderr(&output));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn nothing_is_sent_when_the_file_would_be_the_scenario_itself_or_the_path_is_several() {
    let receiver = Raw::statuses(&[400]);
    let (folder, path) = scenario(SIX);
    let same = folder.path().join(".").join("scenario.yaml").display().to_string();
    let output = shrinks(&path, &receiver.port(), &["-o", &same]);
    exits(&output, 2);
    assert!(stderr(&output).contains("is read by this command"), "{}", stderr(&output));
    let output = run(&["shrink", "@tencent", "-t", &receiver.port()]);
    exits(&output, 2);
    assert!(stderr(&output).contains("give one of them"), "{}", stderr(&output));
    assert_eq!(receiver.requests().len(), 0);
}

#[test]
fn a_receiver_that_is_not_there_ends_it_as_it_ends_a_run() {
    let (folder, path) = crate::stage::one_callback("{retry: none}");
    let output = run(&["shrink", &path, "-t", &format!("http://{}/", vacant())]);
    exits(&output, 3);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_ends_in_json_is_json() {
    let receiver = Raw::statuses(&[400]);
    let (folder, path) = crate::stage::one_callback("{retry: none}");
    let small = folder.path().join("small.json");
    exits(&run(&["shrink", &path, "-t", &receiver.port(), "-o", &small.display().to_string()]), 1);
    let left: Value = serde_json::from_str(&std::fs::read_to_string(&small).unwrap()).unwrap();
    assert_eq!(left["provider"], "tencent");
    exits(&run(&["run", &small.display().to_string(), "-t", &receiver.port()]), 1);
}

/// A scenario with so many faults that do nothing, whose state is asked for by this command; `ok` of the answer must be true.
fn asked_by(faults: usize, command: &str) -> (tempfile::TempDir, String) {
    // None is like another: what was tried is not tried again.
    let faults: String =
        (0..faults).map(|n| format!("  - duplicate: {{copies: 0, chance: 0.{n:03}1}}\n")).collect();
    scenario(&format!(
        "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\ndelivery: {{retry: none}}\n\
         broadcast: [{{0s: push}}, {{5m: drop}}]\nfaults:\n{faults}\
         expect: {{state: [{{name: s, command: {command:?}, json: {{\"$.ok\": true}}}}]}}\n"
    ))
}

/// Counts its calls in a file; two for each play.
fn counting(folder: &Path) -> String {
    format!("cd {}; echo >> calls; n=$(wc -l < calls)", folder.display())
}

#[cfg(unix)]
#[test]
fn after_200_plays_it_stops_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    // The first two plays fail, so that each fault seems to be needed.
    let (own, path) = asked_by(
        140,
        &format!("{}; [ $n -gt 4 ] && echo '{{\"ok\":true}}' || echo '{{}}'", counting(folder.path())),
    );
    let output = run(&["shrink", &path, "-t", &Raw::statuses(&[200]).port()]);
    exits(&output, 1);
    assert!(stderr(&output).contains("stopped after 200 plays"), "{}", stderr(&output));
    assert_eq!(read(&own.path().join("scenario.min.yaml"))["faults"].as_array().unwrap().len(), 140);
    assert_eq!(std::fs::read_to_string(folder.path().join("calls")).unwrap().len(), 400);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_and_the_smallest_so_far_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    // In the fourth play.
    let kill = "[ $n -eq 7 ] && kill -INT $PPID && sleep 0.5; echo '{}'";
    let (own, path) = asked_by(4, &format!("{}; {kill}", counting(folder.path())));
    let output = run(&["shrink", &path, "-t", &Raw::statuses(&[200]).port()]);
    exits(&output, 130);
    assert_eq!(read(&own.path().join("scenario.min.yaml"))["faults"].as_array().unwrap().len(), 2);
}

#[cfg(unix)]
#[test]
fn a_signal_before_anything_was_found_says_that_nothing_was_written() {
    // In the first play, and in the one that tries whether it always fails.
    for call in [1, 3] {
        let folder = tempfile::tempdir().unwrap();
        let kill = format!("[ $n -eq {call} ] && kill -INT $PPID && sleep 0.5; echo '{{}}'");
        let (own, path) = asked_by(4, &format!("{}; {kill}", counting(folder.path())));
        let output = run(&["shrink", &path, "-t", &Raw::statuses(&[200]).port()]);
        exits(&output, 130);
        assert!(stderr(&output).ends_with("nothing was written\n"), "{call}: {}", stderr(&output));
        assert!(!own.path().join("scenario.min.yaml").exists());
    }
}

/// Two callbacks in both orders; `rest` is YAML.
fn both_orders(rest: &str) -> (tempfile::TempDir, String) {
    scenario(&format!(
        "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\n\
         broadcast: [{{0s: push}}, {{5m: drop}}, {{10m: push}}, {{15m: drop}}]\ndelivery: {{orders: all}}\n{rest}"
    ))
}

#[test]
fn every_order_is_a_play_with_ids_and_a_stream_of_its_own() {
    let plan: Value =
        serde_json::from_str(&stdout(&run(&["plan", "@huawei/every-order", "--format", "json"]))).unwrap();
    let plays = plan["scenarios"].as_array().unwrap();
    let (mut ids, mut streams, mut tasks, mut orders) = (vec![], vec![], vec![], vec![]);
    for play in plays {
        let callbacks = play["callbacks"].as_array().unwrap();
        ids.extend(callbacks.iter().map(|callback| callback["id"].to_string()));
        streams.push(callbacks[0]["body"]["stream"].to_string());
        tasks.push(
            callbacks.iter().find_map(|callback| callback["body"]["job_id"].as_str()).unwrap().to_owned(),
        );
        let events = callbacks.iter().map(|callback| callback["event"].as_str().unwrap());
        orders.push(events.collect::<Vec<_>>().join(" "));
        // None is told before it happened.
        let due: Vec<u64> = callbacks.iter().map(|callback| callback["due_ms"].as_u64().unwrap()).collect();
        assert!(due.is_sorted(), "{due:?}");
    }
    assert_eq!(plays[2]["name"], "three callbacks of one recording in the order 2 1 3");
    assert_eq!(orders[2], "RECORD_FILE_COMPLETE RECORD_START RECORD_OVER");
    for (what, count) in [(ids, 18), (streams, 6), (tasks, 6), (orders, 6)] {
        assert_eq!(what.iter().collect::<BTreeSet<_>>().len(), count, "{what:?}");
    }
}

#[test]
fn each_play_asks_for_the_state_of_its_own_stream() {
    let folder = tempfile::tempdir().unwrap();
    let asked = folder.path().join("asked");
    let (_folder, path) = both_orders(&format!(
        "expect: {{state: [{{name: s, command: \"echo ${{stream.name}} >> {}; echo '[]'\", unchanged: true}}]}}\n",
        asked.display()
    ));
    let receiver = Raw::statuses(&[200]);
    exits(&run(&["run", &path, "-t", &receiver.port()]), 0);
    let asked = std::fs::read_to_string(asked).unwrap();
    assert_eq!(asked, "mystream-12\nmystream-12\nmystream-21\nmystream-21\n");
}

#[test]
fn faults_are_put_on_callbacks_as_they_are_sent() {
    let (_folder, path) = both_orders("faults: [{duplicate: {nth: 1}}]\n");
    let plan: Value = serde_json::from_str(&stdout(&run(&["plan", &path, "--format", "json"]))).unwrap();
    let ids = |play: usize| {
        let callbacks = plan["scenarios"][play]["callbacks"].as_array().unwrap();
        callbacks.iter().map(|callback| callback["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let newest = hookreel::provider::find("tencent", "").unwrap().newest().name;
    assert_eq!(ids(1), ["2", "2-copy-1", "1"].map(|end| format!("tencent-{newest}-21-{end}")));
}

#[cfg(unix)]
#[test]
fn a_receiver_that_depends_on_the_order_breaks_in_some_and_a_right_one_holds_in_all() {
    for (bug, code) in [(&["--bug", "order-dependent"][..], 1), (&[], 0)] {
        let served = Served::start("huawei", bug);
        let output = run(&["run", "@huawei/every-order", "-t", &served.port]);
        exits(&output, code);
        let text = stdout(&output);
        assert!(text.contains("in the order 2 1 3"), "{text}");
        assert!(text.contains("6 scenarios, 18 callbacks"), "{text}");
        served.end("TERM");
    }
}

#[test]
fn scenarios_that_differ_in_their_order_alone_have_names_of_their_own_in_every_report() {
    let junit = stdout(&run(&["run", "@huawei/every-order", "--report", "junit"]));
    let cases: Vec<&str> = junit
        .lines()
        .filter(|line| line.contains("<testcase"))
        .map(|line| line.split(" time=").next().unwrap())
        .collect();
    assert_eq!(cases.len(), 24);
    assert_eq!(cases.iter().collect::<BTreeSet<_>>().len(), 24, "{junit}");
    let text = stdout(&run(&["run", "@huawei"]));
    assert!(text.contains("✓ @huawei/every-order [huawei 2024, order 2 1 3]: 3 callbacks"), "{text}");
}
