//! The faults that can be put on callbacks, one per file: what is sent wrong, late, twice, torn or not at all.
//!
//! Pure: a fault changes the plan, not the world. What is to happen at the moment of sending it leaves as plain data in the
//! callback's [`crate::request::WireFault`].

mod abort;
mod add_field;
mod bloat;
mod body;
mod burst;
mod chosen_token;
mod chunked;
mod client_hello;
mod compress;
mod connection_close;
mod content_length;
mod contradict;
mod dribble;
mod duplicate;
mod encode;
mod expect_continue;
mod expire;
mod field;
mod flood;
mod forge_token;
mod form;
mod half_close;
mod header;
mod header_case;
mod header_flood;
mod host;
mod http2;
mod http_version;
mod junk;
mod keep_alive;
mod line_ends;
mod loose_json;
mod lose_answer;
mod malformed_header;
mod method;
mod name;
mod omit;
mod pad;
mod pause;
mod pipeline;
mod place;
mod proxied;
mod rename;
mod reorder;
mod repeat_key;
mod replace_body;
mod request_target;
mod respell;
mod restart;
mod retime;
mod retype;
mod sender_facts;
mod set;
mod shift_boundary;
mod sign_respelled;
mod signature;
mod silent;
mod skew;
mod slow_reader;
mod smuggle;
mod straggle;
mod swap_signatures;
mod tamper;
pub mod terms;
mod torn;
mod transfer_encoding;
mod truncate_json;
mod unknown_event;
mod unset;
mod unsign;
mod url;
mod wrong_key;
mod wrong_scheme;

use std::collections::BTreeSet;

use crate::callback::{Class, PlannedCallback};
use crate::family::Family;
use crate::request::{RawRequest, WireStep};
use crate::scenario::faults::FaultEntry;
pub use sender_facts::SenderFacts;
use terms::{Args, Param, Spec};

/// Every fault there is, family by family.
pub static ALL: &[&Fault] = &[
    &duplicate::FAULT,
    &lose_answer::FAULT,
    &contradict::FAULT,
    &reorder::FAULT,
    &omit::FAULT,
    &straggle::FAULT,
    &burst::FAULT,
    &unknown_event::FAULT,
    &restart::FAULT,
    &expire::FAULT,
    &skew::FAULT,
    &retime::FAULT,
    &signature::FAULT,
    &unsign::FAULT,
    &tamper::FAULT,
    &swap_signatures::FAULT,
    &shift_boundary::FAULT,
    &wrong_scheme::FAULT,
    &forge_token::FAULT,
    &chosen_token::FAULT,
    &sign_respelled::FAULT,
    &wrong_key::FAULT,
    &encode::FAULT,
    &form::FAULT,
    &compress::FAULT,
    &replace_body::FAULT,
    &truncate_json::FAULT,
    &loose_json::FAULT,
    &pad::FAULT,
    &set::FAULT,
    &unset::FAULT,
    &rename::FAULT,
    &retype::FAULT,
    &respell::FAULT,
    &repeat_key::FAULT,
    &add_field::FAULT,
    &bloat::FAULT,
    &name::FAULT,
    &url::FAULT,
    &method::FAULT,
    &request_target::FAULT,
    &host::FAULT,
    &header::FAULT,
    &header_case::FAULT,
    &header_flood::FAULT,
    &malformed_header::FAULT,
    &chunked::FAULT,
    &content_length::FAULT,
    &transfer_encoding::FAULT,
    &smuggle::FAULT,
    &pipeline::FAULT,
    &expect_continue::FAULT,
    &http_version::FAULT,
    &line_ends::FAULT,
    &junk::FAULT,
    &client_hello::FAULT,
    &dribble::FAULT,
    &silent::FAULT,
    &pause::FAULT,
    &torn::FAULT,
    &abort::FAULT,
    &half_close::FAULT,
    &slow_reader::FAULT,
    &flood::FAULT,
    &keep_alive::FAULT,
    &connection_close::FAULT,
    &http2::FAULT,
    &proxied::FAULT,
];

