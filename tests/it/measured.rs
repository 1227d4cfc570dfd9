//! The figures of a load run: nothing is lost when they are written down, added up or judged.

use std::io::{Cursor, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hookreel::record::load::{
    EventTally, Histogram, LoadLine, LoadRun, SecondLine, ShardRecord, Tally, Times,
};
use hookreel::record::{Header, Line, LineWriter, Outcome, Record, SCHEMA, TroubleKind};
use hookreel::verdict::load::{Bottleneck, LoadVerdict, judge};
use hookreel::verdict::threshold::Threshold;
use proptest::collection::vec;
use proptest::prelude::*;

/// The events of that load.
const EVENTS: [&str; 3] = ["RECORD_START", "RECORD_FILE_COMPLETE", "RECORD_OVER"];

/// A load run as it was asked for: 500/s for 30 s.
pub(crate) fn asked() -> LoadLine {
    LoadLine {
        name: "one broadcast, one file".into(),
        path: "@huawei/normal".into(),
        providers: vec!["huawei 2024".into()],
        accept: vec!["status 200".into()],
        callbacks: vec![4],
        events: EVENTS.map(String::from).into(),
        request_bytes: 960,
        rate: "500/s".into(),
        open: true,
        arrivals: "constant".into(),
        phase: "spread".into(),
        bursts: vec![],
        duration_s: 30.0,
        broadcasts: 1000,
        connections: 1000,
        threads: 1,
        pacing: "exact".into(),
        timers: String::new(),
        awake: false,
        stamped: false,
        retries: "none".into(),
        shard: (1, 1),
        faults: vec![],
        between: vec![],
        thresholds: vec![],
        rerun: "hookreel load @huawei/normal -t 8080".into(),
        once: "hookreel run @huawei/normal -t 8080".into(),
        max_failures: 50,
        step: None,
    }
}

/// The record of a load run.
/// A second whose events have what the whole has.
fn agreeing(second: &SecondLine) -> SecondLine {
    let mut second = second.clone();
    agree(&mut second.tally);
    second
}

/// Makes the counts of the events add up to those of the whole: what is too much is taken from the first that have it.
fn agree(tally: &mut Tally) {
    let accepted = tally.ended(Outcome::Accepted);
    if tally.events.is_empty() && tally.sent + accepted > 0 {
        tally.events.insert(EVENTS[0].into(), EventTally::default());
    }
    let level = |wanted: u64, counts: Vec<&mut u64>| {
        let mut over = counts.iter().map(|count| **count).sum::<u64>();
        let mut missing = wanted.saturating_sub(over);
        for count in counts {
            let less = over.saturating_sub(wanted).min(*count);
            *count = *count - less + std::mem::take(&mut missing);
            over -= less;
        }
    };
    level(tally.sent, tally.events.values_mut().map(|event| &mut event.sent).collect());
    let answered: u64 = tally.events.values().map(|event| event.answered).sum();
    let heard: u64 = tally.statuses.values().chain(tally.troubles.values()).sum();
    level(answered.min(heard), tally.events.values_mut().map(|event| &mut event.answered).collect());
    level(accepted, tally.events.values_mut().map(|event| &mut event.accepted).collect());
}

pub(crate) fn record(line: &LoadLine, seconds: &[SecondLine], end: Option<Option<&str>>) -> String {
    let header = Header {
        schema: SCHEMA.into(),
        version: "0.0.0".into(),
        seed: 1,
        now: "2026-03-08T14:10:25Z".into(),
        target: "http://127.0.0.1:8080/".into(),
        ..Header::default()
    };
    let mut lines = vec![Line::Run(header), Line::Load(line.clone())];
    lines.extend(seconds.iter().map(agreeing).map(Line::Second));
    lines.extend(end.map(|stopped| Line::End {
        stopped: stopped.map(str::to_owned),
        never_began: false,
        set_up_wrong: false,
        at: String::new(),
    }));
    let mut text = Vec::new();
    let mut record = LineWriter::new(&mut text);
    lines.iter().for_each(|line| record.write(line).unwrap());
    String::from_utf8(text).unwrap()
}

pub(crate) fn read(text: &str) -> LoadRun {
    LoadRun::read(text.as_bytes()).unwrap()
}

/// The parts, merged in this order.
fn merge(records: &[String]) -> Result<LoadRun, String> {
    let shard = |(index, text): (usize, &String)| match Record::open(Cursor::new(text.clone())).unwrap() {
        Record::Load(shard) => (format!("{index}.jsonl"), *shard),
        Record::Run(_) | Record::Search(_) => unreachable!("it is the record of a load run"),
    };
    let shards: Vec<(String, ShardRecord<Cursor<String>>)> = records.iter().enumerate().map(shard).collect();
    LoadRun::merge(shards)
}

/// What one sender saw in one second. What became due ended there and then.
fn tally() -> impl Strategy<Value = Tally> {
    let times = || vec(1u64..100_000_000_000, 0..20);
    (vec((0usize..6, 1u64..50), 0..4), times(), times(), times(), vec((100u16..600, 1u64..9), 0..3), 0u64..90)
        .prop_map(|(ends, latency, service, lateness, statuses, peak)| {
            let mut tally =
                Tally { in_flight: peak, queued: peak / 2, elapsed_ns: 1_000_000_000, ..Tally::default() };
            for (outcome, count) in ends {
                *tally.outcomes.entry(Outcome::ALL[outcome]).or_default() += count;
                tally.planned += count;
            }
            tally.sent = tally.planned;
            tally.statuses.extend(statuses);
            // Each callback and each event has its answer or its trouble, and each answer its request.
            tally.retries = tally.statuses.values().sum();
            tally.troubles.insert(TroubleKind::Timeout, 21 + tally.planned + peak);
            (tally.busy_ns, tally.cpu_ns, tally.unexpected) = (peak * 1000, peak * 900, peak % 3);
            latency.iter().for_each(|time| tally.latency.record(*time));
            service.iter().for_each(|time| tally.service.record(*time));
            lateness.iter().for_each(|time| tally.lateness.record(*time));
            for (time, event) in latency.iter().zip(EVENTS.iter().cycle()) {
                let event = tally.events.entry((*event).into()).or_default();
                (event.sent, event.answered) = (event.sent + 1, event.answered + time % 2);
                event.latency.record(*time);
            }
            tally
        })
}

/// Seconds of several shards; each shard may have seen nothing in some of them.
fn shards() -> impl Strategy<Value = Vec<Vec<Option<Tally>>>> {
    vec(vec(proptest::option::weighted(0.8, tally()), 4), 1..5)
}

fn lines(seconds: impl IntoIterator<Item = Option<Tally>>) -> Vec<SecondLine> {
    let numbered = seconds.into_iter().enumerate();
    numbered.filter_map(|(second, tally)| Some(SecondLine { second: second as u64, tally: tally? })).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn shards_in_any_order_are_the_run_that_one_sender_would_have_seen(
        shards in shards(), seed in any::<prop::sample::Index>()
    ) {
        let mut shards = shards;
        shards.iter_mut().flatten().flatten().for_each(agree);
        let of = shards.len() as u64;
        let mut records: Vec<String> = (1..).zip(&shards).map(|(n, seconds)| {
            record(&LoadLine { shard: (n, of), ..asked() }, &lines(seconds.clone()), Some(None))
        }).collect();
        let ordered = merge(&records).unwrap();
        let turn = seed.index(records.len());
        records.rotate_left(turn);
        records.reverse();
        prop_assert_eq!(&merge(&records).unwrap(), &ordered);

        // One sender that saw everything: second by second, side by side.
        let together = (0..4).map(|second| {
            shards.iter().filter_map(|seconds| seconds[second].clone()).reduce(|mut all, one| { all.beside(&one); all })
        });
        let alone = read(&record(&LoadLine { shard: (1, 1), ..asked() }, &lines(together), Some(None)));
        prop_assert_eq!(&ordered.seconds, &alone.seconds);
        prop_assert_eq!(&ordered.total, &alone.total);
        prop_assert!(ordered.missing().is_empty() && ordered.unended.is_empty() && ordered.adds_up());
    }

    #[test]
    fn a_histogram_is_read_back_as_it_was_written(times in vec(0u64..5_000_000_000_000, 0..300)) {
        let mut histogram = Histogram::default();
        times.iter().for_each(|time| histogram.record(*time));
        let text = serde_json::to_string(&histogram).unwrap();
        let back: Histogram = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&back, &histogram);
        prop_assert_eq!(Times::from(&back), Times::from(&histogram));
    }

    #[test]
    fn percentiles_are_off_by_a_thousandth_at_most(mut times in vec(1u64..3_600_000_000_000, 1..400)) {
        let mut histogram = Histogram::default();
        times.iter().for_each(|time| histogram.record(*time));
        times.sort_unstable();
        for share in [0.5, 0.9, 0.95, 0.99, 0.999, 1.0] {
            let rank = ((times.len() as f64 * share).ceil() as usize).clamp(1, times.len());
            let (exact, told) = (times[rank - 1] as f64, histogram.quantile(share) as f64);
            prop_assert!((told - exact).abs() <= exact / 1000.0 + 1.0, "p{share}: {told} instead of {exact}");
        }
    }

    #[test]
    fn no_text_is_too_strange_for_a_threshold(text in "[p0-9.<>=!%a-z直 ]{0,20}") {
        match text.parse::<Threshold>() {
            Ok(threshold) => prop_assert_eq!(threshold.to_string().parse::<Threshold>().unwrap(), threshold),
            Err(mistake) => prop_assert!(mistake.to_string().contains('^')),
        }
    }
}

