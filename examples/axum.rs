//! A receiver on axum, and its test: `cargo test --example axum`. `cargo run --example axum` serves it on port 8080.
//!
//! It takes Tencent's callbacks: the signature is MD5 of key and `t`, in hexadecimal digits, and `t` is when it expires.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use md5::{Digest, Md5};
use serde_json::{Value, json};

/// Files by their ids.
#[derive(Clone, Default)]
struct Recordings(Arc<Mutex<BTreeMap<String, Value>>>);

/// The key that signs, and what was stored.
#[derive(Clone)]
struct App {
    key: String,
    recordings: Recordings,
}

fn app(key: &str) -> Router {
    let app = App { key: key.to_owned(), recordings: Recordings::default() };
    Router::new().route("/callbacks", post(callback)).route("/recordings", get(recordings)).with_state(app)
}

async fn callback(State(app): State<App>, body: Bytes) -> (StatusCode, Json<Value>) {
    let answer = |status, code| (status, Json(json!({ "code": code })));
    let Ok(message) = serde_json::from_slice::<Value>(&body) else {
        return answer(StatusCode::BAD_REQUEST, 1);
    };
    let Some(expiry) = message.get("t").and_then(Value::as_i64) else {
        return answer(StatusCode::UNAUTHORIZED, 2);
    };
    let right: String =
        Md5::digest(format!("{}{expiry}", app.key)).iter().map(|byte| format!("{byte:02x}")).collect();
    if message.get("sign").and_then(Value::as_str) != Some(&right) || expiry < now() {
        return answer(StatusCode::UNAUTHORIZED, 2);
    }
    if let Some(file) = message.get("file_id").and_then(Value::as_str) {
        let mut recordings = app.recordings.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A callback that comes again changes nothing.
        recordings
            .entry(file.to_owned())
            .or_insert_with(|| json!({ "file": file, "url": message.get("video_url") }));
    }
    answer(StatusCode::OK, 0)
}

async fn recordings(State(app): State<App>) -> Json<Vec<Value>> {
    Json(app.recordings.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect())
}

#[expect(clippy::disallowed_methods, reason = "a receiver has a clock of its own")]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let key = std::env::args().nth(1).unwrap_or_else(|| "0123456789abcdef".into());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, app(&key)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef";

    async fn serving() -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app(KEY)).await });
        format!("http://{address}")
    }

    #[tokio::test]
    async fn each_file_of_a_broadcast_is_stored_once() {
        let here = serving().await;
        let scenario = hookreel::Scenario::parse(&format!(
            "provider: tencent
recording: {{hls: {{cycle: 30m}}}}
broadcast: [{{0s: push}}, {{70m: drop}}]
faults: [duplicate]
expect: {{state: [{{name: recordings, get: \"{here}/recordings\", once: true}}]}}",
        ));
        let run = scenario.unwrap().against(format!("{here}/callbacks")).key(KEY).play().await.unwrap();
        assert!(run.passed(), "{run}");
    }

    #[tokio::test]
    async fn a_forged_callback_is_refused() {
        let here = serving().await;
        let scenario = hookreel::Scenario::parse(
            "provider: tencent
recording: {mp4: {}}
broadcast: [{0s: push}, {5m: drop}]
faults: [{wrong-key: {}}]",
        );
        let run = scenario.unwrap().against(format!("{here}/callbacks")).key(KEY).play().await.unwrap();
        assert!(run.passed(), "{run}");
    }
}
