//! Canaries: a hundred secrets, each in a place of its own, and none of them in any output of any command. All places of one
//! kind share a run, so that it takes seconds; what cannot be read takes a start of the program each.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use hookreel::provider::{ALL, Provider};
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;

use crate::stage::{Raw, body, hookreel, program, vacant};

/// Secrets by their places, and everything that was ever shown.
#[derive(Default)]
struct Cage {
    canaries: Vec<(String, String)>,
    outputs: Vec<(String, String)>,
}

impl Cage {
    /// A secret for a place: letters and digits that no other has, in an order that looks drawn.
    fn mint(&mut self, place: &str) -> String {
        let n = self.canaries.len() as u128 + 1;
        let drawn = n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let canary = format!("Q{n:03}z{drawn:032x}")[..30].to_owned();
        self.canaries.push((place.to_owned(), canary.clone()));
        canary
    }

    fn take(&mut self, what: &str, output: &Output) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.outputs.push((format!("{what}: standard output"), text(&output.stdout)));
        self.outputs.push((format!("{what}: standard error"), text(&output.stderr)));
    }

    /// Every file of a folder, but those that hold what was given.
    fn take_files(&mut self, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                self.take_files(&entry);
            } else {
                let text = String::from_utf8_lossy(&std::fs::read(&entry).unwrap()).into_owned();
                self.outputs.push((entry.display().to_string(), text));
            }
        }
    }

    /// Where a secret stands, in whatever spelling. Each output is gone through once: a spelling is looked up by its beginning.
    fn hits(&self) -> Vec<String> {
        let mut known: HashMap<Vec<u8>, Vec<(&str, String)>> = HashMap::new();
        for (place, canary) in &self.canaries {
            for spelling in spellings(canary.as_bytes()).iter().map(|spelling| spelling.to_lowercase()) {
                known.entry(spelling.as_bytes()[..BEGINNING].to_vec()).or_default().push((place, spelling));
            }
        }
        let mut hits = Vec::new();
        for (output, text) in &self.outputs {
            let text = text.to_lowercase();
            for (at, beginning) in text.as_bytes().windows(BEGINNING).enumerate() {
                let Some(spellings) = known.get(beginning) else { continue };
                let found = spellings
                    .iter()
                    .filter(|(_, spelling)| text.as_bytes()[at..].starts_with(spelling.as_bytes()));
                hits.extend(found.map(|(place, spelling)| {
                    let around: String = String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(120)..])
                        .chars()
                        .take(280)
                        .collect();
                    format!("{place}: {output} shows {spelling}: {around}")
                }));
            }
        }
        hits
    }
}

/// Every format of a report.
fn written() -> impl Iterator<Item = &'static str> {
    hookreel::report::ALL.iter().map(|format| format.name)
}

/// Bytes by which spellings are looked up.
const BEGINNING: usize = 12;

/// The ways in which bytes are written that give away sixteen letters of them.
fn spellings(bytes: &[u8]) -> Vec<String> {
    let each = |show: fn(&u8) -> String| bytes.iter().map(show).collect::<Vec<_>>();
    let hex = each(|byte| format!("{byte:02x}"));
    let mut all = vec![
        String::from_utf8_lossy(&bytes[..bytes.len().min(16)]).into_owned(),
        hex.concat(),
        hex.join(":"),
        hex.join(" "),
        hex.join(", "),
        each(|byte| format!("%{byte:02x}")).concat(),
        each(|byte| format!("\\u{byte:04x}")).concat(),
        each(|byte| format!("&#{byte};")).concat(),
        each(|byte| format!("&#x{byte:x};")).concat(),
        each(|byte| byte.to_string()).join(" "),
        each(|byte| byte.to_string()).join(", "),
    ];
    for before in ["", ".", ".."] {
        let base64 = BASE64_STANDARD_NO_PAD.encode([before.as_bytes(), bytes].concat());
        all.push(base64[4..base64.len() - 2].to_owned());
        all.push(base64[4..base64.len() - 2].replace('+', "-").replace('/', "_"));
    }
    all
}

