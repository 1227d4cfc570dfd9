//! A callback comes more than once, as at-least-once delivery means it to.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::Value;

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, copies};
use crate::callback::{Class, FieldSlot, PlannedCallback, SendOrder};
use crate::family::Family;
use crate::provider::signature::SignedTime;

pub(super) static FAULT: Fault = Fault {
    name: "duplicate",
    family: Family::Duplicates,
    meaning: "the same callback again, byte for byte or freshly signed",
    least: Class::Legal,
    params: &[
        Param { name: "copies", default: "1", kind: ParamKind::Count(99), meaning: "how many more" },
        Param {
            name: "signature",
            default: "same",
            kind: ParamKind::Choice(&["same", "fresh"]),
            meaning: "the very same bytes, or a time and signature of their own",
        },
        Param {
            name: "when",
            default: "after",
            kind: ParamKind::Choice(&["after", "at-once", "last"]),
            meaning: "after it, in the same instant on connections of their own, or after everything else",
        },
    ],
    effect: Effect::Order(|callbacks, chosen, args, sender| {
        let (at_once, last) = (args.text("when") == "at-once", args.text("when") == "last");
        let (mut all, mut late) = (Vec::new(), Vec::new());
        for (at, callback) in callbacks.into_iter().enumerate() {
            if !chosen.contains(&at) {
                all.push(callback);
                continue;
            }
            let mut original = callback;
            let mut copies = copies(&original, args.count("copies"));
            for (n, copy) in (1..).zip(&mut copies) {
                if args.text("signature") == "same" {
                    // A copy of a copy is one of the first, too.
                    let first = original.wire_fault.bytes_of.as_ref().unwrap_or(&original.id);
                    copy.wire_fault.bytes_of = Some(first.clone());
                } else {
                    // What is signed in the same second would have the same signature.
                    // A time that lies ahead, or expires later than the sender's own, is refused by right, so it lies back while it is good.
                    let back = sender.revision.signed_time == SignedTime::Sending || n < sender.lifetime;
                    copy.wire_fault.clock += if back { -n } else { n };
                }
                if at_once {
                    copy.turn = SendOrder::With(std::time::Duration::ZERO);
                }
            }
            if at_once {
                // Each holds its last byte back until all have come so far.
                let meets = Some(copies.len() + 1);
                for member in std::iter::once(&mut original).chain(&mut copies) {
                    member.wire_fault.meets = meets;
                    member.wire_fault.write(super::meet);
                }
            }
            all.push(original);
            if last { late.extend(copies) } else { all.extend(copies) }
        }
        let end = all.last().map_or(Duration::ZERO, |callback| callback.due);
        late.iter_mut().for_each(|copy| copy.due = end);
        all.extend(late);
        Ok(all)
    }),
};

/// Looks at the copies again when every fault has been put: one that a later fault sets apart from its original, or its original
/// from it, has bytes of its own. `bytes` = the bytes of the body are signed.
pub(super) fn compare(callbacks: &mut [PlannedCallback], bytes: bool) {
    let mut families: BTreeMap<&str, Vec<&PlannedCallback>> = BTreeMap::new();
    for copy in callbacks.iter() {
        if let Some(first) = &copy.wire_fault.bytes_of {
            families.entry(first).or_default().push(copy);
        }
    }
    for original in callbacks.iter() {
        if let Some(family) = families.get_mut(original.id.as_str()) {
            family.insert(0, original);
        }
    }
    let same_as = |copy: &PlannedCallback| {
        let family = families.get(copy.wire_fault.bytes_of.as_deref()?)?;
        let model = family.iter().find(|model| sealed_alike(model, copy, bytes))?;
        (model.id != copy.id).then(|| model.id.clone())
    };
    let found: Vec<Option<String>> = callbacks.iter().map(same_as).collect();
    for (callback, same_as) in callbacks.iter_mut().zip(found) {
        callback.wire_fault.bytes_of = same_as;
    }
}

/// The same key signs the same bytes for the same time.
fn sealed_alike(a: &PlannedCallback, b: &PlannedCallback, bytes: bool) -> bool {
    let key = |callback: &PlannedCallback| {
        callback.wire_fault.key.as_ref().map(|key| key.expose_secret().to_owned())
    };
    let rewritten = |callback: &PlannedCallback| {
        let known = |(name, slot): &(Cow<'static, str>, FieldSlot)| {
            Some(format!("{}:{}", Value::from(name.as_ref()), slot.json()?))
        };
        let fields: Vec<String> = callback.body.fields.iter().filter_map(known).collect();
        callback.wire_fault.rewritten(format!("{{{}}}", fields.join(",")).into_bytes())
    };
    a.wire_fault.clock == b.wire_fault.clock
        && key(a) == key(b)
        && (&a.body, &a.given, &a.signed, &a.head) == (&b.body, &b.given, &b.signed, &b.head)
        && (!bytes || rewritten(a) == rewritten(b))
}
