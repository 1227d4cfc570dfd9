//! The sending engine with a transport in memory and a clock that tests move.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hookreel::callback::{Body, Class, FieldSlot, SendOrder};
use hookreel::delivery::clock::Clock;
use hookreel::delivery::target::ReceiverUrl;
use hookreel::delivery::{
    Content, Journal, Judge, Options, Outgoing, Request, Stop, StreamDelivery, Transport, deliver,
};
use hookreel::provider::signature::SignatureKeys;
use hookreel::provider::{Policy, Queue, Success, find, find_revision};
use hookreel::record::{Answer, Exchange, Finding, Line, Meaning, Outcome, Trouble, TroubleKind};
use hookreel::request::WireFault;
use hookreel::scenario::Method;
use hookreel::speed::Speed;
use tokio::sync::watch;
use tokio::time::Instant;

/// Answers by script and notes when it was asked.
struct Script {
    begun: Instant,
    statuses: Vec<u16>,
    takes: Duration,
    seen: Mutex<Vec<(Duration, Vec<u8>)>>,
}

impl Script {
    fn new(statuses: &[u16], takes: Duration) -> Arc<Self> {
        Arc::new(Self { begun: Instant::now(), statuses: statuses.to_vec(), takes, seen: Mutex::default() })
    }

    fn times(&self) -> Vec<u64> {
        self.seen.lock().unwrap().iter().map(|(at, _)| at.as_secs()).collect()
    }

    fn bodies(&self) -> Vec<Vec<u8>> {
        self.seen.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }
}

impl Transport for Script {
    async fn send(&self, request: Request) -> Exchange {
        let n = {
            let mut seen = self.seen.lock().unwrap();
            let body = match &request.content {
                Content::Plain(message) => message.body.to_vec(),
                Content::Script { steps, .. } => format!("{steps:?}").into(),
            };
            seen.push((self.begun.elapsed(), body));
            seen.len() - 1
        };
        if self.takes > request.timeout {
            tokio::time::sleep(request.timeout).await;
            let error = Trouble::new(TroubleKind::Timeout, "no answer");
            return Exchange { latency_ms: 0.0, answer: None, error: Some(error), ..Exchange::default() };
        }
        tokio::time::sleep(self.takes).await;
        let status = self.statuses[n.min(self.statuses.len() - 1)];
        Exchange {
            latency_ms: 0.0,
            answer: Some(Answer { status, ..Answer::default() }),
            error: None,
            ..Exchange::default()
        }
    }
}

#[derive(Default)]
pub(crate) struct Memory {
    lines: Mutex<Vec<Line>>,
    /// The line that cannot be taken down.
    fails_at: Option<usize>,
}

impl Journal for Memory {
    fn note(&self, line: Line) -> io::Result<()> {
        let mut lines = self.lines.lock().unwrap();
        if self.fails_at.is_some_and(|at| lines.len() >= at) {
            return Err(io::Error::other("disk full"));
        }
        lines.push(line);
        Ok(())
    }
}

impl Memory {
    pub(crate) fn lines(&self) -> Vec<Line> {
        self.lines.lock().unwrap().clone()
    }

    pub(crate) fn outcomes(&self) -> Vec<Outcome> {
        let lines = self.lines.lock().unwrap();
        lines
            .iter()
            .filter_map(|line| if let Line::Outcome { outcome, .. } = line { Some(*outcome) } else { None })
            .collect()
    }
}

fn signing(resign_retries: bool) -> SignatureKeys {
    let provider = find("tencent", "").unwrap();
    SignatureKeys {
        method: Method::Md5,
        signature: find_revision(provider, "2025", "").unwrap().signature(Method::Md5).unwrap(),
        key: "k".to_owned().into(),
        others: Default::default(),
        lifetime: Duration::from_secs(600),
        time: Default::default(),
        resign_retries,
    }
}

/// Status 200 acknowledges; nothing else is said.
struct ByStatus;

impl Judge for ByStatus {
    fn acknowledges(&self, exchange: &Exchange) -> bool {
        exchange.answer.as_ref().is_some_and(|answer| answer.status == 200)
    }

