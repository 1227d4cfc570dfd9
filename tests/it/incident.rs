//! The page about an incident, run word for word: its files are written, its commands are played one after the other in one
//! folder, and what they print is what the page shows.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::stage::{file, free_port, program};

/// The key of the page's body.
const KEY: &str = "7d0c2f5e9b1a46838f0e1d2c3b4a5968";

/// Files of the page: a block behind a line that names it.
fn files(page: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let name = line.strip_prefix('`').and_then(|rest| rest.strip_suffix("`:"));
        if let Some(name) = name {
            let block = lines.by_ref().skip_while(|line| !line.starts_with("```")).skip(1);
            let text: Vec<&str> = block.take_while(|line| *line != "```").collect();
            found.push((name.to_owned(), format!("{}\n", text.join("\n"))));
        }
    }
    found
}

/// Commands of the page, each with what is shown below it.
fn commands(page: &str) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let blocks = page.split("```console\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    for line in blocks.flat_map(str::lines) {
        match (line.strip_prefix("$ "), found.last_mut()) {
            (Some(command), _) => found.push((command.to_owned(), Vec::new())),
            (None, Some((_, shown))) => shown.push(line.to_owned()),
            (None, None) => {}
        }
    }
    found
}

/// Words of a line without the times of this run.
fn words(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let milliseconds = |at: usize| words.get(at + 1) == Some(&"ms") || words[at] == "ms";
    (0..words.len()).filter(|at| !milliseconds(*at)).map(|at| words[at]).collect::<Vec<_>>().join(" ")
}

fn shell(folder: &Path, line: &str) -> String {
    let binary = Path::new(program()).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {line}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", path)
        .env("CALLBACK_KEY", KEY)
        .env("NO_COLOR", "1")
        .env("COLUMNS", "140")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env_remove("GITHUB_ACTIONS")
        .env_remove("GITHUB_STEP_SUMMARY")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_incident_of_the_page_goes_word_for_word() {
    if Command::new("python3").arg("--version").output().is_err() {
        return;
    }
    let page = fs::read_to_string(file("docs/incident.md")).unwrap();
    assert!(page.contains(&format!("export CALLBACK_KEY={KEY}")), "who follows the page needs its key");
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files(&page) {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let commands = commands(&page);
    assert!(commands.len() >= 8, "{commands:#?}");
    for (command, shown) in commands {
        // A free port of the address that the page sends to: its own may be taken.
        let port = free_port();
        let said = shell(folder.path(), &command.replace("18080", &port)).replace(&port, "18080");
        let said: Vec<String> = said.lines().map(words).filter(|line| !line.is_empty()).collect();
        if std::env::var_os("SHOW").is_some() {
            println!("$ {command}\n{}", said.join("\n"));
        }
        let whole = shown.last().is_none_or(|last| last != "...");
        let shown: Vec<String> = shown.iter().filter(|line| *line != "...").map(|line| words(line)).collect();
        let shown: Vec<String> = shown.into_iter().filter(|line| !line.is_empty()).collect();
        for line in &shown {
            assert!(said.contains(line), "$ {command}\n{line}\n{said:#?}");
        }
        let cut = page.contains(&format!("$ {command}\n...")) || !whole || shown.len() == said.len();
        assert!(cut, "$ {command}\n{shown:#?}\n{said:#?}");
    }
}
