//! Consequence of a failed case and its fix, by what was seen. An error inside the receiver has a cause of its own, whatever the case
//! is about.

use super::case::{AuditSetting, Case};
use super::score::Seen;
use crate::provider::signature::SignedTime;
use crate::record::{REJECTED, StateErrorKind, misses_field, refuses_unknown_field, reported_failure};
use crate::verdict::cause::{refuses_event, stored};
use crate::verdict::check::KEPT_SECRET;

/// Why a failure matters, and how to fix it.
pub type Advice = (&'static str, &'static str);

/// A callback that ends the receiver, in any case.
const ENDED: Advice = (
    "anyone who can reach the port can end the receiver, and nobody's callbacks are received until it runs again",
    "find the cause in what it printed last, or in its own log; limit what one request may take, and let a supervisor start it again",
);

/// An error 500 or the like.
const ERROR: Advice = (
    "an error inside the receiver: it neither took this callback nor refused it, and the vendor sends it again until it gives up",
    "look for the error in the receiver's own log; refuse with 400 or 401 before the error can happen",
);

/// A connection that ends without an answer.
const BROKEN: Advice = (
    "the receiver ended the connection without an answer, as after an error of its own: the vendor sends the callback again",
    "look for the error in the receiver's own log (an exception in its handler ends the connection); answer every request",
);

/// No answer in time.
const LATE: Advice = (
    "the receiver did not answer in time: the vendor takes that for a failure, and sends the callback again",
    "look in the receiver's own log for what it waits for; answer first, process the callback later",
);

/// A limit on the rate.
const LIMITED: Advice = (
    "the receiver limits the rate, so this says nothing about the case; in a burst of the vendor it loses the callbacks that it refuses",
    "lift the limit for the audit, or raise it, and play the case again",
);

/// A limit on the size of a body, below that of a callback.
const TOO_LARGE: Advice = (
    "the receiver, or a server before it, allows smaller bodies than the sender sends: such a callback is refused each time, and lost",
    "raise the limit on the body of this path above the sender's largest message",
);

/// A handler that takes every event for that of a file.
const OTHER_EVENT: Advice = (
    "the receiver needs a field that this event does not have: it takes every event for that of a finished file, and the vendor sends each \
     of the others again until it gives up",
    "look at the event first; read the fields of a file in the event that announces one, and answer the others with success",
);

/// A refusal that repeats the right signature.
const LEAK: Advice = (
    "an answer that names the expected signature signs for the attacker, who sends the callback again with it",
    "say that the signature is wrong, and nothing more; what was expected belongs in the receiver's own log at most",
);

/// A model that lists every field, and refuses others.
const STRICT_MODEL: Advice = (
    "the receiver refuses a message for a field that it does not know: vendors add fields without notice, and from then on every callback \
     is refused, and lost",
    "let the model ignore unknown fields; demand the fields that you use, and nothing of the others",
);

/// Of several accepted files some are there.
const ONE_KEY: Advice = (
    "of several files that were accepted only some are stored: the vendor sends none of them again, and the recordings are lost",
    stored::SHARES_A_KEY.fix,
);

/// The same, of a sender that tells several files in one message.
const ONE_FILE: Advice = (ONE_KEY.0, stored::READS_ONE_FILE.fix);

/// None of the accepted files is there.
const NOT_STORED: Advice = (
    "a file that was accepted is not stored: the vendor does not send it again, and the recording is lost",
    stored::NOTHING_STORED.fix,
);

/// An entry came, and it does not hold the id.
const NO_ID: Advice = (
    "an entry has come that does not hold the id of the file: the list leaves the id out, or the store changed it so that it is not \
     known again; a second callback of the file cannot be told from one of another file then",
    stored::WITHOUT_IDS.fix,
);

/// Entries of other files are gone.
const GONE: Advice = (
    "files that were listed are not listed any more: recordings are lost, or nobody finds them",
    stored::DROPS_ENTRIES.fix,
);