#[test]
fn a_histogram_that_another_library_wrote_is_read() {
    // By HdrHistogram for Python, of n * n microseconds for each n from 1 to 1000; the figures below are what it told of it.
    let python = "HISTFAAAAdh4nJWPT0hUURjF5ztvXo/H8BhsEJFJRERCREpERERExEJEIkJaRIsIFxIREeKiRQsVFxIhs2gRYeBiiGgZBBHiwpWIC2nV0mUbNy\
        6DPu+dd/+8++4bmx+/c853mcXMjY1GrVSK/pbkJ2g18bxz+/un0vS5fDip4rgXzes4TbAToxHj8zU0I+yXcVLG2xDrZawH2AtwEOAswFfgHbCL\
        y/ETOAaOgG+EH4RDwhHhF+E34Yzwh3BB+EJ4g03CFmGbsENoEN4TPhB2CXuEpvjKR8JDPGIe4wnzFMtYYZ7hOV7gJV5hFWt4zfcUM40ZwSzm2L\
        uCeWaBWWTuMfeZB8wSM4dBDDHDwktuKUYEo4oxwbhwHBPCCUwKp9hh9LToFWr6hDL7xeoXpgwoJTeVkkGlZAhdqDGdyjRNuizTTOlWqbWpq5TW\
        ja7zP9TdozJxqFpdtbSzmtkdxmtHJqV26japZVbNMU3dNp2oIEbE2qk7u31UnGV2xVqu5nLbXH6SnJ1k0l7a7DLbXAnCKxAV3FFh56e93Evqu/\
        zptrns7XvJJy58iZ0Vey+d9mpvzL82aEE5y73cu+j1/wmv9Bp6rqJV3GHhm//2rbDtq7bdS3bl33mZf/lbr38q0mj8";
    let read: Histogram = serde_json::from_value(python.into()).unwrap();
    let told = [0.5, 0.9, 0.99, 0.999, 1.0].map(|share| read.quantile(share));
    assert_eq!(told, [250_085_375, 810_024_959, 980_418_559, 998_244_351, 1_000_341_503]);
    assert_eq!((read.count(), read.max()), (1000, 1_000_341_503));
    assert!((read.mean() - 333_834_770.033).abs() < 1.0, "{}", read.mean());
    let mut ours = Histogram::default();
    (1..=1000).for_each(|n| ours.record(n * n * 1000));
    assert_eq!(read, ours);
}

