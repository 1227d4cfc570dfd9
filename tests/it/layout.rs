//! The rules of the house, executed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hookreel::provider::ALL;
use serde_json::Value;

use crate::stage::{file, run, stdout};

/// Which room may know which; a room that is not listed here is known to everybody or to nobody.
const ARROWS: &[(&str, &[&str])] = &[
    ("problem", &[]),
    ("decimal", &[]),
    ("duration", &[]),
    ("speed", &[]),
    ("request", &[]),
    ("json", &[]),
    ("masking", &[]),
    ("escape", &[]),
    ("family", &[]),
    ("callback", &["request"]),
    ("capture", &[]),
    ("scenario", &["problem", "duration", "json", "masking"]),
    ("lifecycle", &["scenario", "problem", "duration", "decimal"]),
    ("provider", &["scenario", "lifecycle", "callback", "problem", "duration"]),
    (
        "fault",
        &[
            "scenario",
            "lifecycle",
            "provider",
            "callback",
            "request",
            "problem",
            "duration",
            "masking",
            "family",
        ],
    ),
    (
        "plan",
        &[
            "scenario",
            "lifecycle",
            "provider",
            "fault",
            "callback",
            "request",
            "record",
            "problem",
            "speed",
            "duration",
        ],
    ),
    ("audit", &["provider", "callback", "record", "scenario", "family", "verdict"]),
    (
        "load",
        &[
            "plan",
            "delivery",
            "record",
            "scenario",
            "lifecycle",
            "provider",
            "callback",
            "problem",
            "speed",
            "decimal",
            "duration",
            "verdict",
            "masking",
        ],
    ),
    ("process", &[]),
    (
        "play",
        &[
            "provider", "fault", "plan", "delivery", "verdict", "receiver", "record", "scenario", "callback",
            "problem", "process", "speed", "audit", "masking", "fault",
        ],
    ),
    ("record", &["callback", "masking", "escape"]),
    ("delivery", &["callback", "request", "record", "provider", "speed", "duration", "masking"]),
    (
        "verdict",
        &[
            "scenario", "provider", "plan", "record", "callback", "duration", "problem", "search", "json",
            "escape",
        ],
    ),
    ("report", &["verdict", "record", "callback", "duration", "escape"]),
    ("receiver", &["provider", "callback", "escape"]),
    ("shrink", &[]),
    ("search", &[]),
    ("percent", &[]),
    ("number", &[]),
    ("stretch", &[]),
];

/// What every room may use.
const KNOWN_TO_ALL: [&str; 3] = ["number", "percent", "stretch"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            found.extend(sources(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(entry);
        }
    }
    found
}

/// The room a file of `src` stands in: `provider` for `src/provider/huawei/body.rs`.
fn room(path: &Path) -> String {
    let inner = path.strip_prefix(file("src")).unwrap();
    let first = inner.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms that `crate::room` paths of a text name, its tests left out.
fn named(text: &str) -> BTreeSet<String> {
    let text = outside_tests(text);
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let rooms = code.flat_map(|line| line.split("crate::").skip(1).map(str::to_owned).collect::<Vec<_>>());
    rooms
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect())
        .filter(|room: &String| !room.is_empty())
        .collect()
}

#[test]
fn imports_follow_the_arrows_of_the_design() {
    for path in sources(&file("src")) {
        let room = room(&path);
        if ["cli", "lib", "library", "main"].contains(&room.as_str()) {
            continue; // May use everything; nobody may use it.
        }
        let allowed = ARROWS
            .iter()
            .find(|(name, _)| *name == room)
            .unwrap_or_else(|| panic!("{room} is not in the table"))
            .1;
        for used in named(&fs::read_to_string(&path).unwrap()) {
            assert!(
                used == room || KNOWN_TO_ALL.contains(&used.as_str()) || allowed.contains(&used.as_str()),
                "{} must not know {used}",
                path.display()
            );
        }
    }
}