/// Says it all: each answer is the request, and as much as is kept of everything that it was told to give away.
fn gossip(known: Arc<Mutex<Vec<String>>>) -> Raw {
    let next = Mutex::new(0_usize);
    Raw::serve_each(move |request, stream| {
        let known = known.lock().unwrap();
        let mut next = next.lock().unwrap();
        let mut text = String::new();
        while let Some(word) = known.get(*next % known.len().max(1)).filter(|_| text.len() < 1200) {
            text.push_str(&format!("[{word}]\n"));
            *next += 1;
        }
        text.push_str(&String::from_utf8_lossy(request));
        // A state is a list, or an object, with all of it inside.
        let state = serde_json::json!({ "a": text });
        let (status, text) = match request {
            [b'G', b'E', b'T', b' ', b'/', b'l', ..] => (200, format!("[{state}]")),
            [b'G', ..] => (200, state.to_string()),
            _ => (500, text),
        };
        let place = text[..40].replace(['\n', '\r'], "");
        let head = format!("Location: /{place}\r\nConnection: close\r\nContent-Length: {}", text.len());
        let _ = write!(stream, "HTTP/1.1 {status} X\r\n{head}\r\n\r\n{text}");
        false
    })
}

fn scenario(rest: &str) -> String {
    format!(
        "provider: tencent\nrecording: {{hls: {{cycle: 1m}}}}\nbroadcast: [{{0s: push}}, {{9m: drop}}]\n{rest}\n"
    )
}

/// A provider with a token of its own in a header, which is a setting.
const TOKY: &str = r#"
provider: toky
title: Toky
revisions: [{name: "1", note: only}]
headers: {Content-Type: application/json, Authorization: "Bearer {setting.token}"}
settings: {token: {default: a-token-of-nobody}}
answer: {yes: 200, timeout: 5s}
retry: {times: 3, every: 10s}
recorder: {formats: {mp4: {cycle: {default: 1h}, resume: {max: 3m}}}}
messages:
  - {on: file-complete, event: done, file: $file.number, body: {event: $event, stream: $stream.name, id: $file.number}}
reading: {event: event, stream: stream, file: id}
"#;