#[test]
fn what_is_no_histogram_of_ours_is_refused_and_takes_no_memory() {
    let packed = |digits: u32, length: u32, high: u64| {
        let mut plain = [0x1c84_9313, length, 0, digits].map(u32::to_be_bytes).concat();
        plain.extend([1, high].map(u64::to_be_bytes).concat());
        plain.extend(1.0_f64.to_be_bytes());
        plain.push(2);
        let mut bytes = [0x1c84_9314_u32, 0].map(u32::to_be_bytes).concat();
        let mut packer = flate2::write::ZlibEncoder::new(&mut bytes, flate2::Compression::default());
        packer.write_all(&plain).unwrap();
        packer.finish().unwrap();
        bytes
    };
    let wrong =
        [packed(2, 1, 1000), packed(3, 4_000_000_000, 1000), packed(3, 1, 0), b"HISTF".to_vec(), vec![0; 64]];
    for bytes in wrong {
        let text = BASE64_STANDARD.encode(bytes);
        let refused = serde_json::from_value::<Histogram>(text.into()).unwrap_err();
        assert!(refused.to_string().contains("expected an HdrHistogram of three digits"), "{refused}");
    }
    let right = BASE64_STANDARD.encode(packed(3, 1, 1000));
    assert_eq!(
        serde_json::from_value::<Histogram>(right.into()).unwrap().count(),
        1,
        "the check sees what it should"
    );
}

#[test]
fn every_mistake_in_a_threshold_is_shown_where_it_is() {
    let mistakes = [
        "p99<200",
        "p99<1%",
        "rejectd==0",
        "p99",
        "p99=<3ms",
        "errors=0",
        "p100<1s",
        "rate>=99.5",
        "rate>1000/s",
        "errors==-1",
        "",
        "<5ms",
        "p99<",
        "直播<1",
        "service.errors==0",
        "p99<200ms,p50<1ms",
        "p<1s",
        "errors==0.5",
    ];
    let told = mistakes.map(|text| text.parse::<Threshold>().unwrap_err().to_string());
    insta::assert_snapshot!(told.join("\n\n"));
}

/// A second in which all was well: so many callbacks, each answered after 2 ms.
pub(crate) fn calm(callbacks: u64) -> Tally {
    let mut tally = Tally {
        planned: callbacks,
        sent: callbacks,
        opened: 1,
        in_flight: 3,
        queued: 1,
        span_ns: 1_000_000_000,
        elapsed_ns: 1_000_000_000,
        busy_ns: 40_000_000,
        cpu_ns: callbacks * 8_300,
        ..Tally::default()
    };
    tally.outcomes.insert(Outcome::Accepted, callbacks);
    tally.statuses.insert(200, callbacks);
    for n in 0..callbacks {
        tally.latency.record(2_000_000 + n * 1_000);
        let event = tally.events.entry(EVENTS[n as usize % EVENTS.len()].into()).or_default();
        (event.sent, event.answered, event.accepted) =
            (event.sent + 1, event.answered + 1, event.accepted + 1);
        event.latency.record(2_000_000 + n * 1_000);
        tally.service.record(1_950_000 + n * 1_000);
        tally.lateness.record(9_000 + n * 10);
    }
    tally
}

/// The judgement on one second of a run that was asked so.
fn judged(line: &LoadLine, tally: Tally) -> (LoadVerdict, Bottleneck) {
    let judgement = judge(&read(&record(line, &lines([Some(tally)]), Some(None))));
    (judgement.verdict, judgement.bottleneck)
}

#[test]
fn a_calm_run_passes_and_an_unasked_error_fails_it() {
    assert_eq!(judged(&asked(), calm(500)), (LoadVerdict::Passed, Bottleneck::None));
    let mut wrong = calm(500);
    wrong.outcomes = [(Outcome::Accepted, 499), (Outcome::Rejected, 1)].into();
    assert_eq!(judged(&asked(), wrong.clone()), (LoadVerdict::Failed, Bottleneck::None));
    let lenient = LoadLine { thresholds: vec!["errors<1%".into()], ..asked() };
    assert_eq!(judged(&lenient, wrong).0, LoadVerdict::Passed);
}

#[test]
fn a_hostile_callback_that_is_refused_is_no_error() {
    let mut tally = calm(500);
    (tally.hurt, tally.unexpected) = (100, 0);
    tally.outcomes = [(Outcome::Accepted, 400), (Outcome::Rejected, 100)].into();
    assert_eq!(judged(&asked(), tally.clone()).0, LoadVerdict::Passed);
    tally.unexpected = 1;
    assert_eq!(judged(&asked(), tally).0, LoadVerdict::Failed);
}

fn asked_for(threshold: &str) -> LoadLine {
    LoadLine { thresholds: vec![threshold.into()], ..asked() }
}

#[test]
fn a_sender_that_is_late_or_spent_has_fallen_behind_where_nothing_but_itself_is_to_blame() {
    let mut late = calm(500);
    (0..10).for_each(|_| late.lateness.record(25_000_000));
    assert_eq!(judged(&asked(), late.clone()), (LoadVerdict::FellBehind, Bottleneck::Sender));
    assert_eq!(
        judged(&asked_for("p99<10ms"), late),
        (LoadVerdict::Passed, Bottleneck::None),
        "latency counts from when a callback was due, so what held, held in spite of it"
    );

    let mut short = calm(500);
    (short.sent, short.outcomes) = (400, [(Outcome::Accepted, 400), (Outcome::NotSent, 100)].into());
    short.statuses = [(200, 400)].into();
    let mut spent = short.clone();
    spent.busy_ns = 960_000_000;
    assert_eq!(judged(&asked(), spent.clone()), (LoadVerdict::FellBehind, Bottleneck::Sender));
    spent.outcomes = [(Outcome::Accepted, 390), (Outcome::Rejected, 10), (Outcome::NotSent, 100)].into();
    assert_eq!(
        judged(&asked(), spent.clone()).0,
        LoadVerdict::Failed,
        "ten were rejected, whatever was not sent"
    );
    assert_eq!(judged(&asked_for("errors<3%"), spent.clone()).0, LoadVerdict::FellBehind);
    spent.outcomes = [(Outcome::Accepted, 390), (Outcome::InDoubt, 10), (Outcome::NotSent, 100)].into();
    assert_eq!(
        judged(&asked(), spent.clone()).0,
        LoadVerdict::FellBehind,
        "still on the wire when its time was up"
    );
    spent.troubles.insert(TroubleKind::Closed, 10);
    assert_eq!(judged(&asked(), spent).0, LoadVerdict::Failed, "the receiver closed ten");
    assert_eq!(judged(&asked(), short.clone()), (LoadVerdict::Failed, Bottleneck::Receiver));
    short.in_flight = 1000;
    assert_eq!(judged(&asked(), short), (LoadVerdict::Failed, Bottleneck::Connections));
}

