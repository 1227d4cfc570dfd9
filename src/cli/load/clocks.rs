//! Precision of a load: settings of the system.

use std::fs::OpenOptions;
use std::sync::Arc;

use super::super::args::{LoadFlags, Precision};
use crate::load::os::{AWAKE, Awake, STAMPS};

/// The permission to keep processors awake, where there is a schedule that gains by it.
pub(super) fn awake(asked: &LoadFlags) -> Option<Arc<Awake>> {
    let exact = asked.shape().is_some() && asked.pacing == Precision::Exact;
    let device = OpenOptions::new().write(true).open(AWAKE.filter(|_| exact)?).ok()?;
    Some(Arc::new(Awake::by(device)))
}

/// The system says when answers came; not of bytes inside TLS, and not to a thread that is awake for them anyway.
pub(super) fn stamped(asked: &LoadFlags, scheme: &str) -> bool {
    STAMPS && asked.shape().is_some() && asked.pacing != Precision::Spin && scheme == "http"
}