/// Scenarios that can be played, each with secrets in other places; variables hold them.
fn playable(cage: &mut Cage, folder: &Path, port: u16) -> Vec<(String, String)> {
    let mut environment: Vec<(String, String)> = Vec::new();
    let mut variable = |place: &str| {
        let name = format!("PLACE_{}", environment.len());
        environment.push((name.clone(), cage.mint(place)));
        format!("${{{name}}}")
    };
    let retry = "delivery: {retry: none}";
    let texts = [
        format!("name: \"{}\"\n{retry}", variable("name")),
        format!("name: \"{} and more\"\n{retry}", variable("name, beside other words")),
        format!(
            "stream: {{name: \"{}\", app: \"{}\", params: \"a={}\"}}\n{retry}",
            variable("stream.name"),
            variable("stream.app"),
            variable("stream.params")
        ),
        format!("x-mine: [\"{}\", {{a: \"{}\"}}]\n{retry}", variable("x-mine"), variable("x-mine, deeper")),
        format!("expect: {{accept: {{header: {{x-a: \"{}\"}}}}}}\n{retry}", variable("expect.accept.header")),
        format!("expect: {{accept: {{json: {{\"$.a\": \"{}\"}}}}}}\n{retry}", variable("expect.accept.json")),
        format!("expect: {{accept: {{json: {{\"$.a\": {{not: \"{}\"}}}}}}}}\n{retry}", variable("not")),
        format!(
            "expect: {{accept: {{json: {{\"$.a\": {{matches: \"{}\"}}}}}}}}\n{retry}",
            variable("matches")
        ),
        format!("expect: {{accept: {{json: {{\"$\": [\"{}\"]}}}}}}\n{retry}", variable("json, in a list")),
        format!("expect: {{reject: {{header: {{x-a: \"{}\"}}}}}}\n{retry}", variable("expect.reject.header")),
        format!("expect: {{reject: {{json: {{\"$.a\": \"{}\"}}}}}}\n{retry}", variable("expect.reject.json")),
        format!(
            "delivery: {{retry: none, success: {{header: {{x-a: \"{}\"}}}}}}",
            variable("delivery.success")
        ),
        format!(
            "expect: {{state: [{{name: \"{}\", get: \"http://u:{}@127.0.0.1:{port}/x?t={}\", json: {{\"$.a\": \"{}\"}}}}]}}\n{retry}",
            variable("state.name"),
            variable("state.get, password"),
            variable("state.get, query"),
            variable("state.json")
        ),
        format!(
            "expect: {{state: [{{name: run, command: \"echo '{{\\\"{}\\\": 1}}'\", json: {{\"$.a\": 1}}}}]}}\n{retry}",
            variable("state.command")
        ),
        format!("signing: {{key: \"{}\"}}\n{retry}\nfaults: [{{wrong-key: {{}}}}]", variable("signing.key")),
        format!("signing: {{key: \"{}\", method: md5}}\n{retry}", variable("signing.key, with a method")),
        format!("provider: {{name: tencent, settings: {{errmsg: \"{}\"}}}}\n{retry}", variable("settings")),
        format!(
            "provider: {{name: ../toky.yaml, settings: {{token: \"{}\"}}}}\n{retry}",
            variable("a setting of a declared provider")
        ),
        format!("faults: [{{add-field: {{name: \"{}\"}}}}]\n{retry}", variable("a parameter of a fault")),
    ];
    write_playable(folder, &texts);
    let own = cage.mint("a key in the file");
    let text = scenario(&format!("signing: {{key: {own}}}\ndelivery: {{retry: none}}"));
    std::fs::write(folder.join("own.hookreel.yaml"), text).unwrap();
    environment
}

/// Writes them, each into a file of its own, and the provider that one of them names.
fn write_playable(folder: &Path, texts: &[String]) {
    for (n, rest) in texts.iter().enumerate() {
        let text = match rest.starts_with("provider") {
            true => scenario(rest).replace("provider: tencent\n", "").replace("hls", "mp4"),
            false => scenario(rest),
        };
        std::fs::write(folder.join(format!("{n:02}.hookreel.yaml")), text).unwrap();
    }
    std::fs::write(folder.join("../toky.yaml"), TOKY).unwrap();
}

/// What a command is given beside scenarios: secrets in addresses and headers, and the key.
fn flags(cage: &mut Cage, command: &str, port: u16) -> Vec<String> {
    let mut mint = |place: &str| cage.mint(&format!("{command} {place}"));
    let target = format!(
        "http://{}:{}@127.0.0.1:{port}/cb/{}?token={}&sig={}",
        mint("user"),
        mint("password"),
        mint("path"),
        mint("query"),
        mint("second value of the query")
    );
    let headers = [
        format!("authorization: Bearer {}", mint("bearer")),
        format!("x-api-key: {}", mint("x-api-key")),
        format!("cookie: session={}; a=b", mint("cookie")),
        format!("x-note: \"{}\", more", mint("header, in quotes")),
    ];
    let headers = headers.iter().flat_map(|header| ["-H".to_owned(), header.clone()]);
    ["-t".to_owned(), target, "--timeout".into(), "3s".into()].into_iter().chain(headers).collect()
}