#[test]
fn a_receiver_that_is_gone_is_to_blame_before_a_sender_that_is_late() {
    let mut here = calm(500);
    (0..10).for_each(|_| here.lateness.record(25_000_000));
    let mut gone =
        Tally { planned: 500, span_ns: 1_000_000_000, elapsed_ns: 1_000_000_000, ..Tally::default() };
    gone.outcomes = [(Outcome::Unreachable, 500)].into();
    gone.troubles = [(TroubleKind::Connect, 500)].into();
    let seconds = lines([Some(here), Some(gone)]);
    let judgement = judge(&read(&record(&asked(), &seconds, Some(None))));
    assert_eq!(judgement.outages.len(), 1, "{judgement:?}");
    assert_eq!((judgement.verdict, judgement.bottleneck), (LoadVerdict::Failed, Bottleneck::Receiver));
    let schedule = judgement.schedule.unwrap().actual;
    assert!(schedule.contains("lateness p99 = 25") && schedule.contains("(above 20.0 ms)"), "{schedule}");
}

#[test]
fn what_is_counted_is_judged_however_late_the_sender_was() {
    let mut outage = calm(500);
    (0..50).for_each(|_| outage.lateness.record(25_000_000));
    outage.outcomes = [(Outcome::Accepted, 400), (Outcome::Unreachable, 100)].into();
    (outage.sent, outage.statuses) = (400, [(200, 400)].into());
    outage.troubles = [(TroubleKind::Connect, 100)].into();
    assert_eq!(judged(&asked(), outage.clone()).0, LoadVerdict::Failed);
    assert_eq!(judged(&asked_for("errors<1%"), outage.clone()).0, LoadVerdict::Failed);
    assert_eq!(
        judged(&asked_for("errors<30%"), outage.clone()).0,
        LoadVerdict::Failed,
        "the rate was not held"
    );
    let both = LoadLine { thresholds: vec!["errors<30%".into(), "rate>=70%".into()], ..asked() };
    assert_eq!(judged(&both, outage).0, LoadVerdict::FellBehind, "no time was named, and it was late");
}

#[test]
fn lateness_is_held_against_the_threshold_that_failed() {
    let mut slow = calm(500);
    (0..9).for_each(|_| slow.lateness.record(5_750_000));
    (0..20).for_each(|_| slow.latency.record(300_000_000));
    assert_eq!(
        judged(&asked_for("p99<200ms"), slow.clone()).0,
        LoadVerdict::Failed,
        "5.75 ms say nothing of 200 ms"
    );
    let told = judge(&read(&record(&asked(), &lines([Some(slow.clone())]), Some(None)))).schedule.unwrap();
    assert!(told.ok && told.actual.contains("lateness p99 = 5.75 ms"), "{}", told.actual);
    assert_eq!(judged(&asked_for("p99<10ms"), slow.clone()), (LoadVerdict::FellBehind, Bottleneck::Sender));
    assert_eq!(
        judged(&asked_for("p50<1ms"), slow.clone()).0,
        LoadVerdict::Failed,
        "the median was sent in time"
    );
    assert_eq!(
        judged(&asked_for("lateness.p99<1ms"), slow.clone()).0,
        LoadVerdict::Failed,
        "its own measure"
    );
    let two = LoadLine { thresholds: vec!["p99<10ms".into(), "accepted>500".into()], ..asked() };
    let judgement = judge(&read(&record(&two, &lines([Some(slow)]), Some(None))));
    assert_eq!(judgement.verdict, LoadVerdict::Failed);
    let undecided: Vec<bool> = judgement.thresholds.iter().map(|judged| judged.undecided()).collect();
    assert_eq!(undecided, [true, false, false, false]);
}

#[test]
fn a_receiver_that_takes_too_long_by_itself_fails_however_late_the_sender_was() {
    let mut late = calm(500);
    (0..20).for_each(|_| late.lateness.record(5_750_000));
    (0..20).for_each(|_| late.latency.record(26_000_000));
    let times = |line: &LoadLine, service| {
        let mut tally = late.clone();
        (0..20).for_each(|_| tally.service.record(service));
        judged(line, tally).0
    };
    for threshold in ["p99<10ms", "service.p99<=10ms", "mean<1ms"] {
        let stamped = LoadLine { stamped: true, ..asked_for(threshold) };
        assert_eq!(times(&stamped, 21_000_000), LoadVerdict::Failed, "{threshold}");
    }
    let mut slow = late.clone();
    (0..20).for_each(|_| slow.service.record(21_000_000));
    let told =
        judge(&read(&record(&asked_for("p99<10ms"), &lines([Some(slow)]), Some(None)))).schedule.unwrap();
    assert!(
        told.ok && told.actual.contains("(above 1.00 ms, and not the reason of what failed)"),
        "{}",
        told.actual
    );
    let stamped = LoadLine { stamped: true, ..asked_for("p99<10ms") };
    assert_eq!(times(&stamped, 9_000_000), LoadVerdict::FellBehind, "with the lateness alone");
    // A thread that reads late takes the answer to have come late, where the system has no stamp of it.
    assert_eq!(times(&asked_for("p99<10ms"), 15_000_000), LoadVerdict::FellBehind);
    assert_eq!(times(&asked_for("p99<10ms"), 16_000_000), LoadVerdict::Failed);
}

