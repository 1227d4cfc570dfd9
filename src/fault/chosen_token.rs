//! The token of a handshake is the text that is signed of a callback: whoever signs it has signed that callback.

use serde_json::json;

use super::{Effect, Fault};
use crate::callback::{Class, FieldSlot};
use crate::family::Family;
use crate::provider::stamp::Stamp;

/// A time that any callback may bear.
const TIME: &str = "1772979025";

pub(super) static FAULT: Fault = Fault {
    name: "chosen-token",
    family: Family::Signature,
    meaning: "the token of a handshake is what is signed of a callback: a receiver that answers it has signed that callback",
    least: Class::Rough,
    params: &[],
    effect: Effect::Each(|callback, _, sender| {
        let (signature, _) = sender.signed()?;
        let asks = |event: &str| event == callback.event;
        let Some(handshake) = sender.revision.handshake().filter(|handshake| asks(handshake.event)) else {
            return Err(format!("`{}` asks for no handshake", callback.event));
        };
        let reading = sender.reading;
        // Where the sender's messages name no event, this one names none.
        let event = reading.file_events.first().copied().unwrap_or_default();
        let forged = json!({ reading.event_field.unwrap_or("event"): event }).to_string();
        let stamp = Stamp {
            signatures: Vec::new(),
            time: TIME,
            id: &callback.head.id,
            host: "localhost",
            fields: None,
        };
        let text = stamp.message(signature, &Default::default(), forged.as_bytes());
        let text = String::from_utf8_lossy(&text).into_owned();
        callback.body.set(handshake.token, FieldSlot::Value(text.into()));
        Ok(())
    }),
};
