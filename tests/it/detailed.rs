//! What reports show of one exchange, one state and one case, and the record that they are made of.

use std::io::Write;
use std::sync::Mutex;

use serde_json::Value;

use crate::stage::{KEY, Raw, exits, run, scenario};

fn lines(path: &str, kind: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["line"] == kind).collect()
}

#[test]
fn the_parts_of_an_exchange_are_recorded_and_do_not_exceed_it() {
    let receiver = Raw::statuses(&[200]);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (_keep, file) = scenario(&format!(
        "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\nbroadcast: [{{0s: push}}, {{5m: drop}}]\n\
         faults: [{{keep-alive: {{}}}}]\n"
    ));
    for (args, requests) in [(vec!["run", "@huawei/normal"], 1), (vec!["run", &*file], 100)] {
        let record = path("record");
        let more =
            ["-t", &receiver.port(), "--record", &record, "--report", &format!("html={}", path("html"))];
        exits(&run(&[&args[..], &more, &["--report", &format!("json={}", path("json"))]].concat()), 0);
        let results = lines(&record, "result");
        assert!(!results.is_empty());
        for result in &results {
            let exchange = &result["exchange"];
            let phases = exchange["phases"].as_object().unwrap();
            let parts =
                ["connect_ms", "send_ms", "wait_ms", "read_ms"].map(|name| phases[name].as_f64().unwrap());
            // Each is cut to the microsecond.
            let whole = exchange["latency_ms"].as_f64().unwrap();
            assert!(
                parts.iter().all(|part| *part >= 0.0) && parts.iter().sum::<f64>() <= whole + 0.005,
                "{result}"
            );
            assert!(!phases.contains_key("tls_ms"), "{result}");
            assert_eq!(
                phases.get("requests").map_or(1, |count| count.as_u64().unwrap()),
                requests,
                "{result}"
            );
        }
        let html = std::fs::read_to_string(path("html")).unwrap();
        assert_eq!(html.matches("<svg class=\"phases\"").count(), results.len());
        assert_eq!(html.contains("100 requests on the connection"), requests == 100);
        let json: Value = serde_json::from_str(&std::fs::read_to_string(path("json")).unwrap()).unwrap();
        let attempt = &json["scenarios"][0]["callbacks"][0]["attempts"][0];
        assert_eq!(attempt["phases"], results[0]["exchange"]["phases"]);
    }
    // Nobody there: no part was reached.
    let record = path("record");
    let nobody = crate::stage::vacant().port().to_string();
    exits(&run(&["run", "@tencent/single-file", "-t", &nobody, "--record", &record]), 3);
    assert_eq!(lines(&record, "result")[0]["exchange"]["phases"], serde_json::json!({}));
}

#[test]
fn the_state_before_and_after_is_recorded_without_secrets_and_shown_as_a_difference() {
    let stored = Mutex::new(vec![format!("{{\"row\":1,\"secret\":\"{KEY}\"}}")]);
    let receiver = Raw::serve_each(move |request, stream| {
        let mut stored = stored.lock().unwrap();
        if request.starts_with(b"POST") {
            let row = stored.len() + 1;
            stored.push(format!("{{\"row\":{row},\"what\":\"<odd>\"}}"));
        }
        let body = format!("[{}]", stored.join(","));
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
    });
    let (_keep, file) = scenario(&format!(
        "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\nbroadcast: [{{0s: push}}, {{5m: drop}}]\n\
         expect: {{state: [{{get: \"http://127.0.0.1:{}/\", unchanged: true}}]}}\n",
        receiver.port()
    ));
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (record, html) = (path("record"), path("html"));
    let told =
        ["run", &file, "-t", &receiver.port(), "--record", &record, "--report", &format!("html={html}")];
    exits(&run(&told), 1);
    let states = lines(&record, "state");
    assert_eq!(states.len(), 1);
    let side = |name: &str| states[0][name].as_str().unwrap().to_owned();
    assert_eq!(side("before"), "[{\"row\":1,\"secret\":\"(key)\"}]");
    assert!(side("after").ends_with(",{\"row\":2,\"what\":\"<odd>\"}]"), "{}", side("after"));
    let page = std::fs::read_to_string(&html).unwrap();
    assert!(page.contains("1 added, 0 removed, 1 before") && page.contains("&#60;odd&#62;"), "{page}");
    assert!(!page.contains(KEY));
    let again = path("again");
    run(&["report", &record, "--report", &format!("html={again}")]);
    assert_eq!(std::fs::read_to_string(&again).unwrap(), page);
}

