//! Consequence of a failed case and its fix, by what was seen. An error inside the receiver has a cause of its own, whatever the case
//! is about.

mod texts;

use super::case::{AuditSetting, Case};
use super::score::Seen;
use crate::provider::signature::SignedTime;
use crate::record::{REJECTED, StateErrorKind, TroubleKind, reported_failure};
use crate::verdict::cause::{
    finds_no_json, misses_field, refuses_event, refuses_unknown_field, tells_of_a_cut_body,
};
use crate::verdict::check::KEPT_SECRET;
use texts::{
    BROKEN, BUSY_STORE, CHARSET, CUT_BODY, ENDED, ENDED_BY_THE_VENDOR, ERROR, GONE, HANGING, KEEP_IDS, LATE,
    LEAK, LIMITED, NO_FILE, NO_ID, NOT_STORED, ONE_FILE, ONE_KEY, OTHER_EVENT, REPETITION_REFUSED, SOME_LOST,
    STRICT_MODEL, TOO_LARGE, UNKNOWN_EVENT, YES_AND_NO,
};

/// Why a failure matters, and how to fix it.
pub type Advice = (&'static str, &'static str);

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
            Self::Accepted => seen.iter().any(Seen::is_acknowledged),
            Self::BytesSigned => signed.is_some_and(|(signature, _)| signature.signs_bytes()),
            Self::TimeOfSending => signed.is_some_and(|(_, time)| time == SignedTime::Near),
            Self::NoTime => signed.is_none_or(|(_, time)| time == SignedTime::None),
            Self::Unsigned => signed.is_none(),
            Self::NeverRepeated => setting.revision.policy.retries == 0,
            Self::Refused(least) => {
                let refused =
                    |seen: &Seen| seen.check != REJECTED && matches!(seen.status, Some(400 | 401 | 403));
                seen.len() >= least && seen.iter().all(refused)
            }
        }
    }
}

/// A failed case, and what was seen of it.
struct SeenOfCase<'a> {
    case: &'a Case,
    setting: &'a AuditSetting,
    seen: &'a [Seen],
}

impl SeenOfCase<'_> {
    /// True if something was seen, and all of it is so.
    fn all(&self, fits: impl Fn(&Seen) -> bool) -> bool {
        !self.seen.is_empty() && self.seen.iter().all(fits)
    }

    /// True if a part of it is so.
    fn any(&self, fits: impl Fn(&Seen) -> bool) -> bool {
        self.seen.iter().any(fits)
    }

    /// All of it is this error of the stored state.
    fn is_state(&self, error: &StateErrorKind) -> bool {
        self.all(|seen| seen.state_error.as_ref() == Some(error))
    }

    /// The case is about such an end itself, and says more of it.
    fn says(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.case.why.contains(word) || self.case.title.contains(word))
    }

    /// Another file is there in the place of one that is not.
    fn is_replaced(&self) -> bool {
        self.any(|seen| matches!(seen.state_error, Some(StateErrorKind::Replaced { .. })))
    }

    /// Accepted files are not there, and the case says nothing of such a loss.
    fn loses(&self) -> bool {
        let case = self.case;
        // What was accepted was proven: what is lost after that is not lost to the signature.
        let is_about_proof = ['B', 'C'].contains(&case.family());
        (is_about_known_files(case) || is_about_proof || !tells_a_loss(case, self.is_replaced()))
            && self.all(Seen::is_missing)
    }

    /// The sender tells several files in one message.
    fn sends_lists(&self) -> bool {
        !self.setting.revision.reading.file_list.is_empty()
    }
}

