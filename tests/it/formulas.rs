//! What is printed to be pasted: the lines of `show --formula` for signatures in headers, run in each language that is installed, on
//! what was really sent; and the lines by hand of reports and of the page of `serve`, run in a shell.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::serving::Served;
use crate::snippets::{Snippet, judged, there};
use crate::stage::{Raw, exits, hookreel, program, run, stderr, stdout};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A request as its receiver sees it.
#[derive(Clone)]
struct Sent {
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
    key: &'static str,
}

/// A sender, its flags, an event, and the header that bears the signature.
type Sender = (&'static str, &'static [&'static str], &'static str, &'static str);

/// An event that is the query of a GET.
const PUSH: &str = "publish";

const SENDERS: &[Sender] = &[
    ("trtc", &[], "RECORDER_START", "sign"),
    ("agora", &[], "recorder_started", "agora-signature-v2"),
    ("livekit", &[], "egress_ended", "authorization"),
    ("mux", &[], "video.asset.live_stream_completed", "mux-signature"),
    ("alibaba", &[], "record_file", "ali-live-signature"),
    ("alibaba", &[], PUSH, "ali-live-signature"),
    ("tencent", &["--method", "standard-webhooks"], "record", "webhook-signature"),
    ("sparkrtc", &["--provider-file", "@sparkrtc"], "RECORD_FILE_COMPLETE", "x-rtc-signature"),
    ("zoom", &["--provider-file", "@zoom"], "recording.completed", "x-zm-signature"),
];

fn sent((provider, flags, event, _): Sender, more: &[&str]) -> Sent {
    let receiver = Raw::statuses(&[200]);
    let mut send = hookreel();
    send.args(["send", provider, event, "-t", &receiver.port(), "--secret-env", "K"]).args(flags).args(more);
    let output = send.env("K", KEY).output().unwrap();
    let requests = receiver.requests();
    assert_eq!(requests.len(), 1, "{}{}", stdout(&output), stderr(&output));
    let end = requests[0].windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(requests[0][..end].to_vec()).unwrap();
    let headers = head.lines().skip(1).map(|line| line.split_once(": ").unwrap());
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let query = head.split(' ').nth(1).and_then(|target| target.split_once('?')).map(|(_, query)| query);
    let body = query.map_or_else(|| requests[0][end + 4..].to_vec(), |query| query.as_bytes().to_vec());
    Sent { headers, body, key: KEY }
}

/// As sent, with a signature of which a letter differs, with another body, under another key, and sent years ago.
fn variants(sender: Sender) -> Vec<Sent> {
    let right = sent(sender, &[]);
    let mut forged = right.clone();
    let signature = forged.headers.get_mut(sender.3).unwrap();
    // Of base64 the last letter may hold bits that are none.
    let at = signature.len() - 6;
    let other = if signature.as_bytes()[at] == b'a' { "b" } else { "a" };
    signature.replace_range(at..=at, other);
    let mut changed = right.clone();
    changed.body.push(b' ');
    let other = Sent { key: "fedcba9876543210fedcba9876543210", ..right.clone() };
    vec![right, forged, changed, other, sent(sender, &["--now", "2020-01-01T00:00:00Z"])]
}

/// Answers that are right for these variants.
fn expected((provider, ..): Sender) -> &'static str {
    match provider {
        // No time is signed.
        "trtc" | "agora" => "true false false false true",
        // The body is not signed, and of a query the ingest domain alone.
        "alibaba" => "true false true false false",
        _ => "true false false false false",
    }
}

/// The bytes of a text, in a language.
fn of_body(language: &str, text: &str) -> String {
    match language {
        "python" => format!("{text}.encode()"),
        "node" => format!("Buffer.from({text})"),
        "go" => format!("[]byte({text})"),
        "java" => format!("{text}.getBytes(\"UTF-8\")"),
        _ => text.to_owned(),
    }
}

/// What asks the `check` of these lines about each case.
fn calls(language: &str, cases: &[Sent], query: bool) -> String {
    let given = |text: &str| if query { text.to_owned() } else { of_body(language, text) };
    match language {
        "python" => format!(
            "for case in json.load(open(CASES)):\n    print(str(check(case['headers'], {}, case['key'])).lower(), end=' ')\n",
            given("case['body']")
        ),
        "node" => format!(
            "for (const c of JSON.parse(require('fs').readFileSync(CASES)))\n  process.stdout.write(check(c.headers, {}, c.key) + ' ');\n",
            given("c.body")
        ),
        "php" => "foreach (json_decode(file_get_contents(CASES), true) as $c)\n    echo check($c['headers'], $c['body'], $c['key']) ? \
                  'true ' : 'false ';\n"
            .to_owned(),
        "go" => format!(
            "\tvar cases []struct{{ Headers map[string]string; Body, Key string }}\n\ttext, _ := os.ReadFile(CASES)\n\t_ = \
             json.Unmarshal(text, &cases)\n\tfor _, c := range cases {{\n\t\theaders := http.Header{{}}\n\t\tfor name, value := range \
             c.Headers {{\n\t\t\theaders.Set(name, value)\n\t\t}}\n\t\tfmt.Print(Check(headers, {}, c.Key), \" \")\n\t}}\n",
            given("c.Body")
        ),
        _ => java(cases, query),
    }
}

fn json(cases: &[Sent]) -> String {
    let case = |sent: &Sent| {
        let body = String::from_utf8(sent.body.clone()).unwrap();
        serde_json::json!({"headers": sent.headers, "body": body, "key": sent.key})
    };
    serde_json::Value::from_iter(cases.iter().map(case)).to_string()
}

/// Java reads no JSON by itself: the cases are written into its program.
fn java(cases: &[Sent], query: bool) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let case = |sent: &Sent| {
        let put = |(name, value): (&String, &String)| format!("h.put({}, {}); ", quoted(name), quoted(value));
        let puts: String = sent.headers.iter().map(put).collect();
        let body = quoted(&String::from_utf8(sent.body.clone()).unwrap());
        let body = if query { body } else { of_body("java", &body) };
        format!(
            "h.clear(); {puts}System.out.print(Callback.check(h, {body}, {}) + \" \");\n",
            quoted(sent.key)
        )
    };
    let cases: String = cases.iter().map(case).collect();
    format!("Map<String, String> h = new HashMap<>();\n{cases}")
}

