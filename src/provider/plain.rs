//! Defaults of a sender: each provider names only the parts in which it differs.

use std::time::Duration;

use super::signature::{Proof, SignedTime};
use super::{Captures, FieldNames, Policy, Provider, Revision};
use crate::callback::TimeForm;
use crate::lifecycle::RecordingRules;
use crate::scenario::{Format, Method};

impl Provider {
    /// A sender of nothing, whose keys and callback URLs have no limits.
    pub const PLAIN: Self = Self {
        name: "",
        title: "",
        revisions: &[],
        settings: &[],
        events: &[],
        default_method: Method::None,
        lifetime: Duration::ZERO,
        leeway: 0,
        key_limit: |_, _| None,
        url_limit: None,
        plain: Format::Mp4,
        eventful: "",
        check: |_, _| Vec::new(),
        rules: |_, _| RecordingRules::NONE,
        fields: &[],
        messages: |_| Vec::new(),
        declared: None,
    };
}

impl Revision {
    /// An unsigned edition, of which no message was captured.
    pub const PLAIN: Self = Self {
        name: "",
        edition: 0,
        note: "",
        signatures: &[],
        signed_headers: &[],
        signed_time: SignedTime::Expiry,
        captures: Captures::Never,
        time_form: TimeForm::Number,
        policy: Policy::PLAIN,
        reading: &FieldNames::PLAIN,
        second_callback: None,
        declared: None,
    };
}

impl FieldNames {
    /// A body that bears its signature, and names nothing else.
    pub const PLAIN: Self = Self {
        proof: Proof::Body,
        signature_field: "",
        time_field: "",
        time_of_sending: false,
        event_field: None,
        file_events: &[],
        file_marks: &[],
        file_list: "",
        file_field: "",
        file_field_else: "",
        file_also: "",
        stream_field: "",
        url_field: "",
        duration_field: "",
        media_type: "application/json",
        answer: "{}",
        answer_status: 200,
    };
}