    fn meaning(&self, _: &Answer) -> Meaning {
        Meaning::Accepted
    }

    fn findings(&self, _: Class, _: &Exchange, _: &[Exchange]) -> Vec<Finding> {
        Vec::new()
    }
}

pub(crate) fn lane(dues: &[u64], retries: u32) -> StreamDelivery {
    let signing = signing(true);
    let body = Body::new([
        ("sign".into(), FieldSlot::Signature),
        ("t".into(), FieldSlot::Time(hookreel::callback::TimeForm::Number)),
    ]);
    let outgoing = dues.iter().enumerate().map(|(index, due)| Outgoing {
        id: format!("c-{index}"),
        class: Class::Legal,
        place: String::new(),
        due: Duration::from_secs(*due),
        body_template: signing.signature.body_template(&body),
        wire_fault: WireFault::default(),
        turn: SendOrder::Next,
        judge: None,
    });
    StreamDelivery {
        scenario: 0,
        target: ReceiverUrl::parse("1").unwrap(),
        outgoing: outgoing.collect(),
        signing: Some(signing),
        policy: Policy {
            success: Success::STATUS_200,
            last_no: Default::default(),
            first_waits: &[],
            timeout: Duration::from_secs(20),
            retries,
            interval: Duration::from_secs(60),
            ..Policy::PLAIN
        },
        judge: Arc::new(ByStatus),
        in_order: true,
        observer: None,
    }
}

pub(crate) async fn play<T: Transport>(
    lanes: Vec<StreamDelivery>,
    speed: &str,
    transport: &Arc<T>,
) -> Arc<Memory> {
    let memory = Arc::new(Memory::default());
    let (_stop, stopping) = watch::channel(Stop::No);
    let begun = Instant::now();
    // The wall clock follows the paused clock.
    let clock = Clock::new(move || jiff::Timestamp::from_second(1_700_000_000).unwrap() + begun.elapsed());
    let options = Options {
        secrets: Default::default(),
        speed: speed.parse::<Speed>().unwrap(),
        jobs: 8,
        clock,
        headers: Arc::default(),
        restart: None,
    };
    deliver(lanes, options, transport.clone(), memory.clone(), stopping).await.unwrap();
    memory
}

#[tokio::test(start_paused = true)]
async fn ten_minutes_at_sixty_times_the_speed_take_ten_seconds() {
    let script = Script::new(&[200], Duration::ZERO);
    play(vec![lane(&[0, 300, 600], 0)], "60x", &script).await;
    assert_eq!(script.times(), [0, 5, 10]);
}

#[tokio::test(start_paused = true)]
async fn at_real_time_a_callback_is_sent_when_it_is_due() {
    let script = Script::new(&[200], Duration::ZERO);
    play(vec![lane(&[0, 1800, 86_400], 0)], "realtime", &script).await;
    assert_eq!(script.times(), [0, 1800, 86_400]);
}

