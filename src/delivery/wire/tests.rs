use super::*;
use tokio::io::{DuplexStream, duplex};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const MINUTE: Duration = Duration::from_secs(60);

/// Plays against a receiver in memory; gives what was heard, what the receiver saw, and how long it took.
async fn against<F, R>(
    steps: Vec<WireStep>,
    patience: Duration,
    receiver: R,
) -> (ScriptResult, Vec<u8>, Duration)
where
    R: FnOnce(DuplexStream) -> F,
    F: Future<Output = Vec<u8>> + Send + 'static,
{
    let (ours, theirs) = duplex(1 << 20);
    let serving = tokio::spawn(receiver(theirs));
    let begun = Instant::now();
    let (heard, stream) = play(ours, &steps, TimeLimit { begun, time: patience }, None).await;
    let took = begun.elapsed();
    drop(stream);
    (heard, serving.await.unwrap(), took)
}

async fn until_end(mut stream: DuplexStream) -> Vec<u8> {
    let mut seen = Vec::new();
    let _ = stream.read_to_end(&mut seen).await;
    seen
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_to_be_lost_is_not_heard_however_soon_it_comes() {
    let second = Duration::from_secs(1);
    let steps = vec![
        WireStep::Deaf,
        WireStep::Write("ab".into()),
        WireStep::Pause(second),
        WireStep::Leave(Leaving::Reset),
    ];
    let (heard, seen, took) = against(steps, MINUTE, async |mut stream: DuplexStream| {
        let mut seen = vec![0; 2];
        stream.read_exact(&mut seen).await.unwrap();
        stream.write_all(OK).await.unwrap();
        seen
    })
    .await;
    assert!(heard.answer.is_none() && seen == b"ab");
    assert_eq!((heard.error.unwrap().kind, took), (TroubleKind::Left, second));
}

#[tokio::test(start_paused = true)]
async fn after_an_answer_that_announces_the_end_of_the_connection_none_is_waited_for() {
    let second = Duration::from_secs(1);
    let steps = [WireStep::Write("a".into()), WireStep::Listen(second), WireStep::Another];
    let steps = [&steps[..], &[WireStep::Write("b".into())]].concat();
    let answers = [
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    ];
    for answer in answers {
        let (heard, seen, took) = against(steps.clone(), MINUTE, async |mut stream: DuplexStream| {
            let mut seen = vec![0; 1];
            stream.read_exact(&mut seen).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            // It waits until the sender closes, as Werkzeug does.
            [seen, until_end(stream).await].concat()
        })
        .await;
        assert_eq!((heard.rest, took), (Some(3), Duration::ZERO), "{answer}");
        assert_eq!(seen, b"a", "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_read_slowly_is_whole_in_time_however_long_it_is() {
    let steps = vec![WireStep::Sip(1, Duration::from_millis(20)), WireStep::Write("a".into())];
    let limit = Duration::from_secs(3);
    let (heard, _, took) = against(steps, limit, async |mut stream: DuplexStream| {
        stream.read_exact(&mut [0]).await.unwrap();
        stream
            .write_all(&[OK.strip_suffix(b"\r\n").unwrap(), b"X: ", &[b'x'; 5000], b"\r\n\r\n"].concat())
            .await
            .unwrap();
        Vec::new()
    })
    .await;
    assert_eq!(heard.answer.unwrap().status, 200);
    assert!(took >= limit / 2 && took < limit, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn time_by_which_our_own_pauses_are_late_is_not_taken_from_the_receiver() {
    // The clock of the runtime has milliseconds: each pause takes one.
    let steps = vec![WireStep::Dribble(vec![b'a'; 100].into(), 1, Duration::from_micros(1))];
    let answering = async |mut stream: DuplexStream| {
        stream.read_exact(&mut [0; 100]).await.unwrap();
        sleep(Duration::from_millis(15)).await;
        let _ = stream.write_all(OK).await;
        Vec::new()
    };
    let (heard, _, took) = against(steps.clone(), Duration::from_millis(20), answering).await;
    assert!(took >= Duration::from_millis(100), "{took:?}");
    assert_eq!(heard.answer.expect("it answered in 15 of 20 ms").status, 200);
    let (heard, ..) = against(steps, Duration::from_millis(10), answering).await;
    assert_eq!(heard.error.expect("it answered after 15 of 10 ms").kind, TroubleKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn bytes_arrive_as_the_script_says_and_the_answer_is_heard() {
    let steps =
        vec![WireStep::Write("ab".into()), WireStep::Dribble("cde".into(), 1, Duration::from_secs(2))];
    let (heard, seen, took) = against(steps, MINUTE, async |mut stream: DuplexStream| {
        let mut seen = vec![0; 5];
        stream.read_exact(&mut seen).await.unwrap();
        stream.write_all(OK).await.unwrap();
        seen
    })
    .await;
    assert_eq!((heard.answer.unwrap().status, seen), (200, b"abcde".to_vec()));
    assert_eq!(took, Duration::from_secs(4), "two gaps before the last byte");
}

#[tokio::test(start_paused = true)]
async fn silence_ends_at_the_deadline() {
    let (heard, _, took) = against(vec![WireStep::Write("a".into())], MINUTE, until_end).await;
    assert_eq!(heard.error.unwrap().kind, TroubleKind::Timeout);
    assert_eq!(took, MINUTE);
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_the_middle_of_a_slow_body_ends_it() {
    let slow = vec![WireStep::Dribble(vec![b'x'; 1000].into(), 1, Duration::from_secs(1))];
    let (heard, _, took) = against(slow, MINUTE * 60, async |mut stream: DuplexStream| {
        let mut seen = vec![0; 5];
        stream.read_exact(&mut seen).await.unwrap();
        stream.write_all(b"HTTP/1.1 408 Slow\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        seen
    })
    .await;
    assert_eq!(heard.answer.unwrap().status, 408);
    assert!(took < Duration::from_secs(6), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn leaving_reads_nothing_and_says_so() {
    let steps = vec![WireStep::Write("a".into()), WireStep::Leave(Leaving::Reset)];
    let (heard, seen, _) = against(steps, MINUTE, until_end).await;
    assert_eq!((heard.leaving, heard.error.unwrap().kind), (Some(Leaving::Reset), TroubleKind::Left));
    assert_eq!(seen, b"a");
}

#[tokio::test(start_paused = true)]
async fn listening_waits_for_the_interim_answer_and_goes_on_without_one() {
    let steps = vec![
        WireStep::Write("head".into()),
        WireStep::Listen(Duration::from_secs(3)),
        WireStep::Write("body".into()),
    ];
    let receiver = |interim: &'static [u8]| {
        async move |mut stream: DuplexStream| {
            let mut seen = vec![0; 8];
            stream.read_exact(&mut seen[..4]).await.unwrap();
            stream.write_all(interim).await.unwrap();
            stream.read_exact(&mut seen[4..]).await.unwrap();
            stream.write_all(OK).await.unwrap();
            seen
        }
    };
    let (heard, _, took) = against(steps.clone(), MINUTE, receiver(b"HTTP/1.1 100 Continue\r\n\r\n")).await;
    assert_eq!((heard.answer.unwrap().status, took), (200, Duration::ZERO));
    let (heard, _, took) = against(steps, MINUTE, receiver(b"")).await;
    assert_eq!((heard.answer.unwrap().status, took), (200, Duration::from_secs(3)));
}

#[tokio::test(start_paused = true)]
async fn of_two_answers_the_refusal_counts() {
    let steps = vec![
        WireStep::Write("one".into()),
        WireStep::Listen(MINUTE),
        WireStep::Another,
        WireStep::Write("two".into()),
    ];
    let (heard, ..) = against(steps, MINUTE, async |mut stream: DuplexStream| {
        let mut seen = vec![0; 3];
        stream.read_exact(&mut seen).await.unwrap();
        stream.write_all(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        stream.read_exact(&mut seen).await.unwrap();
        stream.write_all(OK).await.unwrap();
        seen
    })
    .await;
    assert_eq!(heard.answer.unwrap().status, 403);
}

#[tokio::test(start_paused = true)]
async fn a_yes_that_leaves_another_request_unanswered_is_none() {
    for (status, expected) in [("200 OK", None), ("403 No", Some(403))] {
        let steps = vec![WireStep::Write("one".into()), WireStep::Another, WireStep::Write("two".into())];
        let (heard, ..) = against(steps, MINUTE, async move |mut stream: DuplexStream| {
            let mut seen = vec![0; 6];
            stream.read_exact(&mut seen).await.unwrap();
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            seen
        })
        .await;
        assert_eq!(heard.answer.map(|answer| answer.status), expected);
        let kind = heard.error.map(|error| error.kind);
        assert_eq!(kind, expected.is_none().then_some(TroubleKind::Closed));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_its_end_is_kept_and_is_not_complete() {
    let steps = || vec![WireStep::Write("a".into())];
    const BEGUN: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"code\":0}";
    for (stays, kind, reason) in [
        (true, TroubleKind::Timeout, "10 of 20 bytes of the body came within 1m"),
        (false, TroubleKind::Incomplete, "before the connection was closed"),
    ] {
        let (heard, ..) = against(steps(), MINUTE, async move |mut stream: DuplexStream| {
            stream.read_exact(&mut [0; 1]).await.unwrap();
            stream.write_all(BEGUN).await.unwrap();
            if stays { until_end(stream).await } else { Vec::new() }
        })
        .await;
        let (answer, error) = (heard.answer.unwrap(), heard.error.unwrap());
        assert_eq!((answer.status, answer.body.as_str()), (200, "{\"code\":0}"));
        assert_eq!(error.kind, kind);
        assert!(error.text.contains(reason), "{}", error.text);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_sipped_at_the_pace_of_the_script() {
    let steps = vec![WireStep::Sip(4, Duration::from_secs(1)), WireStep::Write("a".into())];
    let (heard, _, took) = against(steps, MINUTE, async |mut stream: DuplexStream| {
        let mut seen = vec![0; 1];
        stream.read_exact(&mut seen).await.unwrap();
        stream.write_all(OK).await.unwrap();
        seen
    })
    .await;
    assert_eq!(heard.answer.unwrap().status, 200);
    assert_eq!(
        took,
        Duration::from_secs((OK.len().div_ceil(4) - 1) as u64),
        "a gap before every sip but the first"
    );
}
