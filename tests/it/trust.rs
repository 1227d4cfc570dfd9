//! The page of promises: each has its row, and every test that it names is there.

use std::collections::BTreeSet;
use std::path::Path;

use crate::stage::file;

/// The promises, by letter and how many there are.
const PROMISES: [(&str, usize); 6] = [("GD", 6), ("GA", 7), ("GF", 9), ("GL", 8), ("GS", 10), ("GP", 4)];
const FAULTS: [(&str, usize); 6] = [("F", 20), ("A", 12), ("B", 19), ("C", 4), ("D", 11), ("E", 15)];

/// The cells of the rows of a part of the page, without the head of the table.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let page = std::fs::read_to_string(file("docs/trust.md")).unwrap();
    let part = page.split("\n## ").find(|part| part.starts_with(heading)).unwrap();
    let lines = part.lines().filter(|line| line.starts_with("| ")).skip(2);
    lines
        .map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

/// The names of all functions that are marked as tests, properties among them.
fn tests(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            tests(&entry, into);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&entry).unwrap();
            for after in text.split("test]").skip(1).chain(text.split("test(").skip(1)) {
                let name = after.split("fn ").nth(1).and_then(|rest| rest.split(['(', '<']).next());
                into.extend(name.map(|name| name.trim().to_owned()));
            }
        }
    }
}

fn is_numbered(rows: &[Vec<String>], expected: &[(&str, usize)]) {
    let ids: Vec<String> = rows.iter().map(|row| row[0].clone()).collect();
    let expected =
        expected.iter().flat_map(|(letter, count)| (1..=*count).map(move |n| format!("{letter}{n}")));
    assert_eq!(ids, expected.collect::<Vec<_>>());
}

/// Every row names a test that is there, or a command.
fn is_held(rows: &[Vec<String>]) {
    let mut all = BTreeSet::new();
    for folder in ["src", "tests"] {
        tests(&file(folder), &mut all);
    }
    for row in rows {
        let held = row.last().unwrap();
        let (mut named, by_hand) = (0, held.contains("by hand: "));
        let of_ci = held.split("by hand: ").next().unwrap();
        for name in of_ci.split('`').skip(1).step_by(2) {
            named += 1;
            assert!(all.contains(name), "{}: there is no test `{name}`", row[0]);
        }
        assert!(named > 0 || by_hand || held == "CI: the compiler", "{} is held by nothing", row[0]);
    }
}

#[test]
fn every_promise_has_a_row_and_a_test_or_a_command() {
    let rows = rows("Promises");
    assert!(rows.iter().all(|row| row.len() == 4 && row.iter().all(|cell| !cell.is_empty())));
    is_numbered(&rows, &PROMISES);
    is_held(&rows);
}

#[test]
fn every_fault_that_was_found_has_a_test() {
    let rows = rows("Faults that were found");
    is_numbered(&rows, &FAULTS);
    is_held(&rows);
}
