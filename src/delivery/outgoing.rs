//! Callbacks that wait to be sent.

use std::sync::Arc;
use std::time::Duration;

use super::interfaces::{Judge, StateObserver};
use super::target::ReceiverUrl;
use crate::callback::{BodyTemplate, Class, SendOrder};
use crate::provider::Policy;
use crate::provider::signature::SignatureKeys;
use crate::request::WireFault;

/// The callbacks of one stream, and how they are to be delivered.
pub struct StreamDelivery {
    /// Index of the scenario line.
    pub scenario: usize,
    /// Where to.
    pub target: ReceiverUrl,
    /// How they are signed.
    pub signing: Option<SignatureKeys>,
    /// Time limit and retries.
    pub policy: Policy,
    /// Judges its answers.
    pub judge: Arc<dyn Judge>,
    /// Each waits for the one before it.
    pub in_order: bool,
    /// What is to be sent.
    pub outgoing: Vec<Outgoing>,
    /// Who looks at the state.
    pub observer: Option<Arc<dyn StateObserver>>,
}

/// A callback, ready to be signed and sent.
#[derive(Clone)]
pub struct Outgoing {
    /// Of the callback.
    pub id: String,
    /// What a right receiver does with it.
    pub class: Class,
    /// `file:line:column` of the broadcast step behind it.
    pub place: String,
    /// Since the lane began, in simulated time.
    pub due: Duration,
    /// Its bytes.
    pub body_template: BodyTemplate,
    /// What sets its sending apart.
    pub wire_fault: WireFault,
    /// When it is sent, beside those before it.
    pub turn: SendOrder,
}