#[test]
fn providers_know_nothing_of_each_other() {
    let names: Vec<&str> = ALL.iter().map(|provider| provider.name).collect();
    for own in &names {
        for path in sources(&file("src/provider").join(own)) {
            let text = fs::read_to_string(&path).unwrap().to_lowercase();
            for other in names.iter().filter(|other| *other != own) {
                // A vendor's name may stand in a product's; its module may not.
                assert!(!text.contains(&format!("{other}::")), "{} must not know {other}", path.display());
            }
        }
    }
}

#[test]
fn outside_its_folder_a_provider_stands_in_the_list_alone() {
    for path in sources(&file("src")) {
        let inner = path.strip_prefix(file("src")).unwrap().to_str().unwrap().to_owned();
        let own = ALL.iter().any(|provider| inner.starts_with(&format!("provider/{}/", provider.name)));
        if own
            || ["provider/mod.rs", "cli/shipped.rs", "cli/run.rs", "cli/args/examples.rs"]
                .contains(&inner.as_str())
        {
            continue; // The list, the shipped scenarios, which of these are shown first, and the examples of the help.
        }
        if inner.starts_with("receiver/bug/") || inner.starts_with("audit/family/") {
            continue; // Mistakes and cases that only one vendor's receivers can have.
        }
        let text = fs::read_to_string(&path).unwrap();
        let text = outside_tests(&text);
        let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for provider in ALL {
            assert!(!code.contains(provider.name), "{} must not know {}", path.display(), provider.name);
        }
    }
}

#[test]
fn only_the_command_line_prints_or_reads_the_world() {
    for path in sources(&file("src")) {
        let text = fs::read_to_string(&path).unwrap();
        let text = outside_tests(&text).to_owned();
        let inner = room(&path);
        for word in ["println!", "std::env::", "std::fs", "File::"] {
            assert!(!text.contains(word) || inner == "cli", "{} uses {word}", path.display());
        }
        for word in ["Timestamp::now", "SystemTime", "Instant::now"] {
            let allowed = path.ends_with("delivery/clock.rs")
                || (word == "Instant::now" && ["delivery", "load", "play", "cli"].contains(&inner.as_str()));
            assert!(!text.contains(word) || allowed, "{} uses {word}", path.display());
        }
    }
}

/// A file without its tests. An import that only tests need stands among the others.
fn outside_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod ").next().unwrap()
}

#[test]
fn no_room_is_a_drawer_and_none_is_overfull() {
    for path in sources(&file("src")) {
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(
            !["utils", "util", "helpers", "common", "misc", "types", "errors"].contains(&stem.as_str()),
            "{}",
            path.display()
        );
        let text = fs::read_to_string(&path).unwrap();
        let lines = outside_tests(&text).lines().count();
        assert!(lines <= 400, "{} has {lines} lines", path.display());
    }
}

#[test]
fn the_list_of_shipped_scenarios_is_the_folder() {
    let listed: BTreeSet<String> = stdout(&run(&["list", "scenarios"]))
        .lines()
        .map(|line| line.split_whitespace().next().unwrap().trim_start_matches('@').to_owned())
        .collect();
    let mut found = BTreeSet::new();
    for folder in fs::read_dir(file("scenarios")).unwrap() {
        for entry in fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = entry.unwrap().path();
            let inner = path.strip_prefix(file("scenarios")).unwrap().with_extension("");
            found.insert(inner.to_str().unwrap().to_owned());
            let text = fs::read_to_string(&path).unwrap();
            assert!(
                text.starts_with("# yaml-language-server: $schema=../../docs/scenario.schema.json\n"),
                "{}",
                path.display()
            );
            assert!(text.contains("\nname: "), "{} says what it shows", path.display());
        }
    }
    assert_eq!(listed, found);
    assert!(found.len() >= 20);
}

