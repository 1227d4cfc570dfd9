//! A receiver on hyper, and its test without an async runtime of its own: `cargo test --example hyper`. `cargo run --example
//! hyper` serves it on a free port.
//!
//! It takes Huawei's callbacks signed by HMAC-SHA256 of event, time and stream; which fields count is the vendor's choice, and
//! `hookreel show huawei` prints it. This one checks nothing but that a signature is there: the test shows what comes of that.

use std::convert::Infallible;
use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

async fn callback(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut response = Response::new(Full::new(Bytes::from_static(b"{\"code\":0}")));
    if message.get("auth_sign").and_then(Value::as_str).is_none_or(str::is_empty) {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    Ok(response)
}

async fn serve(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let connection = hyper::server::conn::http1::Builder::new();
        tokio::spawn(connection.serve_connection(TokioIo::new(stream), service_fn(callback)));
    }
}

/// Serves from a thread of its own, as long as the process lives.
fn start() -> std::io::Result<SocketAddr> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            serve(TcpListener::from_std(listener)?).await;
            Ok::<_, std::io::Error>(())
        })
    });
    Ok(address)
}

#[expect(clippy::print_stdout, reason = "where it serves")]
fn main() -> std::io::Result<()> {
    println!("http://{}/", start()?);
    loop {
        std::thread::park();
    }
}

#[cfg(test)]
mod tests {
    use hookreel::{Scenario, Verdict};

    const BROADCAST: &str = "provider: huawei
recording: {hls: {cycle: 30m}}
broadcast: [{0s: push}, {40m: drop}]\n";

    fn play(faults: &str) -> hookreel::Run {
        let url = format!("http://{}/callbacks", super::start().unwrap());
        let scenario = Scenario::parse(&format!("{BROADCAST}{faults}")).unwrap();
        scenario.against(url).key("0123456789abcdef0123456789abcdef").play_blocking().unwrap()
    }

    #[test]
    fn a_broadcast_is_acknowledged() {
        let run = play("");
        assert!(run.passed(), "{run}");
        assert!(run.callbacks().any(|callback| callback.event() == "RECORD_FILE_COMPLETE"));
    }

    #[test]
    fn that_signatures_are_not_compared_is_found() {
        let run = play("faults: [{wrong-key: {}}]\n");
        assert_eq!(run.verdict(), Verdict::Failed, "{run}");
        assert!(run.to_string().contains("rejected"), "{run}");
    }
}