#[tokio::test(start_paused = true)]
async fn twelve_retries_at_full_speed_take_no_time_and_at_real_time_twelve_minutes() {
    for (speed, seconds) in [("max", 0), ("60x", 12), ("realtime", 720)] {
        let script = Script::new(&[500], Duration::ZERO);
        let begun = Instant::now();
        let memory = play(vec![lane(&[0], 12)], speed, &script).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(seconds), "{speed}");
        assert_eq!(script.bodies().len(), 13);
        assert_eq!(memory.outcomes(), [Outcome::GaveUp]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_queue_sends_until_the_callback_is_too_old_and_speed_scales_its_waiting_too() {
    let (quick, slow, until) = (Duration::from_secs(3), Duration::from_secs(60), Duration::from_secs(600));
    for speed in ["realtime", "60x", "max"] {
        let script = Script::new(&[500], Duration::ZERO);
        let mut lane = lane(&[0], 3);
        (lane.policy.interval, lane.policy.queue) = (quick, Some(Queue { interval: slow, until }));
        let memory = play(vec![lane], speed, &script).await;
        assert_eq!(memory.outcomes(), [Outcome::GaveUp]);
        assert_eq!(script.bodies().len(), 13, "{speed}");
        if speed == "realtime" {
            assert_eq!(script.times(), [0, 3, 6, 9, 69, 129, 189, 249, 309, 369, 429, 489, 549]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_to_answer_is_never_scaled() {
    let script = Script::new(&[200], Duration::from_secs(19));
    let memory = play(vec![lane(&[0], 0)], "1000x", &script).await;
    assert_eq!(memory.outcomes(), [Outcome::Accepted]);
    let script = Script::new(&[200], Duration::from_secs(21));
    let memory = play(vec![lane(&[0], 0)], "1000x", &script).await;
    assert_eq!(memory.outcomes(), [Outcome::GaveUp]);
}

#[tokio::test(start_paused = true)]
async fn a_callback_waits_for_the_one_before_it_unless_ordering_is_free() {
    let slow = Duration::from_secs(10);
    let script = Script::new(&[200], slow);
    play(vec![lane(&[0, 1, 2], 0)], "realtime", &script).await;
    assert_eq!(script.times(), [0, 10, 20]);
    let script = Script::new(&[200], slow);
    play(vec![StreamDelivery { in_order: false, ..lane(&[0, 1, 2], 0) }], "realtime", &script).await;
    assert_eq!(script.times(), [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_retry_is_signed_again_unless_told_otherwise() {
    let script = Script::new(&[500, 200], Duration::ZERO);
    play(vec![lane(&[0], 1)], "realtime", &script).await;
    let [first, second] = script.bodies().try_into().unwrap();
    assert!(String::from_utf8(first.clone()).unwrap().contains("\"t\":1700000600"));
    assert!(String::from_utf8(second).unwrap().contains("\"t\":1700000660"));

    let script = Script::new(&[500, 200], Duration::ZERO);
    play(vec![StreamDelivery { signing: Some(signing(false)), ..lane(&[0], 1) }], "realtime", &script).await;
    let [first_again, second] = script.bodies().try_into().unwrap();
    assert_eq!((&first_again, &first_again), (&first, &second));
}

#[tokio::test(start_paused = true)]
async fn a_stop_leaves_every_callback_with_an_outcome() {
    for (how, expected) in [
        (Stop::Now, [Outcome::Accepted, Outcome::InDoubt, Outcome::NotSent]),
        (Stop::Drain, [Outcome::Accepted, Outcome::Accepted, Outcome::NotSent]),
    ] {
        let script = Script::new(&[200], Duration::from_secs(10));
        let memory = Arc::new(Memory::default());
        let (stop, stopping) = watch::channel(Stop::No);
        let options = Options {
            secrets: Default::default(),
            speed: Speed::Max,
            jobs: 1,
            clock: Clock::frozen(jiff::Timestamp::UNIX_EPOCH),
            headers: Arc::default(),
            restart: None,
        };
        let sending = deliver(vec![lane(&[0, 0, 0], 3)], options, script.clone(), memory.clone(), stopping);
        let stopping = async {
            tokio::time::sleep(Duration::from_secs(15)).await;
            stop.send_replace(how);
        };
        let (sent, ()) = tokio::join!(sending, stopping);
        sent.unwrap();
        assert_eq!(memory.outcomes(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_that_could_not_be_taken_down() {
    let script = Script::new(&[200], Duration::ZERO);
    // Intent, result, outcome of the first; then the disk is full.
    let memory = Arc::new(Memory { fails_at: Some(3), ..Memory::default() });
    let (_stop, stopping) = watch::channel(Stop::No);
    let options = Options {
        secrets: Default::default(),
        speed: Speed::Max,
        jobs: 1,
        clock: Clock::frozen(jiff::Timestamp::UNIX_EPOCH),
        headers: Arc::default(),
        restart: None,
    };
    let sent = deliver(vec![lane(&[0, 0, 0], 0)], options, script.clone(), memory, stopping).await;
    assert!(sent.err().unwrap().to_string().contains("disk full"));
    assert_eq!(script.bodies().len(), 1);
}
