//! Likely causes of a refusal. The receiver's own words count for more than its status, which many give to everything.

mod commands;
mod common_words;
mod own_header;
mod redirect;
mod status;
mod texts;
mod topic;
mod words;

use super::{CauseSubject, ProbableCause};
use crate::callback::Encoding;
use crate::provider::declared::known;
use crate::provider::diagnosis::formula;
use crate::provider::signature::signs_host;
use crate::provider::{AnswerBody, Provider, Revision};
use crate::record::load::{KeptAnswer, LoadRun};
use crate::record::reported_failure;
use crate::record::{Answer, NO_KEY, Outcome, SAMPLE_KEY, ScenarioLine};
use crate::stretch::before;
use common_words::COMMON;
use status::{BY_STATUS, KeyPlace};
pub use texts::BODY_READ;
pub(super) use texts::SCHEME;
use texts::{
    BYTES, BYTES_SIGNED, EXPLAIN, FORMULA, HOST_SIGNED, KEY, OTHER_BASE64, OTHER_EDITION, OTHERS_READ,
    UNPARSED, UNREAD_MESSAGE,
};
use topic::Topic;
use words::SAID;
pub use words::{finds_no_json, misses_field, refuses_event, refuses_unknown_field, tells_of_a_cut_body};

/// A refusal, as far as it tells its cause.
#[derive(Clone, Copy, Debug, Default)]
pub struct RefusedAnswer<'a> {
    /// HTTP status.
    pub status: u16,
    /// The begin of its body.
    pub body: &'a str,
    /// Address that the callback was sent to; empty = not known.
    pub target: &'a str,
    /// Target of a redirect.
    pub location: Option<&'a str>,
    /// The proof that it asks for in `WWW-Authenticate`.
    pub challenge: Option<&'a str>,
    /// Origin of the key, as records have it; empty = not known.
    pub key: &'a str,
    /// Name of the sender; empty = not known.
    pub provider: &'a str,
    /// Its edition; empty = not known.
    pub revision: &'a str,
    /// The file that declares it, as records have it; empty = it is built in, or not known.
    pub declared: &'a str,
    /// The commands that audit the receiver and that send it again; empty = not known.
    pub lines: (&'a str, &'a str),
    /// Event of the callback; empty = not known.
    pub event: &'a str,
    /// The receiver accepted what was signed with the same key, or of a sender that signs nothing, another callback.
    pub key_is_held: bool,
}

impl<'a> RefusedAnswer<'a> {
    /// The same with the commands of a scenario.
    pub fn with_lines(self, scenario: &'a ScenarioLine) -> Self {
        Self { declared: &scenario.declared, lines: (&scenario.audit, &scenario.rerun), ..self }
    }

    /// An answer to a callback of a scenario.
    pub fn of(answer: &'a Answer, scenario: &'a ScenarioLine) -> Self {
        Self {
            status: answer.status,
            body: &answer.body,
            target: sent_to(&scenario.rerun),
            location: answer.location.as_deref(),
            challenge: answer.challenge.as_deref(),
            key: &scenario.key,
            provider: &scenario.provider,
            revision: &scenario.revision,
            ..Self::default().with_lines(scenario)
        }
    }

    /// What an acknowledging answer says of a refusal, as if its status said it; none = it speaks of none. An error of the
    /// receiver's own is no refusal.
    pub fn in_words(body: &'a str, key: &'a str, provider: &'a str) -> Option<Self> {
        let (_, value) = reported_failure(body)?;
        let code = value.as_u64().and_then(|code| u16::try_from(code).ok());
        let with = |status| Self { status, body, key, provider, ..Self::default() };
        // Many give one code to everything, so words about the proof count whatever the code is.
        let said = with(code.filter(|code| (400..500).contains(code)).unwrap_or(400));
        let words = body.to_lowercase();
        let found = SAID.iter().find(|found| found.is_in(&words, said.status));
        let proof = found.is_some_and(|found| found.topic.is_proof());
        let own_error = code.is_some_and(|code| (500..600).contains(&code));
        let refuses = proof || !own_error && (found.is_some() || [401, 403].contains(&said.status));
        refuses.then_some(said)
    }