/// Flags with values that cannot be read; `{}` is the secret.
const PLACES: [(&str, &str); 29] = [
    ("-t", "http://u:{}@["),
    ("-t", "u:{}@h:80:80"),
    ("-t", "{}"),
    ("-t", "ftp://u:{}@h/"),
    ("-t", "http://h/x#{}"),
    ("-t", "h:{}"),
    ("-t", "80:{}"),
    ("-t", "unix:/{}"),
    ("--state", "http://u:{}@["),
    ("--state", "{}"),
    ("--state", "h/x?t={}"),
    ("-H", "x-a {}"),
    ("-H", "x a: {}"),
    ("-H", "host: {}"),
    ("-H", "x-a: {}\u{7f}"),
    ("-H", "{}"),
    ("--secret-env", "{}"),
    ("--secret-file", "{}"),
    ("--secret-file", "{}/{}"),
    ("--secret-file", "a/{}=="),
    ("--expect", "{accept: {header: {x-a: {}}"),
    ("--expect", "{accept: {header: {}}}"),
    ("--expect", "{accept: {status: {}}}"),
    ("--expect", "{accept: {json: {\"$[\": {}}}}"),
    ("--expect", "{accept: {json: {\"$.a\": {matches: \"({}\"}}}}"),
    ("--expect", "{within: {}}"),
    ("--expect", "{accept: {json: {\"$.a\": {count: {}}}}}"),
    ("--expect", "{}"),
    ("--expect", "{state: [{get: \"http://u:{}@[\", json: {\"$.a\": 1}}]}"),
];

/// The same in variables.
const TWINS: [(&str, &str); 7] = [
    ("HOOKREEL_TARGET", "http://u:{}@["),
    ("HOOKREEL_TARGET", "{}"),
    ("HOOKREEL_STATE", "http://u:{}@["),
    ("HOOKREEL_HEADER", "x-a {}"),
    ("HOOKREEL_SECRET_ENV", "{}"),
    ("HOOKREEL_SECRET_FILE", "{}"),
    ("HOOKREEL_EXPECT", "{accept: {header: {x-a: {}}"),
];

/// Arguments, and variables with their values.
type Start = (Vec<String>, Vec<(String, String)>);

/// Inputs that cannot be read: each alone ends the program.
fn unreadable(cage: &mut Cage) -> Vec<Start> {
    let mut all: Vec<Start> = Vec::new();
    let run = |flag: &str, value: String| {
        let args = ["run", "@tencent/single-file", "-t", "1", flag, &value].map(str::to_owned);
        // The target is given once.
        (
            if flag == "-t" {
                vec!["run".into(), "@tencent".into(), "-t".into(), value]
            } else {
                args.to_vec()
            },
            Vec::new(),
        )
    };
    for (flag, form) in PLACES {
        let canary = cage.mint(&format!("{flag} {form}"));
        all.push(run(flag, form.replace("{}", &canary)));
    }
    for (name, form) in TWINS {
        let canary = cage.mint(&format!("{name} {form}"));
        let args = ["run", "@tencent/single-file"].map(str::to_owned).to_vec();
        let args =
            if name == "HOOKREEL_TARGET" { args } else { [args, vec!["-t".into(), "1".into()]].concat() };
        all.push((args, vec![(name.to_owned(), form.replace("{}", &canary))]));
    }
    all
}

/// Scenarios that are wrong, with a secret where something is wrong or beside it. `{}` is one that stands in the file, `${}` one
/// of the environment.
const WRONG: [&str; 34] = [
    "signing: {key: [{}]}",
    "signing: {key: {a: {}}}",
    "signing: {kee: {}}",
    "signing: {method: {}}",
    "signing: {key: {}, method: md6}",
    "signing: {key: good, lifetime: x} # was {}",
    "signing:\n  key: 12 # {}\n  method: md6",
    "signing:\n  key: '{}\n\n    more'\n  method: md6",
    "signing: {}",
    "token: {}",
    "x-keys: [&k {}]\nsigning: {kee: *k}",
    "x-keys: [&k {}]\nsigning: {key: [*k]}",
    "signing: {key: \"${{}}\"}",
    "signing: {key: \"${{}:-}\"}",
    "signing: {key: {}",
    "signing:\n\tkey: {}",
    "name: ${}\nsigning: {method: ${}}",
    "signing: {lifetime: ${}}",
    "provider: {name: ${}}",
    "subscribe: [${}]",
    "media: {bitrate: ${}}",
    "delivery: {retry: ${}}",
    "delivery: {timeout: ${}}",
    "limits: ${}",
    "faults: [{expire: {by: ${}}}]",
    "faults: [{expire: {when: ${}}}]",
    "faults: [{expire: {event: ${}}}]",
    "expect: {accept: {status: ${}}}",
    "expect: {accept: {json: {\"$.a\": {matches: \"(${}\"}}}}",
    "expect: {state: [{get: \"http://u:${}@[\", json: {\"$.a\": 1}}]}",
    "expect: {state: [{get: \"${}\", once: true}]}",
    "expect: {state: [{get: \"http://h/${stream.nam}?t=${}\", once: true}]}",
    "expect: {state: [{name: \"${}\", once: true}]}",
    "stream: {name: \"${}\", domain: \"\"}",
];

