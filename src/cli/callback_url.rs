//! Callback URLs that a vendor would not take.

use super::args::ReceiverArgs;
use super::{complain, connection};
use crate::play::Planned;

/// Warns of a connection that is not as safe as it could be, and where a provider's page forbids what the target has: a query, or headers of its own.
pub(super) fn warn(args: &ReceiverArgs, planned: &Planned) {
    connection::warn(&args.connection);
    let query = args.target.as_ref().is_some_and(|target| target.url.query().is_some());
    let extra = match (query, args.connection.headers.is_empty()) {
        (true, true) => "a query",
        (true, false) => "a query and headers (-H)",
        (false, false) => "headers (-H)",
        (false, true) => return,
    };
    let mut limits: Vec<&str> = planned.plays.iter().filter_map(|play| play.provider.url_limit).collect();
    limits.dedup();
    for limit in limits {
        complain(&format!("warning: callbacks are sent with {extra}: {limit}\n"));
    }
}
