//! The pages that the code writes, held against it. `UPDATE=1 cargo test manual` writes them anew.

use std::fs;

use serde_json::Value;

use crate::stage::{exits, file, hookreel, program, run, stdout, vacant};

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

#[test]
fn the_page_of_the_audit_names_the_field_by_which_each_sender_tells_files_apart() {
    let page = fs::read_to_string(file("docs/audit.md")).unwrap();
    for name in ["zoom", "sparkrtc"] {
        // In their order, whatever else is declared beside.
        hookreel::provider::declared::declare_shipped(name).unwrap();
    }
    let mut rows = String::new();
    let shipped = ["zoom", "sparkrtc"];
    for provider in hookreel::provider::declared::known().iter() {
        if provider.declared.is_some() && !shipped.contains(&provider.name) {
            continue;
        }
        let mut fields: Vec<String> = Vec::new();
        for reading in provider.revisions.iter().rev().map(|revision| revision.reading) {
            let own = [reading.file_field, reading.file_field_else]
                .map(|field| format!("`{}`", field.replace("[0]", "[]")));
            let new: Vec<String> =
                own.into_iter().filter(|field| field != "``" && !fields.contains(field)).collect();
            fields.extend(new);
        }
        rows.push_str(&format!("| `{}` | {} |\n", provider.name, fields.join(", ")));
    }
    let (before, rest) =
        page.split_once("| provider | field with the id of a file |\n| --- | --- |\n").unwrap();
    let (written, after) = rest.split_once("\nA failure names").unwrap();
    if std::env::var_os("UPDATE").is_some() {
        let head = "| provider | field with the id of a file |\n| --- | --- |\n";
        fs::write(file("docs/audit.md"), format!("{before}{head}{rows}\nA failure names{after}")).unwrap();
    } else {
        assert_eq!(written, rows);
    }
}

#[test]
fn the_pages_say_how_many_cases_an_audit_has() {
    let count = |provider: &hookreel::provider::Provider| {
        hookreel::audit::cases().filter(|case| case.suits(provider)).count()
    };
    let counts: Vec<usize> = hookreel::provider::ALL.iter().map(|provider| count(provider)).collect();
    let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
    let (words, all) = (format!("{least} to {most} cases"), hookreel::audit::cases().count());
    let page = fs::read_to_string(file("docs/audit.md")).unwrap();
    assert!(page.contains(&format!("of the {all} that `hookreel list cases` shows")), "{all}");
    for page in ["README.md", "docs/audit.md"] {
        let text = fs::read_to_string(file(page)).unwrap();
        assert!(text.contains(&words), "{page}: {words}");
    }
}

/// The lines of a page that begin a load, each as a shell takes it; what is named there as a receiver is nobody here. One
/// that is shown with its mistake is left out.
fn loads(page: &str) -> Vec<String> {
    let text = fs::read_to_string(file(page)).unwrap();
    let lines = text.lines().zip(text.lines().skip(1)).filter(|(_, next)| !next.starts_with("error:"));
    let lines = lines.filter_map(|(line, _)| line.strip_prefix("$ "));
    let loads = lines.filter(|line| line.contains("hookreel load ")).map(|line| {
        let nobody = format!("-t http://{}/", vacant());
        line.trim_end_matches(" &").replace("-t 8080", &nobody)
    });
    loads.collect()
}

#[test]
fn every_load_on_a_page_is_one_that_the_program_takes() {
    let binary = file(program());
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    for (page, least) in [("docs/load.md", 5), ("docs/scale-out.md", 3), ("README.md", 1)] {
        let loads = loads(page);
        assert!(loads.len() >= least, "{page}: {loads:#?}");
        for line in loads {
            let folder = tempfile::tempdir().unwrap();
            let mut shell = std::process::Command::new("sh");
            shell.args(["-c", &line]).current_dir(&folder).env("PATH", &path);
            shell.env("START", "2126-03-08T14:10:25Z").env("CALLBACK_KEY", "k");
            let output = shell.output().unwrap();
            // Whoever is told of nobody has understood everything else.
            assert_eq!(output.status.code(), Some(3), "{page}: {line}\n{}", crate::stage::stderr(&output));
        }
    }
}

#[test]
fn the_page_of_the_load_names_every_flag_that_is_its_own_and_no_other() {
    let page = fs::read_to_string(file("docs/load.md")).unwrap();
    let flags = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        words.filter(|word| word.starts_with("--") && word.len() > 3).map(str::to_owned).collect()
    };
    let help = flags(&stdout(&run(&["load", "--help"])));
    let elsewhere = [
        "--color",
        "--config",
        "--provider-file",
        "--verbose",
        "--help",
        "--version",
        "--target",
        "--header",
        "--quiet",
    ];
    for flag in &help {
        let short = elsewhere.contains(&flag.as_str());
        assert!(short || page.contains(&format!("`{flag}")), "{flag} is not on the page");
    }
    // Those of the receiver in the examples.
    let other = ["--stall-at-ms", "--stall-ms"];
    for flag in flags(&page) {
        assert!(help.contains(&flag) || other.contains(&flag.as_str()), "{flag} is no flag of load");
    }
}

#[test]
fn the_pods_of_the_job_are_the_shards_of_one_load() {
    let text = fs::read_to_string(file("deploy/kubernetes/load-job.yaml")).unwrap();
    let job: Value = serde_saphyr::from_str(&text).unwrap();
    let spec = &job["spec"];
    assert_eq!((&spec["completions"], &spec["completionMode"]), (&spec["parallelism"], &"Indexed".into()));
    let args = spec["template"]["spec"]["containers"][0]["args"].as_array().unwrap();
    let mut args: Vec<&str> = args.iter().map(|arg| arg.as_str().unwrap()).collect();
    let shard = format!("--shard=/{}", spec["completions"]);
    assert!(args.contains(&shard.as_str()), "{args:?}");
    let nobody = format!("--target=http://{}/", vacant());
    let folder = tempfile::tempdir().unwrap();
    let record = format!("--record={}", folder.path().join("shard.jsonl").display());
    args.retain(|arg| !arg.starts_with("--wait-for"));
    for arg in &mut args {
        match arg.split_once('=') {
            Some(("--target", _)) => *arg = &nobody,
            Some(("--record", _)) => *arg = &record,
            _ => {}
        }
    }
    let output = |index: &str| {
        let mut command = hookreel();
        command.args(&args).env("JOB_COMPLETION_INDEX", index).env("CALLBACK_KEY", "k");
        command.env("HOOKREEL_START_AT", "2126-03-08T14:10:25Z").env("HOOKREEL_SEED", "1").output().unwrap()
    };
    exits(&output("7"), 3);
    exits(&output("8"), 2);
}
