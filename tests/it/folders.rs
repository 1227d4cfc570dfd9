//! Which files a command line means: scenarios in folders, and captured callbacks that are not scenarios.

use hookreel::provider;
use serde_json::Value;

use crate::stage::{exits, file, hookreel, run, stderr, stdout};

#[test]
fn a_file_that_is_named_is_checked_whatever_it_is_called_and_wherever_it_stands() {
    let dir = file("tests/cases/folder-of-a-project/dir");
    for name in [".hidden.yaml", "node_modules/x/s.yaml", "build/s.yaml", "deep/secret.yaml", "A.YAML"] {
        let output = run(&["check", dir.join(name).to_str().unwrap()]);
        exits(&output, 0);
        assert!(stdout(&output).contains(": ok"));
    }
    for name in ["docker-compose.yml", "package.json"] {
        exits(&run(&["check", dir.join(name).to_str().unwrap()]), 2);
    }
}

#[test]
fn a_folder_inside_an_ignored_one_is_read_when_it_is_named() {
    let dir = file("tests/cases/folder-of-a-project/dir/node_modules/x");
    assert!(stdout(&run(&["check", dir.to_str().unwrap()])).contains("s.yaml: ok"));
}

#[test]
fn what_is_skipped_is_counted_and_what_is_hidden_is_not_mentioned() {
    let output = run(&["check", file("tests/cases/folder-of-a-project/dir").to_str().unwrap()]);
    exits(&output, 0);
    assert_eq!(stdout(&output).lines().count(), 3, "{}", stdout(&output));
    let said = stderr(&output);
    assert!(said.contains("3 other YAML or JSON files") && said.lines().count() == 1, "{said}");
}

#[test]
fn every_callback_of_every_shipped_scenario_is_known_for_what_it_is() {
    let plan: Value = serde_json::from_str(&stdout(&run(&["plan", "@all", "--format", "json"]))).unwrap();
    let mut count = 0;
    for scenario in plan["scenarios"].as_array().unwrap() {
        for callback in scenario["callbacks"].as_array().unwrap() {
            let body = callback["body"].as_object().unwrap();
            let sender = provider::find(scenario["provider"].as_str().unwrap(), "").unwrap();
            let found = provider::announced(body);
            // The name of the event stands in no message of theirs: one about no file is not known by its fields.
            if found.is_none() && sender.newest().reading.event_field.is_none() {
                continue;
            }
            let (provider, event) =
                found.unwrap_or_else(|| panic!("{} {}: {body:?}", scenario["path"], callback["event"]));
            assert_eq!(
                (scenario["provider"].as_str(), callback["event"].as_str()),
                (Some(provider.name), Some(event)),
                "{body:?}"
            );
            count += 1;
        }
    }
    assert!(count > 100);
    let other = serde_json::json!({"duration": 1, "url": "x", "a": 1, "b": 2, "c": 3, "d": 4});
    assert!(provider::announced(other.as_object().unwrap()).is_none());
}

#[test]
fn a_captured_body_is_told_apart_with_a_byte_order_mark_and_through_standard_input_as_well() {
    let body = std::fs::read_to_string(file("tests/cases/captured-body/body.json")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it's a body.json");
    std::fs::write(&path, format!("\u{feff}{body}")).unwrap();
    for command in ["run", "check", "plan"] {
        let output = hookreel().arg(command).arg(&path).output().unwrap();
        exits(&output, 2);
        let said = stderr(&output);
        assert!(said.contains("callback, not a scenario"), "{said}");
        assert!(said.contains(r"it'\''s a body.json' --resign"), "{said}");
        assert_eq!(said.trim_end().lines().count(), 2, "{said}");
    }
}

#[test]
fn a_file_that_a_scenario_names_is_a_part_of_it_and_not_a_skipped_one() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("bodies")).unwrap();
    let sample = std::fs::read_to_string(file("tests/samples/captured/t2025-04-cos.json")).unwrap();
    write("bodies/one.json", &sample);
    write("bodies/two.json", &sample);
    write("acme.yaml", &std::fs::read_to_string(file("docs/providers/acme.yaml")).unwrap());
    write(
        "captured.yaml",
        "provider: tencent\nrecording: {mp4: {}}\nbroadcast:\n  - 0s: push\n  \
         - 1m: {callback: {body: bodies/one.json}}\n  - 2m: {callback: {body: ./bodies/two.json}}\n  - 3m: drop\n",
    );
    write(
        "declared.yaml",
        "provider: ./acme.yaml\nrecording: {mp4: {}}\nbroadcast: [{0s: push}, {2m: drop}]\n",
    );
    let output = run(&["check", folder.path().to_str().unwrap()]);
    exits(&output, 0);
    assert_eq!(stderr(&output), "");
    write("package.json", "{}");
    let said = stderr(&run(&["check", folder.path().to_str().unwrap()]));
    assert!(said.contains("1 other YAML or JSON file") && said.contains("package.json"), "{said}");
}

#[test]
fn a_gitignore_that_is_not_utf_8_still_leaves_out_what_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = "provider: tencent\nrecording: {mp4: {}}\nbroadcast: [{0s: push}, {2m: drop}]\n";
    for name in ["played.yaml", "left-out.yaml"] {
        std::fs::write(folder.path().join(name), scenario).unwrap();
    }
    std::fs::write(folder.path().join(".gitignore"), b"# caf\xe9\nleft-out.yaml\n").unwrap();
    let output = run(&["check", folder.path().to_str().unwrap()]);
    exits(&output, 0);
    let said = stdout(&output);
    assert!(said.contains("played.yaml: ok") && !said.contains("left-out.yaml"), "{said}");
}