/// Writes them, each into a file of its own, and gives the variables.
fn wrong(cage: &mut Cage, folder: &Path) -> Vec<(String, String)> {
    let mut environment = Vec::new();
    for (n, form) in WRONG.iter().enumerate() {
        let canary = cage.mint(form);
        let name = format!("WRONG_{n}");
        let text = match form.contains("${}") {
            true => form.replace("${}", &format!("${{{name}}}")),
            false => form.replace("{}", &canary),
        };
        environment.push((name, canary));
        let own = text.starts_with("provider").then(|| scenario("").replace("provider: tencent\n", ""));
        let text = format!("{}{text}\n", own.unwrap_or_else(|| scenario("")));
        std::fs::write(folder.join(format!("{n:02}.yaml")), text).unwrap();
    }
    environment
}

/// A key file, scenarios, addresses and a receiver, all of them with canaries.
struct Ground {
    cage: Cage,
    inputs: TempDir,
    outputs: TempDir,
    /// What the receiver gives away.
    known: Arc<Mutex<Vec<String>>>,
    receiver: Raw,
    environment: Vec<(String, String)>,
    scenarios: String,
    key_file: String,
    state: String,
    /// The keys, and what else is given beside flags.
    own: Vec<String>,
}

const BY_ENV: [&str; 2] = ["--secret-env", "CALLBACK_KEY"];

