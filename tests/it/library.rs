//! The library's own interface, by its public names alone.

use std::convert::Infallible;
use std::net::SocketAddr;

use hookreel::{Outcome, ReportFormat, Scenario, Verdict};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

const SCENARIO: &str =
    "provider: tencent\nrecording: {hls: {cycle: 30m}}\nbroadcast: [{0s: push}, {50m: drop}]\n";

/// A receiver that answers everything with this status.
async fn receiver(status: u16) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = service_fn(move |_: Request<Incoming>| async move {
                Ok::<_, Infallible>(Response::builder().status(status).body(String::new()).unwrap())
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer),
            );
        }
    });
    address
}

#[tokio::test]
async fn a_scenario_is_played_against_a_receiver_of_the_test() {
    let url = format!("http://{}/callbacks", receiver(200).await);
    let run =
        Scenario::parse(SCENARIO).unwrap().against(url).key("0123456789abcdef").seed(7).play().await.unwrap();
    assert!(run.passed(), "{run}");
    assert_eq!(run.callbacks().map(|callback| callback.event()).collect::<Vec<_>>(), ["record", "record"]);
    assert!(run.report(ReportFormat::named("json").unwrap()).contains("\"verdict\": \"passed\""));
}

#[tokio::test]
async fn what_the_receiver_does_wrong_is_in_the_run() {
    let url = format!("http://{}/", receiver(500).await);
    let run = Scenario::parse(SCENARIO).unwrap().against(url).play().await.unwrap();
    assert_eq!(run.verdict(), Verdict::Failed);
    let first = run.callbacks().next().unwrap();
    assert_eq!((first.outcome(), first.attempts()), (Outcome::GaveUp, 13));
    let acknowledged = |finding: &&hookreel::Finding| finding.check == hookreel::check::ACKNOWLEDGED;
    assert!(run.findings().filter(acknowledged).any(|finding| !finding.ok && finding.actual.contains("500")));
    assert!(run.to_string().contains("an error inside the receiver"), "{run}");
}

#[test]
fn a_wrong_scenario_or_target_says_so_and_sends_nothing() {
    let wrong = Scenario::parse("provider: tencent\nrecording: {}\n").err().unwrap();
    assert!(wrong.to_string().contains("broadcast"), "{wrong}");
    let target = Scenario::parse(SCENARIO).unwrap().against("ftp://127.0.0.1/").play_blocking();
    assert!(target.unwrap_err().to_string().starts_with("the target cannot be used"));
}
