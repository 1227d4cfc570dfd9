//! Figures of a load while it goes on: read as programs that watch read them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::stage::{Raw, exits, file, hookreel, run, stderr};

/// The text format, read by its rules: each sample with its labels. Whatever a reader would refuse fails.
fn read(text: &str) -> BTreeMap<String, f64> {
    let (mut samples, mut kinds) = (BTreeMap::new(), BTreeMap::new());
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(kinds.insert(name.to_owned(), kind).is_none(), "twice: {line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            continue;
        }
        // Help, or any other comment.
        if line.starts_with('#') {
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let name = series.split('{').next().unwrap();
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{line}");
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        let known =
            kinds.contains_key(name) || base.is_some_and(|base| kinds.get(base) == Some(&"histogram"));
        assert!(known, "no type before {line}");
        let labels = series.strip_prefix(name).unwrap();
        assert!(labels.is_empty() || labels.starts_with('{') && labels.ends_with("\"}"), "{line}");
        assert!(samples.insert(series.to_owned(), value.parse().unwrap()).is_none(), "twice: {line}");
    }
    samples
}

fn get(address: &str, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

fn of(samples: &BTreeMap<String, f64>, name: &str) -> f64 {
    samples[&format!("hookreel_load_{name}")]
}

/// Every callback that was due has an outcome, those of all events are all, and buckets rise to the count.
fn adds_up(last: &BTreeMap<String, f64>) {
    let sum = |family: &str| {
        let samples = last.iter().filter(|(name, _)| name.starts_with(&format!("hookreel_load_{family}{{")));
        samples.map(|(_, count)| count).sum::<f64>()
    };
    assert!((sum("outcomes_total") - of(last, "planned_total")).abs() < 0.5, "{last:?}");
    assert!((sum("event_sent_total") - of(last, "sent_total")).abs() < 0.5, "{last:?}");
    assert!(of(last, "latency_last_second_seconds{percentile=\"99\"}") > 0.0);
    let buckets = last.iter().filter(|(name, _)| name.starts_with("hookreel_load_latency_seconds_bucket"));
    assert!(buckets.clone().count() > 10);
    assert!(buckets.clone().all(|(_, count)| *count <= of(last, "latency_seconds_count")));
}

/// Prometheus has a checker of its own.
fn checked(text: &str) {
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped());
    if let Ok(mut promtool) = command.spawn() {
        promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let checked = promtool.wait_with_output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    }
}

#[test]
fn a_load_is_scraped_while_it_goes_on_and_its_file_holds_the_end() {
    let receiver = Raw::statuses(&[200, 200, 500]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("load.prom").display().to_string();
    let mut command = hookreel();
    command.args([
        "load",
        "@huawei/normal",
        "-t",
        &receiver.port(),
        "--rate",
        "100/s",
        "--duration",
        "30s",
        "-q",
    ]);
    command.args([
        "--threshold",
        "errors<=100%",
        "--metrics",
        "prometheus=0",
        "--metrics",
        &format!("prometheus={path}"),
    ]);
    let mut load = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(load.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("metrics at ") {
        line.clear();
        assert!(told.read_line(&mut line).unwrap() > 0, "no address was told");
    }
    let address = line.trim().strip_prefix("metrics at http://").unwrap().strip_suffix("/metrics").unwrap();
    let (head, first) = get(address, "/metrics");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("text/plain; version=0.0.4"), "{head}");
    read(&first);
    assert!(get(address, "/else").0.starts_with("HTTP/1.1 404 "));
    // Each second brings more.
    let scraped = std::iter::repeat_with(|| read(&get(address, "/metrics").1));
    let mut seconds =
        scraped.filter(|it| it.get("hookreel_load_seconds").is_some_and(|seconds| *seconds >= 2.0));
    let seen = seconds.next().unwrap();
    let pid = load.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &pid]).status().unwrap().success());
    std::io::copy(&mut told, &mut std::io::sink()).unwrap();
    assert_eq!(load.wait().unwrap().code(), Some(130));
    let end = std::fs::read_to_string(&path).unwrap();
    let last = read(&end);
    for name in [
        "sent_total",
        "answers_total{status=\"200\"}",
        "answers_total{status=\"500\"}",
        "latency_seconds_count",
    ] {
        assert!(of(&seen, name) > 0.0 && of(&seen, name) <= of(&last, name), "{name}");
    }
    adds_up(&last);
    checked(&end);
}

