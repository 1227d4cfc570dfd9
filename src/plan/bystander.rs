//! The bystander: while something rough is on the wire, everybody else must be served.

use std::time::Duration;

use super::cast::{Cast, callback};
use crate::callback::{Callback, Class, Turn};
use crate::letter::{Hardship, Step};
use crate::provider::Telling;
use crate::scenario;
use crate::speed::Speed;

/// From the begin of something rough to its bystander, in real time.
const BESIDE: Duration = Duration::from_millis(100);
/// Puts a bystander beside what is rough: a plain callback of another stream, which must be served all the same.
pub(super) fn accompany(
    cast: &Cast,
    callbacks: Vec<Callback>,
    telling: &Telling<'_>,
    speed: Speed,
) -> Vec<Callback> {
    let mut all = Vec::new();
    for (at, callback) in callbacks.iter().enumerate() {
        all.push(callback.clone());
        let last = callbacks.get(at + 1).is_none_or(|next| next.turn == Turn::Next);
        if callback.class == Class::Rough && last {
            all.extend(bystander(cast, callback, telling, speed));
        }
    }
    all
}

fn bystander(cast: &Cast, beside: &Callback, telling: &Telling<'_>, speed: Speed) -> Option<Callback> {
    let mut scenario = telling.scenario.clone();
    scenario.stream.name.push_str("-bystander");
    scenario.broadcast = scenario::Step::plain(2);
    let draws = telling.draws.within(&format!("bystander/{}", beside.id));
    let facts = cast.facts(&scenario, &draws);
    let ended = facts.iter().map(|fact| fact.at).max()?;
    let began = telling.wall(beside.due).checked_sub(speed.real(ended).max(ended)).ok()?;
    let telling = Telling { scenario: &scenario, epoch: began, draws, facts: &facts, ..*telling };
    let mut messages = (cast.provider.messages)(&telling);
    let at = messages.iter().position(|message| message.file_key.is_some())?;
    let message = messages.swap_remove(at);
    let fact = facts.get(message.fact)?;
    let plain = callback(format!("{}-bystander", beside.id), fact, message);
    // While what is written by script is under way, or right after what is over at once.
    let slow = beside.hardship.script.is_some();
    // On a connection of its own: one that was open already says nothing about who is let in.
    let mut hardship = Hardship::default();
    if slow {
        hardship.write(|letter| vec![Step::Write(letter.bytes().into())]);
    }
    let turn = if slow { Turn::With(BESIDE) } else { Turn::Next };
    Some(Callback { due: beside.due, why: format!("bystander of {}", beside.id), turn, hardship, ..plain })
}
