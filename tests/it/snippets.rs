//! Lines of `show --formula`, run. All those of a language are one program: a compiler or an interpreter takes a hundred times as long to
//! start as the lines to judge.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Lines with a `check`, and what asks it.
pub(crate) struct Snippet {
    /// As the program printed them.
    pub(crate) lines: String,
    /// Statements of the language that print `true` or `false` for each case, with a space behind it. In Python, Node, PHP and Go the
    /// word `CASES` is the path of a file with the cases; Java reads no JSON by itself.
    pub(crate) calls: String,
    /// What stands in that file.
    pub(crate) cases: String,
}

/// What each of them printed, in small letters; none where the language is not installed.
pub(crate) fn judged(language: &str, snippets: &[Snippet]) -> Option<Vec<String>> {
    let (needed, write): (_, fn(&Path, &[Snippet]) -> String) = match language {
        "python" => ("python3", python),
        "node" => ("node", node),
        "php" => ("php", php),
        "go" => ("go", go),
        _ => ("javac", java),
    };
    if !there(needed) {
        println!("NOT TESTED: {language} is not installed");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let command = write(folder.path(), snippets);
    let output = Command::new("sh").args(["-c", &command]).current_dir(folder.path()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{language}: {command}\n{errors}");
    let printed = String::from_utf8(output.stdout).unwrap().to_lowercase();
    let judged: Vec<String> = printed.lines().map(|line| line.trim().to_owned()).collect();
    assert_eq!(judged.len(), snippets.len(), "{language}: {printed}\n{errors}");
    Some(judged)
}

/// Whether a program is installed.
pub(crate) fn there(program: &str) -> bool {
    Command::new("sh").args(["-c", &format!("command -v {program}")]).output().unwrap().status.success()
}

/// Writes the cases; gives the calls that read them.
fn calls(folder: &Path, number: usize, snippet: &Snippet) -> String {
    let path = folder.join(format!("cases{number}.json"));
    fs::write(&path, &snippet.cases).unwrap();
    snippet.calls.replace("CASES", &format!("\"{}\"", path.display()))
}

/// Each as a file of its own with its calls, and a command for each number.
fn modules(folder: &Path, ending: &str, snippets: &[Snippet], one: fn(usize) -> String) -> String {
    for (number, snippet) in snippets.iter().enumerate() {
        let text = format!("{}\n{}\n", snippet.lines, calls(folder, number, snippet));
        fs::write(folder.join(format!("c{number}.{ending}")), text).unwrap();
    }
    (0..snippets.len()).map(one).collect()
}

fn python(folder: &Path, snippets: &[Snippet]) -> String {
    let all = modules(folder, "py", snippets, |number| format!("import c{number}; print(); "));
    format!("python3 -c '{all}'")
}

fn node(folder: &Path, snippets: &[Snippet]) -> String {
    let all =
        modules(folder, "js", snippets, |n| format!("require(\"./c{n}\"); process.stdout.write(\"\\n\"); "));
    format!("node -e '{all}'")
}

/// Their functions have the same name, and a process of PHP is soon there.
fn php(folder: &Path, snippets: &[Snippet]) -> String {
    let all = modules(folder, "php", snippets, |number| format!("php c{number}.php; echo; "));
    format!("set -e; {all}")
}

/// The lines are a package each, as they are.
fn go(folder: &Path, snippets: &[Snippet]) -> String {
    let (mut imports, mut functions, mut main) = (String::new(), String::new(), String::new());
    for (number, snippet) in snippets.iter().enumerate() {
        let package = folder.join(format!("src/c{number}"));
        fs::create_dir_all(&package).unwrap();
        fs::write(package.join("callback.go"), &snippet.lines).unwrap();
        writeln!(imports, "\tc{number} \"c{number}\"").unwrap();
        let calls = calls(folder, number, snippet).replace("Check(", &format!("c{number}.Check("));
        writeln!(functions, "func f{number}() {{\n{calls}\n}}").unwrap();
        writeln!(main, "\tf{number}()\n\tfmt.Println()").unwrap();
    }
    let standard = "\"encoding/json\"; \"fmt\"; \"net/http\"; \"os\"";
    let text = format!(
        "package main\n\nimport (\n\t{standard}\n{imports})\n\nvar _ http.Header\n\n{functions}\nfunc main() {{\n{main}}}\n"
    );
    fs::write(folder.join("main.go"), text).unwrap();
    "GO111MODULE=off GOPATH=$PWD go run main.go".to_owned()
}

/// A package each, too.
fn java(folder: &Path, snippets: &[Snippet]) -> String {
    let mut main = String::new();
    for (number, snippet) in snippets.iter().enumerate() {
        let package = folder.join(format!("c{number}"));
        fs::create_dir_all(&package).unwrap();
        fs::write(package.join("Callback.java"), format!("package c{number};\n{}", snippet.lines)).unwrap();
        let calls = format!(
            "package c{number};\nimport java.util.*;\npublic class Calls {{ public static void main(String[] a) throws Exception {{\n{}\n}} }}\n",
            snippet.calls
        );
        fs::write(package.join("Calls.java"), calls).unwrap();
        writeln!(main, "c{number}.Calls.main(a); System.out.println();").unwrap();
    }
    let text = format!("class All {{ public static void main(String[] a) throws Exception {{\n{main}}} }}\n");
    fs::write(folder.join("All.java"), text).unwrap();
    // Machine code that is made to last is not worth its making.
    let quick = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";
    let compiler = quick.replace("-XX", "-J-XX");
    format!("javac {compiler} All.java c*/*.java && java {quick} -cp . All")
}
