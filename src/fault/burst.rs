//! Callbacks that piled up in an outage arrive all at once.

use std::time::Duration;

use super::{Effect, Fault};
use crate::callback::{Class, SendOrder};
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "burst",
    family: Family::Duplicates,
    meaning: "the callbacks it is put on are held back, and all sent at once when the last of them is due",
    least: Class::Legal,
    params: &[],
    effect: Effect::Order(|callbacks, chosen, _, _| {
        let last = chosen.iter().max().copied();
        let due = last.and_then(|last| callbacks.get(last)).map_or(Duration::ZERO, |callback| callback.due);
        let (mut all, mut held) = (Vec::new(), Vec::new());
        for (at, mut callback) in callbacks.into_iter().enumerate() {
            if chosen.contains(&at) {
                callback.due = due;
                callback.turn =
                    if held.is_empty() { SendOrder::Next } else { SendOrder::With(Duration::ZERO) };
                held.push(callback);
            } else {
                all.push(callback);
            }
            if Some(at) == last {
                all.append(&mut held);
            }
        }
        Ok(all)
    }),
};
