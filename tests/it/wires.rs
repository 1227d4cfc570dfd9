//! What HTTP client libraries refuse to send: every byte of it, as a plain socket sees it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use hookreel::audit;

use crate::stage::{KEY, exits, run, scenario, stdout};

/// The file that the cases are written to, for each revision that the receiver must know.
const REVISIONS: &[(&str, &str)] = &[
    ("huawei-2024", "provider: huawei\nsubscribe: [RECORD_FILE_COMPLETE]\n"),
    ("huawei-2021-05", "provider: {name: huawei, revision: 2021-05}\nsubscribe: [RECORD_FILE_COMPLETE]\n"),
    ("huawei-2020-03", "provider: {name: huawei, revision: 2020-03}\n"),
    ("tencent-2025", "provider: tencent\n"),
    ("tencent-2021-07", "provider: {name: tencent, revision: 2021-07}\n"),
];

/// The cases of these families, as scenario files.
fn cases(chosen: impl Fn(&audit::case::Case, &str) -> bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for case in audit::ALL.iter().copied().flatten().filter(|case| case.id.starts_with(['H', 'I', 'J'])) {
        for (name, provider) in REVISIONS.iter().filter(|(name, _)| chosen(case, name)) {
            let plain = [("broadcast", "[{0s: push}, {2m: drop}]"), ("recording", "{hls: {}}")];
            let own = |key: &str| case.keys.iter().find(|(own, _)| *own == key).map(|(_, value)| *value);
            let keys = plain.iter().map(|(key, value)| format!("{key}: {}\n", own(key).unwrap_or(value)));
            let signing = if *name == "huawei-2020-03" { "none" } else { "provider" };
            let signing = match signing {
                "none" => "signing: {method: none}\n".to_owned(),
                _ => format!("signing: {{key: {KEY}}}\n"),
            };
            let keys: String = keys.collect();
            let text =
                format!("name: {} {name}\n{provider}{signing}{keys}faults: {}\n", case.id, case.faults);
            std::fs::write(folder.path().join(format!("{}-{name}.yaml", case.id)), text).unwrap();
        }
    }
    folder
}

#[test]
fn the_right_receiver_passes_every_case() {
    let unsigned = |case: &audit::case::Case| ["H161", "H169.b"].contains(&case.id);
    let folder =
        cases(|case, name| !case.faults.contains("flood") && !(name == "huawei-2020-03" && unsigned(case)));
    let output = run(&["run", folder.path().to_str().unwrap(), "-j", "100", "--quiet"]);
    exits(&output, 0);
}