#[test]
fn the_callbacks_of_a_burst_may_go_out_one_after_the_other() {
    let mut burst = calm(1000);
    (0..300).for_each(|_| burst.lateness.record(36_000_000));
    assert_eq!(judged(&asked(), burst.clone()).0, LoadVerdict::FellBehind);
    let line = LoadLine { bursts: vec!["100@1s".into(), "200@2s".into()], ..asked() };
    let judgement = judge(&read(&record(&line, &lines([Some(burst.clone())]), Some(None))));
    assert_eq!((judgement.verdict, judgement.bottleneck), (LoadVerdict::Passed, Bottleneck::None));
    let schedule = judgement.schedule.unwrap().actual;
    assert!(
        schedule.contains("(300 late; the callbacks of a burst go out one after the other)"),
        "{schedule}"
    );
    (0..100).for_each(|_| burst.lateness.record(36_000_000));
    let judgement = judge(&read(&record(&line, &lines([Some(burst)]), Some(None))));
    assert_eq!(judgement.verdict, LoadVerdict::FellBehind, "more than those of the bursts were late");
    let why = judgement.bottleneck_text;
    assert!(why.contains("go out one after the other (100@1s, 200@2s); its last ones are late"), "{why}");
}

#[test]
fn callbacks_that_a_late_sender_sent_after_the_schedule_decide_nothing_about_the_rate() {
    let mut late = calm(500);
    late.overdue = 50;
    assert_eq!(judged(&asked(), late.clone()).0, LoadVerdict::Failed, "the receiver held them up");
    (0..50).for_each(|_| late.lateness.record(400_000_000));
    let judgement = judge(&read(&record(&asked(), &lines([Some(late.clone())]), Some(None))));
    assert_eq!((judgement.verdict, judgement.bottleneck), (LoadVerdict::FellBehind, Bottleneck::Sender));
    let undecided: Vec<bool> = judgement.thresholds.iter().map(|judged| judged.undecided()).collect();
    assert_eq!(undecided, [false, true]);
    late.overdue = 60;
    assert_eq!(judged(&asked(), late).0, LoadVerdict::Failed, "ten were not its doing");
}

#[test]
fn a_sender_that_is_late_is_no_bottleneck_where_its_lateness_does_not_explain_what_waited() {
    let mut slow = Tally { in_flight: 1000, queued: 18_000, ..calm(1000) };
    (slow.planned, slow.sent) = (20_000, 2000);
    slow.outcomes.extend([(Outcome::NotSent, 18_000), (Outcome::InDoubt, 1000)]);
    slow.troubles.insert(TroubleKind::CutOff, 1000);
    (0..100).for_each(|_| slow.lateness.record(28_000_000));
    let (verdict, bottleneck) = judged(&asked(), slow.clone());
    assert_eq!(verdict, LoadVerdict::Failed);
    assert!(matches!(bottleneck, Bottleneck::Connections | Bottleneck::Receiver), "{bottleneck:?}");
    // Were as many of them never looked at as there are missing, it would be.
    slow.missed = 18_000;
    assert_eq!(judged(&asked(), slow).1, Bottleneck::Sender);
}

#[test]
fn requests_that_were_sent_again_can_be_held_to_a_number_and_are_noted_where_they_are_many() {
    let with = |resent: u64, threshold: &str| {
        let tally = Tally { resent, ..calm(600) };
        judge(&read(&record(&asked_for(threshold), &lines([Some(tally)]), Some(None))))
    };
    assert_eq!(with(0, "resent==0").verdict, LoadVerdict::Passed);
    let failed = with(31, "resent<=5%");
    assert_eq!(failed.verdict, LoadVerdict::Failed);
    assert_eq!(failed.thresholds[0].finding.actual, "resent = 5.167% (31 of 600)");
    let noted = |resent| with(resent, "resent>=0").notes;
    assert!(noted(5).is_empty(), "{:?}", noted(5));
    let note = noted(31).concat();
    assert!(note.starts_with("31 of 600 requests were sent again on a new connection"), "{note}");
    // Also of a sender that had no time to spare: nothing of it is its own doing.
    let spent = Tally { resent: 31, busy_ns: 990_000_000, overdue: 30, ..calm(600) };
    let judgement = judge(&read(&record(&asked_for("resent==0"), &lines([Some(spent)]), Some(None))));
    assert!(judgement.thresholds[0].failed(), "{:?}", judgement.thresholds[0]);
}

#[test]
fn a_part_above_the_whole_is_refused_where_there_can_be_none() {
    for text in ["errors<110%", "accepted<=100.0001%", "unexpected<200%"] {
        let told = text.parse::<Threshold>().unwrap_err().to_string();
        assert!(told.contains("at most 100%"), "{told}");
    }
    for text in ["errors<=100%", "retries<=300%", "resent<110%"] {
        assert_eq!(text.parse::<Threshold>().unwrap().to_string(), text);
    }
}

#[test]
fn a_record_with_more_answers_than_requests_or_fewer_than_were_accepted_is_refused() {
    let whole = record(&asked(), &lines([Some(calm(500)), Some(calm(500))]), Some(None));
    merge(std::slice::from_ref(&whole)).unwrap();
    let falsified = |sum: &str, other: &str| {
        let at = whole.rfind(sum).unwrap_or_else(|| panic!("{sum} in {whole}"));
        merge(&[format!("{}{other}{}", &whole[..at], &whole[at + sum.len()..])]).unwrap_err()
    };
    let few = falsified("\"200\":500", "\"200\":0");
    assert!(
        few.contains("line 4") && few.contains("`accepted` is 500") && few.contains("0 answers"),
        "{few}"
    );
    let events = calm(500).events.values().next().unwrap().answered;
    let many = falsified(&format!("\"answered\":{events}"), "\"answered\":999999999");
    assert!(many.contains("line 4") && many.contains("`answered`"), "{many}");
    let more = falsified("\"200\":500", "\"200\":600");
    assert!(more.contains("line 4") && more.contains("600 answers, and 500 requests"), "{more}");
}

#[test]
fn without_a_schedule_there_is_nothing_to_fall_behind() {
    let closed = LoadLine { open: false, rate: "max".into(), connections: 64, ..asked() };
    let mut tally = calm(500);
    assert_eq!(judged(&closed, tally.clone()), (LoadVerdict::Passed, Bottleneck::Receiver));
    tally.busy_ns = 990_000_000;
    assert_eq!(judged(&closed, tally), (LoadVerdict::Passed, Bottleneck::Sender));
    let rate: Threshold = "rate>=99%".parse().unwrap();
    assert!(rate.fits(true).is_ok() && rate.fits(false).unwrap_err().contains("--rate max"));
}

