//! A callback never comes.

use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "omit",
    family: Family::Duplicates,
    meaning: "the callback is never sent; the others are",
    least: Class::Legal,
    params: &[],
    effect: Effect::Order(|callbacks, chosen, _, _| {
        let kept = callbacks.into_iter().enumerate().filter(|(at, _)| !chosen.contains(at));
        Ok(kept.map(|(_, callback)| callback).collect())
    }),
};
