//! The examples of the page about scenarios, played.

use std::fs;

use hookreel::audit;
use hookreel::provider::{self, Provider};

use crate::stage::{exits, file, hookreel, stderr, stdout};

/// The blocks of a page in this language, each with what follows it.
fn blocks(page: &str, language: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(file(page)).unwrap();
    let start = format!("```{language}\n");
    let parts = text.split(&start).skip(1).filter_map(|part| part.split_once("```\n"));
    parts.map(|(block, rest)| (block.to_owned(), rest.to_owned())).collect()
}

fn program(args: &[&str]) -> std::process::Output {
    let keys = [("CALLBACK_KEY", "c"), ("RECORDINGS_KEY", "a"), ("ARCHIVE_KEY", "b")];
    hookreel().args(args).envs(keys.map(|(name, letter)| (name, letter.repeat(32)))).output().unwrap()
}

/// The words of a line, without what differs from run to run.
fn words(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let milliseconds = |at: usize| words.get(at + 1) == Some(&"ms") || words[at] == "ms";
    (0..words.len()).filter(|at| !milliseconds(*at)).map(|at| words[at]).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_whole_scenario_on_the_page_is_one_and_prints_what_is_shown_below_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut whole = 0;
    for (index, (text, rest)) in blocks("docs/scenario-format.md", "yaml").into_iter().enumerate() {
        if !(text.contains("provider:") && text.contains("broadcast:")) {
            continue;
        }
        whole += 1;
        let path = folder.path().join(format!("{index}.yaml")).display().to_string();
        fs::write(&path, &text).unwrap();
        let checked = program(&["check", &path]);
        assert_eq!(checked.status.code(), Some(0), "{text}\n{}", stderr(&checked));
        // Directly below it stands what comes of it.
        let Some(shown) = rest.trim_start().strip_prefix("```\n") else { continue };
        let output = program(&["run", &path]);
        exits(&output, 0);
        let seen: Vec<String> = stdout(&output).lines().map(words).collect();
        for line in shown.split("```").next().unwrap().lines() {
            assert!(seen.contains(&words(line)), "{line}\n{seen:#?}");
        }
    }
    assert!(whole >= 5, "{whole}");
}

#[test]
fn every_command_on_the_page_prints_what_is_shown() {
    let mut commands = 0;
    for (block, _) in blocks("docs/scenario-format.md", "console") {
        let (command, shown) = block.split_once('\n').unwrap();
        let args: Vec<&str> = command.strip_prefix("$ hookreel ").unwrap().split(' ').collect();
        let output = program(&args);
        exits(&output, 0);
        let seen: Vec<String> = stdout(&output).lines().map(words).collect();
        commands += 1;
        // The day on which the page was written is another one.
        for line in shown.lines().filter(|line| *line != "..." && !line.starts_with("the broadcast began")) {
            assert!(seen.contains(&words(line)), "{command}\n{line}\n{seen:#?}");
        }
    }
    assert!(commands >= 2, "{commands}");
}

#[test]
fn the_pages_count_the_cases_of_a_sender_as_they_are() {
    let of = |provider: &Provider| audit::cases().filter(|case| case.suits(provider)).count();
    let counts: Vec<usize> = provider::ALL.iter().map(|provider| of(provider)).collect();
    let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
    let told = format!("{least} to {most} cases");
    for page in ["README.md", "docs/audit.md"] {
        assert!(fs::read_to_string(file(page)).unwrap().contains(&told), "{page}: {told}");
    }
}

#[test]
fn the_readme_counts_faults_and_bugs_as_they_are() {
    let text = fs::read_to_string(file("README.md")).unwrap();
    let before = |word: &str| {
        let before = text.split(word).next().unwrap().trim_end_matches([' ', '[']);
        before.rsplit([' ', '\n']).next().unwrap().parse::<usize>().unwrap()
    };
    assert_eq!(before("known bugs"), hookreel::receiver::bug::all().count());
    assert_eq!(before("[faults](docs/faults.md)"), hookreel::fault::ALL.len());
}
