//! The pages that the code writes, held against it. `UPDATE=1 cargo test manual` writes them anew.

use std::fs;

use crate::stage::{file, run, stdout};

#[test]
fn the_page_of_the_faults_is_the_one_the_code_gives() {
    let given = stdout(&run(&["list", "faults", "--markdown"]));
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file("docs/faults.md"), &given).unwrap();
    }
    let written = fs::read_to_string(file("docs/faults.md")).unwrap();
    assert!(written == given, "hookreel list faults --markdown > docs/faults.md");
}

#[test]
fn every_fault_and_every_case_is_listed_and_every_family_has_its_heading() {
    let faults = stdout(&run(&["list", "faults"]));
    for fault in hookreel::fault::ALL {
        let begin = format!("{}  {}", fault.name, fault.meaning);
        assert!(faults.lines().any(|line| line.starts_with(&begin)), "{}", fault.name);
    }
    let headings: Vec<char> = faults
        .lines()
        .filter(|line| line.get(1..3) == Some(": "))
        .map(|line| line.chars().next().unwrap())
        .collect();
    assert_eq!(headings, ('A'..='J').collect::<Vec<_>>());
    let cases = stdout(&run(&["list", "cases"]));
    assert_eq!(cases.lines().count(), hookreel::audit::cases().count());
}