impl Ground {
    fn new() -> Self {
        let mut cage = Cage::default();
        let (inputs, outputs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let known = Arc::new(Mutex::new(Vec::new()));
        let receiver = gossip(known.clone());
        let scenarios = inputs.path().join("right");
        std::fs::create_dir(&scenarios).unwrap();
        let mut environment = playable(&mut cage, &scenarios, receiver.port);
        let places = [
            "--secret-env",
            "--secret-file",
            "--expect, from the environment",
            "--state, password",
            "--state, query",
        ];
        let own = places.map(|place| cage.mint(place)).to_vec();
        environment.push(("CALLBACK_KEY".into(), own[0].clone()));
        environment.push(("EXPECTED".into(), own[2].clone()));
        let key_file = inputs.path().join("key.txt");
        std::fs::write(&key_file, format!("{}\n", own[1])).unwrap();
        let state = format!("http://u:{}@127.0.0.1:{}/list?t={}", own[3], receiver.port, own[4]);
        let (scenarios, key_file) = (scenarios.display().to_string(), key_file.display().to_string());
        Self { cage, inputs, outputs, known, receiver, environment, scenarios, key_file, state, own }
    }

    fn program(&self) -> Command {
        let mut command = hookreel();
        command.envs(self.environment.iter().cloned());
        command
    }

    fn to(&self, name: &str) -> String {
        self.outputs.path().join(name).display().to_string()
    }

    /// Lets a command send, with secrets in all its flags, and the receiver give away all that it knows.
    fn play(&mut self, name: &str, args: &[&str], more: &[String]) {
        let before = self.cage.canaries.len();
        let flags = flags(&mut self.cage, name, self.receiver.port);
        let own = self.cage.canaries[before..].iter().map(|(_, canary)| canary);
        let spelt =
            |secret: &String| [vec![secret.clone()], spellings(secret.as_bytes()).split_off(1)].concat();
        *self.known.lock().unwrap() = own.chain(more).flat_map(spelt).collect();
        let record = self.to(&format!("{name}.jsonl"));
        let file = |format: &str| format!("--report={format}={}", self.to(&format!("{name}.{format}")));
        let reports: Vec<String> = written().map(file).collect();
        let mut command = self.program();
        let output =
            command.args(args).args(&flags).args(reports).args(["--record", &record]).output().unwrap();
        let recorded = std::fs::read_to_string(&record).unwrap_or_default();
        assert!(recorded.contains("(hidden)") || name == "load", "{name}: {output:?}\n{recorded}");
        self.cage.take(name, &output);
        for format in written() {
            let output = self.program().args(["report", &record, "--report", format]).output().unwrap();
            self.cage.take(&format!("report of {name}"), &output);
        }
    }

    fn commands_that_send(&mut self) {
        let (scenarios, key_file, state) =
            (self.scenarios.clone(), self.key_file.clone(), self.state.clone());
        let by_file = ["--secret-file", &key_file];
        // The receiver knows what the command is given, and no other.
        let all: Vec<String> = self.cage.canaries.iter().map(|(_, canary)| canary.clone()).collect();
        let values = all.iter().filter(|canary| !self.own.contains(canary)).cloned().collect::<Vec<_>>();
        let (first, second) = (self.own[..1].to_vec(), self.own[1..2].to_vec());
        let (expected, stated) = (self.own[2..3].to_vec(), self.own[3..].to_vec());
        self.play("run", &["run", &scenarios, "-v", "--max-failures", "0"], &values);
        let expect = ["--expect", "{accept: {json: {\"$.a\": \"${EXPECTED}\"}}}", "--state", &state];
        self.play(
            "run-keyed",
            &[&["run", "@tencent/every-event", "-v"], &by_file[..], &expect].concat(),
            &[second.clone(), expected, stated.clone()].concat(),
        );
        self.play("send", &[&["send", "huawei", "RECORD_OVER", "-n", "20"], &BY_ENV[..]].concat(), &first);
        let (card, baseline, export) = (self.to("card"), self.to("baseline"), self.to("export"));
        let audit = [
            "audit",
            "tencent",
            "--only",
            "C",
            "--keep-going",
            "-v",
            "--state",
            &state,
            "--scorecard",
            &card,
        ];
        let kept = ["--save-baseline", &baseline, "--export", &export];
        self.play("audit", &[&audit[..], &kept, &by_file].concat(), &[second, stated].concat());
        let load =
            ["load", "@tencent/single-file", "--rate", "200/s", "--duration", "500ms", "--max-failures", "0"];
        self.play("load", &[&load[..], &["--pacing", "economy"], &BY_ENV].concat(), &first);
        self.known.lock().unwrap().clear();
        let first = format!("{scenarios}/00.hookreel.yaml");
        let shrink = ["shrink", &first, "-o", &self.to("small.yaml"), "-t", &self.receiver.port()];
        let output = self.program().args(shrink).args(BY_ENV).output().unwrap();
        self.cage.take("shrink", &output);
    }

    fn commands_that_show(&mut self) {
        for args in
            [vec!["plan"], vec!["plan", "--format", "json"], vec!["check"], vec!["check", "--all-errors"]]
        {
            let output = self.program().args(&args).arg(&self.scenarios).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            self.cage.take(&args.join(" "), &output);
        }
        let all = "run send audit load shrink report plan check sign verify serve list show schema";
        for command in all.split(' ') {
            let output = self
                .program()
                .env("HOOKREEL_HEADER", format!("a: {}", self.cage.canaries[0].1))
                .args([command, "--help"])
                .output();
            self.cage.take(&format!("{command} --help"), &output.unwrap());
        }
        let captured = self.inputs.path().join("body.json").display().to_string();
        std::fs::write(&captured, "{\"event_type\":100,\"t\":1700000600,\"sign\":\"00\"}").unwrap();
        for args in [vec!["verify"], vec!["verify", "--explain"], vec!["sign"]] {
            for keyed in [BY_ENV, ["--secret-file", &self.key_file]] {
                let output =
                    self.program().args(&args).args(["tencent", &captured]).args(keyed).output().unwrap();
                self.cage.take(&args.join(" "), &output);
            }
        }
    }

    fn what_cannot_be_read(&mut self) {
        for (args, twin) in unreadable(&mut self.cage) {
            let output = self.program().args(&args).envs(twin.iter().cloned()).output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{args:?} {twin:?}: {output:?}");
            assert!(output.stderr.len() > 20, "{args:?}");
            self.cage.take(&format!("{:?} {twin:?}", &args[2..]), &output);
        }
        let broken = self.inputs.path().join("wrong");
        std::fs::create_dir(&broken).unwrap();
        let variables = wrong(&mut self.cage, &broken);
        let files: Vec<String> =
            (0..WRONG.len()).map(|n| format!("{}/{n:02}.yaml", broken.display())).collect();
        for command in [vec!["check", "--all-errors"], vec!["plan"], vec!["run"]] {
            let output =
                hookreel().envs(variables.iter().cloned()).args(&command).args(&files).output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{output:?}");
            self.cage.take(&format!("{} of what is wrong", command[0]), &output);
        }
        for (n, file) in files.iter().enumerate() {
            let output = hookreel().envs(variables.iter().cloned()).args(["check", file]).output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{}: {output:?}", WRONG[n]);
            self.cage.take("check", &output);
        }
    }
}

/// F15, GS1, T19: what is not read, and what is in the environment, in a header or an address, is in no output.
#[test]
fn a_hundred_secrets_in_places_of_their_own_are_in_no_output_of_any_command() {
    let mut ground = Ground::new();
    ground.commands_that_send();
    ground.commands_that_show();
    ground.what_cannot_be_read();
    let Ground { mut cage, outputs, .. } = ground;
    cage.take_files(outputs.path());
    assert!(cage.canaries.len() >= 96, "{}", cage.canaries.len());
    let hits = cage.hits();
    assert!(hits.is_empty(), "{} hits\n{}", hits.len(), hits[..hits.len().min(40)].join("\n"));
    // The search itself finds what is there, in each spelling.
    for (_, canary) in cage.canaries.iter().step_by(20) {
        for spelling in spellings(canary.as_bytes()) {
            let outputs = vec![("planted".to_owned(), format!("before {spelling} after"))];
            let planted = Cage { canaries: vec![(String::new(), canary.clone())], outputs };
            assert!(!planted.hits().is_empty(), "{spelling}");
        }
    }
    println!("{} canaries, {} outputs", cage.canaries.len(), cage.outputs.len());
}

/// Checks signatures, and tells the right one in one spelling after the other.
fn informer(provider: &'static Provider, key: &'static str, seen: Arc<Mutex<Vec<String>>>) -> Raw {
    let revision = provider.newest();
    let signature = revision.signature(provider.default_method).unwrap();
    let (time, sign) = (revision.reading.time_field, revision.reading.signature_field);
    let count = Mutex::new(0_usize);
    Raw::serve_each(move |request, stream| {
        let fields: Value = serde_json::from_slice(body(request)).unwrap_or_default();
        let text = |name: &str| {
            fields.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        };
        let key = SecretString::from(key);
        let all: Vec<(String, String)> = fields
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| (name.clone(), text(name).unwrap()))
            .collect();
        let field = |name: &str| all.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str());
        let right = signature.sign(&key, field(time).unwrap_or_default(), field);
        let status = if field(sign) == Some(right.as_str()) { 200 } else { 401 };
        let mut n = count.lock().unwrap();
        *n += 1;
        let raw = hookreel::masking::unhex(&right);
        let ways = [
            vec![right.clone(), right.to_uppercase()],
            spellings(right.as_bytes()),
            spellings(&raw).split_off(1),
        ]
        .concat();
        if field(time).is_some_and(|time| time.len() > 8) {
            seen.lock().unwrap().push(right.clone());
        }
        let answer = format!("{{\"code\":0,\"expected\":\"{}\",\"got\":\"{right}\"}}", ways[*n % ways.len()]);
        let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}", answer.len());
        let _ = write!(stream, "{head}\r\n\r\n{answer}");
        false
    })
}

