//! A legal callback must be acknowledged, by the vendor's rule; and answered as the scenario expects.

use super::names::{self, ACKNOWLEDGED};
use super::{LastExchange, counted, finding};
use crate::callback::Class;
use crate::record::{Finding, FindingKind};
use crate::verdict::Expectation;

pub(super) fn check(class: Class, exchange: &LastExchange<'_>, expectation: &Expectation) -> Vec<Finding> {
    if class != Class::Legal {
        return Vec::new();
    }
    let acknowledged = expectation.acknowledges(exchange);
    let mut actual = counted(exchange);
    let cost = expectation.cost(exchange).filter(|_| !acknowledged);
    let departure = expectation.departure(exchange).filter(|_| !acknowledged);
    let kind = departure.is_some().then_some(FindingKind::WrongHandshake);
    actual.extend(departure.map(|departure| format!(", and {departure}")));
    let mut findings = Vec::new();
    let whole = exchange.answer.as_ref().filter(|_| exchange.error.is_none());
    if let Some(answer) = whole.filter(|_| !expectation.accept.is_empty()) {
        let held = expectation.accept.hold(answer.status, &answer.headers, &answer.body);
        if held.is_ok() && !acknowledged {
            let again = if cost.is_some() { "" } else { " and sends the callback again" };
            actual.push_str(&format!(
                ", which `expect.accept` allows; but the vendor does not take it for an acknowledgement{again} (`delivery.success` says \
                 what the vendor is configured with instead)"
            ));
        }
        let expected = expectation.accept.to_string();
        findings.push(finding(
            names::EXPECTED_ANSWER,
            held.is_ok(),
            expected,
            held.err().unwrap_or_else(|| counted(exchange)),
        ));
    }
    actual.extend(cost);
    let main = finding(ACKNOWLEDGED, acknowledged, expectation.acknowledgement(), actual);
    findings.insert(0, Finding { kind, ..main });
    findings
}