#[test]
fn a_receiver_that_answers_fewer_than_are_sent_to_it_is_the_bottleneck_and_one_that_is_slow_and_keeps_up_is_not()
 {
    let second = |sent: u64, answers: u64| {
        let mut tally = Tally { outcomes: [(Outcome::Accepted, answers)].into(), ..calm(sent) };
        tally.statuses.insert(200, answers);
        Some(tally)
    };
    let told = |seconds: [Option<Tally>; 6]| {
        let judgement = judge(&read(&record(&asked(), &lines(seconds), Some(None))));
        assert_eq!(judgement.verdict, LoadVerdict::Passed);
        (judgement.bottleneck, judgement.bottleneck_text)
    };
    // The schedule lasts four seconds, and the last answers come after it.
    let after = |answers| second(0, answers).map(|tally| Tally { span_ns: 0, ..tally });
    let overloaded =
        [second(200, 90), second(200, 100), second(200, 100), second(200, 100), after(100), after(310)];
    let (who, why) = told(overloaded);
    assert_eq!(who, Bottleneck::Receiver);
    assert!(why.contains("100.0/s of 200.0/s"), "{why}");
    let slow = [second(200, 0), second(200, 200), second(200, 200), second(200, 200), after(200), after(0)];
    assert_eq!(told(slow), (Bottleneck::None, String::new()));
    // Of one that takes longer than half of the schedule the first answers come in its second half.
    let seconds = |tally: Option<Tally>| {
        let mut tally = tally.unwrap();
        tally.service = hookreel::record::load::Histogram::default();
        (0..200).for_each(|_| tally.service.record(3_000_000_000));
        Some(tally)
    };
    let slower = [second(200, 0), second(200, 0), second(200, 0), second(200, 200), after(200), after(400)];
    assert_eq!(told(slower.map(seconds)), (Bottleneck::None, String::new()));
}

#[test]
fn a_late_sender_is_no_bottleneck_beside_a_receiver_that_answers_fewer_than_are_sent_to_it() {
    let told = |lateness: u64, thresholds: &[&str]| {
        let second = |sent: u64, answers: u64| {
            let mut tally = Tally { outcomes: [(Outcome::Accepted, answers)].into(), ..calm(sent) };
            tally.statuses.insert(200, answers);
            (0..sent).for_each(|n| tally.service.record(n * 20_000_000));
            (0..sent).for_each(|n| tally.latency.record(n * 20_000_000));
            (0..20).for_each(|_| tally.lateness.record(lateness));
            Some(tally)
        };
        let after = |answers| second(0, answers).map(|tally| Tally { span_ns: 0, ..tally });
        let seconds = [second(200, 90), second(200, 100), second(200, 100), second(200, 100), after(410)];
        let line = LoadLine { thresholds: thresholds.iter().map(|it| (*it).to_owned()).collect(), ..asked() };
        let judgement = judge(&read(&record(&line, &lines(seconds), Some(None))));
        (judgement.verdict, judgement.bottleneck, judgement.schedule.unwrap().actual)
    };
    let (verdict, bottleneck, schedule) = told(90_000_000, &[]);
    assert_eq!((verdict, bottleneck), (LoadVerdict::Passed, Bottleneck::Receiver), "{schedule}");
    assert!(schedule.contains("(above 20.0 ms, and nothing beside the time to answer)"), "{schedule}");
    let (verdict, bottleneck, _) = told(90_000_000, &["p99<500ms"]);
    assert_eq!((verdict, bottleneck), (LoadVerdict::Failed, Bottleneck::Receiver));
    // As late as the receiver is slow: nobody knows.
    let (verdict, bottleneck, schedule) = told(3_000_000_000, &[]);
    assert_eq!((verdict, bottleneck), (LoadVerdict::FellBehind, Bottleneck::Sender), "{schedule}");
}

#[test]
fn figures_that_do_not_add_up_are_our_fault_and_a_silent_receiver_was_never_reached() {
    let mut wrong = calm(500);
    wrong.end(Outcome::Rejected);
    assert_eq!(judged(&asked(), wrong).0, LoadVerdict::Miscounted);
    let mut silent = Tally { planned: 5, ..Tally::default() };
    silent.outcomes.insert(Outcome::Unreachable, 5);
    silent.troubles.insert(TroubleKind::Connect, 5);
    assert_eq!(judged(&asked(), silent).0, LoadVerdict::Unreachable);
    assert_eq!(judged(&asked(), Tally::default()).0, LoadVerdict::NothingChecked);
}

#[test]
fn what_a_kill_left_without_an_end_is_in_doubt() {
    let mut tally = calm(500);
    tally.planned = 503;
    let text = record(&asked(), &lines([Some(tally)]), None);
    for torn in ["", "{\"line\":\"second\",\"second\":1,\"ta", "\"直\u{1f3a5}"] {
        // A kill may also cut through a letter.
        let bytes = [text.as_bytes(), &torn.as_bytes()[..torn.len().saturating_sub(1)]].concat();
        let run = LoadRun::read(bytes.as_slice()).unwrap();
        assert_eq!((run.total.ended(Outcome::InDoubt), run.unended.as_slice()), (3, [1].as_slice()));
        assert!(run.adds_up());
        let judgement = judge(&run);
        assert_eq!(judgement.verdict, LoadVerdict::Incomplete, "the receiver had no time to answer them");
        assert!(
            judgement.schedule.unwrap().ok && judgement.bottleneck == Bottleneck::None,
            "it sent in time"
        );
        assert!(judgement.warnings[0].contains("killed"), "{:?}", judgement.warnings);
    }
}

#[test]
fn a_killed_run_does_not_pass_though_all_thresholds_hold() {
    let run = read(&record(&asked(), &lines([Some(calm(500))]), None));
    assert!(judge(&run).thresholds.iter().all(|judged| judged.finding.ok));
    assert_eq!(judge(&run).verdict, LoadVerdict::Incomplete);
}

