//! Choice of the signing key: that of the scenario, those that replace each other, or that of the target.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::PlannedScenario;
use crate::callback::last_due;
use crate::problem::Problem;
use crate::provider::signature::{LaterKeys, SignatureKeys, decoded};
use crate::scenario::units::Span;
use crate::scenario::{Accepts, Method, ProviderChoice, Scenario};

/// A target of the scenario that a play is sent to.
#[derive(Clone, Debug)]
pub struct Site {
    /// Name in the scenario.
    pub name: String,
    /// Its URL, where there is one. May hold a secret.
    pub url: Option<String>,
    /// Its path in the scenario.
    pub path: String,
}

impl Site {
    /// The target that a choice names, or the only one that there is.
    pub(super) fn of(scenario: &Scenario, choice: &ProviderChoice) -> Option<Self> {
        let meant = |name: &String| match (&choice.target, scenario.targets.len()) {
            (Some(target), _) => target == name,
            (None, count) => count == 1,
        };
        let (index, target) = scenario.targets.iter().enumerate().find(|(_, target)| meant(&target.name))?;
        Some(Self { name: target.name.clone(), url: target.url.clone(), path: format!("targets[{index}]") })
    }
}

/// A scenario with several keys: one key cannot take their place.
pub fn has_own(scenario: &Scenario) -> bool {
    !(scenario.targets.is_empty() && scenario.signing.keys.is_empty())
}

/// The key with which the broadcast starts, and the others; none = there is none. `given` takes the place of a single one.
pub(super) fn of(
    scenario: &Scenario,
    site: Option<&Site>,
    given: Option<&SecretString>,
) -> Option<(SecretString, LaterKeys)> {
    let signing = &scenario.signing;
    if let Some(key) = given.filter(|_| !has_own(scenario)) {
        return Some((key.clone(), LaterKeys::default()));
    }
    if let Some(site) = site {
        let index = scenario.targets.iter().position(|target| target.name == site.name)?;
        let key = scenario.targets.get(index)?.key.clone();
        let (before, from) = scenario.targets.split_at_checked(index)?;
        let next = from.iter().chain(before).find(|target| target.name != site.name);
        let elsewhere = next.map(|target| target.key.clone());
        return Some((key, LaterKeys { elsewhere, ..LaterKeys::default() }));
    }
    let Some((first, rest)) = signing.keys.split_first() else {
        return Some((signing.key.clone()?, LaterKeys::default()));
    };
    let starts = signing.keys.iter().filter_map(|key| key.until.map(|until| until.0));
    let later = starts.zip(rest).map(|(from, key)| (from, key.key.clone())).collect();
    let newer_alone = signing.accepts == Some(Accepts::Newer);
    Some((first.key.clone(), LaterKeys { later, newer_alone, ..LaterKeys::default() }))
}

/// Problem of a key of Standard Webhooks that stands for no bytes.
pub(super) fn unreadable(signing: &SignatureKeys) -> Option<Problem> {
    let reads = |key: &SecretString| decoded(key.expose_secret().as_bytes()).is_some();
    (signing.method == Method::StandardWebhooks && !signing.secrets().all(reads)).then(|| {
        Problem::at("signing.key", "this is not a key of Standard Webhooks")
            .label("expected base64, with or without whsec_ before it")
            .help("make one with: printf whsec_; head -c 32 /dev/urandom | base64")
    })
}

/// Problem of a rotation with a key that signs nothing.
pub(super) fn idle(play: &PlannedScenario) -> Option<Problem> {
    let later = &play.signing.as_ref()?.others.later;
    let mut begins = std::iter::once(Duration::ZERO).chain(later.iter().map(|(from, _)| *from)).peekable();
    let mut index = 0;
    while let Some(from) = begins.next() {
        // The last key has no end.
        let until = begins.peek().copied().unwrap_or(Duration::MAX);
        if !later.is_empty() && !play.callbacks.iter().any(|c| (from..until).contains(&c.due)) {
            let problem =
                Problem::at(format!("signing.keys[{index}]"), "no callback is signed with this key");
            let last = Span(last_due(&play.callbacks));
            return Some(problem.label(format!("the callbacks come from 0s to {last}")));
        }
        index += 1;
    }
    None
}