fn check(language: &str, cases: &[(Sender, Vec<Sent>)]) {
    let snippet = |((provider, flags, event, _), cases): &(Sender, Vec<Sent>)| {
        let query = *event == PUSH;
        let meant: &[&str] = if query { &[PUSH] } else { &[] };
        let output = run(&[&["show", provider, "--formula", language], *flags, meant].concat());
        exits(&output, 0);
        let mut lines = stdout(&output);
        if language == "python" {
            lines = lines.replacen("import ", "import json\nimport ", 1);
        }
        Snippet { lines, calls: calls(language, cases, query), cases: json(cases) }
    };
    let snippets: Vec<Snippet> = cases.iter().map(snippet).collect();
    for (n, judged) in judged(language, &snippets).into_iter().flatten().enumerate() {
        let sender = cases[n].0;
        assert_eq!(judged, expected(sender), "{} in {language}\n{}", sender.0, snippets[n].lines);
    }
}

#[test]
fn the_lines_for_headers_take_what_is_right_and_refuse_the_rest_in_every_language() {
    let cases: Vec<(Sender, Vec<Sent>)> = SENDERS.iter().map(|sender| (*sender, variants(*sender))).collect();
    std::thread::scope(|scope| {
        for language in ["python", "node", "go", "java", "php"] {
            let cases = &cases;
            scope.spawn(move || check(language, cases));
        }
    });
}

#[test]
fn a_sender_without_a_signature_has_no_lines() {
    for provider in ["srs", "zlmediakit"] {
        let output = run(&["show", provider, "--formula", "python"]);
        exits(&output, 2);
        assert!(stdout(&output).is_empty());
    }
}

