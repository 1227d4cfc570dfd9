//! Callbacks come in another order than things happened.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::number;

pub(super) static FAULT: Fault = Fault {
    name: "reorder",
    family: Family::Duplicates,
    meaning: "the callbacks it is put on change places; the others stay where they are",
    least: Class::Legal,
    params: &[
        Param {
            name: "how",
            default: "swap",
            kind: ParamKind::Choice(&["swap", "reverse", "rotate", "shuffle"]),
            meaning: "each pair of neighbours, all of them, the first to the end, or by seed",
        },
        Param {
            name: "within",
            default: "0",
            kind: ParamKind::Count(100_000),
            meaning: "shuffled within so many neighbours at a time; 0 = all",
        },
    ],
    effect: Effect::Order(|callbacks, chosen, args, sender| {
        if chosen.len() < 2 {
            return Err("it takes two callbacks to change places".into());
        }
        let mut order = chosen.to_vec();
        match args.text("how") {
            "swap" => order.chunks_mut(2).for_each(<[usize]>::reverse),
            "reverse" => order.reverse(),
            "rotate" => order.rotate_left(1),
            _ => {
                let mut draw = sender.draws.named("order");
                let within = if args.count("within") == 0 { order.len() } else { args.count("within") };
                for part in order.chunks_mut(within) {
                    for last in (1..part.len()).rev() {
                        let bound = number::capped::<u64>(last + 1);
                        part.swap(last, usize::try_from(draw.below(bound)).unwrap_or(last));
                    }
                }
            }
        }
        let mut moved = callbacks.clone();
        for (to, from) in chosen.iter().zip(order) {
            if let (Some(place), Some(callback)) = (moved.get_mut(*to), callbacks.get(from)) {
                // It comes when the one came that stood here.
                let due = place.due;
                *place = callback.clone();
                place.due = due;
            }
        }
        Ok(moved)
    }),
};