    /// An answer of a load; of none that was kept only the status is known.
    pub fn of_load(status: u16, answer: Option<&'a KeptAnswer>, run: &'a LoadRun) -> Self {
        let answer = answer.filter(|answer| answer.status == status);
        Self {
            status,
            body: answer.map_or("", |answer| &answer.body),
            target: &run.header.target,
            location: answer.and_then(|answer| answer.location.as_deref()),
            challenge: answer.and_then(|answer| answer.challenge.as_deref()),
            key: &run.header.key,
            provider: sender(run),
            revision: edition(run),
            declared: "",
            lines: ("", &run.line.rerun),
            event: "",
            key_is_held: run.total.ended(Outcome::Accepted) > 0,
        }
    }

    /// Cause of a refusal that an acknowledging answer of a load tells in its body.
    pub fn in_words_of_load(answer: &'a KeptAnswer, run: &'a LoadRun) -> Option<Self> {
        let said = Self::in_words(&answer.body, &run.header.key, sender(run))?;
        Some(Self { lines: ("", &run.line.rerun), ..said })
    }

    /// Things to check, the likeliest first; empty = it says nothing.
    pub fn to_try(&self) -> Vec<String> {
        self.causes().into_iter().map(|cause| cause.text.into_owned()).collect()
    }

    /// The likeliest cause; none = it says nothing.
    pub fn likeliest(&self) -> Option<ProbableCause> {
        self.causes().into_iter().next()
    }

    fn causes(&self) -> Vec<ProbableCause> {
        let mut all: Vec<ProbableCause> = Vec::new();
        let said = self.by_words();
        let by_status = self.by_status(said.is_none() && self.says_more());
        for ProbableCause { subject, text } in said.into_iter().chain(by_status) {
            let line = self.completed(&text);
            if !line.is_empty() && !all.iter().any(|said| said.text.contains(&line)) {
                all.push(ProbableCause { subject, text: line.into() });
            }
        }
        all
    }

    /// What its words and headers say.
    fn by_words(&self) -> Option<ProbableCause> {
        let words = self.body.to_lowercase();
        if let Some(place) = self.location {
            return Some(ProbableCause::of(redirect::redirected(place, self.target)));
        }
        if let Some(scheme) = self.challenge.filter(|_| self.status == 401) {
            return Some(ProbableCause::of(challenged(scheme, self.given_login())));
        }
        if self.misses_what_every_event_has() {
            return Some(ProbableCause::of(UNPARSED));
        }
        let said = SAID.iter().find(|said| said.is_in(&words, self.status));
        if said.is_none_or(|said| said.topic.may_be_a_header())
            && [400, 401, 403].contains(&self.status)
            && let Some(line) = self.unsent_header()
        {
            return Some(ProbableCause::of(line));
        }
        let topic = said?.topic;
        let as_said = match topic {
            Topic::Key => return Some(self.key_advice()),
            Topic::Time => ProbableCause { subject: CauseSubject::Proof, ..ProbableCause::of(topic.text()) },
            _ => ProbableCause::of(topic.text()),
        };
        Some(self.own_header(topic).map_or(as_said, ProbableCause::of))
    }

    /// The field that it misses is one of every event of this provider: it found no field at all.
    fn misses_what_every_event_has(&self) -> bool {
        let words = self.body.to_lowercase();
        let Some(reading) = self.edition().map(|revision| revision.reading).filter(|_| misses_field(&words))
        else {
            return false;
        };
        let names = reading.event_field.into_iter().chain([reading.time_field, reading.signature_field]);
        let quoted =
            |name: &str| ['\'', '"', '`'].iter().any(|mark| words.contains(&format!("{mark}{name}{mark}")));
        names.filter(|name| !name.is_empty()).any(|name| quoted(&name.to_lowercase()))
            || ["of 'req.body'", "of 'request.body'"].iter().any(|body| words.contains(body))
    }

    /// What its status says.
    fn by_status(&self, words_unknown: bool) -> Vec<ProbableCause> {
        let Some((_, key, texts)) = BY_STATUS.iter().find(|(statuses, ..)| statuses.contains(&self.status))
        else {
            return Vec::new();
        };
        let editions = self.formulas().contains(&"--revision");
        let fit = texts.iter().filter(|text| editions || **text != OTHER_EDITION);
        let fit =
            fit.map(|text| if self.key_is_held && *text == UNREAD_MESSAGE { &OTHERS_READ } else { text });
        let mut all: Vec<ProbableCause> = fit.map(|text| ProbableCause::of(*text)).collect();
        if self.location.is_some() && (300..400).contains(&self.status) {
            return Vec::new();
        }
        if (200..300).contains(&self.status) && self.is_read() {
            return vec![ProbableCause::of(BODY_READ)];
        }
        match key {
            _ if self.key == NO_KEY && self.status < 300 => {}
            KeyPlace::First if words_unknown => {
                let key = self.key_advice().text;
                let what = format!("what the answer says; or {key}");
                all.insert(0, ProbableCause::of(what));
            }
            KeyPlace::First => all.insert(0, self.key_advice()),
            KeyPlace::Last => all.push(self.key_advice()),
            KeyPlace::Nowhere => {}
        }
        all
    }

