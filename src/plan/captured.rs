//! Bytes that were captured, as they are to be sent again.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::dialect::Dialect;
use crate::callback::{BodyTemplate, Class, Edit, PlannedCallback, SendOrder, path};
use crate::problem::Problem;
use crate::provider::insertion::{self, Existing};
use crate::provider::signature::{Proof, SignatureKeys, bytes_signed_in_head};
use crate::provider::{self, Revision};
use crate::request::WireFault;
use crate::scenario::broadcast::Action;
use crate::scenario::{CapturedCallback, GivenBody, Scenario};

/// Name of a request with an unknown event.
pub const UNKNOWN: &str = "request";

/// The bytes without a hole: they are sent as they came.
pub fn verbatim(bytes: &[u8]) -> BodyTemplate {
    BodyTemplate::plain(bytes.to_vec().into())
}

/// The bytes with holes for time and signature, and no other byte changed.
///
/// # Errors
/// They are not a JSON object, or there is nothing to sign them with.
pub fn resigned(
    bytes: &[u8],
    revision: &Revision,
    (signing, settings): (Option<&SignatureKeys>, &BTreeMap<&'static str, String>),
    event: &str,
    existing: Existing,
) -> Result<BodyTemplate, String> {
    let form = signing.and_then(|signing| insertion::form(bytes, revision, signing.method, Some(event)));
    let (reading, signature) = form.ok_or("there is nothing to sign it with: no key, or no signature")?;
    if reading.proof != Proof::Body {
        let body = bytes.to_vec().into();
        return Ok(bytes_signed_in_head(body, signature, revision.signed_headers, settings));
    }
    insertion::insert(bytes, signature, reading, revision.time_form, existing)
}

/// A callback that consists of captured bytes; it is due at once.
pub fn callback(id: String, event: &'static str, given: BodyTemplate) -> PlannedCallback {
    PlannedCallback {
        id,
        event,
        class: Class::Legal,
        due: Default::default(),
        subject: String::new(),
        file_keys: Vec::new(),
        why: String::new(),
        step: String::new(),
        head: Default::default(),
        body: Default::default(),
        given: Some(given),
        signed: None,
        taint: None,
        earlier: None,
        changed: Vec::new(),
        faults: Vec::new(),
        wire_fault: WireFault::default(),
        turn: SendOrder::Next,
    }
}

/// Times of the captured callbacks among the steps of a broadcast.
pub(super) fn times(scenario: &Scenario) -> impl Iterator<Item = Duration> {
    let given = scenario.broadcast.iter().filter(|step| matches!(step.what, Action::Callback(_)));
    given.map(|step| step.at)
}

/// Adds the captured callbacks to the planned ones of a broadcast. Faults do not change them. Each stands before those
/// that are due after it, and never between two that are sent in the same moment.
///
/// # Errors
/// One was not read, or cannot be changed or signed.
pub(super) fn insert_steps(
    callbacks: &mut Vec<PlannedCallback>,
    dialect: &Dialect,
    scenario: &Scenario,
    signing: Option<&SignatureKeys>,
) -> Result<(), Vec<Problem>> {
    let mut count = 0;
    for (index, step) in scenario.broadcast.iter().enumerate() {
        let Action::Callback(CapturedCallback { given }) = &step.what else { continue };
        count += 1;
        let path = format!("broadcast[{index}]");
        let read = read(dialect, given, signing).map_err(|why| vec![Problem::at(path.clone(), why)])?;
        let id = format!("{}-{}-captured-{count}", dialect.provider.name, dialect.revision.name);
        let after = |callback: &PlannedCallback| callback.due > step.at && callback.turn == SendOrder::Next;
        let at = callbacks.iter().position(after).unwrap_or(callbacks.len());
        callbacks.insert(at, PlannedCallback { id, due: step.at, step: path, ..read });
    }
    Ok(())
}

fn read(
    dialect: &Dialect,
    given: &GivenBody,
    signing: Option<&SignatureKeys>,
) -> Result<PlannedCallback, String> {
    let bytes = given.bytes.as_ref().ok_or_else(|| {
        format!("the body `{}` was not read: only the command line reads files", given.body)
    })?;
    let mut bytes = bytes.to_vec();
    for (path, value) in &given.set {
        Edit::set(&format!("{path}={}", value.0))?.apply_to(&mut bytes, &mut Default::default())?;
    }
    let body: Map<String, Value> = serde_json::from_slice(&bytes).unwrap_or_default();
    let known = provider::announced(&body).filter(|(provider, _)| provider.name == dialect.provider.name);
    let event = known.map_or(UNKNOWN, |(_, event)| event);
    let existing = match given.set.keys().any(|path| path == dialect.revision.reading.time_field) {
        true => Existing::KeepTime,
        false => Existing::Replace,
    };
    let template = match given.resign {
        true => resigned(&bytes, dialect.revision, (signing, &dialect.settings), event, existing)?,
        false => verbatim(&bytes),
    };
    let mut callback = callback(String::new(), event, template);
    let reading = match dialect.revision.second_callback(event) {
        Some(second) => &second.reading,
        None => dialect.revision.reading,
    };
    let text =
        |field: &str| path::lookup(&body, field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let file = text(reading.file_field).filter(|_| known.is_some());
    callback.subject = match file {
        Some(file) => format!("captured file {file}"),
        None => format!("captured, {} bytes", bytes.len()),
    };
    // Bytes that are sent as they came may be refused by right, and then nothing is stored.
    callback.file_keys = file.filter(|_| given.resign).map(str::to_owned).into_iter().collect();
    callback.why = format!("captured in {}", given.body);
    Ok(callback)
}
