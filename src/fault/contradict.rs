//! A second callback about a file says something else about it.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, copies, field};
use crate::callback::{Class, FieldSlot};
use crate::family::Family;

/// URL of a file that does not exist.
const ELSEWHERE: &str = "https://elsewhere.invalid/contradicted.m3u8";

pub(super) static FAULT: Fault = Fault {
    name: "contradict",
    family: Family::Duplicates,
    meaning: "a copy with another address of the file, rightly signed; the first one counts",
    least: Class::Legal,
    params: &[Param { name: "url", default: ELSEWHERE, kind: ParamKind::Text, meaning: "the other address" }],
    effect: Effect::Order(|callbacks, chosen, args, sender| {
        let mut all = Vec::new();
        for (at, callback) in callbacks.into_iter().enumerate() {
            if !chosen.contains(&at) {
                all.push(callback);
                continue;
            }
            let url = sender.field("@url")?;
            if callback.body.value(url).is_none() {
                return Err(field::lacking(&callback, url));
            }
            let mut other = copies(&callback, 1);
            for copy in &mut other {
                copy.body.set(url, FieldSlot::Value(args.text("url").into()));
                copy.taint = Some(args.text("url").to_owned());
            }
            all.push(callback);
            all.extend(other);
        }
        Ok(all)
    }),
};