    fn key_advice(&self) -> ProbableCause {
        match self.key {
            NO_KEY => {
                ProbableCause::of("a proof: these callbacks have no signature, and the receiver asks for one")
            }
            // What was accepted says which of the two it is.
            _ if self.key_is_held && self.signs_bytes() => {
                ProbableCause::of(format!("{BYTES}{}", if self.writes_base64() { OTHER_BASE64 } else { "" }))
            }
            _ if self.key_is_held => {
                ProbableCause::of(self.other_formula().unwrap_or_else(|| FORMULA.to_owned()))
            }
            key if key.is_empty() || key.starts_with(SAMPLE_KEY) => {
                let formulas = self.formulas().join(" or ");
                let formula =
                    if formulas.is_empty() { formulas } else { format!(", its formula with {formulas}") };
                self.with_what_is_signed(&format!("{KEY}{formula}"))
            }
            given => {
                let given = given.replacen("the key of", "that of", 1);
                let formulas = self.formulas().join(", ");
                let formula = match formulas.is_empty() {
                    true => "computes the signature otherwise".to_owned(),
                    false => format!("checks by another formula ({formulas})"),
                };
                self.with_what_is_signed(&format!(
                    "the key or the signature: the receiver holds another key than {given}, or {formula}: {EXPLAIN}"
                ))
            }
        }
    }

    /// Its words are more than that it is a refusal.
    fn says_more(&self) -> bool {
        let words = self.body.to_lowercase();
        let page = words.trim_start().starts_with('<');
        let mut words = words.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
        !page && words.any(|word| !COMMON.contains(&word))
    }

    /// Its edition of the sender, where both are known.
    fn edition(&self) -> Option<&'static Revision> {
        let provider = known().iter().copied().find(|provider| provider.name == self.provider)?;
        provider.revisions.iter().find(|revision| revision.name == self.revision)
    }

    /// The flags that choose among the formulas of this provider; both of one that is not known.
    fn formulas(&self) -> Vec<&'static str> {
        let provider = known().iter().copied().find(|provider| provider.name == self.provider);
        let has = |several: fn(&Provider) -> bool| provider.is_none_or(several);
        let flags = [
            ("--revision", has(|provider| provider.revisions.len() > 1)),
            ("--method", has(|provider| provider.revisions.iter().any(|own| own.signatures.len() > 1))),
        ];
        flags.into_iter().filter(|(_, has)| *has).map(|(flag, _)| flag).collect()
    }

    /// The sender reads the body of an answer, so no scenario can say that another one accepts.
    fn is_read(&self) -> bool {
        self.edition().is_some_and(|revision| revision.policy.success.body != AnswerBody::Any)
    }

    /// The sender signs the bytes of the body.
    fn signs_bytes(&self) -> bool {
        let all = |revision: &Revision| {
            !revision.signatures.is_empty() && revision.signatures.iter().all(|(_, one)| one.signs_bytes())
        };
        self.edition().is_some_and(all)
    }

    /// The sender writes its signature in base64 of the usual alphabet.
    fn writes_base64(&self) -> bool {
        let base64 = |revision: &Revision| {
            revision.signatures.iter().any(|(_, signature)| signature.encoding == Encoding::Base64)
        };
        self.edition().is_some_and(base64)
    }

    /// The key, and what is signed beside: the host, or the bytes of a body.
    fn with_what_is_signed(&self, key: &str) -> ProbableCause {
        let signed = |revision| match Revision::second_callback(revision, self.event) {
            // Of a second callback another name is signed.
            Some(_) => false,
            None => signs_host(revision),
        };
        match self.edition().is_some_and(signed) {
            true => ProbableCause::of(format!("{HOST_SIGNED}; else {key}")),
            false => {
                let bytes = if self.signs_bytes() { BYTES_SIGNED } else { "" };
                ProbableCause { subject: CauseSubject::Proof, ..ProbableCause::of(format!("{key}{bytes}")) }
            }
        }
    }

    /// The formula of an event that is signed otherwise than those that were accepted.
    fn other_formula(&self) -> Option<String> {
        let revision = self.edition()?;
        let second = revision.second_callback(self.event)?;
        let (own, (_, usual)) = (second.signature.as_ref()?, revision.signatures.first()?);
        let own = formula(own, second.reading.time_field);
        let usual = formula(usual, revision.reading.time_field);
        (own != usual).then(|| {
            format!(
                "the formula of {}: it is signed as {own}, and what the receiver accepted with the same key as {usual}; `hookreel show \
                 PROVIDER {} --formula python` has its check",
                self.event, self.event
            )
        })
    }
}

