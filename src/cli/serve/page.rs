//! What the page of `serve` needs: samples, signed as the vendor would, and captures of what came.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use secrecy::SecretString;

use crate::capture::{CapturedRequest, lines};
use crate::cli::show::leading_to;
use crate::delivery::attempt::{Attempts, FirstSealings};
use crate::delivery::clock::Clock;
use crate::plan::{PlanSettings, Single, plan};
use crate::play::planned;
use crate::problem::Source;
use crate::provider::signature::compared_setting;
use crate::provider::{Provider, Revision};
use crate::receiver::judge::Account;
use crate::receiver::page::{MakeSample, PageSettings, ReceivedCallback, Sample};
use crate::scenario::units::Word;
use crate::scenario::{Environment, Method, ProviderChoice, load};
use crate::speed::{LaneStarts, Speed};

/// Who sends to the receiver, and how the callbacks are signed.
#[derive(Clone, Copy)]
pub(super) struct ServedSender {
    pub(super) provider: &'static Provider,
    pub(super) revision: &'static Revision,
    pub(super) method: Method,
}

/// A page about these accounts.
pub(super) fn settings(sender: ServedSender, accounts: &[Account], is_open: bool) -> PageSettings {
    let ServedSender { provider, revision, .. } = sender;
    let known = provider.events.iter().filter(|kind| kind.editions.contains(&revision.edition));
    PageSettings {
        title: format!("{} {}", provider.name, revision.name),
        is_open,
        events: known.collect(),
        token: format!("{:016x}{:016x}", drawn(), drawn()),
        sample: sampler(sender, accounts),
        capture: Box::new(captured),
    }
}

/// Freshly keyed by the system for each.
fn drawn() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Each sample is about a file of its own, and signed with the newest key of its account.
fn sampler(sender: ServedSender, accounts: &[Account]) -> MakeSample {
    let ServedSender { provider, revision, method } = sender;
    let keys: BTreeMap<String, Option<SecretString>> =
        accounts.iter().map(|account| (account.path.clone(), account.newest_key().cloned())).collect();
    let compared = accounts.iter().find_map(Account::compared_name).map(str::to_owned);
    let (seed, samples) = (drawn() >> 32, AtomicU64::new(1));
    Box::new(move |path, event| {
        let n = samples.fetch_add(1, Ordering::Relaxed);
        let key = keys.get(path).cloned().flatten();
        let method = if key.is_none() { Method::None } else { method };
        let none = || format!("there is no sample of `{event}`");
        let kind = provider.events.iter().find(|kind| kind.is(event)).ok_or_else(none)?;
        let circumstances = leading_to(provider, revision, kind).ok_or_else(none)?;
        let text = format!(
            "name: \"sample {n}\"\nprovider: {{name: {}, revision: \"{}\"{}}}\nrecording: {}\n\
             signing: {{method: {method}, key: 0123456789abcdef0123456789abcdef}}\nbroadcast: {}\nsubscribe: [{}]\n",
            provider.name,
            revision.name,
            circumstances.settings(),
            revision.eventful(provider),
            circumstances.broadcast,
            serde_json::json!(event),
        );
        let source = Source { name: "sample".into(), text };
        let wrong = |title: Option<String>| title.unwrap_or_else(none);
        let mut loaded = load(source, &Environment::new())
            .map_err(|(_, problems)| wrong(problems.into_iter().next().map(|problem| problem.title)))?;
        if let (Some(setting), Some(name)) = (compared_setting(revision), &compared) {
            let named = |choice: &mut ProviderChoice| {
                drop(choice.settings.insert(setting.into(), Word(name.clone())))
            };
            loaded.scenario.provider.change(named);
        }
        let clock = Clock::system();
        let single = Single { event: event.to_owned(), edits: Vec::new(), bytes: None };
        let conditions = planned::conditions(seed, &clock, Speed::Max, key);
        let conditions = PlanSettings { single: Some(single), ..conditions };
        let plays = plan(&loaded, 0, 1, &conditions, &mut LaneStarts::new(1))
            .map_err(|problems| wrong(problems.into_iter().next().map(|problem| problem.title)))?;
        let play = plays.first().ok_or_else(|| wrong(None))?;
        let callback = play.callbacks.first().ok_or_else(|| wrong(None))?;
        let attempts = Attempts {
            id: &callback.id,
            body_template: &play.body_template(callback),
            wire_fault: &callback.wire_fault,
            signing: play.signing.as_ref(),
            policy: play.policy,
            due: callback.due,
        };
        let (_, sealed) = attempts.seal(1, clock.now().as_second(), &FirstSealings::default());
        let headers =
            sealed.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Ok(Sample { headers, body: sealed.body.to_vec(), query: sealed.query.clone() })
    })
}

/// A capture of one callback, as `replay` and `init --from` take it.
fn captured(callback: &ReceivedCallback<'_>) -> String {
    let request = CapturedRequest {
        at: Timestamp::from_second(callback.at).ok(),
        method: callback.method.into(),
        path: callback.target.into(),
        headers: callback.headers.to_vec(),
        body: Some(callback.body.clone()),
        ..CapturedRequest::default()
    };
    lines::write(&request).expect("texts and bytes can be written as JSON")
}
