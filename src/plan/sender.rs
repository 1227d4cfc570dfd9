//! The sender of planned callbacks, and the faults that are put on what it sends.

use std::collections::BTreeMap;

use crate::callback::PlannedCallback;
use crate::fault::terms::Spec;
use crate::fault::{self, SenderFacts};
use crate::lifecycle::draw::Draws;
use crate::number;
use crate::problem::Problem;
use crate::provider::signature::SignatureKeys;
use crate::provider::{Policy, Provider, Revision};
use crate::scenario::Method;

/// Puts the faults on the callbacks of a sender.
pub(super) fn faulty(
    callbacks: Vec<PlannedCallback>,
    draws: &Draws,
    faults: &[Spec],
    sender: &PlanSender<'_>,
) -> Result<Vec<PlannedCallback>, Vec<Problem>> {
    let put = |(index, why): (usize, String)| {
        Problem::at(faults.get(index).map_or("", |spec| spec.path.as_str()), why)
    };
    fault::apply(callbacks, faults, |index| sender.facts(draws, index))
        .map_err(|failed| failed.into_iter().map(put).collect())
}

/// The sender of planned callbacks.
pub(super) struct PlanSender<'a> {
    pub(super) provider: &'a Provider,
    pub(super) revision: &'static Revision,
    pub(super) settings: &'a BTreeMap<&'static str, String>,
    /// None = nothing is signed.
    pub(super) keys: Option<&'a SignatureKeys>,
    pub(super) policy: &'a Policy,
}

impl<'a> PlanSender<'a> {
    /// Properties of the sender, for the fault at this place.
    pub(super) fn facts(&self, draws: &Draws, index: usize) -> SenderFacts<'a> {
        SenderFacts {
            events: self.provider.events,
            revision: self.revision,
            reading: self.revision.reading,
            settings: self.settings,
            signature: self.keys.map(|keys| keys.signature),
            method: self.keys.map_or(Method::None, |keys| keys.method),
            signing: self.keys,
            lifetime: self.keys.map_or(0, |keys| number::seconds(keys.lifetime)),
            leeway: self.provider.leeway,
            retries: self.policy.retries,
            timeout: self.policy.timeout,
            draws: draws.within(&format!("fault/{index}")),
        }
    }
}
