//! Bytes that were captured, as they are to be sent again.

use std::collections::BTreeMap;
use std::time::Duration;

use hyper::body::Bytes;
use serde_json::{Map, Value};

use super::dialect::Dialect;
use crate::callback::{BodyTemplate, Class, Edit, PlannedCallback, SendOrder, path};
use crate::percent;
use crate::problem::Problem;
use crate::provider::insertion::{self, Existing};
use crate::provider::signature::{Proof, SignatureKeys, bytes_signed_in_head, query_signed_in_head};
use crate::provider::{self, Revision};
use crate::request::WireFault;
use crate::scenario::broadcast::Action;
use crate::scenario::{CapturedCallback, GivenMessage, Scenario};

/// Name of a request with an unknown event.
pub const UNKNOWN: &str = "request";

/// The bytes without a hole: they are sent as they came.
pub fn verbatim(bytes: &[u8]) -> BodyTemplate {
    BodyTemplate::plain(bytes.to_vec().into())
}

/// The query of a GET, as it came.
pub fn verbatim_query(query: &str) -> BodyTemplate {
    BodyTemplate { query: Some(query.to_owned()), ..BodyTemplate::default() }
}

/// The query of a GET with headers that are signed anew, and no other byte changed.
///
/// # Errors
/// There is nothing to sign it with.
pub fn resigned_query(
    query: &str,
    revision: &Revision,
    with: SignedWith<'_>,
    event: &str,
) -> Result<BodyTemplate, String> {
    let second = revision.second_callback(event).filter(|_| with.keys.is_some());
    let asked = second.and_then(|second| Some((second.signature.as_ref()?, second.asked(query)?)));
    let (signature, fields) = asked.ok_or(NOTHING_TO_SIGN)?;
    let signed = query_signed_in_head(fields, signature, revision.signed_headers, with.settings);
    Ok(BodyTemplate { query: Some(query.to_owned()), ..signed })
}

/// Keys and settings by which captured bytes are signed anew.
#[derive(Clone, Copy)]
pub struct SignedWith<'a> {
    /// None = there is no key.
    pub keys: Option<&'a SignatureKeys>,
    /// Settings of the sender.
    pub settings: &'a BTreeMap<&'static str, String>,
}

/// Reason for which nothing can be signed anew.
const NOTHING_TO_SIGN: &str = "there is nothing to sign it with: no key, or no signature";

/// The bytes with holes for time and signature, and no other byte changed.
///
/// # Errors
/// They are not a JSON object, or there is nothing to sign them with.
pub fn resigned(
    bytes: &[u8],
    revision: &Revision,
    with: SignedWith<'_>,
    event: &str,
    existing: Existing,
) -> Result<BodyTemplate, String> {
    let form = with.keys.and_then(|keys| insertion::form(bytes, revision, keys.method, Some(event)));
    let (reading, signature) = form.ok_or(NOTHING_TO_SIGN)?;
    if reading.proof != Proof::Body {
        let body = bytes.to_vec().into();
        return Ok(bytes_signed_in_head(body, signature, revision.signed_headers, with.settings));
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
    given: &GivenMessage,
    signing: Option<&SignatureKeys>,
) -> Result<PlannedCallback, String> {
    let (key, file) = given.file()?;
    let bytes = given.bytes.as_ref();
    let bytes =
        bytes.ok_or_else(|| format!("the {key} `{file}` was not read: only the command line reads files"))?;
    let (template, fields, event) = match key {
        "query" => query(dialect, given, bytes, signing)?,
        _ => body(dialect, given, bytes, signing)?,
    };
    let mut callback = callback(String::new(), event, template);
    let reading = match dialect.revision.second_callback(event) {
        Some(second) => &second.reading,
        None => dialect.revision.reading,
    };
    let text =
        |field: &str| path::lookup(&fields, field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let announced = text(reading.file_field).filter(|_| event != UNKNOWN);
    callback.subject = match announced {
        Some(announced) => format!("captured file {announced}"),
        None => format!("captured, {} bytes", bytes.len()),
    };
    // Bytes that are sent as they came may be refused by right, and then nothing is stored.
    callback.file_keys = announced.filter(|_| given.resign).map(str::to_owned).into_iter().collect();
    callback.why = format!("captured in {file}");
    Ok(callback)
}

/// A captured message ready to be sent, its fields and its event.
type ReadMessage = (BodyTemplate, Map<String, Value>, &'static str);

fn body(
    dialect: &Dialect,
    given: &GivenMessage,
    bytes: &Bytes,
    signing: Option<&SignatureKeys>,
) -> Result<ReadMessage, String> {
    let mut bytes = bytes.to_vec();
    for (path, value) in &given.set {
        Edit::set(&format!("{path}={}", value.0))?.apply_to(&mut bytes, &mut Default::default())?;
    }
    // What is no JSON object is sent as it is, and no event is known of it.
    let fields: Map<String, Value> = serde_json::from_slice(&bytes).unwrap_or_default();
    let known = provider::announced(&fields).filter(|(provider, _)| provider.name == dialect.provider.name);
    let event = known.map_or(UNKNOWN, |(_, event)| event);
    let existing = match given.set.keys().any(|path| path == dialect.revision.reading.time_field) {
        true => Existing::KeepTime,
        false => Existing::Replace,
    };
    let template = match given.resign {
        true => resigned(&bytes, dialect.revision, dialect.signed_with(signing), event, existing)?,
        false => verbatim(&bytes),
    };
    Ok((template, fields, event))
}

fn query(
    dialect: &Dialect,
    given: &GivenMessage,
    bytes: &Bytes,
    signing: Option<&SignatureKeys>,
) -> Result<ReadMessage, String> {
    let mut query = String::from_utf8_lossy(bytes).trim().to_owned();
    for (name, value) in &given.set {
        query = percent::with_value(&query, name, |_| value.0.clone())
            .ok_or_else(|| format!("the query has no `{name}`"))?;
    }
    let second = dialect.revision.second_callback;
    let asked = second.and_then(|second| Some((second.reading.event_field?, second.asked(&query)?)));
    let (event_field, fields) =
        asked.ok_or_else(|| format!("this query is not a callback of {}", dialect.provider.name))?;
    // No event has an empty name: it is an unknown one.
    let word = fields.get(event_field).and_then(Value::as_str).unwrap_or_default();
    let event = dialect.provider.events.iter().find(|kind| kind.is(word)).map_or(UNKNOWN, |kind| kind.name);
    let template = match given.resign {
        true => resigned_query(&query, dialect.revision, dialect.signed_with(signing), event)?,
        false => verbatim_query(&query),
    };
    Ok((template, fields, event))
}