/// The state is not answered any more.
const HANGING: Advice = (
    "the receiver listed its files before this case, and answers no more: it hangs, or it ended, and nobody's callbacks are received",
    stored::HANGS.fix,
);

/// A legal event that is refused.
const UNKNOWN_EVENT: Advice = (
    "the receiver refuses an event that it does not use: the vendor sends it again until it gives up, and may take the URL for broken",
    "answer status 200 to every event that is rightly signed, also to those that you do not use",
);

/// A refusal that stands in the body alone.
const YES_AND_NO: Advice = (
    "the status says yes and the body says no: the vendor reads the status alone, so a callback that is refused by mistake is never \
     sent again",
    "answer a refusal with status 401; where the body is how this receiver refuses, say so: --expect '{accept: {json: {PATH: VALUE}}}' \
     (docs/audit.md)",
);

/// An accepted file is there with an id that was changed on the way.
const KEEP_IDS: Advice = (
    "the vendor knows no file of the id that is stored, and two files may come to have one id",
    stored::CHANGES_IDS.fix,
);

/// An event that announces no file left something in the list of files.
const NO_FILE: Advice = (
    "an event that announces no file was stored as one, or changed one: it came with a stream's begin or end, or is new",
    "store a file by the event that announces it alone; acknowledge every other event, and let it change no recording",
);

/// Advice in the place of a case's own.
pub struct OtherAdvice {
    /// Condition under which it counts.
    pub when: When,
    /// Why the failure matters.
    pub why: &'static str,
    /// How to fix the receiver.
    pub fix: &'static str,
}

/// Condition of other advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// A callback was accepted that had to be rejected.
    Accepted,
    /// The sender signs the bytes of the body, and not only what they say.
    BytesSigned,
    /// The signed time is that of sending, and not the expiry.
    TimeOfSending,
    /// The sender signs no time.
    NoTime,
    /// The sender signs nothing.
    Unsigned,
    /// The sender sends nothing again.
    NeverRepeated,
    /// So many or more were refused, each a legal callback, and nothing else was seen.
    Refused(usize),
}

impl OtherAdvice {
    /// Advice under a condition.
    pub const fn new(when: When, why: &'static str, fix: &'static str) -> Self {
        Self { when, why, fix }
    }
}

/// Advice on another spelling of a body. Where its bytes are signed, the one mistake is to verify what was printed again.
pub(super) const AS_IT_CAME: OtherAdvice = OtherAdvice::new(
    When::BytesSigned,
    "the signature covers the bytes of the body, and the receiver verifies others: a body that was parsed and printed again has other \
     spaces, line ends or escapes, and right callbacks are refused",
    "verify the body as it came, before any parser: express.raw, request.get_data(), php://input, io.ReadAll; parse it afterwards",
);

/// Why letters beyond ASCII are refused, and nothing else.
const CHARSET: Advice = (
    "a body with letters beyond ASCII is refused where plain ones are accepted: the receiver decodes it with another charset than UTF-8, \
     such as ISO-8859-1 (the default of frameworks where Content-Type names none)",
    "look at nothing but the bytes as they came, or decode them as UTF-8, whatever Content-Type says",
);

/// Advice on letters beyond ASCII, where so many callbacks with them were refused.
pub(super) const fn charset(least: usize) -> OtherAdvice {
    OtherAdvice::new(When::Refused(least), CHARSET.0, CHARSET.1)
}

/// Advice on a burst from a sender that sends nothing again.
pub(super) const TAKE_ALL: &[OtherAdvice] = &[OtherAdvice::new(
    When::NeverRepeated,
    "everything comes in one second, and this provider sends nothing again: what is refused then is lost",
    "queue before working, and accept whatever can be stored; look for the rest where the sender stores recordings",
)];

