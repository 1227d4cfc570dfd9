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
fn the_pages_count_faults_and_bugs_as_they_are() {
    let before = |page: &str, word: &str| {
        let text = fs::read_to_string(file(page)).unwrap();
        let before = text.split(word).next().unwrap().trim_end_matches([' ', '[']);
        before.rsplit([' ', '\n']).next().unwrap().parse::<usize>().unwrap()
    };
    let bugs = hookreel::receiver::bug::all().count();
    assert_eq!([before("README.md", "known bugs"), before("docs/serve.md", "known bugs")], [bugs; 2]);
    assert_eq!(before("README.md", "[faults](docs/faults.md)"), hookreel::fault::ALL.len());
}

/// Rows of the first table with this head, without the head.
fn table(page: &str, head: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(file(page)).unwrap();
    let mut lines = text.lines().skip_while(|line| !line.starts_with(head));
    assert!(lines.next().is_some(), "{page}: {head}");
    let rows = lines.skip(1).take_while(|line| line.starts_with("| "));
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
    rows.map(cells).collect()
}

/// Rows of the exit codes in a help text. A line that begins with blanks alone goes on with the row before it.
fn exit_codes(help: &str) -> Vec<Vec<String>> {
    let lines = help.lines().skip_while(|line| *line != "Exit codes:").skip(1);
    let mut rows: Vec<Vec<String>> = Vec::new();
    for line in lines.take_while(|line| line.starts_with("  ")) {
        let (codes, meaning) = line.split_at(16);
        match (codes.trim(), rows.last_mut()) {
            ("", Some(row)) => row[1].push_str(&format!(" {}", meaning.trim())),
            (codes, _) => rows.push(vec![codes.to_owned(), meaning.trim().to_owned()]),
        }
    }
    rows
}

#[test]
fn the_exit_codes_on_a_page_are_those_of_the_help() {
    for (page, command, least) in [
        ("README.md", &[][..], 9),
        ("docs/audit.md", &["audit"], 7),
        ("docs/load.md", &["load"], 9),
        ("docs/shrinking.md", &["shrink"], 4),
    ] {
        let help = stdout(&hookreel().args(command).arg("--help").output().unwrap());
        let told = exit_codes(&help);
        assert!(told.len() >= least, "{help}");
        assert_eq!(table(page, "| exit code |"), told, "{page}");
    }
}

/// Number before each of these words in a line such as `48 passed, 2 failed, 7 skipped`; absent = 0.
fn counted(line: &str, word: &str) -> usize {
    let mut words = line.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut before = "";
    words
        .find_map(|each| {
            let found = (each == word).then(|| before.parse::<usize>().ok()).flatten();
            before = each;
            found
        })
        .unwrap_or(0)
}

#[test]
fn the_scorecard_on_a_page_has_as_many_cases_as_the_audit() {
    let tencent = hookreel::provider::find("tencent", "").unwrap();
    let bug = hookreel::receiver::bug::all().find(|bug| bug.name == "compared-by-prefix").unwrap();
    for page in ["README.md", "docs/audit.md"] {
        let text = fs::read_to_string(file(page)).unwrap();
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        for weight in ["must", "should", "hardening", "server"] {
            let line = text.lines().find(|line| line.starts_with(&format!("  {weight} "))).unwrap();
            let told = ["passed", "failed", "skipped"].map(|word| counted(line, word));
            let of_weight =
                |case: &&audit::case::Case| case.weight().to_string() == weight && case.suits(tencent);
            assert_eq!(
                told.iter().sum::<usize>(),
                audit::cases().filter(of_weight).count(),
                "{page}: {line}"
            );
            (passed, failed, skipped) = (passed + told[0], failed + told[1], skipped + told[2]);
        }
        let last =
            text.lines().find(|line| line.starts_with("failed: ") && line.contains("not counted")).unwrap();
        assert!(last.contains(&format!(" failed ({})", bug.cases)), "{page}: {last}");
        assert_eq!((counted(last, "passed"), counted(last, "skipped")), (passed, skipped), "{page}: {last}");
        if page == "docs/audit.md" {
            let right = format!("passed: {} passed, {skipped} skipped", passed + failed);
            assert!(text.lines().any(|line| line == right), "{page}: {right}");
        }
    }
}

#[test]
fn the_pages_have_a_row_for_each_provider_of_the_list_and_scenarios_as_they_say() {
    let listed = stdout(&program(&["list", "providers"]));
    let names = listed.lines().filter(|line| !line.starts_with(' '));
    let names: Vec<&str> = names.map(|line| line.split(' ').next().unwrap()).collect();
    let scenarios = stdout(&program(&["list", "scenarios"]));
    for (page, head) in
        [("README.md", "| provider | revisions |"), ("docs/senders.md", "| provider | revisions |")]
    {
        let rows = table(page, head);
        let mut told: Vec<&str> = rows.iter().map(|row| row[0].split('`').nth(1).unwrap()).collect();
        let mut all = names.clone();
        told.sort();
        all.sort();
        assert_eq!(told, all, "{page}");
        for row in &rows {
            let name = row[0].split('`').nth(1).unwrap();
            let newest = hookreel::provider::find(name, "").map(|provider| provider.newest().name);
            if let Ok(newest) = newest {
                assert!(row[1].contains(&format!("**{newest}**")), "{page}: {row:?}: {newest}");
            }
        }
    }
    for name in names.into_iter().filter(|name| !["volcengine", "acme"].contains(name)) {
        let count = scenarios.lines().filter(|line| line.starts_with(&format!("@{name}/"))).count();
        assert!(count >= 6, "{name}: {count}");
    }
}

#[test]
fn the_page_of_promises_counts_the_rows_of_the_catalogue_as_they_are() {
    let rows = table("docs/edge-cases.md", "| row | what |").len();
    let page = fs::read_to_string(file("docs/trust.md")).unwrap();
    assert!(page.contains(&format!("CI: {rows} of {rows} rows")), "{rows}");
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let plain = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = plain.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_of_a_page_leads_to_a_file_and_its_heading() {
    let folder = fs::read_dir(file("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = folder.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut links = 0;
    for page in pages.chain(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(file)) {
        let text = fs::read_to_string(&page).unwrap();
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ', '\n']).next());
        for target in targets.filter(|target| !target.contains("://")) {
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let linked = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            assert!(linked.exists(), "{}: {target}", page.display());
            links += 1;
            if !heading.is_empty() && linked.extension().is_some_and(|extension| extension == "md") {
                let linked = fs::read_to_string(&linked).unwrap();
                let found = linked.lines().any(|line| line.starts_with('#') && anchor(line) == heading);
                assert!(found, "{}: {target}", page.display());
            }
        }
    }
    assert!(links > 100, "{links}");
}
