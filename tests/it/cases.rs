//! Whole-program cases as files: `tests/cases/NAME/` holds `args`, whatever the program reads, and what it must print.
//! `UPDATE=1 cargo test cases` writes the expectations anew.

use std::fs;
use std::path::Path;

use crate::stage::{file, hookreel};

/// Runs a case in its own folder and compares standard output, standard error and exit code.
fn play(case: &Path) -> Result<(), String> {
    let read = |name: &str| fs::read_to_string(case.join(name)).unwrap_or_default();
    let args = read("args");
    let environment = read("env");
    let mut command = hookreel();
    command.current_dir(case).args(args.split_whitespace());
    command.envs(environment.lines().filter_map(|line| line.split_once('=')));
    let output = command.output().map_err(|error| error.to_string())?;
    let seen = [
        ("stdout", String::from_utf8_lossy(&output.stdout).into_owned()),
        ("stderr", String::from_utf8_lossy(&output.stderr).into_owned()),
        ("exit", format!("{}\n", output.status.code().unwrap_or(-1))),
    ];
    for (name, text) in seen {
        if std::env::var_os("UPDATE").is_some() {
            fs::write(case.join(name), &text).map_err(|error| error.to_string())?;
        }
        if read(name) != text {
            return Err(format!("{}: {name} differs; it is now\n{text}", case.display()));
        }
    }
    Ok(())
}

#[test]
fn every_case_prints_what_its_folder_says() {
    let mut cases: Vec<_> =
        fs::read_dir(file("tests/cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() > 10);
    let wrong: Vec<String> = cases.iter().filter_map(|case| play(case).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