/// F16, T19, C51 to C54, C67, C68, C74, C76, D82 to D87: a receiver that tells the signature it expected, in all spellings.
#[test]
fn the_right_signature_that_was_not_sent_is_in_no_output_of_an_audit() {
    let key = "k7dQ9rB2xW4mT6yH8nC1vZ3pL5sJ0gFa";
    // The informer signs what stands in a body.
    for provider in ALL.iter().filter(|it| !it.newest().reading.signature_field.is_empty()) {
        let told = Arc::new(Mutex::new(Vec::new()));
        let receiver = informer(provider, key, told.clone());
        let folder = tempfile::tempdir().unwrap();
        let to = |name: &str| folder.path().join(name).display().to_string();
        let output = hookreel()
            .env("K", key)
            .args([
                "audit",
                provider.name,
                "--only",
                "C,D",
                "-v",
                "-t",
                &receiver.port(),
                "--secret-env",
                "K",
                "--timeout",
                "2s",
            ])
            .args(["--record", &to("record"), "--scorecard", &to("card")])
            .args(written().map(|format| format!("--report={format}={}", to(format))))
            .output()
            .unwrap();
        let mut cage = Cage::default();
        cage.take("audit", &output);
        cage.take_files(folder.path());
        let signatures = told.lock().unwrap().clone();
        assert!(signatures.len() > 40, "{}", signatures.len());
        for right in signatures {
            cage.canaries.push((format!("{}: signature", provider.name), right.clone()));
        }
        let hits = cage.hits();
        assert!(hits.is_empty(), "{} hits\n{}", hits.len(), hits[..hits.len().min(20)].join("\n"));
        assert!(cage.outputs.iter().any(|(_, text)| text.contains("(signature)")));
    }
}