/// A line of a report or of a page, run in a shell; none where curl is not installed.
fn pasted(line: &str) -> Option<String> {
    if !there("curl") {
        println!("NOT TESTED: curl is not installed");
        return None;
    }
    let line = line.replacen("hookreel ", &format!("'{}' ", program()), 1);
    let output = Command::new("sh").args(["-c", &line]).output().unwrap();
    assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The signature of a request as it came, by `verify`.
fn verified(provider: &str, request: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("request.http");
    fs::write(&path, request).unwrap();
    let mut verify = hookreel();
    let verify = verify.args(["verify", provider, path.to_str().unwrap(), "--secret-env", "K"]).env("K", KEY);
    let output = verify.output().unwrap();
    exits(&output, 0);
}

#[test]
fn the_line_by_hand_sends_headers_that_prove_the_callback() {
    for (provider, scenario) in [
        ("trtc", "@trtc/mp4"),
        ("agora", "@agora/hls"),
        ("livekit", "@livekit/mp4"),
        ("mux", "@mux/one-asset"),
        ("alibaba", "@alibaba/one-file"),
    ] {
        let receiver = Raw::statuses(&[400]);
        let target = format!("http://127.0.0.1:{}/callbacks", receiver.port);
        let output = run(&["run", scenario, "-t", &target, "--fail-fast"]);
        exits(&output, 1);
        let text = stdout(&output);
        let line = text.lines().find_map(|line| line.trim().strip_prefix("by hand")).unwrap().trim();
        let sent = receiver.requests();
        let Some(answer) = pasted(line) else { return };
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        let by_hand = receiver.requests()[sent.len()..].to_vec();
        assert_eq!(by_hand.len(), 1, "{line}");
        verified(provider, &by_hand[0]);
        let body =
            |request: &[u8]| request[request.windows(4).position(|w| w == b"\r\n\r\n").unwrap()..].len();
        assert_eq!(body(&by_hand[0]), body(&sent[0]), "{line}");
    }
}

#[test]
fn the_line_of_the_page_is_a_request_that_proves_itself() {
    for (provider, event) in
        [("mux", "video.live_stream.connected"), ("alibaba", "record_file"), ("trtc", "RECORDER_START")]
    {
        let served = Served::start(provider, &[]);
        let target = format!("http://127.0.0.1:{}/cb", served.port);
        let mut send = hookreel();
        send.args(["send", provider, event, "-t", &target, "--secret-env", "K"]).env("K", KEY);
        exits(&send.output().unwrap(), 0);
        let page =
            served.ask("GET /_hookreel/callbacks/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let line = page.split("<pre id=\"curl\">").nth(1).unwrap().split("</pre>").next().unwrap();
        let line = line
            .replace("&#39;", "'")
            .replace("&#34;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&");
        let line = line.replace("http://localhost/", &format!("http://127.0.0.1:{}/", served.port));
        let Some(answer) = pasted(&line) else { return };
        assert!(answer.starts_with("HTTP/1.1 200"), "{line}\n{answer}");
    }
}

/// Ids of the callbacks of a scenario, one of each event.
fn one_of_each(scenario: &str) -> Vec<String> {
    let plan: serde_json::Value =
        serde_json::from_str(&stdout(&run(&["plan", scenario, "--format", "json"]))).unwrap();
    let of = |name: &str, callback: &serde_json::Value| callback[name].as_str().unwrap().to_owned();
    let callbacks =
        plan["scenarios"].as_array().unwrap().iter().flat_map(|play| play["callbacks"].as_array().unwrap());
    let by_event: BTreeMap<String, String> =
        callbacks.map(|callback| (of("event", callback), of("id", callback))).collect();
    by_event.into_values().collect()
}

#[test]
fn what_plan_prints_for_curl_is_accepted_as_it_is_for_every_sender_and_event() {
    for scenario in [
        "@huawei/every-order",
        "@tencent/every-event",
        "@srs/every-hook",
        "@zlmediakit/every-hook",
        "@trtc/mp4",
        "@agora/every-order",
        "@livekit/mp4",
        "@mux/every-order",
        "@alibaba/push",
        "@sparkrtc/every-order",
    ] {
        let sender = &scenario[1..scenario.find('/').unwrap()];
        let unsigned = ["srs", "zlmediakit"].contains(&sender);
        let served = Served::keyed(sender, (!unsigned).then_some(KEY), &[]);
        let ids = one_of_each(scenario);
        assert!(ids.len() >= 2, "{scenario}: {ids:?}");
        for id in ids {
            let url = format!("http://127.0.0.1:{}/cb", served.port);
            let key = if unsigned { String::new() } else { format!("K={KEY}") };
            let flag = if unsigned { "" } else { " --secret-env K" };
            let line = format!(
                "{key} '{}' plan {scenario} --curl {id} --url {url}{flag} | curl -sS -i --noproxy '*' -K -",
                program()
            );
            let Some(answer) = pasted(&line) else { return };
            assert!(answer.starts_with("HTTP/1.1 200"), "{line}\n{answer}");
        }
    }
}