/// The address of a command line that sends there; empty where it names none, several or one with secrets.
fn sent_to(line: &str) -> &str {
    let mut targets = line.split(" -t ").skip(1);
    let only = targets.next().filter(|_| targets.next().is_none());
    // Empty: it names none.
    only.and_then(|rest| rest.split(' ').next()).filter(|word| word.starts_with("http")).unwrap_or_default()
}

/// Name of the sender of a load; the first where there are several.
fn sender(run: &LoadRun) -> &str {
    run.line.providers.first().map_or("", |provider| before(provider, &[' ']))
}

/// Its edition.
fn edition(run: &LoadRun) -> &str {
    // A record that was written by hand may name a sender without one.
    run.line.providers.first().map_or("", |provider| provider.split(' ').nth(1).unwrap_or_default())
}

/// A login that is asked for; `refused` = what was given for it.
fn challenged(scheme: &str, refused: Option<&str>) -> String {
    if let Some(refused) = refused {
        return format!(
            "a login: {refused} ({scheme}); give the right ones, or exempt the path of the callbacks"
        );
    }
    match scheme.to_ascii_lowercase().as_str() {
        "basic" => "a login: the receiver, or a proxy before it, asks for user and password (Basic); name them in the target as http://USER:PASSWORD@HOST, or exempt the path of the callbacks".into(),
        _ => format!(
            "a login: the receiver, or a proxy before it, asks for one ({scheme}); exempt the path of the callbacks, or give -H 'Authorization: ...'"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(status: u16, body: &str) -> String {
        let refusal =
            RefusedAnswer { status, body, key: "the key of the variable K", ..RefusedAnswer::default() };
        refusal.to_try().into_iter().next().unwrap_or_default()
    }

    #[test]
    fn the_receivers_words_count_for_more_than_its_status() {
        for (status, body, begin) in [
            (400, r#"{"error":"invalid signature"}"#, "the key or the signature"),
            (400, "bad sign", "the key or the signature"),
            (500, "design", "an error inside"),
            (403, "CSRF verification failed. Request aborted.", "the protection of the receiver's framework"),
            (419, "Page Expired", "the protection of the receiver's framework"),
            (401, r#"{"error":"signature missing"}"#, "where the receiver looks"),
            (401, "unknown issuer", "the issuer of the token"),
            (400, "DisallowedHost at /", "the host"),
            (400, r#"{"message":"stream not found"}"#, "a stream that the receiver does not know"),
            (400, "unknown stream", "a stream that the receiver does not know"),
            (404, r#"{"error":"unknown stream"}"#, "a stream that the receiver does not know"),
            (404, "Cannot POST /live/unknown: not found", "the path"),
            (422, r#"{"error":"no such room"}"#, "a stream that the receiver does not know"),
            (400, "unknown event stream_started", "an event that the receiver does not know"),
            (500, "UNIQUE constraint failed: recordings.file_id", "a file that the receiver knows already"),
            (500, r#"{"error":"Duplicate entry for key"}"#, "a file that the receiver knows already"),
            (
                500,
                "psycopg.errors.UniqueViolation: duplicate key value",
                "a file that the receiver knows already",
            ),
            (400, r#"{"error":"already exists"}"#, "a file that the receiver knows already"),
            (400, "The plain HTTP request was sent to HTTPS port", "the scheme"),
            (503, "database is down", "the receiver's store"),
            (503, "", "the receiver is not ready"),
            (422, r#"{"detail":[{"loc":["body","file_id"],"msg":"field required"}]}"#, "a field: "),
            (400, "invalid JSON", "the body: the receiver does not read it"),
            (
                400,
                "Unterminated string starting at: line 1 column 293",
                "the body: the receiver parsed a part",
            ),
            (403, r#"{"message":"Missing Authentication Token"}"#, "the path: AWS API Gateway"),
            (400, "<h1>Bad Request (400)</h1><p></p>", "the host: Django"),
            (
                500,
                "You called this URL via POST, but the URL doesn't end in a slash",
                "the path: the receiver wants",
            ),
            (400, "Unexpected end of JSON input", "the body: the receiver parsed a part"),
            (
                500,
                "JSONDecodeError: Expecting ',' delimiter: char 300",
                "the body: the receiver parsed a part",
            ),
            (501, "", "the path: it does not take POST"),
            (413, "", "the size of the body"),
            (421, "", "the host"),
            (405, "", "the path: it does not take POST"),
            (415, "", "the content type"),
        ] {
            let found = first(status, body);
            assert!(found.starts_with(begin), "{status} {body}: {found}");
        }
    }

    #[test]
    fn the_receivers_words_about_the_proof_name_its_part() {
        for (status, body, begin) in [
            (401, r#"{"error":"no token"}"#, "where the receiver looks for the proof"),
            (401, r#"{"error":"no bearer token"}"#, "the word `Bearer`"),
            (401, "Authorization header is required", "where the receiver looks for the proof"),
            (401, r#"{"error":"body hash"}"#, "the hash of the body"),
            (401, "sha256 checksum of body does not match", "the hash of the body"),
            (403, r#"{"error":"ip not allowed"}"#, "the sender's address"),
            (403, r#"{"error":"tenant suspended"}"#, "what the answer says; or the key"),
            (403, r#"{"status":403,"error":"Forbidden"}"#, "the key or the signature"),
            (401, r#"{"detail":"Not authenticated"}"#, "the key or the signature"),
            (401, "<html><h1>Restricted</h1></html>", "the key or the signature"),
            (401, "signature hash mismatch", "the key or the signature"),
        ] {
            let found = first(status, body);
            assert!(found.starts_with(begin), "{status} {body}: {found}");
        }
    }

    #[test]
    fn where_a_field_of_every_event_is_missing_the_body_was_not_parsed() {
        let first = |body: &str| {
            let (provider, revision) = ("tencent", "2025");
            let refusal = RefusedAnswer { status: 500, body, provider, revision, ..RefusedAnswer::default() };
            refusal.to_try().into_iter().next().unwrap_or_default()
        };
        for body in [
            "KeyError: 'event_type'",
            "MultiValueDictKeyError at /: 'sign'",
            "Cannot destructure property 'sign' of 'req.body' as it is undefined",
        ] {
            assert!(first(body).starts_with("the body: the receiver misses"), "{body}: {}", first(body));
        }
        assert!(first("KeyError: 'video_url'").starts_with("a field: "));
    }

    #[test]
    fn the_time_is_the_cause_where_it_is_spoken_of_as_one() {
        for body in [
            "signature expired",
            "timestamp too old",
            "request is from the future: timestamp outside the window",
            "clock skew",
            "stale timestamp",
            "stale request",
            r#"{"error":"stale"}"#,
            "t is not within 300s",
            "token is not yet valid",
            r#"{"msg":"时间戳无效"}"#,
        ] {
            assert!(first(403, body).starts_with("the time"), "{body}: {}", first(403, body));
        }
        for body in [
            r#"{"timestamp":"2026-11-28T00:00:00Z","status":403,"error":"Forbidden"}"#,
            r#"{"error":"bad signature","timestamp":1700000000}"#,
            "session expired",
            "certificate has expired",
            "missing timestamp in form",
            "around the clock support",
            "blocked",
        ] {
            assert!(!first(403, body).starts_with("the time"), "{body}: {}", first(403, body));
        }
    }

    #[test]
    fn where_others_were_read_the_message_is_not_of_another_provider() {
        let refused =
            RefusedAnswer { status: 400, provider: "zlmediakit", key: NO_KEY, ..RefusedAnswer::default() };
        let first = |refused: RefusedAnswer<'_>| refused.to_try().remove(0);
        assert!(first(refused).contains("another provider or revision"));
        let held = first(RefusedAnswer { key_is_held: true, ..refused });
        assert!(held.contains("does not know this event") && !held.contains("another provider"), "{held}");
    }

    #[test]
    fn a_sender_of_one_formula_is_told_of_no_other() {
        for (provider, flags) in [
            ("huawei", &["--revision", "--method"][..]),
            ("tencent", &["--revision"]),
            ("trtc", &["--revision"]),
            ("mux", &[]),
            ("", &["--revision", "--method"]),
        ] {
            for (key, status) in [("the key of the variable K", 403), ("", 401), ("", 500)] {
                let refused = RefusedAnswer { status, provider, key, ..RefusedAnswer::default() };
                let told = refused.to_try().join("; ");
                for flag in ["--revision", "--method"] {
                    let own = flags.contains(&flag) && (status < 500 || flag == "--revision");
                    assert_eq!(told.contains(flag), own, "{provider} {status} {flag}: {told}");
                }
            }
        }
    }

    #[test]
    fn who_gave_a_key_is_not_told_to_give_one() {
        let of = |key| RefusedAnswer { status: 401, key, ..RefusedAnswer::default() }.to_try().join("; ");
        assert!(of("the key of the variable K").contains("another key than that of the variable K"));
        assert_eq!(
            of("the key of the variable K").matches("`hookreel verify --computed SIGNATURE`").count(),
            1
        );
        assert!(!of("the key of the variable K").contains("--secret-env"));
        assert!(of("the built-in sample key (0123...)").contains("--secret-env"));
        assert!(of(NO_KEY).contains("have no signature"));
    }

    fn of_sender<'a>(provider: &'a str, revision: &'a str, event: &'a str) -> RefusedAnswer<'a> {
        let key = "the key of the variable K";
        RefusedAnswer { status: 401, provider, revision, event, key, ..RefusedAnswer::default() }
    }

    #[test]
    fn where_a_host_is_signed_it_is_the_first_thing_to_look_at() {
        let of = |sender: RefusedAnswer<'_>| sender.to_try().into_iter().next().unwrap();
        assert!(of(of_sender("alibaba", "2026-06", "record_file")).starts_with("the host: it is signed"));
        let mux = of_sender("mux", "2026-04", "x");
        assert!(
            of(mux).starts_with("the key or the signature") && of(mux).contains("parsed and printed again")
        );
        let of_mux = of(RefusedAnswer { key_is_held: true, ..mux });
        assert!(of_mux.starts_with("the bytes of the body") && !of_mux.contains("base64url"), "{of_mux}");
        let trtc = RefusedAnswer { key_is_held: true, ..of_sender("trtc", "2025-07", "VOD_COMMIT") };
        assert!(of(trtc).contains("or it writes its signature in base64url"));
        assert!(!of(of_sender("tencent", "2025", "record")).contains("printed again"));
        let held = RefusedAnswer { key_is_held: true, ..of_sender("alibaba", "2026-06", "publish") };
        let said = of(held);
        assert!(said.starts_with("the formula of publish: it is signed as MD5(app + "), "{said}");
        assert!(
            said.contains("as MD5(host of the URL + ") && said.contains("show alibaba publish --formula"),
            "{said}"
        );
        let held = RefusedAnswer { key_is_held: true, ..of_sender("alibaba", "2026-06", "record_file") };
        assert!(of(held).starts_with("the formula: the receiver accepted others"));
    }

    #[test]
    fn where_the_sender_reads_the_body_no_scenario_is_said_to_help() {
        for (provider, revision) in [("srs", "7.0"), ("zlmediakit", "2024-03"), ("agora", "2021-04")] {
            for status in [200, 204] {
                let refused = RefusedAnswer { status, ..of_sender(provider, revision, "") };
                assert_eq!(refused.to_try(), [BODY_READ], "{provider}");
            }
        }
        let unsigned = RefusedAnswer { status: 200, key: NO_KEY, ..RefusedAnswer::default() };
        assert!(unsigned.to_try()[0].contains("--expect") && unsigned.to_try().len() == 1);
    }

    #[test]
    fn a_redirect_and_a_login_name_what_they_ask_for() {
        let at = |location| {
            RefusedAnswer { status: 308, location: Some(location), ..RefusedAnswer::default() }.to_try()
        };
        assert_eq!(
            at("/cb/")[0],
            "a redirect, which no vendor follows; name its location as the target: /cb/"
        );
        assert!(at("/login?...")[0].starts_with("a redirect to a login (/login"));
        let asked = RefusedAnswer { status: 401, challenge: Some("Basic"), ..RefusedAnswer::default() };
        assert!(asked.to_try()[0].contains("USER:PASSWORD"), "{:?}", asked.to_try());
    }
}
