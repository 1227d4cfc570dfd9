//! A planned scenario, and what delivery asks of it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::Faults;
use super::dialect;
use super::keys::Site;
use super::sender::PlanSender;
use crate::callback::{BodyTemplate, FieldSlot, PlannedCallback};
use crate::lifecycle::draw::Draws;
use crate::provider::signature::{self, HeadSigned, Signature, SignatureKeys, Unsigned};
use crate::provider::{Policy, Provider, Revision};
use crate::record::WHOLE_BODY;
use crate::scenario::{AnswerPattern, Expect, IncompleteAnswer, Ordering, Shape, Stream};

/// One scenario played by one provider: the callbacks of its streams and how they are delivered.
pub struct PlannedScenario {
    /// Index of the scenario among those that were planned.
    pub scenario: usize,
    /// Name for a person.
    pub name: String,
    /// Order of its callbacks, as `2 1 3`, where the scenario is played in several; empty = as they happened.
    pub order: String,
    /// Sending provider.
    pub provider: &'static Provider,
    /// Revision of the provider.
    pub revision: &'static Revision,
    /// Target, if the scenario sets one.
    pub site: Option<Site>,
    /// Shape of the messages: as on the vendor's pages, or as captured.
    pub shape: Shape,
    /// Every setting of the provider, given or default.
    pub settings: BTreeMap<&'static str, String>,
    /// Keys of the signature; none without a key or with `method: none`.
    pub signing: Option<SignatureKeys>,
    /// Content of the fields for time and signature in an unsigned body.
    pub unsigned: Unsigned,
    /// Accepted answers, their time limit, and the number of tries.
    pub policy: Policy,
    /// Acknowledging answers, if the vendor was configured with another rule than its own; empty = its own.
    pub success: AnswerPattern,
    /// Treatment of an answer whose body does not end.
    pub incomplete_answer: IncompleteAnswer,
    /// Expectations of the scenario about answers and state.
    pub expect: Expect,
    /// Order of callbacks: waiting for each other or not.
    pub ordering: Ordering,
    /// Start of the broadcast.
    pub epoch: Timestamp,
    /// Time between the start of the first play and that of this one, where they are spaced out.
    pub after: Duration,
    /// Pushed stream.
    pub stream: Stream,
    /// Notes for a person.
    pub notes: Vec<String>,
    /// Its chance.
    pub(super) draws: Draws,
    /// Everything that is to be sent, in order.
    pub callbacks: Vec<PlannedCallback>,
}

impl PlannedScenario {
    /// Reason why it has nothing to send; none where it has.
    pub fn silent(&self) -> Option<String> {
        let usual = || "no callback follows from this broadcast".to_owned();
        let why = if self.notes.is_empty() { usual() } else { self.notes.join("; ") };
        self.callbacks.is_empty().then_some(why)
    }

    /// Sender with its edition, and the file of a declared provider.
    pub fn by(&self) -> String {
        let origin = self.provider.origin();
        let declared = if origin.is_empty() { String::new() } else { format!(", {origin}") };
        format!("{} {}{declared}", self.provider.name, self.revision.name)
    }

    /// True if one of the faults is drawn for the broadcast of this number, given this play without faults. Far cheaper
    /// than to plan it.
    pub fn is_hit(&self, faults: &Faults, broadcast: u64) -> bool {
        let draws = dialect::chance(&self.draws, broadcast);
        let sender = PlanSender {
            provider: self.provider,
            revision: self.revision,
            settings: &self.settings,
            keys: self.signing.as_ref(),
            policy: &self.policy,
        };
        faults.0.iter().enumerate().any(|(index, fault)| {
            let chosen = fault.choose(&self.callbacks, &sender.facts(&draws, index));
            chosen.is_ok_and(|chosen| !chosen.is_empty())
        })
    }

    /// The receiver is to be restarted in the middle of it.
    pub fn restarts(&self) -> bool {
        self.callbacks.iter().any(|callback| callback.wire_fault.restarts)
    }

    /// A callback's body, ready to be signed.
    pub fn body_template(&self, callback: &PlannedCallback) -> BodyTemplate {
        let (body, headers) = (&callback.body, self.revision.signed_headers);
        let signed = callback.signed.as_ref().unwrap_or(body);
        let plain = match (&callback.given, self.signature(callback.event)) {
            (Some(given), _) => given.clone(),
            (None, None) => signature::unsigned(body, self.unsigned),
            (None, Some(signature)) if headers.is_empty() => signature.envelope_of(body, signed),
            (None, Some(signature)) => {
                HeadSigned { body, signed, settings: &self.settings, id: &callback.head.id }
                    .sealed(signature, headers)
            }
        };
        let whole = plain.with_headers(&callback.head);
        if callback.head.in_query { signature::in_query(whole, body) } else { whole }
    }

    /// Paths of the fields of a callback whose values are signed, or [`WHOLE_BODY`]; empty = nothing is signed.
    pub fn signed(&self, callback: &PlannedCallback) -> Vec<String> {
        let Some(signature) = self.signature(callback.event) else { return Vec::new() };
        if signature.signs_bytes() {
            return vec![WHOLE_BODY.into()];
        }
        let times = callback.body.fields.iter().filter(|(_, slot)| matches!(slot, FieldSlot::Time(_)));
        let times = times.map(|(name, _)| name.to_string()).filter(|_| signature.signs_time());
        signature.fields().into_iter().map(str::to_owned).chain(times).collect()
    }

    /// Signature of the messages of an event, if they have one.
    pub fn signature(&self, event: &str) -> Option<&'static Signature> {
        let signing = self.signing.as_ref()?;
        self.revision
            .second_callback(event)
            .map_or(Some(signing.signature), |second_callback| second_callback.signature.as_ref())
    }
}
