//! JSON that is cheap to send and dear to read.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, body};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "bloat",
    family: Family::Json,
    meaning: "more fields, of a form that is expensive to parse or to store",
    least: Class::Rough,
    params: &[
        Param {
            name: "with",
            default: "nesting",
            kind: ParamKind::Choice(&["nesting", "keys", "colliding-keys", "long-key", "array"]),
            meaning: "lists in lists, many keys, keys of one hash, one endless key, one endless list",
        },
        Param { name: "count", default: "200", kind: ParamKind::Count(10_000_000), meaning: "of them" },
    ],
    effect: Effect::Each(|callback, args, _| {
        let (with, count) = (args.text("with").to_owned(), args.count("count"));
        body::rewrite(callback, move |body| body::append(body, members(&with, count.max(1)).as_bytes()));
        Ok(())
    }),
};

fn members(with: &str, count: usize) -> String {
    let keys = |key: fn(usize, usize) -> String| {
        let all: Vec<String> = (0..count).map(|n| format!("\"{}\":0", key(n, count))).collect();
        all.join(",")
    };
    match with {
        "keys" => keys(|n, _| format!("k{n}")),
        "colliding-keys" => keys(colliding),
        "long-key" => format!("\"{}\":0", "k".repeat(count)),
        "array" => format!("\"bloat\":[0{}]", ",0".repeat(count - 1)),
        _ => format!("\"bloat\":{}{}", "[".repeat(count), "]".repeat(count)),
    }
}

/// `Aa` and `BB` have the same hash under the polynomial of 31 that Java and its like use, and so has every text made of
/// them in the same number.
fn colliding(n: usize, count: usize) -> String {
    let bits = count.next_power_of_two().trailing_zeros().max(1);
    (0..bits).map(|bit| if n >> bit & 1 == 0 { "Aa" } else { "BB" }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn colliding_keys_differ_and_have_one_hash() {
        let java =
            |key: &str| key.bytes().fold(0_u32, |hash, b| hash.wrapping_mul(31).wrapping_add(b.into()));
        let keys: BTreeSet<String> = (0..1000).map(|n| colliding(n, 1000)).collect();
        assert_eq!(keys.len(), 1000);
        assert_eq!(keys.iter().map(|key| java(key)).collect::<BTreeSet<_>>().len(), 1);
    }
}
