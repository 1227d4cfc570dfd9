//! Mistakes about duplicates, and about what is stored.

use std::time::Duration;

use super::super::habits::{FileIdentity, Repeat};
use super::{Bug, bug};

/// Long enough for two callbacks of one instant to overtake each other.
const RACE: Duration = Duration::from_millis(20);

pub(super) static ALL: &[Bug] = &[
    bug("no-dedup", "each announcement stores the file again", "A1 A4 A5 B41", "", |habits| {
        habits.identity = FileIdentity::None
    }),
    bug("race", "looks for the file, then stores it: two at once both do", "A2 A3", "", |habits| {
        habits.look_then_store = Some(RACE)
    }),
    bug("dedup-by-signature", "a retry that is signed afresh is stored again", "A4 A5", "", |habits| {
        habits.identity = FileIdentity::Signature
    }),
    bug("dedup-forgets", "only the last 3 files are known again", "A4", "", |habits| habits.memory = 3),
    bug(
        "dedup-forgotten-on-restart",
        "what is known is forgotten when the receiver starts again (with --store)",
        "A25",
        "",
        |habits| habits.remembers = false,
    ),
    bug("kept-in-memory", "what is stored is gone when the receiver starts again", "A25 A26", "", |habits| {
        habits.keeps = false
    }),
    bug("last-wins", "a second callback of a file overwrites its facts", "A10", "", |habits| {
        habits.repeat = Repeat::Overwrite
    }),
    bug(
        "fails-on-duplicate",
        "a repeated file is an error 500, so that its retries keep failing",
        "A1 A5",
        "a Spring service that throws on a repeated event",
        |habits| habits.repeat = Repeat::Fail,
    ),
    bug(
        "stores-before-checking",
        "the file is stored first, and the callback refused then",
        "B29 C48 C51 C54",
        "",
        |habits| habits.stores_refused = true,
    ),
    bug(
        "two-hundred-on-everything",
        "what is refused is acknowledged all the same, and lost",
        "C48 C51 E105",
        "",
        |habits| habits.status = |_| 200,
    ),
    bug(
        "order-dependent",
        "a file is refused until another event of its stream has come",
        "A12",
        "",
        |habits| habits.wants_stream_first = true,
    ),
    bug(
        "done-at-first-event",
        "an event before the file is taken for the whole recording, and the file is not stored",
        "M267",
        "",
        |habits| habits.first_event_settles = true,
    ),
];
