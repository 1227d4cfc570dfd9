//! A second callback about a file says something else about it.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, copies};
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
            let mut other = copies(&callback, 1);
            let url = sender.reading().url_field;
            if chosen.contains(&at) && callback.body.value(url).is_none() {
                return Err(format!("{} has no address of a file", callback.event));
            }
            all.push(callback);
            if chosen.contains(&at) {
                for copy in &mut other {
                    copy.body.set(url, FieldSlot::Value(args.text("url").into()));
                    copy.taint = Some(args.text("url").to_owned());
                }
                all.extend(other);
            }
        }
        Ok(all)
    }),
};
