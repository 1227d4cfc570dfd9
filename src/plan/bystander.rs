//! The bystander: while something rough is on the wire, everybody else must be served.

use std::time::Duration;

use super::dialect::{Dialect, callback};
use crate::callback::{Class, PlannedCallback, SendOrder};
use crate::provider::EventContext;
use crate::request::{WireFault, WireStep};
use crate::scenario;
use crate::speed::Speed;

/// Time from the start of a rough callback to its bystander, in real time.
const BESIDE: Duration = Duration::from_millis(100);
/// Puts a bystander beside what is rough: a plain callback of another stream, which must be served all the same.
pub(super) fn accompany(
    dialect: &Dialect,
    callbacks: Vec<PlannedCallback>,
    context: &EventContext<'_>,
    speed: Speed,
) -> Vec<PlannedCallback> {
    let mut all = Vec::new();
    for (at, callback) in callbacks.iter().enumerate() {
        all.push(callback.clone());
        let last = callbacks.get(at + 1).is_none_or(|next| next.turn == SendOrder::Next);
        if callback.class == Class::Rough && last {
            all.extend(bystander(dialect, at, callback, context, speed));
        }
    }
    all
}

fn bystander(
    dialect: &Dialect,
    at: usize,
    beside: &PlannedCallback,
    context: &EventContext<'_>,
    speed: Speed,
) -> Option<PlannedCallback> {
    let mut scenario = context.scenario.clone();
    // Of its own: a sender may name files by stream and second.
    scenario.stream.name.push_str(&format!("-bystander-{}", at + 1));
    scenario.broadcast = scenario::Step::plain(2);
    let draws = context.draws.within(&format!("bystander/{}", beside.id));
    let facts = dialect.facts(&scenario, &draws);
    let ended = facts.iter().map(|fact| fact.at).max()?;
    let began = context.wall(beside.due).checked_sub(speed.real(ended).max(ended)).ok()?;
    let context = EventContext { scenario: &scenario, epoch: began, draws, facts: &facts, ..*context };
    let mut messages = (dialect.provider.messages)(&context);
    let first = messages.iter().position(|message| !message.file_keys.is_empty())?;
    let message = messages.swap_remove(first);
    let fact = facts.get(message.fact)?;
    let mut plain = callback(format!("{}-bystander", beside.id), fact, message);
    dialect.stamp(&mut plain, &context.draws, 1);
    // While what is written by script is under way, or right after what is over at once.
    let slow = beside.wire_fault.script.is_some();
    // On a connection of its own: one that was open already says nothing about who is let in.
    let mut wire_fault = WireFault::default();
    if slow {
        wire_fault.write(|letter| vec![WireStep::Write(letter.bytes().into())]);
    }
    let turn = if slow { SendOrder::With(BESIDE) } else { SendOrder::Next };
    Some(PlannedCallback {
        due: beside.due,
        why: format!("bystander of {}", beside.id),
        turn,
        wire_fault,
        ..plain
    })
}
