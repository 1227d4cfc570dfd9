//! `expect.state`: the receiver's own API is asked before and after.

use std::io::Write as _;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use crate::stage::{KEY, Raw, body, exits, run, scenario, stderr, stdout};

/// A receiver with a list of files, on two ports: callbacks come to one, the list is asked for at the other. `store` says how
/// often a file is stored when its callback comes for the n-th time, from 0.
fn receiver(store: fn(usize) -> usize) -> (Raw, String) {
    let files: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = files.clone();
    let raw = Raw::serve_each(move |request, stream| {
        let message: serde_json::Value = serde_json::from_slice(body(request)).unwrap();
        let file = message["file_id"].as_str().unwrap().to_owned();
        let mut files = kept.lock().unwrap();
        let known = files.iter().filter(|known| **known == file).count();
        files.extend(std::iter::repeat_n(file, store(known)));
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok()
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/files?stream=${{stream.name}}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 4096];
            let length = std::io::Read::read(&mut stream, &mut head).unwrap_or(0);
            let asked = String::from_utf8_lossy(&head[..length]).into_owned();
            let list = serde_json::json!(*files.lock().unwrap());
            let list = if asked.contains("stream=a+%26+b") { list.to_string() } else { "[]".into() };
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{list}",
                list.len()
            );
        }
    });
    (raw, url)
}

fn playing(faults: &str, state: &str) -> (tempfile::TempDir, String) {
    scenario(&format!(
        "provider: tencent\nstream: {{name: a & b}}\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\n\
         broadcast: [{{0s: push}}, {{5m: drop}}]\nfaults: {faults}\nexpect:\n  state:\n    - {state}\n"
    ))
}

#[test]
fn a_file_that_is_stored_twice_is_seen_in_the_state_and_nowhere_else() {
    for (store, exit) in [((|known| 1 - known.min(1)) as fn(usize) -> usize, 0), (|_| 1, 1)] {
        let (receiver, url) = receiver(store);
        let (_folder, path) = playing("[duplicate]", &format!("{{name: files, get: \"{url}\", once: true}}"));
        let output = run(&["run", &path, "-t", &receiver.port()]);
        exits(&output, exit);
        let told = if exit == 0 { "state: files: each accepted file once" } else { "is there 2 times" };
        assert!(stdout(&output).contains(told), "{}", stdout(&output));
        assert!(stdout(&output).contains("2 accepted"));
    }
}

#[test]
fn states_that_are_wrong_alike_are_told_once_and_counted_and_stand_in_every_table() {
    let (receiver, url) = receiver(|_| 1);
    let playing =
        |seed: u8| playing("[duplicate]", &format!("{{name: files{seed}, get: \"{url}\", once: true}}"));
    let ((_one, first), (_two, second)) = (playing(1), playing(1));
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let reports = ["csv", "markdown", "github"].map(|format| format!("{format}={}", path(format)));
    let mut words = vec!["run", &first, &second, "-t"];
    let port = receiver.port();
    words.push(&port);
    reports.iter().for_each(|report| words.extend(["--report", report]));
    words.extend(["--report", "text"]);
    let output = run(&words);
    exits(&output, 1);
    let text = stdout(&output);
    assert_eq!(text.matches("each accepted file once").count(), 1, "{text}");
    assert_eq!(text.matches("\n      again ").count(), 1, "{text}");
    assert!(text.contains(&format!("state: files1  same failure as {first}")), "{text}");
    assert!(
        text.contains("; the check of the stored state failed after 2 scenarios, first: the accepted file "),
        "{text}"
    );
    assert!(text.contains(&format!("  failed: {first}, {second}\n")), "{text}");
    let read = |name: &str| std::fs::read_to_string(path(name)).unwrap();
    let rows: Vec<String> =
        read("csv").lines().filter(|row| row.contains("state: files1")).map(str::to_owned).collect();
    assert_eq!(rows.len(), 2, "{}", read("csv"));
    assert!(rows.iter().all(|row| row.contains(",false,state: files1,") && row.contains("is there 2 times")));
    let columns = read("csv").lines().next().unwrap().split(',').count();
    // Expected, got, likely cause, note and again come behind.
    assert_eq!(rows[0].split('"').next().unwrap().split(',').count(), columns - 4, "{}", rows[0]);
    assert!(read("markdown").contains("1 more alike: "), "{}", read("markdown"));
    assert_eq!(read("github").lines().count(), 1);
    assert!(read("github").lines().next().unwrap().contains("1 more alike: "), "{}", read("github"));
}

