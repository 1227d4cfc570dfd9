//! One judge: what a receiver did with a callback of a class means the same to `run` and to `load`.

use std::io::Write;
use std::time::Duration;

use crate::stage::{KEY, Raw, run, scenario, stdout};

/// A fault of each class.
const FAULTS: [(&str, &str); 4] = [
    ("legal", "add-field"),
    ("hostile", "expire"),
    ("rough", "loose-json"),
    ("unprotected", "tamper: {field: file_size}"),
];

/// What a receiver did: the bytes it answered, and whether it then waits for ever.
const DID: [(&str, &str, bool); 10] = [
    ("accepted", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"code\":0}", false),
    ("refused", "HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n", false),
    ("redirected", "HTTP/1.1 302 X\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", false),
    ("crashed", "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", false),
    ("said what is not supported", "HTTP/1.1 501 X\r\nContent-Length: 0\r\n\r\n", false),
    ("said which version is not supported", "HTTP/1.1 505 X\r\nContent-Length: 0\r\n\r\n", false),
    ("closed", "", false),
    ("spoke nonsense", "SSH-2.0 x\r\n\r\n", false),
    ("broke off", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"c", false),
    ("hung", "", true),
];

#[test]
fn a_run_and_a_load_find_the_same_in_every_class_whatever_the_receiver_did() {
    let mut differ = Vec::new();
    for (class, fault) in FAULTS {
        let (_folder, path) = scenario(&format!(
            "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\n\
             broadcast: [{{0s: push}}, {{5m: drop}}]\ndelivery: {{retry: {{attempts: 1, interval: 50ms}}}}\nfaults: [{fault}]\n"
        ));
        for (name, bytes, hangs) in DID {
            let receiver = Raw::serve(move |_, stream| {
                let _ = stream.write_all(bytes.as_bytes());
                if hangs {
                    std::thread::sleep(Duration::from_secs(20));
                }
                false
            });
            let port = receiver.port();
            let common = ["-t", port.as_str(), "--timeout", "300ms", "-q"];
            let alone = run(&[&["run", &path], &common[..]].concat());
            let shape =
                ["--rate", "max", "--count", "4", "--broadcasts", "1", "--duration", "20s", "--drain", "5s"];
            let many = run(&[&["load", &path], &common[..], &shape[..]].concat());
            let (one, other) = (alone.status.code().unwrap(), many.status.code().unwrap());
            let verdict = |code: i32| match code {
                0 => "passed",
                1 | 5 => "failed",
                _ => "neither",
            };
            if verdict(one) != verdict(other) || verdict(one) == "neither" {
                differ.push(format!(
                    "{class}, {name}: run {one}, load {other}\n{}\n{}",
                    stdout(&alone),
                    stdout(&many)
                ));
            }
        }
    }
    assert!(differ.is_empty(), "{}: {}", differ.len(), differ.join("\n"));
}
