//! Mistakes of real receivers, each a name and one changed [habit](super::habits). They are the test bed of the sender: a
//! mistake that no case exposes is a case that is missing.

mod http;
mod message;
mod sender;
mod signature;
mod storing;
mod time;

use super::habits::Habits;

/// A mistake that a receiver makes.
pub struct Bug {
    /// Name in `--bug`.
    pub name: &'static str,
    /// Description of the bug, for a person.
    pub what: &'static str,
    /// Cases of the catalogue of edge cases that expose it, a space between.
    pub cases: &'static str,
    /// Place of a sighting; empty = it is only likely.
    pub met: &'static str,
    /// The one provider whose receivers can have it; empty = any.
    pub provider: &'static str,
    /// Makes the mistake.
    pub change: fn(&mut Habits),
}

const fn bug(
    name: &'static str,
    what: &'static str,
    cases: &'static str,
    met: &'static str,
    change: fn(&mut Habits),
) -> Bug {
    Bug { name, what, cases, met, provider: "", change }
}

const fn of(provider: &'static str, bug: Bug) -> Bug {
    Bug { provider, ..bug }
}

/// Mistakes by subject, in the order of `hookreel list bugs`.
static SUBJECTS: [&[Bug]; 6] =
    [signature::ALL, time::ALL, sender::ALL, storing::ALL, message::ALL, http::ALL];

/// Every mistake there is.
pub fn all() -> impl Iterator<Item = &'static Bug> {
    SUBJECTS.iter().copied().flatten()
}