#[test]
fn statsd_gets_what_each_second_added() {
    let receiver = Raw::statuses(&[200]);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let to = format!("statsd://{}", socket.local_addr().unwrap());
    let load = [
        "load",
        "@tencent/single-file",
        "-t",
        &receiver.port(),
        "--rate",
        "20/s",
        "--count",
        "20",
        "-q",
        "--metrics",
        &to,
    ];
    exits(&run(&load), 0);
    let (mut sent, mut accepted, mut percentiles, mut buffer) = (0, 0, 0, [0; 2048]);
    while sent < 20 || accepted < 20 {
        let length = socket.recv(&mut buffer).unwrap();
        assert!(length <= 1400);
        for line in std::str::from_utf8(&buffer[..length]).unwrap().lines() {
            let (name, rest) = line.split_once(':').unwrap();
            let (value, kind) = rest.split_once('|').unwrap();
            assert!(value.parse::<f64>().is_ok() && ["c", "g"].contains(&kind), "{line}");
            let count = || value.parse::<u64>().unwrap();
            match name {
                "hookreel.load.sent" => sent += count(),
                "hookreel.load.outcome.accepted" => accepted += count(),
                "hookreel.load.latency.p99" => percentiles += 1,
                _ => {}
            }
        }
    }
    assert_eq!((sent, accepted), (20, 20));
    assert!(percentiles > 0);
}

#[test]
fn what_other_machines_could_read_or_would_get_takes_a_word_and_nothing_is_sent() {
    let receiver = Raw::statuses(&[200]);
    for (to, says) in [
        ("prometheus=0.0.0.0:0", "--metrics-public"),
        ("prometheus=[::]:0", "--metrics-public"),
        ("statsd://8.8.8.8:8125", "--allow-remote 8.8.8.8"),
        ("prometheus=/dev/null/x.prom", "cannot write"),
        ("graphite=1", "statsd://127.0.0.1:8125"),
    ] {
        let refused = run(&["load", "@tencent/single-file", "-t", &receiver.port(), "--metrics", to]);
        exits(&refused, 2);
        assert!(stderr(&refused).contains(says), "{}", stderr(&refused));
    }
    assert!(receiver.requests().is_empty());
    let asked = ["load", "@tencent/single-file", "-t", &receiver.port(), "--count", "1", "-q", "--metrics"];
    exits(&run(&[&asked[..], &["prometheus=0.0.0.0:0", "--metrics-public"]].concat()), 0);
}

#[test]
fn the_dashboard_asks_for_figures_that_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("load.prom").display().to_string();
    // A tenth of the answers fails: there are troubles of every kind that has a figure but those on the wire.
    let load = [
        "load",
        "@huawei/normal",
        "--rate",
        "50/s",
        "--count",
        "50",
        "-q",
        "--metrics",
        &format!("prometheus={path}"),
    ];
    exits(&run(&load), 0);
    let text = std::fs::read_to_string(&path).unwrap();
    read(&text);
    let dashboard: Value =
        serde_json::from_str(&std::fs::read_to_string(file("docs/grafana-dashboard.json")).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(panels.len() >= 6);
    for target in panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap()) {
        let expression = target["expr"].as_str().unwrap();
        let names = expression
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .filter(|it| it.starts_with("hookreel_"));
        for name in names {
            let there = text.contains(&format!("\n{name}{{")) || text.contains(&format!("\n{name} "));
            assert!(there || name == "hookreel_load_troubles_total", "{name}");
        }
    }
}