/// A named fault.
pub struct Fault {
    /// Name in scenarios.
    pub name: &'static str,
    /// Subject of the finding.
    pub family: Family,
    /// Effect in one sentence, for a person.
    pub meaning: &'static str,
    /// The least it makes of a callback. Its parameters and the reach of the signature can make more of it, so this is not
    /// its class: that is only known of a callback.
    pub(crate) least: Class,
    /// Parameters that can be set.
    pub params: &'static [Param],
    /// Change of the callbacks.
    pub effect: Effect,
}

/// Change that a fault makes to the callbacks.
pub enum Effect {
    /// It changes callbacks one by one.
    Each(fn(&mut PlannedCallback, &Args, &SenderFacts<'_>) -> Result<(), String>),
    /// It changes number or order of the callbacks, given the places of those it was put on.
    Order(Rearrange),
}

/// All callbacks, the places of those that are chosen, and the arguments of the fault → all callbacks, with the fault.
pub type Rearrange =
    fn(Vec<PlannedCallback>, &[usize], &Args, &SenderFacts<'_>) -> Result<Vec<PlannedCallback>, String>;

/// Copies of a callback, each with an id of its own.
fn copies(original: &PlannedCallback, count: usize) -> Vec<PlannedCallback> {
    let copy = |n| PlannedCallback {
        id: format!("{}-copy-{n}", original.id),
        why: format!("copy of {}", original.id),
        ..original.clone()
    };
    (1..=count).map(copy).collect()
}

/// The same callbacks, each with an id of its own: two faults may each have made the first copy of one.
fn told_apart(mut callbacks: Vec<PlannedCallback>) -> Vec<PlannedCallback> {
    let mut ids: BTreeSet<String> = BTreeSet::new();
    for callback in &mut callbacks {
        if let Some((original, _)) = callback.id.rsplit_once("-copy-").filter(|_| ids.contains(&callback.id))
        {
            let original = original.to_owned();
            let free = (2_usize..).map(|n| format!("{original}-copy-{n}")).find(|id| !ids.contains(id));
            callback.id = free.expect("there are more numbers than callbacks");
        }
        ids.insert(callback.id.clone());
    }
    callbacks
}

/// Everything but the last byte; then, once all of the same moment have got so far, the last byte.
fn meet(request: &RawRequest) -> Vec<WireStep> {
    let bytes = request.bytes();
    let (most, last) = bytes.split_at(bytes.len().saturating_sub(1));
    vec![WireStep::Write(most.to_vec().into()), WireStep::Meet, WireStep::Write(last.to_vec().into())]
}

/// True for the name of a fault that shows between callbacks of one broadcast alone: a copy, another order. One that leaves a callback
/// out shows without another.
pub fn shows_between(name: &str) -> bool {
    let fault = ALL.iter().find(|fault| fault.name == name);
    name != omit::FAULT.name && fault.is_some_and(|fault| matches!(fault.effect, Effect::Order(_)))
}

/// The faults that were put on callbacks by chance, and hit none: the paths and names of those that test nothing.
pub fn missed(faults: &[FaultEntry], callbacks: &[PlannedCallback]) -> Vec<(String, String)> {
    let wanted = faults.iter().enumerate().flat_map(|(index, entry)| entry.wanted(index));
    let missed = wanted.filter(|wanted| {
        let drawn = Spec::read(wanted).is_ok_and(|spec| spec.is_drawn());
        // What is left out is not there to be counted.
        let countable = wanted.name != omit::FAULT.name;
        drawn && countable && !callbacks.iter().any(|callback| callback.faults.contains(&wanted.name))
    });
    missed.map(|wanted| (wanted.path, wanted.name)).collect()
}

/// Answer to a fault that is about the bytes of a body.
const NO_BODY: &str = "this callback is a GET without a body, and the fault changes the bytes of a body";

/// Most callbacks that faults may produce: each takes some 12 KiB.
const MOST: usize = 50_000;

/// Puts the faults on the callbacks, in their order.
///
/// # Errors
/// Index of each fault that could not be applied, and the reason.
pub fn apply<'a>(
    mut callbacks: Vec<PlannedCallback>,
    specs: &[Spec],
    sender: impl Fn(usize) -> SenderFacts<'a>,
) -> Result<Vec<PlannedCallback>, Vec<(usize, String)>> {
    let mut failed = Vec::new();
    for (index, spec) in specs.iter().enumerate() {
        let sender = sender(index);
        let chosen = match spec.choose(&callbacks, &sender) {
            Ok(chosen) => chosen,
            Err(why) => {
                failed.push((index, why));
                continue;
            }
        };
        // Counted before one is made.
        let made = callbacks.len().saturating_add(chosen.len().saturating_mul(spec.made()));
        if made > MOST {
            failed.push((index, format!("with it there are {made} callbacks; at most {MOST} are planned")));
            continue;
        }
        match put(callbacks.clone(), &chosen, spec, &sender) {
            Ok(faulty) => callbacks = faulty,
            Err(why) => failed.push((index, why)),
        }
    }
    duplicate::compare(&mut callbacks, !specs.is_empty() && sender(0).signs_bytes());
    // What is refused as it should be is not sent again. Known only now: a later entry may change the class.
    for callback in callbacks.iter_mut().filter(|c| matches!(c.class, Class::Hostile | Class::Rough)) {
        callback.wire_fault.tries.get_or_insert(1);
    }
    if failed.is_empty() { Ok(callbacks) } else { Err(failed) }
}

fn put(
    mut callbacks: Vec<PlannedCallback>,
    chosen: &[usize],
    spec: &Spec,
    sender: &SenderFacts<'_>,
) -> Result<Vec<PlannedCallback>, String> {
    let asks = |at: &usize| callbacks.get(*at).is_some_and(|callback| callback.head.in_query);
    if spec.fault.family == Family::Body && chosen.iter().any(asks) {
        return Err(NO_BODY.into());
    }
    let mut hurt_ids = Vec::new();
    for at in chosen {
        if let Some(callback) = callbacks.get_mut(*at) {
            hurt_ids.push(callback.id.clone());
            callback.faults.push(spec.fault.name.to_owned());
            callback.class = callback.class.max(spec.fault.least);
        }
    }
    let mut faulty = match spec.fault.effect {
        Effect::Order(effect) => told_apart(effect(callbacks, chosen, &spec.args, sender)?),
        Effect::Each(effect) => {
            for at in chosen {
                if let Some(callback) = callbacks.get_mut(*at) {
                    effect(callback, &spec.args, &sender.of(callback.event))?;
                    if callback.head.in_query && callback.wire_fault.rewrites_body() {
                        return Err(NO_BODY.into());
                    }
                }
            }
            callbacks
        }
    };
    for callback in &mut faulty {
        // A copy is called by its original.
        let own = |id: &String| callback.id == *id || callback.id.starts_with(&format!("{id}-copy-"));
        if let (Some(class), true) = (spec.class, hurt_ids.iter().any(own)) {
            callback.class = class;
        }
    }
    Ok(faulty)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ALL;
    use super::terms::COMMON;

    #[test]
    fn every_parameter_that_a_fault_reads_is_declared_and_every_declared_one_is_read() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/fault");
        for fault in ALL {
            let file = folder.join(format!("{}.rs", fault.name.replace('-', "_")));
            let text = std::fs::read_to_string(&file).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            let calls = ["text", "count", "span", "seconds"].map(|call| format!("args.{call}(\""));
            let mut read: BTreeSet<&str> = calls
                .iter()
                .flat_map(|call| text.split(call.as_str()).skip(1))
                .filter_map(|rest| rest.split('"').next())
                .collect();
            // Several at once: `["name", "value"].map(|term| args.text(term)`.
            let listed = text.split("].map(|term| args.").next().filter(|before| *before != text);
            let listed = listed.and_then(|before| before.rsplit('[').next()).unwrap_or_default();
            read.extend(listed.split('"').skip(1).step_by(2));
            let declared: BTreeSet<&str> = fault.params.iter().map(|param| param.name).collect();
            let common: BTreeSet<&str> = COMMON.iter().map(|param| param.name).collect();
            assert_eq!(&read - &common, declared, "{}", fault.name);
        }
    }
}
