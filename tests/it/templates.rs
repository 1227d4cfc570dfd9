//! What a template writes under load is, byte for byte, what the ordinary path would send.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use hookreel::load::learned::{LearnedScenario, learn};
use hookreel::load::template::MessagePlace;
use hookreel::plan::{Broadcast, Faults, Hurting, PlanSettings, PlannedScenario, plan};
use hookreel::problem::Source;
use hookreel::provider::signature::seal;
use hookreel::provider::{ALL, Provider};
use hookreel::scenario::{Loaded, load};
use hookreel::speed::{LaneStarts, Speed};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::stage::file;

/// What stands before a body, or is all of a GET.
fn head(own: &[(&'static str, Vec<u8>)], query: Option<&str>) -> Vec<u8> {
    let line = match query {
        None => "POST / HTTP/1.1\r\n".to_owned(),
        Some(query) => format!("GET /?{query} HTTP/1.1\r\n"),
    };
    let mut head = line.into_bytes();
    for (name, value) in own {
        head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    [head, b"\r\n".to_vec()].concat()
}

fn conditions(broadcast: Option<Broadcast>) -> PlanSettings {
    let now = Timestamp::from_second(1_700_000_000).unwrap();
    PlanSettings {
        seed: 5,
        now,
        speed: Speed::Max,
        key: Some("0123456789abcdef0123456789abcdef".into()),
        single: None,
        broadcast,
        hurting: Hurting::Drawn,
        editions: Default::default(),
    }
}

fn read(name: &str, text: &str) -> Loaded {
    let source = Source { name: name.into(), text: text.into() };
    load(source, &Default::default())
        .map_err(|(_, problems)| format!("{name}: {problems:?}\n{text}"))
        .unwrap()
}

fn ordinary(loaded: &Loaded, broadcast: Broadcast) -> Vec<PlannedScenario> {
    let mut plays = plan(loaded, 0, 1, &conditions(Some(broadcast)), &mut LaneStarts::new(1)).unwrap();
    plays.retain(|play| !play.callbacks.is_empty());
    plays
}

fn learnt(loaded: &Loaded) -> Vec<LearnedScenario> {
    let head = |_: (usize, &PlannedScenario), own: &[_], place| match place {
        MessagePlace::Body(_) => head(own, None),
        MessagePlace::Query(query) => head(own, Some(&query)),
    };
    learn(loaded, &conditions(None), head, |_| "localhost".to_owned()).unwrap()
}

/// How many callbacks were compared.
fn compare(loaded: &Loaded, acts: &mut [LearnedScenario], broadcast: Broadcast, time: i64) -> usize {
    let mut compared = 0;
    let plays = ordinary(loaded, broadcast);
    assert_eq!(plays.len(), acts.len());
    for (play, act) in plays.iter().zip(acts) {
        assert_eq!(play.callbacks.len(), act.templates.len());
        for (callback, template) in play.callbacks.iter().zip(&mut act.templates) {
            let signing = play.signing.as_ref().map(|signing| signing.at(callback.due));
            let sealed = seal(&play.body_template(callback), signing.as_ref(), time);
            let sent = [head(&sealed.headers, sealed.query.as_deref()), sealed.body.to_vec()].concat();
            let [written, sent] = [template.write(broadcast, time), &sent]
                .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            assert_eq!(written, sent, "{} {}", play.name, callback.id);
            compared += 1;
        }
    }
    compared
}

#[test]
fn every_shipped_scenario_is_told_under_load_as_it_is_told_alone() {
    // Those of `all` are told by senders that files declare, which are no part of the library.
    let folders = fs::read_dir(file("scenarios")).unwrap().map(|folder| folder.unwrap().path());
    let folders =
        folders.filter(|folder| !folder.ends_with("all")).flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut compared = 0;
    for path in folders.map(|entry| entry.unwrap().path()) {
        let loaded = read(path.to_str().unwrap(), &fs::read_to_string(&path).unwrap());
        let mut acts = learnt(&loaded);
        for n in 0..15_u64 {
            let number = [n + 1, 9_999_999_999 - n, n * 123_456_789 % 10_000_000_000][n as usize % 3];
            let began = 1_000_000_000 + (n as i64 * 77_777_777) % 3_000_000_000;
            compared += compare(&loaded, &mut acts, Broadcast { number, began }, began + 600 + n as i64 % 2);
        }
    }
    assert!(compared > 15 * 100, "{compared}");
}

/// A scenario of everything that a provider tells in one of its editions.
fn scenario(provider: &Provider, revision: &str, name: &str, steps: &[u64], method: &str) -> String {
    let (format, provider) = (provider.plain, provider.name);
    let mut text = format!("provider: {{name: {provider}, revision: \"{revision}\"}}\nlimits: off\n");
    if provider == "alibaba" {
        text.push_str("subscribe: [record_file, record_started, record_paused, record_resumed, publish, publish_done]\n");
    }
    let name = serde_json::Value::from(name);
    writeln!(text, "stream: {{domain: push.example.com, app: live, name: {name}, params: \"a=1&b=2\"}}")
        .unwrap();
    writeln!(text, "recording:\n  {format}: {{cycle: 1700s, resume: 37s}}\n  upload_delay: 1500ms").unwrap();
    writeln!(text, "signing: {{method: {method}}}\nbroadcast:\n  - 0s: push").unwrap();
    let mut at = 0;
    for (index, step) in steps.iter().enumerate() {
        at += step;
        let what = if index % 2 == 0 { "drop" } else { "push" };
        writeln!(text, "  - {at}ms: {what}").unwrap();
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn any_scenario_is_told_under_load_as_it_is_told_alone(
        name in r#"[a-zA-Z0-9 "\\/%&+äß直播😀._~-]{1,20}"#,
        steps in prop::collection::vec(1..4_000_000_u64, 1..6),
        number in 1..10_000_000_000_u64,
        began in 1_000_000_000..4_000_000_000_i64,
        ahead in 0..100_000_i64,
        half in 0..2_usize,
    ) {
        let steps = if steps.len() % 2 == 0 { &steps[1..] } else { &steps[..] };
        // Half of the editions and methods each time: together the cases play every one of them several times.
        let mut edition = 0;
        for provider in ALL {
            for revision in provider.revisions {
                let methods = revision.signatures.iter().map(|(method, _)| method.to_string()).chain(["none".into()]);
                for method in methods {
                    edition += 1;
                    if edition % 2 != half {
                        continue;
                    }
                    let text = scenario(provider, revision.name, &name, steps, &method);
                    let loaded = read("random.yaml", &text);
                    let mut acts = learnt(&loaded);
                    for broadcast in [number, number ^ 1].map(|number| Broadcast { number, began }) {
                        compare(&loaded, &mut acts, broadcast, began + ahead);
                    }
                    compare(&loaded, &mut acts, Broadcast { number, began: began + 1 }, began + ahead);
                }
            }
        }
    }
}

#[test]
fn many_broadcasts_share_no_id_of_a_file() {
    let text = fs::read_to_string(file("scenarios/both/one-broadcast.yaml")).unwrap();
    let loaded = read(Path::new("one-broadcast.yaml").to_str().unwrap(), &text);
    let mut keys = std::collections::BTreeSet::new();
    let mut files = 0;
    for number in 1..200 {
        for play in ordinary(&loaded, Broadcast { number, began: 1_700_000_000 }) {
            let own = play.callbacks.iter().flat_map(|callback| callback.file_keys.clone());
            own.for_each(|key| {
                files += 1;
                keys.insert(key);
            });
        }
    }
    assert!(files >= 398);
    assert_eq!(keys.len(), files);
}

#[test]
fn a_fault_is_drawn_for_a_broadcast_just_when_its_plan_holds_one() {
    let text = "provider: huawei\nstream: {domain: a.b, app: live, name: s}\nrecording: {hls: {cycle: 30m, resume: 0s}}\n\
                broadcast: [{0s: push}, {100m: drop}]\nfaults:\n  - expire: {on: RECORD_OVER, chance: 0.1}\n  \
                - duplicate: {on: RECORD_FILE_COMPLETE, nth: 2, copies: 3, chance: 0.05}\n  - signature: {on: any, chance: 0.01}\n";
    let loaded = read("chance.yaml", text);
    let faults = Faults::of(&loaded);
    let plain = PlanSettings {
        hurting: Hurting::None,
        editions: Default::default(),
        ..conditions(Some(Broadcast { number: 1, began: 1_700_000_000 }))
    };
    let plain = plan(&loaded, 0, 1, &plain, &mut LaneStarts::new(1)).unwrap().remove(0);
    let (mut hit, mut missed) = (0, 0);
    for number in 1..800 {
        let play = ordinary(&loaded, Broadcast { number, began: 1_700_000_000 }).remove(0);
        let hurt = play.callbacks.iter().any(|callback| !callback.faults.is_empty());
        assert_eq!(plain.is_hit(&faults, number), hurt, "broadcast {number}");
        *(if hurt { &mut hit } else { &mut missed }) += 1;
    }
    assert!(hit > 100 && missed > 300, "{hit} {missed}");
}
