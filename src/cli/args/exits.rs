//! Tables of exit codes, as the help prints them. README and the pages of docs have the same rows, and a test compares them.

/// Codes, and their meaning.
type ExitRow = (&'static str, &'static str);

/// Columns of a line of the help.
const WIDTH: usize = 80;

/// Column in which the meanings begin: behind the longest codes.
const INDENT: usize = 17;

const INTERNAL: ExitRow = ("70", "internal error, or a result could not be written");
const STOPPED: ExitRow =
    ("129, 130, 143", "stopped by SIGHUP, SIGINT or SIGTERM; record and reports are complete");

const ALL: &[ExitRow] = &[
    ("0", "everything was tried, and every check passed"),
    ("1", "a check failed, or the run is incomplete"),
    ("2", "usage or scenario error, and nothing was sent; or a `--state` that cannot be judged"),
    (
        "3",
        "the target was never reached. Of an audit also: the receiver rejected a plain callback or went away, and no case had failed",
    ),
    ("4", "nothing was checked"),
    ("5", "a threshold of a load failed, or the process of its `--exec` ended by itself"),
    ("6", "the sender of a load fell behind its schedule, and no threshold failed for certain"),
    INTERNAL,
    STOPPED,
];

const OF_AUDIT: &[ExitRow] = &[
    (
        "0",
        "no case at must or should failed that the baseline does not name (`--strict`: no case of any weight)",
    ),
    ("1", "a case failed"),
    ("2", "usage error, and nothing was sent; or a `--state` that cannot be judged"),
    (
        "3",
        "the target was never reached; or the receiver rejected a plain callback or went away, and no case had failed",
    ),
    ("4", "no case could be judged"),
    INTERNAL,
    ("129, 130, 143", "stopped by SIGHUP, SIGINT or SIGTERM; the scorecard has the cases that were played"),
];

const OF_LOAD: &[ExitRow] = &[
    ("0", "every threshold held; a limit was found"),
    ("1", "incomplete: the load was killed, or shards or lines of its record are missing"),
    ("2", "usage or scenario error, and nothing was sent"),
    ("3", "the target was never reached"),
    ("4", "no callback became due"),
    (
        "5",
        "a threshold failed, or the process of `--exec` ended by itself; of `--find-limit`: not even the lowest rate holds",
    ),
    ("6", "the sender fell behind its schedule, and no threshold failed for certain"),
    INTERNAL,
    STOPPED,
];

const OF_SHRINK: &[ExitRow] = &[
    ("0", "the scenario passed; nothing was written"),
    ("1", "the scenario failed; the smallest was written, unless it did not fail twice"),
    ("2, 3, 4, 70", "as `run`; if the search had begun, the smallest so far was written"),
    (
        "129, 130, 143",
        "stopped by SIGHUP, SIGINT or SIGTERM; if the search had begun, the smallest so far was written",
    ),
];

/// Notes below the help of `hookreel`.
pub(super) fn general() -> String {
    table(ALL) + "\nEvery flag has an environment variable: `hookreel list variables`."
}

/// Notes below the help of `audit`: its exit codes before the examples.
pub(super) fn of_audit() -> String {
    with_examples(OF_AUDIT, super::examples::AUDIT)
}

/// Notes below the help of `load`: its exit codes before the examples.
pub(super) fn of_load() -> String {
    with_examples(OF_LOAD, super::examples::LOAD)
}

/// Notes below the help of `shrink`: its exit codes before the examples.
pub(super) fn of_shrink() -> String {
    with_examples(OF_SHRINK, super::examples::SHRINK)
}

/// The table between the notes and the examples of a command.
fn with_examples(rows: &[ExitRow], notes: &str) -> String {
    let table = table(rows);
    match notes.split_once("Examples:\n") {
        Some((before, examples)) => format!("{before}{table}\nExamples:\n{examples}"),
        None => format!("{notes}\n\n{table}"),
    }
}

fn table(rows: &[ExitRow]) -> String {
    rows.iter().fold("Exit codes:\n".to_owned(), |text, row| text + &printed(row))
}

/// A row, wrapped at words.
fn printed((codes, meaning): &ExitRow) -> String {
    let mut out = format!("  {codes:<width$}", width = INDENT - 2);
    let mut column = INDENT;
    for word in meaning.split(' ') {
        if column > INDENT && column + 1 + word.len() > WIDTH {
            out.push_str(&format!("\n{:INDENT$}", ""));
            column = INDENT;
        } else if column > INDENT {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += word.len();
    }
    out + "\n"
}