#[test]
fn every_revision_has_a_shipped_scenario() {
    let plan: Value = serde_json::from_str(&stdout(&run(&["plan", "@all", "--format", "json"]))).unwrap();
    let played: BTreeSet<String> = plan["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .map(|play| format!("{} {}", play["provider"].as_str().unwrap(), play["revision"].as_str().unwrap()))
        .collect();
    for provider in ALL {
        for revision in provider.revisions {
            assert!(
                played.contains(&format!("{} {}", provider.name, revision.name)),
                "{} {}",
                provider.name,
                revision.name
            );
        }
    }
}

#[test]
fn the_schema_in_the_docs_is_the_one_the_code_gives() {
    let written = fs::read_to_string(file("docs/scenario.schema.json")).unwrap();
    assert!(written == stdout(&run(&["schema"])), "hookreel schema > docs/scenario.schema.json");
    let written = fs::read_to_string(file("docs/provider.schema.json")).unwrap();
    let own = stdout(&run(&["schema", "provider"]));
    assert!(written == own, "hookreel schema provider > docs/provider.schema.json");
    let validator = jsonschema::validator_for(&serde_json::from_str(&own).unwrap()).unwrap();
    for name in ["acme", "sparkrtc", "volcengine", "zoom"].map(|name| format!("docs/providers/{name}")) {
        let text = fs::read_to_string(file(&format!("{name}.yaml"))).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&as_json(&text)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}

/// A scenario as JSON, through the same reader that the program uses.
fn as_json(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

#[test]
fn schema_and_parser_agree_on_every_shipped_and_every_broken_scenario() {
    let schema: Value = serde_json::from_str(&stdout(&run(&["schema"]))).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for path in sources_of_scenarios() {
        let text = fs::read_to_string(&path).unwrap();
        let value = as_json(&text);
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
    }
    // Wrong in shape; what is wrong in sense only is beyond a schema.
    for case in ["several-mistakes-at-once", "missing-keys"] {
        let text = fs::read_to_string(file("tests/cases").join(case).join("scenario.yaml")).unwrap();
        assert!(!validator.is_valid(&as_json(&text)), "{case}");
    }
}

#[test]
fn the_schema_takes_every_duration_that_is_read_and_no_number_without_a_unit() {
    let validator =
        jsonschema::validator_for(&serde_json::from_str(&stdout(&run(&["schema"]))).unwrap()).unwrap();
    let takes = |text: &str| {
        let cycle = serde_json::json!({"provider": "huawei", "recording": {"hls": {"cycle": text}}, "broadcast": [{(text): "push"}]});
        validator.is_valid(&cycle)
    };
    for text in [
        "0s",
        "500ms",
        "5µs",
        " 1h 30m ",
        "1h30m",
        "2d",
        "2d12h",
        "1.5h",
        "1,5h",
        "30min",
        "1 hour 30 minutes",
        "2 hrs, 5 secs",
        "1 day",
        "1w",
        "00:25:00",
        "0:0:1.5",
        "1d 00:25:00",
        "PT25M",
        "P1DT1H",
    ] {
        hookreel::duration::parse_duration(text).unwrap();
        assert!(takes(text), "{text}");
    }
    for text in ["", "5", "25:00", "1:30", "1 month", "5m ago", "-5m", "1h30", "5 parsecs", "soon"] {
        hookreel::duration::parse_duration(text).unwrap_err();
        assert!(!takes(text), "{text}");
    }
}

fn sources_of_scenarios() -> Vec<PathBuf> {
    let folders = fs::read_dir(file("scenarios")).unwrap().map(|folder| folder.unwrap().path());
    folders.flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path())).collect()
}

/// Names of the structs, enums and traits of a text, its tests left out.
fn types(text: &str) -> Vec<String> {
    let text = outside_tests(text);
    let declared = |line: &str| {
        let mut words = line.split_whitespace().skip_while(|word| word.starts_with("pub") || *word == "in");
        let kind = words.next()?;
        let name = words.next().filter(|_| ["struct", "enum", "trait"].contains(&kind))?;
        Some(name.chars().take_while(|c| c.is_alphanumeric()).collect())
    };
    text.lines().filter_map(declared).collect()
}

#[test]
fn a_type_name_means_one_thing_and_none_is_a_metaphor() {
    let glossary = fs::read_to_string(file("docs/glossary.md")).unwrap();
    let refused = glossary.split("## Names that the code must not use").nth(1).unwrap();
    let refused: BTreeSet<&str> = refused.split(|c: char| !c.is_alphanumeric()).collect();
    let mut homes = std::collections::BTreeMap::<String, Vec<String>>::new();
    for path in sources(&file("src")) {
        let text = path.display().to_string();
        // The front door has the short names: its Scenario is read, its Callback is one of a run. The home of each system has
        // the same names as that of the others.
        if path.ends_with("library.rs") || text.contains("/load/os/") || text.contains("/process/") {
            continue;
        }
        // The name of a macro's type is a variable.
        let own = types(&fs::read_to_string(&path).unwrap()).into_iter().filter(|name| !name.is_empty());
        for name in own {
            assert!(
                !refused.contains(name.as_str()),
                "{}: {name} is not a word of docs/glossary.md",
                path.display()
            );
            let home = path.display().to_string();
            let homes = homes.entry(name).or_default();
            if !homes.contains(&home) {
                homes.push(home);
            }
        }
    }
    let twice: Vec<_> = homes.into_iter().filter(|(_, homes)| homes.len() > 1).collect();
    assert!(twice.is_empty(), "{twice:#?}");
}

/// True for code that puts a plain value in the place of one that is not there, and says nothing.
fn is_a_silent_default(code: &str) -> bool {
    let plain = |rest: &str| {
        let value = rest.split(')').next().unwrap();
        ["0", "0.0", "1", "\"\""].contains(&value)
            || ["::MAX", "::MIN", "::ZERO"].iter().any(|end| value.ends_with(end))
    };
    let empty = |rest: &str| rest.split(')').next().unwrap().ends_with("::new");
    code.contains(".unwrap_or_default()")
        || code.split(".unwrap_or(").skip(1).any(plain)
        || code.split(".unwrap_or_else(").skip(1).any(empty)
}

/// Lines with such a default, numbered from 1, that have no reason: a comment on the line, or one directly above it. A doc comment is
/// about the whole item.
fn without_reason(text: &str) -> Vec<usize> {
    let is_reason =
        |line: &str| line.starts_with("//") && !line.starts_with("///") && !line.starts_with("//!");
    let mut above = "";
    let mut found = Vec::new();
    for (line, number) in outside_tests(text).lines().map(str::trim).zip(1..) {
        let (code, beside) = line.split_once(" // ").map_or((line, false), |(code, _)| (code, true));
        if !code.starts_with("//") && is_a_silent_default(code) && !beside && !is_reason(above) {
            found.push(number);
        }
        above = line;
    }
    found
}

#[test]
fn a_default_has_its_reason_beside_it() {
    let text = "a.unwrap_or(0)\nb.unwrap_or_default() // None is empty.\n// It fits.\nc.unwrap_or(u64::MAX)\n/// D.\nd.unwrap_or(1)\n";
    assert_eq!(without_reason(text), [1, 6]);
    let mut found = Vec::new();
    for path in sources(&file("src")).into_iter().filter(|path| !path.ends_with("tests.rs")) {
        let lines = without_reason(&fs::read_to_string(&path).unwrap());
        let inner = path.strip_prefix(file("src")).unwrap().display().to_string();
        found.extend(lines.into_iter().map(|line| format!("src/{inner}:{line}")));
    }
    assert!(
        found.is_empty(),
        "why is this default right? Say it in a comment on the line or directly above it, make it an error, or keep the Option; \
         src/number.rs and src/stretch.rs have what is needed often:\n{}",
        found.join("\n")
    );
}
