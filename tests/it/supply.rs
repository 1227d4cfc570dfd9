//! What the program is built from: `deny.toml`, held without cargo-deny, from the lock file and what Cargo knows.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::stage::file;

/// Direct dependencies, and packages that are in the program.
const MOST_DIRECT: usize = 40;
const MOST_RESOLVED: usize = 220;

/// The texts in quotes behind `key = ` in `deny.toml`, to the next empty line.
fn denied(key: &str) -> Vec<String> {
    let text = std::fs::read_to_string(file("deny.toml")).unwrap();
    let at = text.find(key).unwrap();
    let part = text[at + key.len()..].split("\n\n").next().unwrap();
    part.lines().filter_map(|line| line.split('"').nth(1)).map(str::to_owned).collect()
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(file(""))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_package_has_a_licence_that_is_allowed_and_comes_from_the_registry() {
    let allowed: BTreeSet<String> = denied("\nallow = [").into_iter().collect();
    assert!(allowed.contains("MIT"), "{allowed:?}");
    for package in metadata()["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if name == "hookreel" {
            continue;
        }
        let licence = package["license"].as_str().unwrap_or_else(|| panic!("{name} has no licence"));
        // `A/B` is how `A OR B` was written once. Nothing here nests deeper than this.
        let plain = licence.replace('/', " OR ").replace(['(', ')'], "");
        let one = |part: &str| part.split(" AND ").all(|one| allowed.contains(one.trim()));
        let or_within = |part: &str| part.split(" AND ").all(|all| all.split(" OR ").any(&one));
        assert!(plain.split(" OR ").any(one) || or_within(&plain), "{name}: {licence} is not in deny.toml");
        let source = package["source"].as_str().unwrap_or_default();
        assert!(source.contains("crates.io"), "{name} comes from {source}");
    }
}

#[test]
fn a_package_that_is_there_twice_is_named_with_a_reason() {
    let lock = std::fs::read_to_string(file("Cargo.lock")).unwrap();
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let value = |key: &str| package.split(key).nth(1).and_then(|rest| rest.split('"').next());
        versions.entry(value("name = \"").unwrap()).or_default().push(value("version = \"").unwrap());
        let own = value("name = \"") == Some("hookreel");
        assert!(own || package.contains("checksum = \""), "no checksum: {package}");
    }
    let named = denied("\nskip = [");
    for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
        let free = versions.iter().filter(|version| !named.contains(&format!("{name}@{version}")));
        assert_eq!(free.count(), 1, "{name} {versions:?}: name all but one in deny.toml, each with a reason");
    }
    for entry in &named {
        let (name, version) = entry.split_once('@').unwrap();
        let twice = versions.get(name).is_some_and(|all| all.len() > 1 && all.contains(&version));
        assert!(twice, "deny.toml: {entry} is not there twice any more");
    }
}

#[test]
fn the_program_is_built_from_few_packages() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "-e", "normal", "--prefix", "depth", "--locked", "--format", " {p}"])
        .current_dir(file(""))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let packages = |direct: bool| {
        let line = |line: &str| {
            let (depth, package) = line.split_once(' ')?;
            let wanted = if direct { depth == "1" } else { depth != "0" };
            wanted.then(|| package.trim_end_matches(" (*)").to_owned())
        };
        text.lines().filter_map(line).collect::<BTreeSet<String>>().len()
    };
    let (direct, resolved) = (packages(true), packages(false));
    assert!(direct > 20 && direct <= MOST_DIRECT, "{direct} direct dependencies");
    assert!(resolved > direct && resolved <= MOST_RESOLVED, "{resolved} packages in the program");
    let told = format!("{resolved} packages in the program on Linux, {direct} of them named by us");
    assert!(std::fs::read_to_string(file("docs/trust.md")).unwrap().contains(&told), "docs/trust.md: {told}");
}
