//! Advice of the audit, for every case and every sender: it fits what was expected, and what the sender signs.

use hookreel::audit::advice::advice;
use hookreel::audit::case::{AuditSetting, Case};
use hookreel::audit::cases;
use hookreel::audit::score::Seen;
use hookreel::callback::Class;
use hookreel::check::{ACKNOWLEDGED, REJECTED};
use hookreel::plan::{Hurting, PlanSettings, plan};
use hookreel::problem::Source;
use hookreel::provider::signature::SignedTime;
use hookreel::provider::{ALL, Provider, find};
use hookreel::scenario::load;
use hookreel::speed::{LaneStarts, Speed};
use jiff::Timestamp;

/// Senders that files declare.
const DECLARED: [&str; 3] = ["zoom", "sparkrtc", "volcengine"];

fn senders() -> Vec<&'static Provider> {
    ALL.iter().copied().chain(DECLARED.map(|name| find(name, "").unwrap())).collect()
}

fn setting(provider: &'static Provider) -> AuditSetting {
    let (method, expect) = (String::new(), String::new());
    AuditSetting { provider, revision: provider.newest(), method, expect, streams: Vec::new(), nonce: 1 }
}

/// Classes of the callbacks that have the faults of a case; empty = it cannot be played as this provider.
fn classes(case: &Case, setting: &AuditSetting) -> Vec<Class> {
    let source = Source { name: case.id.into(), text: case.scenario(setting) };
    let loaded = load(source, &Default::default()).map_err(|(_, problems)| problems).unwrap();
    let settings = PlanSettings {
        seed: 5,
        now: Timestamp::from_second(1_700_000_000).unwrap(),
        speed: Speed::Max,
        key: Some("0123456789abcdef0123456789abcdef".into()),
        single: None,
        broadcast: None,
        hurting: Hurting::Drawn,
        editions: Default::default(),
    };
    let plays = plan(&loaded, 0, 1, &settings, &mut LaneStarts::new(1)).unwrap_or_default();
    plays.iter().flat_map(|play| &play.callbacks).map(|callback| callback.class).collect()
}

fn seen(check: &str, expected: &str, got: &str) -> Seen {
    let text = |text: &str| text.to_owned();
    let (id, check, expected, got) = (text("x-1"), text(check), text(expected), text(got));
    let status = got.strip_prefix("status ").map(|status| status.parse().unwrap());
    Seen { id, check, expected, got, status, ..Seen::default() }
}

/// Families that are about the connection: whatever is sent, the advice is about the server.
const OF_THE_CONNECTION: [char; 4] = ['H', 'I', 'J', 'K'];

/// Every case with every sender that plays it: the classes of its callbacks.
fn table() -> Vec<(&'static Case, &'static Provider, Vec<Class>)> {
    let of = |provider: &'static Provider| {
        let setting = setting(provider);
        let own = cases().filter(|case| case.suits(provider) && !OF_THE_CONNECTION.contains(&case.family()));
        let own = own.filter(|case| case.id != "M250");
        own.map(|case| (case, provider, classes(case, &setting))).collect::<Vec<_>>()
    };
    let all: Vec<_> =
        senders().into_iter().flat_map(of).filter(|(_, _, classes)| !classes.is_empty()).collect();
    assert!(all.len() > 1000, "{}", all.len());
    all
}

const ASKS_LESS: [&str; 8] =
    ["allow ", "accept ", "acknowledge", "ignore", "take both", "either form", "alike", "from a number and"];
const ASKS_MORE: [&str; 9] = [
    "refuse",
    "reject",
    "answer 400",
    "answer 401",
    "answer 4xx",
    "answer 41",
    "check ",
    "compare the whole",
    "verify by",
];

#[test]
fn who_accepted_what_must_be_rejected_is_never_told_to_accept_more_and_the_reverse() {
    let has = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    let mut wrong = Vec::new();
    for (case, provider, classes) in table() {
        let of = |class: Class| classes.contains(&class);
        let setting = setting(provider);
        if of(Class::Hostile) {
            let accepted = seen(REJECTED, "rejected with a status below 500, not status 200", "status 200");
            let (why, fix) = advice(case, &setting, &[accepted]);
            // `alone` and `refuse` say how much of it is meant.
            if has(fix, &ASKS_LESS) && !has(fix, &[" alone", "refuse"]) || why.contains("500") {
                wrong.push(format!("{} {}: accepted: {why}; {fix}", provider.name, case.id));
            }
        } else if of(Class::Legal) && !of(Class::Rough) {
            let refused = seen(ACKNOWLEDGED, "status 200", "status 401");
            let (why, fix) = advice(case, &setting, &[refused]);
            // The refusal of something else, or a repetition that is to be accepted.
            if has(fix, &ASKS_MORE) && !has(fix, &["accept", "whether"]) {
                wrong.push(format!("{} {}: refused: {why}; {fix}", provider.name, case.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn advice_about_signatures_and_times_is_of_what_the_sender_signs() {
    let mut wrong = Vec::new();
    let mut bytes = 0;
    for (case, provider, classes) in table() {
        let setting = setting(provider);
        let failed = match classes.contains(&Class::Hostile) {
            true => seen(REJECTED, "rejected with a status below 500, not status 200", "status 200"),
            false => seen(ACKNOWLEDGED, "status 200", "status 401"),
        };
        let (why, fix) = advice(case, &setting, &[failed]);
        let text = format!("{why}; {fix}");
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let signed = setting.signed();
        let by_bytes = signed.is_some_and(|(signature, _)| signature.signs_bytes());
        let misled = match signed {
            None => has(&["by their signature", "verify the body", "signs values", "the signature's time"]),
            Some(_) if by_bytes => {
                has(&["signs values", "verify the values", "sign the values", "no code can tell"])
            }
            Some(_) => has(&["before any parser"]),
        } || match signed.map(|(_, time)| time) {
            Some(SignedTime::Near) => has(&["compare the expiry", "expires later"]),
            Some(SignedTime::None) | None => {
                has(&["compare the expiry", "the signature's time", "expires later"])
            }
            Some(_) => has(&["the time is that of sending"]),
        };
        if misled {
            wrong.push(format!("{} {}: {text}", provider.name, case.id));
        }
        bytes += usize::from(by_bytes && text.contains("verify the body as it came, before any parser"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(bytes >= 4 * 5, "{bytes} for senders that sign bytes");
}
