//! Callbacks that ask for a handshake.

use serde_json::{Map, Value};

use super::{PlanSettings, PlannedScenario};
use crate::callback::PlannedCallback;
use crate::provider::Revision;
use crate::provider::handshake::Challenge;
use crate::provider::signature::seal;

impl PlannedScenario {
    /// The challenge that a callback is, if it asks for a handshake.
    pub fn challenge(&self, callback: &PlannedCallback) -> Option<Challenge> {
        let handshake = self.revision.handshake().filter(|handshake| handshake.event == callback.event)?;
        let sent = seal(&self.body_template(callback), None, 0).body;
        let facts: Map<String, Value> = serde_json::from_slice(&sent).ok()?;
        let token = handshake.token_of(callback.event, &facts)?.to_owned();
        let key = self.signing.as_ref().map(|signing| signing.at(callback.due).key);
        Some(Challenge { handshake, token, key })
    }
}

/// Leaves out of one of many broadcasts the handshake, since their URL was set up before them.
pub(super) fn set_up_before(
    mut callbacks: Vec<PlannedCallback>,
    revision: &Revision,
    conditions: &PlanSettings,
) -> Vec<PlannedCallback> {
    if conditions.broadcast.is_some() {
        let asks = |event: &str| revision.handshake().is_some_and(|handshake| handshake.event == event);
        callbacks.retain(|callback| !asks(callback.event));
    }
    callbacks
}