#[test]
fn a_state_that_names_files_by_their_addresses_alone_is_told_and_answers_that_are_pages_are_a_cause() {
    let (_folder, path) = scenario(&format!(
        "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\nbroadcast: [{{0s: push}}, {{5m: drop}}]\n"
    ));
    let played = |answer: &'static str, entry: fn(&str, &str) -> String| {
        let list = Mutex::new("[]".to_owned());
        let receiver = Raw::serve_each(move |request, stream| {
            let (kind, text) = if request.starts_with(b"GET") {
                ("application/json", list.lock().unwrap().clone())
            } else {
                let message: serde_json::Value = serde_json::from_slice(body(request)).unwrap();
                let told = |name: &str| message[name].as_str().unwrap().to_owned();
                *list.lock().unwrap() = entry(&told("file_id"), &told("video_url"));
                (if answer.starts_with('<') { "text/html" } else { "application/json" }, answer.to_owned())
            };
            let length = text.len();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{text}"
            )
            .is_ok()
        });
        let state = format!("http://127.0.0.1:{}/", receiver.port());
        stdout(&run(&["run", &path, "-t", &receiver.port(), "--state", &state]))
    };
    let (ok, nothing) = (r#"{"code":0}"#, |_: &str, _: &str| "[]".to_owned());
    let text = played(ok, |_, url| format!(r#"[{{"id":1,"url":"{url}"}}]"#));
    assert!(text.contains("no field holds the file's id itself\n"), "{text}");
    let text = played(ok, |id, url| format!(r#"[{{"id":"{id}","url":"{url}"}}]"#));
    assert!(text.contains("each accepted file once, no other change\n"), "{text}");
    let text = played(ok, |id, url| format!(r#"[{{"id":{},"url":"{url}"}}]"#, id.parse::<f64>().unwrap()));
    assert!(
        text.contains("is there with another id, ") && text.contains("rounded to a 64-bit float"),
        "{text}"
    );
    let text = played("<html>log in</html>", nothing);
    assert!(text.contains("likely    the target: it answers with an HTML page"), "{text}");
    let text = played(ok, nothing);
    assert!(text.contains("likely    the receiver answered with success, and stored nothing"), "{text}");
    assert!(
        text.lines().last().unwrap().contains("; the check of the stored state failed: the accepted file "),
        "{text}"
    );
}

#[test]
fn a_file_without_an_id_may_be_acknowledged_and_is_looked_for_nowhere() {
    let unset = "[{unset: {field: \"@file\", class: rough}}]";
    let null = "[{set: {field: \"@file\", to: \"null\", class: rough}}]";
    for (faults, stores_all) in [(unset, false), (null, false), (unset, true)] {
        let list = Mutex::new(Vec::new());
        let receiver = Raw::serve_each(move |request, stream| {
            let mut list = list.lock().unwrap();
            let text = if request.starts_with(b"GET") {
                serde_json::json!(*list).to_string()
            } else {
                let message: serde_json::Value = serde_json::from_slice(body(request)).unwrap();
                let id = message["file_id"].clone();
                list.extend(Some(serde_json::json!({"file": id})).filter(|_| stores_all || id.is_string()));
                r#"{"code":0}"#.to_owned()
            };
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len()).is_ok()
        });
        let state = format!("http://127.0.0.1:{}/", receiver.port());
        let (_folder, path) = playing(faults, &format!("{{name: files, get: \"{state}\", once: true}}"));
        let output = run(&["run", &path, "-t", &receiver.port()]);
        exits(&output, i32::from(stores_all));
        assert_eq!(stdout(&output).contains("belongs to no callback"), stores_all, "{}", stdout(&output));
    }
}

#[test]
fn a_refused_callback_must_leave_the_state_as_it_was() {
    let (receiver, url) = receiver(|_| 1);
    let (_folder, path) = playing("[expire]", &format!("{{name: files, get: \"{url}\", unchanged: true}}"));
    let output = run(&["run", &path, "-t", &receiver.port()]);
    exits(&output, 1);
    assert!(stdout(&output).contains("it was [] and is ["), "{}", stdout(&output));
}

#[test]
fn a_path_counts_and_a_command_is_asked_as_well_as_a_url() {
    let (receiver, url) = receiver(|_| 1);
    let port = receiver.port();
    let counted = |count| format!("{{name: rows, get: \"{url}\", json: {{\"$[*]\": {{count: {count}}}}}}}");
    let (_folder, path) = playing("[]", &counted(1));
    exits(&run(&["run", &path, "-t", &port]), 0);
    // The same seed announces the same file again.
    let (_folder, path) = playing("[]", &counted(1));
    let output = run(&["run", &path, "-t", &port]);
    exits(&output, 1);
    assert!(stdout(&output).contains("found 2 values"), "{}", stdout(&output));

    let command = "{name: shell, command: \"printf '{\\\"name\\\": \\\"%s\\\"}' ${stream.name}\", json: {$.name: a & b}}";
    let (_folder, path) = playing("[]", command);
    exits(&run(&["run", &path, "-t", &port]), 0);
    let (_folder, path) = playing("[]", "{name: shell, command: exit 3, json: {$.name: x}}");
    let output = run(&["run", &path, "-t", &port]);
    exits(&output, 2);
    assert!(stdout(&output).contains("the command failed (exit status: 3)"), "{}", stdout(&output));
}

#[test]
fn what_comes_true_in_time_holds_and_a_state_that_cannot_be_asked_does_not() {
    let (receiver, _) = receiver(|_| 1);
    let folder = tempfile::tempdir().unwrap();
    let flag = folder.path().join("flag");
    std::fs::write(&flag, "0").unwrap();
    // Each question counts up; the third one is right.
    let command = format!(
        "n=$(cat {0}); n=$((n+1)); echo $n > {0}; test $n -ge 4 && echo '[1]' || echo '[]'",
        flag.display()
    );
    let state = |eventually: &str| {
        format!("{{name: late, command: \"{command}\"{eventually}, json: {{\"$[*]\": {{count: 1}}}}}}")
    };
    let (_folder, path) = playing("[]", &state(""));
    exits(&run(&["run", &path, "-t", &receiver.port()]), 1);
    std::fs::write(&flag, "0").unwrap();
    let (_folder, path) = playing("[]", &state(", eventually: 20s"));
    exits(&run(&["run", &path, "-t", &receiver.port()]), 0);

    let (_folder, path) = playing("[]", "{name: gone, get: \"http://127.0.0.1:1/\", once: true}");
    let output = run(&["run", &path, "-t", &receiver.port()]);
    exits(&output, 2);
    assert!(stdout(&output).contains("set-up"), "{}", stdout(&output));
    let (_folder, path) = playing("[]", "{name: outside, get: \"http://192.0.2.1/\", once: true}");
    let output = run(&["run", &path, "-t", &receiver.port()]);
    exits(&output, 2);
    assert!(stdout(&output).contains("--allow-remote"), "{}", stdout(&output));
}

#[test]
fn a_state_that_is_not_a_list_is_a_mistake_of_the_set_up_and_its_path_can_be_named() {
    let (receiver, _) = receiver(|_| 1);
    let folder = tempfile::tempdir().unwrap();
    let flag = folder.path().join("flag");
    let state = |rest: &str| {
        let command =
            format!("cat '{}' 2>/dev/null || echo '{{\"data\": {{\"list\": []}}}}'", flag.display());
        format!("{{name: files, command: {}, once: true{rest}}}", serde_json::json!(command))
    };
    let (_folder, path) = playing("[]", &state(""));
    let output = run(&["run", &path, "-t", &receiver.port()]);
    exits(&output, 2);
    let hint = "the list seems to be at $.data.list: name it as `path` beside `once`";
    assert!(stdout(&output).contains(hint), "{}", stdout(&output));
    // With the path it is read, and the file is missed: that is a finding.
    let (_folder, path) = playing("[]", &state(", path: $.data.list"));
    exits(&run(&["run", &path, "-t", &receiver.port()]), 1);
}

#[test]
fn a_state_that_asks_nothing_or_expects_nothing_is_refused() {
    for (state, word) in [
        ("{name: x, once: true}", "either `get: URL` or `command:"),
        ("{name: x, get: \"http://127.0.0.1/\"}", "nothing is expected of this state"),
        ("{name: x, get: \"http://127.0.0.1/\", json: {\"$.length()\": 1}}", "is not a JSONPath"),
        (
            "{name: x, get: \"http://127.0.0.1/\", json: {\"$.a\": {matches: \"(\"}}}",
            "not a regular expression",
        ),
        ("{name: x, got: \"http://127.0.0.1/\", once: true}", "did you mean `get`"),
    ] {
        let (_folder, path) = playing("[]", state);
        let output = run(&["check", &path]);
        exits(&output, 2);
        assert!(stderr(&output).contains(word), "{state}\n{}", stderr(&output));
    }
}

#[test]
fn a_stop_does_not_wait_for_the_state() {
    let (receiver, _) = receiver(|_| 1);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let (_folder, path) = playing("[]", &format!("{{name: silent, get: \"{url}\", once: true}}"));
    let mut child = crate::stage::hookreel()
        .args(["run", &path, "-t", &receiver.port()])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // The question has come; nobody answers it.
    let _asked = silent.accept().unwrap();
    let begun = std::time::Instant::now();
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn a_state_that_cannot_be_used_ends_a_run_before_anything_is_sent() {
    let (gzip, location): (&[u8], _) = (b"\x1f\x8b\x08\x00 and so on", "Location: /list?token=secret\r\n");
    for (status, header, answer, says) in [
        (200, "", &b"<html>"[..], "the state is not JSON: <html>"),
        (401, "", b"", "answered 401; -H 'NAME: VALUE' is sent there, too"),
        (302, location, b"", "answered 302 to /list?...; redirects are not followed: name that address"),
        (200, "", gzip, "answered in gzip, although no encoding was asked for"),
        (200, "", b"{\"items\": []}", "--state-path '$.items'"),
        (200, "", b"{\"next\": null, \"items\": []}", "`next` is a sign of pages"),
        (200, "", b"{\"code\": 0, \"data\": null}", "--state-path '$.data'"),
        (200, "", b"5", "a JSON list of every recording, one entry per file"),
    ] {
        let api = Raw::serve(move |_, stream| {
            let head = format!("HTTP/1.1 {status} X\r\n{header}Content-Length: {}\r\n\r\n", answer.len());
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(answer)).is_ok()
        });
        let receiver = Raw::statuses(&[200]);
        let state = format!("{}/list", api.port);
        let output = run(&["run", "@tencent/single-file", "-t", &receiver.port(), "--state", &state]);
        exits(&output, 2);
        assert!(stdout(&output).contains(says), "{says}\n{}", stdout(&output));
        assert_eq!((receiver.requests().len(), api.requests().len()), (0, 1), "{}", stdout(&output));
    }
}

#[test]
fn a_path_that_finds_nothing_beside_a_list_of_entries_ends_a_run_before_anything_is_sent() {
    for (answer, path, code) in [
        ("[{\"file\": \"a\"}]", "$.data.list", 2),
        ("[]", "$.data.list", 2),
        ("{\"items\": [{\"file\": \"a\"}]}", "$.data.list", 2),
        // It may come with its first entry.
        ("{\"code\": 0}", "$.data.list", 1),
    ] {
        let api = Raw::serve(move |_, stream| {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", answer.len());
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(answer.as_bytes())).is_ok()
        });
        let receiver = Raw::statuses(&[200]);
        let state = format!("{}/list", api.port);
        let line =
            ["run", "@tencent/single-file", "-t", &receiver.port(), "--state", &state, "--state-path", path];
        let output = run(&line);
        let sent = receiver.requests().len();
        if code == 2 {
            exits(&output, 2);
            assert!(stdout(&output).contains("there is nothing at $.data.list"), "{}", stdout(&output));
            assert_eq!(sent, 0, "{answer}");
        } else {
            assert!(sent > 0, "{}", stdout(&output));
        }
    }
}

#[test]
fn of_a_paged_state_no_line_is_proposed_that_asks_for_the_page_again() {
    let api = Raw::serve(|_, stream| {
        let answer = r#"{"next": "/2", "items": []}"#;
        write!(stream, "HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{answer}", answer.len()).is_ok()
    });
    let receiver = Raw::statuses(&[200]);
    let words = ["audit", "tencent", "--case", "A1", "-t", &receiver.port(), "--state", &api.port()];
    let told = stdout(&run(&words));
    assert!(told.contains("`next` is a sign of pages"), "{told}");
    let proposed = told.lines().filter(|line| line.contains("hookreel audit"));
    let wrong: Vec<&str> =
        proposed.filter(|line| line.contains("--state-path") || line.contains(" -v")).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_state_without_the_accepted_file_says_what_was_read() {
    for (answer, path, says) in [
        ("null", "$", "the state is null, and null counts as an empty list"),
        ("[]", "$", "the state is a list of 0 entries: []"),
        (r#"{"next": "/2", "items": [{"id": 1}]}"#, "$.items", "a list of 1 entry: {\"next\": \"/2\""),
        (r#"{"next": "/2", "items": [{"id": 1}]}"#, "$.items", "`next` is a sign of pages"),
    ] {
        let api = Raw::serve(move |_, stream| {
            write!(stream, "HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{answer}", answer.len()).is_ok()
        });
        let receiver = Raw::statuses(&[200]);
        let port = receiver.port();
        let args = ["run", "@tencent/single-file", "-t", &port, "--state-path", path, "--state"];
        let output = run(&[&args[..], &[&api.port()]].concat());
        exits(&output, 1);
        assert!(stdout(&output).contains("is not there; "), "{}", stdout(&output));
        assert!(stdout(&output).contains(says), "{says}\n{}", stdout(&output));
    }
}

#[test]
fn what_is_wrong_with_a_flag_of_the_state_is_said_of_that_flag() {
    let output =
        run(&["run", "@tencent/single-file", "-t", "1", "--state", "8080/list", "--state-path", "data.list"]);
    exits(&output, 2);
    assert!(stderr(&output).contains("--state-path: "), "{}", stderr(&output));
    assert!(!stderr(&output).contains("--expect"), "{}", stderr(&output));
}

/// A receiver that accepts everything, and says that it stored nothing: its list stands inside an object.
fn wrapped() -> Raw {
    Raw::serve_each(|request, stream| {
        let list = r#"{"code": 0, "data": {"list": []}}"#;
        let body = if request.starts_with(b"GET") { list } else { "{}" };
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
    })
}

#[test]
fn the_line_that_plays_it_again_names_the_list_that_was_found() {
    let receiver = wrapped();
    let (port, url) = (receiver.port(), format!("http://localhost:{}/files", receiver.port()));
    let folder = tempfile::tempdir().unwrap();
    let [junit, json] = ["junit", "json"].map(|name| folder.path().join(name).display().to_string());
    for (path, earlier) in [(&[][..], ""), (&["--state-path", "$.rows"][..], "$.rows")] {
        let reports = [format!("junit={junit}"), format!("json={json}")];
        let words = ["run", "@huawei/normal", "-t", &port, "--state", &url];
        let output = run(&[&words, path, &["--report", &reports[0], "--report", &reports[1]]].concat());
        exits(&output, 2);
        let again = format!(
            "hookreel run @huawei/normal -t http://localhost:{port}/ --state {url} --state-path '$.data.list'\n"
        );
        assert!(stdout(&output).contains(&format!("again     {again}")), "{}", stdout(&output));
        assert!(earlier.is_empty() || !stdout(&output).contains(&format!("--state-path '{earlier}'")));
        for file in [&junit, &json] {
            let text = std::fs::read_to_string(file).unwrap().replace("&apos;", "'");
            assert!(text.contains(again.trim_end()), "{file}: {text}");
        }
    }
    let output = run(&["audit", "huawei", "-t", &port, "--state", &url, "--case", "C49"]);
    exits(&output, 2);
    let again = format!(
        "try       hookreel audit huawei --state {url} -t http://localhost:{port}/ --case C49 --state-path '$.data.list'"
    );
    assert!(stdout(&output).contains(&again), "{}", stdout(&output));
}

#[test]
fn a_scenario_is_told_to_name_the_list_by_its_own_key_and_a_flag_has_no_place_in_it() {
    let receiver = wrapped();
    let url = format!("http://localhost:{}/files", receiver.port());
    let (_folder, path) = playing("[]", &format!("{{name: files, get: \"{url}\", once: true}}"));
    let output = run(&["run", &path, "-t", &receiver.port()]);
    exits(&output, 2);
    let said = stdout(&output);
    assert!(said.contains("the list seems to be at $.data.list: name it as `path` beside `once`"), "{said}");
    assert!(!said.contains("--state-path"), "{said}");
    let (_folder, path) =
        playing("[]", &format!("{{name: files, get: \"{url}\", once: true, path: $.data.list}}"));
    let output = run(&["run", &path, "-t", &receiver.port(), "--state", &url, "--report", "json"]);
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let places: Vec<_> =
        report["scenarios"][0]["state"].as_array().unwrap().iter().map(|s| s["place"].clone()).collect();
    assert_eq!(places, [""], "{report:#}");
}

/// Two processes, each with a memory of its own: a callback reaches one of them, and each question the next.
#[test]
fn a_receiver_of_several_processes_with_a_memory_each_is_named_as_that() {
    let stores: Arc<Mutex<[Vec<String>; 2]>> = Arc::default();
    let asked = Mutex::new(0_usize);
    let receiver = Raw::serve_each(move |request, stream| {
        let mut stores = stores.lock().unwrap();
        let answer = if request.starts_with(b"GET ") {
            let mut asked = asked.lock().unwrap();
            *asked += 1;
            serde_json::json!(stores[*asked % 2]).to_string()
        } else {
            let message: serde_json::Value = serde_json::from_slice(body(request)).unwrap();
            let file = message["file_id"].as_str().unwrap().to_owned();
            let store = stores.iter().map(Vec::len).sum::<usize>() % 2;
            stores[store].push(file);
            String::new()
        };
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{answer}", answer.len()).is_ok()
    });
    let list = format!("http://127.0.0.1:{}/files", receiver.port);
    let output = run(&["run", "@tencent/flv-cycle", "-t", &receiver.port(), "--state", &list]);
    exits(&output, 1);
    let told = stdout(&output);
    assert!(told.contains("the receiver gives different lists by turns"), "{told}");
    assert!(told.contains("several processes (workers) of the receiver answer by turns"), "{told}");
    let output =
        run(&["audit", "tencent", "--quick", "-t", &receiver.port(), "--state", &list, "--keep-going"]);
    let told = stdout(&output);
    assert!(told.contains("or start one worker"), "{told}");
    assert!(told.contains("--quick played the `must` cases only; "), "{told}");
}