/// F16: what the command of `--exec` prints of its key is neither passed on nor kept; its arguments name no secret of ours.
#[test]
fn what_the_receivers_process_prints_is_passed_on_without_the_key() {
    let mut cage = Cage::default();
    let (key, header) = (cage.mint("the key"), cage.mint("a header"));
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("key.txt");
    std::fs::write(&key_file, &key).unwrap();
    let mut script = String::from("#!/bin/sh\n");
    for word in [key.clone(), header.clone()].iter().flat_map(|word| spellings(word.as_bytes())) {
        script.push_str(&format!("printf '%s\\n' 'key {word}'\n"));
    }
    let seen = tempfile::tempdir().unwrap();
    script.push_str(&format!(
        "cp /proc/$$/environ '{0}/environ'; cp /proc/$$/cmdline '{0}/cmdline'\n",
        seen.path().display()
    ));
    let address = vacant();
    script.push_str(&format!(
        "exec '{}' serve tencent --listen {address} --secret-file '{}' --bug compared-by-prefix\n",
        program(),
        key_file.display()
    ));
    let path = folder.path().join("receiver.sh");
    std::fs::write(&path, script).unwrap();
    let record = seen.path().join("record");
    let output = hookreel()
        .args([
            "send",
            "tencent",
            "record",
            "--fault",
            "signature",
            "-t",
            &format!("http://{address}/"),
            "--secret-file",
        ])
        .arg(&key_file)
        .args(["-H", &format!("x-key: {header}"), "--exec", &format!("sh '{}'", path.display()), "--record"])
        .arg(&record)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    cage.take("send", &output);
    cage.take_files(seen.path());
    assert!(cage.outputs.iter().any(|(name, text)| name.ends_with("environ") && !text.is_empty()));
    assert!(
        cage.outputs.iter().any(|(name, text)| name.contains("standard error") && text.contains("key (key)")),
        "{output:?}"
    );
    let hits = cage.hits();
    assert!(hits.is_empty(), "{}", hits.join("\n"));
}