impl When {
    fn is_met(self, setting: &AuditSetting, seen: &[Seen]) -> bool {
        let signed = setting.signed();
        match self {
            Self::Accepted => {
                seen.iter().any(|seen| seen.check == REJECTED && seen.got.starts_with("status 2"))
            }
            Self::BytesSigned => signed.is_some_and(|(signature, _)| signature.signs_bytes()),
            Self::TimeOfSending => signed.is_some_and(|(_, time)| time == SignedTime::Near),
            Self::NoTime => signed.is_none_or(|(_, time)| time == SignedTime::None),
            Self::Unsigned => signed.is_none(),
            Self::NeverRepeated => setting.revision.policy.retries == 0,
            Self::Refused(least) => {
                let refused = |seen: &Seen| {
                    let proof = ["status 400", "status 401", "status 403"];
                    seen.check != REJECTED && proof.iter().any(|status| seen.got.starts_with(status))
                };
                seen.len() >= least && seen.iter().all(refused)
            }
        }
    }
}

/// Advice on a failed case, by its sender and by what was seen.
pub fn advice(case: &Case, setting: &AuditSetting, seen: &[Seen]) -> Advice {
    if seen.iter().any(Seen::is_end) {
        return ENDED;
    }
    let all = |fits: &dyn Fn(&str) -> bool| !seen.is_empty() && seen.iter().all(|seen| fits(&seen.got));
    // What a case says of such an end itself says more.
    let own = |words: &[&str]| words.iter().any(|word| case.why.contains(word) || case.title.contains(word));
    if all(&|got| got.starts_with("status 429")) {
        LIMITED
    } else if all(&|got| got.starts_with("status 413")) {
        TOO_LARGE
    } else if !seen.is_empty()
        && seen.iter().all(|seen| seen.check != REJECTED && refuses_unknown_field(&seen.answer))
    {
        STRICT_MODEL
    } else if takes_every_event_for_a_file(case, seen) {
        OTHER_EVENT
    } else if refuses_an_event(case, seen) {
        UNKNOWN_EVENT
    } else if !seen.is_empty() && seen.iter().all(|seen| seen.check == KEPT_SECRET) {
        LEAK
    } else if all(&|got| got.starts_with("status 5")) && !own(&["500", "error"]) && !repeats(case) {
        ERROR
    } else if all(&|got| got.contains("closed the connection") || got.contains("reset the connection"))
        && !own(&["connection", "close"])
    {
        BROKEN
    } else if all(&|got| got.starts_with("no answer")) && !own(&["wait", "answer", "slow", "connection"]) {
        LATE
    } else {
        own_advice(case, setting, seen)
    }
}

/// Events beside that of the file were refused for a field that only the file's has.
fn takes_every_event_for_a_file(case: &Case, seen: &[Seen]) -> bool {
    let refused = |seen: &Seen| {
        let status = seen.got.starts_with("status 4") || seen.got.starts_with("status 5");
        seen.check != REJECTED && status && misses_field(&seen.answer)
    };
    has_other_events(case) && !seen.is_empty() && seen.iter().all(refused)
}

/// Events beside that of the file were refused, because the receiver does not know them.
fn refuses_an_event(case: &Case, seen: &[Seen]) -> bool {
    let refused = |seen: &Seen| {
        seen.check != REJECTED && seen.got.starts_with("status 4") && refuses_event(&seen.answer)
    };
    has_other_events(case) && !seen.is_empty() && seen.iter().all(refused)
}

/// A case of legal callbacks, some of which announce no file.
fn has_other_events(case: &Case) -> bool {
    // A file that lacks fields is one all the same.
    let of_files = ["M254", "M256"].contains(&case.id);
    ["A12", "A13", "A15", "A18"].contains(&case.id) || case.family() == 'M' && !of_files
}

/// It sends again what was accepted: an error there is one about the repetition.
fn repeats(case: &Case) -> bool {
    ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A10", "A25"].contains(&case.id)
}

/// It is about files that come again, or beside others: how one of them is lost it says itself of no other loss.
fn is_about_known_files(case: &Case) -> bool {
    // A new field or a new value is sent once.
    case.family() == 'A' && !["A13", "A15", "A19", "A20"].contains(&case.id)
}