#[test]
fn shards_that_do_not_fit_are_refused_and_a_missing_one_is_told() {
    let shard = |n, of, change: fn(&mut LoadLine)| {
        let mut line = LoadLine { shard: (n, of), ..asked() };
        change(&mut line);
        record(&line, &lines([Some(calm(10))]), Some(None))
    };
    let same: fn(&mut LoadLine) = |_| {};
    let refused = |records: &[String]| merge(records).unwrap_err();
    assert!(refused(&[shard(1, 2, same), shard(1, 2, same)]).contains("both hold shard 1/2"));
    assert!(refused(&[shard(1, 2, same), shard(2, 3, same)]).contains("number of shards is `3`, not `2`"));
    assert!(
        refused(&[shard(1, 2, same), shard(2, 2, |line| line.rate = "9/s".into())])
            .contains("rate is `9/s`, not `500/s`")
    );
    let seed = shard(2, 2, same).replacen("\"seed\":1", "\"seed\":7", 1);
    assert!(refused(&[shard(1, 2, same), seed]).contains("seed is `7`, not `1`"));

    let awake: fn(&mut LoadLine) = |line| line.awake = true;
    let kept = |other| merge(&[shard(1, 2, awake), shard(2, 2, other)]).unwrap().line.awake;
    assert!(kept(awake) && !kept(same), "only where every machine's processors were");

    let run = merge(&[shard(3, 3, same), shard(1, 3, same)]).unwrap();
    assert_eq!((run.missing(), run.shards.clone(), run.total.planned), (vec![2], vec![1, 3], 20));
    assert!(judge(&run).warnings[0].contains("missing: shard 2/3"), "{:?}", judge(&run).warnings);
    // Whoever plays one of three has played all that was asked for; whoever reads the record of one lacks the others.
    let mut one = merge(&[shard(3, 3, same)]).unwrap();
    assert_eq!(judge(&one).verdict, LoadVerdict::Passed);
    one.gathered = true;
    assert_eq!(judge(&one).verdict, LoadVerdict::Incomplete);
}

#[test]
fn a_day_is_folded_into_rows() {
    let second = |number| Line::Second(SecondLine { second: number, tally: calm(3) });
    let mut run = LoadRun::default();
    (0..200).for_each(|number| run.apply(&second(number)));
    assert_eq!((run.seconds.len(), run.total.planned), (200, 600));
    // A second's histograms take some 800 KB; a row of its figures must not.
    assert!(size_of::<hookreel::record::load::Second>() < 512);
}

#[test]
fn an_event_that_was_never_sent_is_a_warning_in_a_whole_run_alone() {
    let warnings = |line: &LoadLine, tally: Tally| {
        judge(&read(&record(line, &lines([Some(tally)]), Some(None)))).warnings.join("; ")
    };
    assert_eq!(warnings(&asked(), calm(500)), "");
    let mut partial = calm(500);
    partial.events.remove("RECORD_OVER");
    let told = warnings(&asked(), partial.clone());
    assert!(told.contains("never sent: RECORD_OVER") && told.contains("--duration"), "{told}");
    let together = LoadLine { phase: "together".into(), ..asked() };
    assert!(warnings(&together, partial.clone()).contains("--phase spread"));
    let one = LoadLine { shard: (1, 3), ..asked() };
    assert!(!warnings(&one, partial.clone()).contains("never sent"), "another shard may have sent it");
    let earlier = LoadLine { events: Vec::new(), ..asked() };
    assert_eq!(warnings(&earlier, partial), "");
}

#[test]
fn callbacks_that_gave_up_before_their_first_wait_was_over_are_said_to_have_been_sent_once() {
    let warnings = |retries: &str, again: u64| {
        let line = LoadLine { retries: retries.into(), ..asked() };
        let mut tally = Tally { retries: again, ..calm(500) };
        tally.outcomes = [(Outcome::Accepted, 425), (Outcome::GaveUp, 75)].into();
        judge(&read(&record(&line, &lines([Some(tally)]), Some(None)))).warnings.join("; ")
    };
    assert!(
        warnings("provider", 0).starts_with("sent again: none of 75 that gave up"),
        "{}",
        warnings("provider", 0)
    );
    assert_eq!(warnings("provider", 3), "");
    assert_eq!(warnings("none", 0), "");
}

#[test]
fn a_record_without_events_and_phase_is_read_as_before() {
    let text = record(&asked(), &lines([Some(calm(50))]), Some(None));
    let cut = |line: &str| {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        let object = line.as_object_mut().unwrap();
        ["events", "phase"].into_iter().for_each(|field| drop(object.remove(field)));
        object.get_mut("tally").and_then(|tally| tally.as_object_mut()?.remove("events"));
        line.to_string()
    };
    let earlier: Vec<String> = text.lines().map(cut).collect();
    let run = read(&earlier.join("\n"));
    assert_eq!((run.line.phase.as_str(), run.total.planned, run.total.events.len()), ("together", 50, 0));
    assert_eq!(judge(&run).verdict, LoadVerdict::Passed);
}

/// A second in which so many became due and so many were answered, each in this time.
fn answering(due: u64, answers: u64, service_ns: u64) -> Option<Tally> {
    let mut tally = Tally { planned: due, sent: answers, span_ns: 1_000_000_000, ..Tally::default() };
    tally.outcomes = [(Outcome::Accepted, answers), (Outcome::NotSent, due.saturating_sub(answers))].into();
    tally.statuses.insert(200, answers);
    (0..answers).for_each(|_| {
        tally.service.record(service_ns);
        tally.latency.record(service_ns);
        tally.lateness.record(10_000);
    });
    Some(Tally { opened: answers, ..tally })
}

