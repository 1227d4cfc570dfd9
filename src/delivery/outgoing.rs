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
    /// URL of the receiver.
    pub target: ReceiverUrl,
    /// Keys of the signature.
    pub signing: Option<SignatureKeys>,
    /// Time limit and retries.
    pub policy: Policy,
    /// Judges its answers.
    pub judge: Arc<dyn Judge>,
    /// Each waits for the one before it.
    pub in_order: bool,
    /// Callbacks to send.
    pub outgoing: Vec<Outgoing>,
    /// Observer of the receiver's state.
    pub observer: Option<Arc<dyn StateObserver>>,
}

/// A callback, ready to be signed and sent.
#[derive(Clone)]
pub struct Outgoing {
    /// Id of the callback.
    pub id: String,
    /// Reaction of a right receiver to it.
    pub class: Class,
    /// `file:line:column` of the broadcast step behind it.
    pub place: String,
    /// Due time since the start of the scenario, in simulated time.
    pub due: Duration,
    /// Its bytes.
    pub body_template: BodyTemplate,
    /// Fault that changes its sending.
    pub wire_fault: WireFault,
    /// Position in time relative to the callbacks before it.
    pub turn: SendOrder,
    /// Judges its answers in the place of the judge of its stream.
    pub judge: Option<Arc<dyn Judge>>,
}