/// True where the case's own advice says how an accepted file is lost; `replaced` = another one of it is there.
fn tells_a_loss(case: &Case, replaced: bool) -> bool {
    match case.family() {
        // Whatever came first is there, so the event before the file did not settle it.
        'M' if replaced => ["M245", "M246", "M248", "M261", "M264"].contains(&case.id),
        'M' => ["M245", "M246", "M248", "M261", "M264", "M267"].contains(&case.id),
        _ => true,
    }
}

/// It was to be rejected, and was: by the body of an answer whose status says yes.
fn refuses_in_words(seen: &Seen) -> bool {
    seen.check == REJECTED && seen.got.starts_with("status 2") && reported_failure(&seen.answer).is_some()
}

/// The case's own advice for this provider.
fn own_advice(case: &Case, setting: &AuditSetting, seen: &[Seen]) -> Advice {
    let all = |fits: fn(&Seen) -> bool| !seen.is_empty() && seen.iter().all(fits);
    if all(|seen| seen.state_error == Some(StateErrorKind::ChangedId)) {
        return KEEP_IDS;
    }
    if seen.iter().any(|seen| seen.state_error == Some(StateErrorKind::NoAnswer)) {
        return HANGING;
    }
    if all(|seen| seen.state_error == Some(StateErrorKind::EntriesGone)) {
        return GONE;
    }
    if all(|seen| seen.state_error == Some(StateErrorKind::WithoutId)) {
        return NO_ID;
    }
    if all(refuses_in_words) {
        return YES_AND_NO;
    }
    let is_extra = |seen: &Seen| seen.state_error == Some(StateErrorKind::UnknownEntry);
    if ["A13", "A18"].contains(&case.id) && all(is_extra) {
        return NO_FILE;
    }
    // What was accepted was proven: what is lost after that is not lost to the signature.
    let is_about_proof = ['B', 'C'].contains(&case.family());
    let replaced = seen.iter().any(|seen| matches!(seen.state_error, Some(StateErrorKind::Replaced { .. })));
    if (is_about_known_files(case) || is_about_proof || !tells_a_loss(case, replaced))
        && all(Seen::is_missing)
    {
        return match replaced {
            true if setting.revision.reading.file_list.is_empty() => ONE_KEY,
            true => ONE_FILE,
            false => NOT_STORED,
        };
    }
    let other = case.others.iter().find(|other| other.when.is_met(setting, seen));
    other.map_or((case.why, case.fix), |other| (other.why, other.fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::cases;
    use crate::audit::score::KEEPS_LISTENING;

    #[test]
    fn a_case_that_ends_the_receiver_has_one_cause_whatever_else_was_seen() {
        let case = cases().find(|case| case.id == "B31").unwrap();
        let provider = crate::provider::find("tencent", "").unwrap();
        let (method, expect) = (String::new(), String::new());
        let revision = provider.newest();
        let setting = AuditSetting { provider, revision, method, expect, streams: Vec::new(), nonce: 1 };
        let seen = |expected: &str, got: &str| Seen {
            expected: expected.into(),
            got: got.into(),
            ..Seen::default()
        };
        let refused = seen("status 200", "status 429");
        assert_eq!(advice(case, &setting, std::slice::from_ref(&refused)), LIMITED);
        assert_eq!(
            advice(case, &setting, &[refused.clone(), seen("status 200", "status 500")]),
            (case.why, case.fix)
        );
        assert_eq!(advice(case, &setting, &[refused, seen(KEEPS_LISTENING, "it ended")]), ENDED);
        assert_eq!(advice(case, &setting, &[]), (case.why, case.fix));
    }

    #[test]
    fn a_repetition_that_ends_in_an_error_and_files_that_are_missing_have_causes_of_their_own() {
        let case = |id: &str| cases().find(|case| case.id == id).unwrap();
        let provider = crate::provider::find("tencent", "").unwrap();
        let (method, expect) = (String::new(), String::new());
        let revision = provider.newest();
        let setting = AuditSetting { provider, revision, method, expect, streams: Vec::new(), nonce: 1 };
        let got = |id: &str, got: &str| {
            let seen = Seen { expected: "as it should be".into(), got: got.into(), ..Seen::default() };
            advice(case(id), &setting, &[seen])
        };
        let refused = |id: &str, count: usize| {
            let got = "status 401".to_owned();
            let seen = Seen { expected: "status 200".into(), got, ..Seen::default() };
            advice(case(id), &setting, &vec![seen; count])
        };
        assert_eq!((refused("C80", 2), refused("F134", 1)), (CHARSET, CHARSET));
        assert_eq!(refused("C80", 1), (case("C80").why, case("C80").fix), "a text that was normalised");
        assert_eq!(got("A1", "status 500"), (case("A1").why, case("A1").fix));
        assert_eq!(got("B31", "status 500"), ERROR);
        assert_eq!(got("A11", "status 500"), ERROR, "order plays no part");
        let state = |id: &str, kind: StateErrorKind| {
            advice(case(id), &setting, &[Seen { state_error: Some(kind), ..Seen::default() }])
        };
        let replaced = StateErrorKind::Replaced { file: "x-1".into(), by: "x-2".into() };
        assert_eq!(state("A2", replaced), ONE_KEY);
        assert_eq!(state("A4", StateErrorKind::Missing), NOT_STORED);
        let soft = Seen {
            check: REJECTED.into(),
            got: "status 200".into(),
            answer: r#"{"code":401,"message":"signature error"}"#.into(),
            ..Seen::default()
        };
        assert_eq!(advice(case("C51"), &setting, std::slice::from_ref(&soft)), YES_AND_NO);
        let accepted = Seen { answer: r#"{"code":0}"#.into(), ..soft };
        assert_eq!(advice(case("C51"), &setting, &[accepted]), (case("C51").why, case("C51").fix));
        assert_eq!(state("C70", StateErrorKind::Missing), NOT_STORED, "the signature was right");
        assert_eq!(state("F111.b", StateErrorKind::Missing).1, case("F111.b").fix);
        assert_eq!(state("A26", StateErrorKind::LostAtRestart), (case("A26").why, case("A26").fix));
        assert_eq!(state("A1", StateErrorKind::NoAnswer), HANGING, "no word about repetitions");
        assert_eq!(state("A4", StateErrorKind::EntriesGone), GONE);
        assert_eq!(state("M261", StateErrorKind::WithoutId), NO_ID);
    }

    #[test]
    fn a_case_of_the_lifecycle_tells_of_what_was_seen_and_of_nothing_else() {
        let provider = crate::provider::find("tencent", "").unwrap();
        let (method, expect) = (String::new(), String::new());
        let revision = provider.newest();
        let setting = AuditSetting { provider, revision, method, expect, streams: Vec::new(), nonce: 1 };
        let case = |id: &str| cases().find(|case| case.id == id).unwrap();
        let own = |id: &str| (case(id).why, case(id).fix);
        let lost = |id: &str, kind| {
            advice(case(id), &setting, &[Seen { state_error: Some(kind), ..Seen::default() }])
        };
        let replaced = || StateErrorKind::Replaced { file: "x-1".into(), by: "x-2".into() };
        assert_eq!(
            lost("M254", StateErrorKind::Missing),
            NOT_STORED,
            "it was accepted, so nothing was demanded"
        );
        assert_eq!(lost("M267", StateErrorKind::Missing), own("M267"));
        assert_eq!(lost("M267", replaced()), ONE_KEY, "the first file was stored after the same events");
        assert_eq!(lost("M248", replaced()), own("M248"));
        let refused = |id: &str, answer: &str| {
            let (expected, got) = ("status 200".into(), "status 422".into());
            advice(case(id), &setting, &[Seen { expected, got, answer: answer.into(), ..Seen::default() }])
        };
        assert_eq!(refused("M253", "field required: video_url"), OTHER_EVENT);
        assert_eq!(refused("M254", "stream_param field required"), own("M254"), "it is the event of a file");
        assert_eq!(refused("A13", r#"{"msg":"unknown event_type"}"#), UNKNOWN_EVENT);
    }
}