#[test]
fn a_receiver_that_is_too_slow_is_told_from_one_with_a_short_backlog_and_one_that_takes_nothing() {
    let told = |seconds: [Option<Tally>; 4]| {
        let judgement = judge(&read(&record(&asked(), &lines(seconds), Some(None))));
        (judgement.bottleneck_text, judgement.notes.concat())
    };
    let crowded = |tally: Option<Tally>| tally.map(|tally| Tally { crowded: 5, untaken: 7, ..tally });
    // 20 a second of 100, and always one under way.
    let slow = || answering(100, 20, 300_000_000);
    let (why, note) = told([slow(), slow(), slow(), crowded(slow())]);
    assert!(why.contains("it answered 20.0/s of 100.0/s that became due, one each 50.0 ms"), "{why}");
    assert!(note.contains("7 connections were not taken until the load ended"), "{note}");
    assert!(note.contains("5 connections were taken only after 1s or more"), "{note}");
    assert!(note.contains("too slow for this rate") && !note.contains("raise it"), "{note}");
    // As few are answered, each at once: most found no place.
    let quick = || answering(100, 20, 1_000_000);
    let (why, note) = told([quick(), quick(), quick(), crowded(quick())]);
    assert!(why.contains("see the note on its backlog") && note.contains("raise it"), "{why} {note}");
    // Nobody accepts at all.
    let nobody = || answering(100, 0, 0);
    let (_, note) = told([nobody(), nobody(), nobody(), crowded(nobody())]);
    assert!(note.contains("nothing accepts connections") && !note.contains("raise it"), "{note}");
}

#[test]
fn requests_that_were_merely_under_way_at_the_end_have_no_cause() {
    let causes = |waited_ns: u64| {
        let mut tally = calm(100);
        tally.outcomes = [(Outcome::Accepted, 98), (Outcome::InDoubt, 2)].into();
        tally.statuses = [(200, 98)].into();
        tally.troubles = [(TroubleKind::CutOff, 2)].into();
        (0..2).for_each(|_| tally.service.record(waited_ns));
        judge(&read(&record(&asked(), &lines([Some(tally)]), Some(None)))).causes
    };
    assert_eq!(causes(1_000_000), []);
    assert_eq!(causes(3_000_000_000).len(), 1, "these hung");
}

#[test]
fn a_threshold_about_time_that_failed_has_the_cause_that_the_measurements_show() {
    let cause = |threshold: &str, seconds: [Option<Tally>; 5]| {
        let line = LoadLine { thresholds: vec![threshold.into()], ..asked() };
        let judgement = judge(&read(&record(&line, &lines(seconds), Some(None))));
        // The bottleneck agrees with the cause.
        let of_receiver = judgement.bottleneck == Bottleneck::Receiver;
        let found = judgement.causes.into_iter().find(|found| found.of == threshold);
        let cause = found.map(|found| found.cause.into_owned()).unwrap_or_default();
        let blames = ["the receiver itself is too slow", "a few slow answers"];
        assert_eq!(blames.iter().any(|words| cause.contains(words)), of_receiver, "{cause}");
        cause
    };
    let of = |service_ns: u64| answering(100, 100, service_ns);
    let slow = cause("p99<8ms", [of(9_000_000), of(9_000_000), of(9_000_000), of(9_000_000), of(9_000_000)]);
    assert!(slow.contains("the receiver itself is too slow") && slow.contains("p50 9.00 ms"), "{slow}");
    let quick = || of(1_000_000);
    let few = cause("p99<8ms", [quick(), quick(), of(90_000_000), quick(), quick()]);
    assert!(few.contains("a few slow answers") && few.contains("second 3 (max 9"), "{few}");
    let waiting = || {
        let mut tally = answering(100, 100, 1_000_000).unwrap();
        (0..100).for_each(|_| tally.latency.record(50_000_000));
        Some(tally)
    };
    let waited = cause("p99<8ms", [waiting(), waiting(), waiting(), waiting(), waiting()]);
    assert!(waited.contains("waited for a free connection"), "{waited}");
}

#[test]
fn a_record_whose_sums_do_not_agree_is_refused_with_the_line() {
    let whole = record(&asked(), &lines([Some(calm(500)), Some(calm(500))]), Some(None));
    for (sum, other) in [("\"sent\":500", "\"sent\":900"), ("\"accepted\":500", "\"accepted\":400")] {
        let at = whole.rfind(sum).unwrap();
        let falsified = format!("{}{other}{}", &whole[..at], &whole[at + sum.len()..]);
        let refused = merge(&[falsified]).unwrap_err();
        assert!(refused.contains("line 4") && refused.contains("its events have 500"), "{refused}");
    }
    merge(&[whole]).unwrap();
}

#[test]
fn a_shard_that_was_killed_does_not_shorten_the_run() {
    let shard = |n, seconds: usize, end| {
        let line = LoadLine { shard: (n, 2), duration_s: 4.0, ..asked() };
        record(&line, &lines(vec![Some(calm(10)); seconds]), end)
    };
    let run = merge(&[shard(1, 4, Some(None)), shard(2, 2, None)]).unwrap();
    assert!((run.span_s() - 4.0).abs() < 1e-9, "{}", run.span_s());
}

#[test]
fn a_rate_is_shown_as_it_was_asked_for() {
    let rate = |rate: &str, due: u64| {
        let run = read(&record(
            &LoadLine { rate: rate.into(), ..asked() },
            &lines([Some(calm(due)), Some(calm(due)), Some(calm(0))]),
            Some(None),
        ));
        let text = hookreel::report::load::text::render(&run);
        let text = anstream::adapter::strip_str(&text).to_string();
        text.lines().find(|line| line.trim_start().starts_with("rate ")).unwrap().trim().to_owned()
    };
    assert!(rate("0.5/s", 1).contains("0.5/s asked, 0.67/s due, 0.67/s sent"), "{}", rate("0.5/s", 1));
    assert!(rate("2/s", 3).contains(" 2.00/s asked, 2.00/s sent"), "{}", rate("2/s", 3));
}

#[test]
fn a_fault_that_shows_between_two_callbacks_is_not_on_the_wire_where_each_broadcast_sent_one() {
    let warned = |broadcasts: u64| {
        let line = LoadLine {
            faults: vec!["duplicate".into()],
            between: vec!["duplicate".into()],
            broadcasts,
            ..asked()
        };
        let tally = Tally { hurt: 500, ..calm(500) };
        judge(&read(&record(&line, &lines([Some(tally)]), Some(None)))).warnings.concat()
    };
    let warning = warned(1000);
    assert!(
        warning.contains("not on the wire: duplicate") && warning.contains("fewer --broadcasts"),
        "{warning}"
    );
    assert_eq!(warned(100), "");
}
