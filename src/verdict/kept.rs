//! A refusal must not say which signature would have been right.

use super::{Expectation, last};
use crate::record::{CallbackRun, Finding};

pub(super) fn check(callback: &CallbackRun, _: &Expectation) -> Option<Finding> {
    let answer = last(callback)?.answer.as_ref()?;
    answer.leaked.then(|| Finding {
        check: "kept secret".into(),
        ok: false,
        expected: "a refusal that keeps the right signature to itself".into(),
        actual: "the right signature stands in the answer".into(),
        place: callback.line.place.clone(),
    })
}