/// Condition of a row.
type Fits = fn(&SeenOfCase<'_>) -> bool;

/// Advice by what was seen, whatever the case is about; the first row that fits counts.
const BY_WHAT_WAS_SEEN: [(Fits, Advice); 25] = [
    (|of| of.any(Seen::is_end) && is_legal(of.case), ENDED_BY_THE_VENDOR),
    (|of| of.any(Seen::is_end), ENDED),
    (|of| of.all(|seen| seen.status == Some(429)), LIMITED),
    (|of| of.all(|seen| seen.status == Some(413)), TOO_LARGE),
    (|of| of.all(|seen| seen.check != REJECTED && refuses_unknown_field(&seen.answer)), STRICT_MODEL),
    (takes_every_event_for_a_file, OTHER_EVENT),
    (refuses_an_event, UNKNOWN_EVENT),
    (|of| of.all(|seen| seen.check == KEPT_SECRET), LEAK),
    (|of| of.all(|seen| seen.check != REJECTED && tells_of_a_cut_body(&seen.answer)), CUT_BODY),
    // What it accepted before is JSON.
    (|of| repeats(of.case) && of.all(|seen| seen.check != REJECTED && finds_no_json(&seen.answer)), CUT_BODY),
    (|of| of.all(|seen| seen.has_class(5) && is_busy(&seen.answer)), BUSY_STORE),
    (|of| repeats(of.case) && of.all(refuses_what_it_knows), REPETITION_REFUSED),
    (|of| of.all(|seen| seen.has_class(5)) && !of.says(&["500", "error"]) && !repeats(of.case), ERROR),
    (|of| of.all(is_closed) && !of.says(&["connection", "close"]), BROKEN),
    (|of| of.all(is_late) && !of.says(&["wait", "answer", "slow", "connection"]), LATE),
    (|of| of.is_state(&StateErrorKind::ChangedId), KEEP_IDS),
    (|of| of.any(|seen| seen.state_error == Some(StateErrorKind::NoAnswer)), HANGING),
    (|of| of.is_state(&StateErrorKind::EntriesGone), GONE),
    (|of| of.is_state(&StateErrorKind::WithoutId), NO_ID),
    (|of| of.all(refuses_in_words), YES_AND_NO),
    (announces_no_file, NO_FILE),
    (|of| of.loses() && of.is_replaced() && of.sends_lists(), ONE_FILE),
    (|of| of.loses() && of.is_replaced(), ONE_KEY),
    (|of| of.loses() && of.is_state(&StateErrorKind::MissingBesideOthers), SOME_LOST),
    (|of| of.loses(), NOT_STORED),
];

/// Advice on a failed case, by its sender and by what was seen.
pub fn advice(case: &Case, setting: &AuditSetting, seen: &[Seen]) -> Advice {
    let of = SeenOfCase { case, setting, seen };
    if let Some((_, advice)) = BY_WHAT_WAS_SEEN.iter().find(|(fits, _)| fits(&of)) {
        return *advice;
    }
    let other = case.others.iter().find(|other| other.when.is_met(setting, seen));
    other.map_or((case.why, case.fix), |other| (other.why, other.fix))
}

/// All of its callbacks are such as the provider sends.
fn is_legal(case: &Case) -> bool {
    ['A', 'K', 'M'].contains(&case.family())
}

/// The words of a store that is locked, or has no place for another connection.
fn is_busy(answer: &str) -> bool {
    let words = answer.to_lowercase();
    let busy = [
        "locked",
        "deadlock",
        "lock wait timeout",
        "too many connections",
        "too many clients",
        "pool",
        "could not serialize",
    ];
    busy.iter().any(|word| words.contains(word))
}

/// A callback that comes again was refused, as one of a file that is known already.
fn refuses_what_it_knows(seen: &Seen) -> bool {
    let words = seen.answer.to_lowercase();
    let known = ["duplicate", "already", "exists"].iter().any(|word| words.contains(word));
    seen.check != REJECTED && (seen.status == Some(409) || seen.has_class(4) && known)
}

/// The connection was closed, or reset.
fn is_closed(seen: &Seen) -> bool {
    seen.trouble == Some(TroubleKind::Closed)
}

/// No answer came in time, nor a part of one.
fn is_late(seen: &Seen) -> bool {
    seen.status.is_none() && seen.trouble == Some(TroubleKind::Timeout)
}

/// Events beside that of the file were refused for a field that only the file's has.
fn takes_every_event_for_a_file(of: &SeenOfCase<'_>) -> bool {
    let refused = |seen: &Seen| {
        let status = seen.has_class(4) || seen.has_class(5);
        seen.check != REJECTED && status && misses_field(&seen.answer)
    };
    has_other_events(of.case) && of.all(refused)
}

/// Events beside that of the file were refused, because the receiver does not know them.
fn refuses_an_event(of: &SeenOfCase<'_>) -> bool {
    let refused = |seen: &Seen| seen.check != REJECTED && seen.has_class(4) && refuses_event(&seen.answer);
    has_other_events(of.case) && of.all(refused)
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
    seen.is_acknowledged() && reported_failure(&seen.answer).is_some()
}

/// An entry came by an event that announces no file.
fn announces_no_file(of: &SeenOfCase<'_>) -> bool {
    ["A13", "A18"].contains(&of.case.id) && of.is_state(&StateErrorKind::UnknownEntry)
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
        let status = |status: u16| Seen { status: Some(status), ..Seen::default() };
        let refused = status(429);
        assert_eq!(advice(case, &setting, std::slice::from_ref(&refused)), LIMITED);
        assert_eq!(advice(case, &setting, &[refused.clone(), status(500)]), (case.why, case.fix));
        assert_eq!(
            advice(case, &setting, &[refused, Seen { expected: KEEPS_LISTENING.into(), ..Seen::default() }]),
            ENDED
        );
        assert_eq!(advice(case, &setting, &[]), (case.why, case.fix));
    }

    #[test]
    fn a_repetition_that_ends_in_an_error_and_files_that_are_missing_have_causes_of_their_own() {
        let case = |id: &str| cases().find(|case| case.id == id).unwrap();
        let provider = crate::provider::find("tencent", "").unwrap();
        let (method, expect) = (String::new(), String::new());
        let revision = provider.newest();
        let setting = AuditSetting { provider, revision, method, expect, streams: Vec::new(), nonce: 1 };
        let got = |id: &str, status: u16| {
            advice(case(id), &setting, &[Seen { status: Some(status), ..Seen::default() }])
        };
        let refused = |id: &str, count: usize| {
            let seen = Seen { status: Some(401), ..Seen::default() };
            advice(case(id), &setting, &vec![seen; count])
        };
        assert_eq!((refused("C80", 2), refused("F134", 1)), (CHARSET, CHARSET));
        assert_eq!(refused("C80", 1), (case("C80").why, case("C80").fix), "a text that was normalised");
        assert_eq!(got("A1", 500), (case("A1").why, case("A1").fix));
        assert_eq!(got("B31", 500), ERROR);
        assert_eq!(got("A11", 500), ERROR, "order plays no part");
        let state = |id: &str, kind: StateErrorKind| {
            advice(case(id), &setting, &[Seen { state_error: Some(kind), ..Seen::default() }])
        };
        let replaced = StateErrorKind::Replaced { file: "x-1".into(), by: "x-2".into() };
        assert_eq!(state("A2", replaced), ONE_KEY);
        assert_eq!(state("A4", StateErrorKind::Missing), NOT_STORED);
        let soft = Seen {
            check: REJECTED.into(),
            status: Some(200),
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
            let seen = Seen { status: Some(422), answer: answer.into(), ..Seen::default() };
            advice(case(id), &setting, &[seen])
        };
        assert_eq!(refused("M253", "field required: video_url"), OTHER_EVENT);
        assert_eq!(refused("M254", "stream_param field required"), own("M254"), "it is the event of a file");
        assert_eq!(refused("A13", r#"{"msg":"unknown event_type"}"#), UNKNOWN_EVENT);
    }
}