#[test]
fn the_map_of_an_audit_has_each_case_once_and_its_links_lead_somewhere() {
    let receiver = Raw::statuses(&[200]);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (record, html) = (path("record"), path("html"));
    let audit = ["audit", "tencent", "--case", "A1,A25,C51,C59,C76", "-t", &receiver.port()];
    exits(&run(&[&audit[..], &["--record", &record, "--report", &format!("html={html}")]].concat()), 1);
    let page = std::fs::read_to_string(&html).unwrap();
    let map = page.split("<dl class=\"map\">").nth(1).unwrap().split("</dl>").next().unwrap();
    for case in lines(&record, "case") {
        let cell = format!(">{}<", case["id"].as_str().unwrap());
        assert_eq!(map.matches(&cell).count(), 1, "{cell}\n{map}");
    }
    for (class, count) in [("pass", 1), ("fail", 2), ("mild", 1), ("skip", 1)] {
        assert_eq!(map.matches(&format!("class=\"cell {class}\"")).count(), count, "{class}\n{map}");
    }
    let links: Vec<&str> = map.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(links.len(), 4, "{map}");
    for link in links {
        assert_eq!(page.matches(&format!("id=\"{link}\"")).count(), 1, "{link}");
    }
    // C51 and C76 fail alike: one reason, and the fix of each.
    assert!(page.contains("C51 signed with another key (must)") && page.contains("failed alike"), "{page}");
    assert!(page.contains("1 more that fail and do not count"));
}

#[test]
fn a_record_has_the_machine_the_signed_fields_and_each_request_without_secrets() {
    let receiver = Raw::statuses(&[500]);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (_keep, file) = scenario(&format!(
        "provider: tencent\nrecording: {{mp4: {{cycle: 10m}}}}\nsigning: {{key: {KEY}}}\nbroadcast: [{{0s: push}}, {{25m: drop}}]\n\
         faults: [{{tamper: {{nth: 1}}}}, {{torn: {{nth: 2}}}}]\n"
    ));
    let target = format!("http://127.0.0.1:{}/cb?t=abc", receiver.port());
    let record = path("record");
    let report = format!("html={}", path("html"));
    let headers = ["-H", "X-Own: ab", "-H", "Authorization: Bearer c"];
    run(&[&["run", &file, "-t", &target, "--record", &record, "--report", &report], &headers[..]].concat());
    assert!(lines(&record, "run")[0]["host"].as_str().unwrap().contains(" processor"));
    assert_eq!(lines(&record, "callback")[0]["signed"], serde_json::json!(["t"]));
    let results = lines(&record, "result");
    let of = |id: &str| {
        let own = results.iter().find(|line| line["id"] == id).unwrap();
        own["exchange"]["request"].clone()
    };
    let [tampered, torn, plain] = ["tencent-2025-1", "tencent-2025-2", "tencent-2025-3"].map(of);
    for request in [&tampered, &torn, &plain] {
        let head = request["head"].as_str().unwrap();
        assert!(head.starts_with("POST /cb?(hidden) HTTP/1.1\n"), "{head}");
        assert!(head.contains("x-own: (hidden)") && head.contains("authorization: (hidden)"), "{head}");
    }
    let body = tampered["body"].as_str().unwrap();
    let [from, to] = [0, 1].map(|n| usize::try_from(tampered["changed"][n].as_u64().unwrap()).unwrap());
    assert!(body.contains("\"sign\":\"(signature)\"") && from < to && to <= body.len(), "{tampered}");
    assert!(
        torn["script"].as_array().unwrap().len() > 1 && torn["changed"][0] == torn["changed"][1],
        "{torn}"
    );
    assert!(plain.get("script").is_none() && plain.get("body").is_none(), "{plain}");
    let html = std::fs::read_to_string(path("html")).unwrap();
    let changed =
        html.split("<mark>").filter(|part| body[from..to].contains(part.split('<').next().unwrap()));
    assert!(changed.count() > 0 && html.contains("on the wire:") && !html.contains("?t=abc"), "{html}");
}
