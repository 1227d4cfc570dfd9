//! What the signature does not cover no receiver can tell from the real thing: said, and never held against it.

use super::acknowledged::seen;
use super::{Expectation, last};
use crate::callback::Class;
use crate::record::{CallbackRun, Finding, TroubleKind};

pub(super) fn check(callback: &CallbackRun, _: &Expectation) -> Option<Finding> {
    if callback.line.class != Class::Unprotected {
        return None;
    }
    let exchange = last(callback)?;
    let answered = exchange.answer.is_some()
        || exchange.error.as_ref().is_some_and(|error| error.kind == TroubleKind::Closed);
    Some(Finding {
        check: "untold".into(),
        ok: answered,
        expected: "any answer: the scheme cannot tell".into(),
        actual: seen(callback),
        place: callback.line.place.clone(),
    })
}
