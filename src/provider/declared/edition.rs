//! One edition of a declared provider: signature, place of the proof, policy, names to read by.

mod answer;

use serde_json::Value;

use super::DeclaredBy;
use super::compile::{Declared, check_header, leak, leak_all, plain_headers, word};
use super::conduct::{
    AnswerBodyForm, AnswerForm, KeyForm, NumberForm, RecorderForm, SignatureForm, TimeForms, TimeMeaning,
};
use super::form::{BodyForm, Happening, PartsForm, ProviderFile, RevisionForm};
use super::messages::DeclaredMessage;
use super::place::{SignaturePlace, Standing};
use super::read_by::{ReadingForm, SecondForm};
use super::recorder::eventful;
use super::value::DeclaredValue;
use super::words::{Vocabulary, at, editions, leak_text};
use crate::callback::TimeForm;
use crate::problem::{Problem, did_you_mean};
use crate::provider::field::{Field, FieldSource, NOW};
use crate::provider::handshake::Handshake;
use crate::provider::signature::{Digests, Proof, Signature, SignedHeader, SignedPart, SignedTime};
use crate::provider::{Captures, FieldNames, Revision, SecondCallback};
use crate::scenario::Method;
use answer::{check_answer, first_status, policy};

/// Names of what only the moment of sending knows.
const SEALED: [&str; 3] = ["{time}", "{signature}", "{id}"];

/// Parts of a text that is signed, where a header bears the signature.
const IN_HEAD: &[&str] = &["key", "time", "id", "host", "body"];
/// The same where the body bears it.
const IN_BODY: &[&str] = &["key", "time", "field"];

/// One edition, and the file around it.
pub(super) struct Edition<'a> {
    pub(super) file: &'a ProviderFile,
    pub(super) own: &'a RevisionForm,
    pub(super) index: usize,
    pub(super) tables: &'a [&'static [Field]],
    pub(super) handshake: Option<&'static Handshake>,
}

impl Edition<'_> {
    /// A part and its path.
    fn part<T: Clone>(&self, name: &str, of: fn(&PartsForm) -> &Option<T>) -> (Option<T>, String) {
        let own = of(&self.own.parts).is_some();
        let path = if own { format!("revisions[{}].{name}", self.index) } else { name.to_owned() };
        (self.file.part(Some(self.own), of), path)
    }

    /// A part and its path; what a file does not say is empty.
    fn part_or_empty<T: Clone + Default>(&self, name: &str, of: fn(&PartsForm) -> &Option<T>) -> (T, String) {
        let (part, path) = self.part(name, of);
        // What a part lacks is said where it is needed.
        (part.unwrap_or_default(), path)
    }

    pub(super) fn revision(
        &self,
        name: &'static str,
        by: &'static DeclaredBy,
        told: &'static [DeclaredMessage],
        names: &mut Vocabulary<'_>,
    ) -> Revision {
        let (form, signing) = self.part("signature", |parts| &parts.signature);
        let form = form.as_ref();
        let (sealed, plain) = self.headers(names);
        let in_head = sealed.iter().any(|header| header.value.contains(&SignedPart::Signature));
        let edition = u8::try_from(self.index).unwrap_or(NOW);
        let stood = self.standing(edition);
        let within: &[&str] = match (in_head, stood.signature) {
            (true, _) => IN_HEAD,
            (false, Some(_)) => IN_BODY,
            // That it stands nowhere is one mistake, and not several.
            (false, None) => &["key", "time", "id", "host", "body", "field"],
        };
        let signatures = form.map_or_else(Vec::new, |form| signatures(form, within, &signing, names));
        let mut place = SignaturePlace { sealed: &sealed, signatures: &signatures, stood, path: &signing };
        let proof = place.proof(names);
        let (recorder, recording) = self.part_or_empty("recorder", |parts| &parts.recorder);
        let (time, _) = self.part_or_empty("time", |parts| &parts.time);
        let (answer, answering) = self.part_or_empty("answer", |parts| &parts.answer);
        check_answer(&answer, &answering, names);
        check_cycles(&recorder, &recording, names);
        let (reading, path) = self.part_or_empty("reading", |parts| &parts.reading);
        let timed = place.is_timed();
        let signed_time = signed_time(&time, timed, in_head);
        let stood = &place.stood;
        let reading =
            EditionReading { form: &reading, path: &path, signed_time, answer: &answer, proof, stood, told };
        let reading = self.reading(&reading, names);
        let key = form.and_then(|form| form.limits.clone());
        let second = self.file.second.as_ref().map(|form| self.second(form, edition, &reading, names));
        Revision {
            name: word(&self.own.name),
            edition,
            note: self.own.note.as_deref().map_or("", word),
            signatures: leak_all(signatures.clone()),
            signed_headers: leak_all(sealed),
            signed_time,
            captures: Captures::Never,
            time_form: if time.written == NumberForm::Text { TimeForm::Text } else { TimeForm::Number },
            policy: policy(&answer, self.part("retry", |parts| &parts.retry).0.as_ref()),
            reading: leak(reading),
            second_callback: second,
            declared: Some(leak(Declared {
                name,
                by,
                eventful: leak_text(eventful(&recorder)),
                recorder,
                key_limit: key_limit(key.as_ref(), by),
                key,
                messages: told,
                headers: plain,
                handshake: self.handshake,
            })),
        }
    }

    /// Headers that are made when a message is sent, and those that are known before.
    fn headers(&self, names: &mut Vocabulary<'_>) -> (Vec<SignedHeader>, Vec<(&'static str, DeclaredValue)>) {
        let (headers, path) = self.part_or_empty("headers", |parts| &parts.headers);
        for (name, value) in headers.iter().filter(|(_, value)| value.is_object() || value.is_null()) {
            names.value(value, &at(&path, name));
        }
        let (sealed, plain): (Vec<_>, Vec<_>) = headers.into_iter().partition(|(_, value)| {
            value.as_str().is_some_and(|text| SEALED.iter().any(|part| text.contains(part)))
        });
        let plain = plain_headers(&plain.into_iter().collect(), &path, names);
        (self.sealed(&sealed, &path, names), plain)
    }

    fn sealed(
        &self,
        headers: &[(String, Value)],
        path: &str,
        names: &mut Vocabulary<'_>,
    ) -> Vec<SignedHeader> {
        let mut all = Vec::new();
        for (name, value) in headers {
            let path = at(path, name);
            check_header(name, &path, names);
            // Only texts come here.
            let text = value.as_str().unwrap_or_default();
            let parts = names.signed(text, &path, &["time", "signature", "id", "setting"]);
            all.push(SignedHeader { name: word(name), value: leak_all(parts) });
        }
        all
    }

    /// Path of the first field of a body that holds the signature; empty = there is none.
    fn signature_path(&self) -> String {
        let own = self.file.messages.iter().enumerate().filter_map(|(index, message)| match &message.body {
            BodyForm::Own(body) => Some((format!("messages[{index}].body"), body)),
            BodyForm::Named(_) => None,
        });
        let named = self.file.bodies.iter().map(|(name, body)| (at("bodies", name), body));
        let field = |(path, body): (String, &serde_json::Map<String, Value>)| {
            let (name, _) = body.iter().find(|(_, value)| value.to_string().contains("\"$signature\""))?;
            Some(at(&path, name))
        };
        own.chain(named).find_map(field).unwrap_or_default() // See above.
    }

    /// Fields of the bodies of this edition that hold signature and time.
    fn standing(&self, edition: u8) -> Standing {
        let of = |wanted: fn(&FieldSource) -> bool| {
            let mut fields = self.tables.iter().flat_map(|table| table.iter());
            fields
                .find(|field| field.editions.contains(&edition) && wanted(&field.value))
                .map(|field| field.name)
        };
        Standing {
            signature: of(|value| matches!(value, FieldSource::Signature)),
            signature_path: self.signature_path(),
            time: of(|value| matches!(value, FieldSource::Time)),
            fields: self.tables.iter().flat_map(|table| table.iter()).map(|field| field.name).collect(),
        }
    }

    fn reading(&self, reading: &EditionReading<'_>, names: &mut Vocabulary<'_>) -> FieldNames {
        let &EditionReading { form, path, signed_time, answer, proof, stood, told } = reading;
        let edition = u8::try_from(self.index).unwrap_or(NOW);
        let sending = proof == Proof::Body && signed_time == SignedTime::Near;
        let file_events: Vec<&'static str> = match form.file_events.is_empty() {
            true if form.file.is_none() => Vec::new(),
            false => form.file_events.iter().map(|event| word(&event.0)).collect(),
            true => {
                let files = [Happening::FileComplete, Happening::AllFiles];
                let all = self.file.messages.iter();
                let all = all.filter(|message| message.on.all().iter().any(|on| files.contains(on)));
                all.map(|message| word(&message.event)).collect()
            }
        };
        let paths = [
            ("event", form.event.as_ref()),
            ("file", form.file.as_ref()),
            ("stream", form.stream.as_ref()),
            ("url", form.url.as_ref()),
            ("duration", form.duration.as_ref()),
        ];
        for (name, written) in paths.into_iter().filter_map(|(name, path)| Some((name, path?))) {
            let first = written.split(['.', '[']).next().unwrap_or(written);
            if !stood.fields.is_empty() && !stood.fields.contains(&first) {
                let problem = Problem::at(at(path, name), format!("no body has a field `{first}`"));
                let near = did_you_mean(first, stood.fields.iter().copied());
                names.problems.push(problem.helps(near));
            }
        }
        let announces = self.file.messages.iter().position(|message| message.file.is_some());
        if let (None, Some(index)) = (&form.file, announces) {
            let title = format!("`messages[{index}]` announces a file, and no field tells files apart");
            let problem = Problem::at(path, title).on_key();
            names.problems.push(problem.help("name the field under `reading`, as in `file: file_id`"));
        }
        let text = |path: &Option<String>| path.as_deref().map_or("", word);
        let file = text(&form.file);
        let marks = if form.event.is_none() { self.marks(told, edition) } else { Vec::new() };
        FieldNames {
            proof,
            // Empty where they stand in a header, or nowhere.
            signature_field: stood.signature.unwrap_or_default(),
            time_field: stood.time.unwrap_or_default(), // The same.
            time_of_sending: sending,
            event_field: form.event.as_deref().map(word),
            file_events: leak_all(file_events),
            file_marks: leak_all(marks),
            file_list: file.split_once("[0]").map_or("", |(list, _)| word(list)),
            file_field: file,
            file_field_else: "",
            file_also: "",
            stream_field: text(&form.stream),
            url_field: text(&form.url),
            duration_field: text(&form.duration),
            media_type: FieldNames::PLAIN.media_type,
            answer: word(answer.example.as_deref().unwrap_or(match answer.body {
                AnswerBodyForm::CodeZero => r#"{"code":0}"#,
                AnswerBodyForm::Any | AnswerBodyForm::Json => "{}",
            })),
            answer_status: first_status(answer),
        }
    }

    /// Fields that only messages about a finished file have, where no field names the event; none where all messages are about one.
    fn marks(&self, told: &[DeclaredMessage], edition: u8) -> Vec<&'static str> {
        let own = told.iter().filter(|message| (message.editions.0..=message.editions.1).contains(&edition));
        let (files, others): (Vec<_>, Vec<_>) = own.partition(|message| message.file.is_some());
        let names = |messages: &[&DeclaredMessage]| -> Vec<&'static str> {
            messages.iter().flat_map(|message| message.fields).map(|field| field.name).collect()
        };
        let (mut marks, others) = (names(&files), names(&others));
        marks.retain(|name| !others.is_empty() && !others.contains(name));
        marks.dedup();
        marks
    }

    fn second(
        &self,
        form: &SecondForm,
        edition: u8,
        main: &FieldNames,
        names: &mut Vocabulary<'_>,
    ) -> &'static SecondCallback {
        let own = form.signature.as_ref();
        let signed = match form.signed.as_ref().map(|range| editions(names.revisions, &range.0)) {
            Some(Ok((first, last))) => (first..=last).contains(&edition),
            Some(Err(label)) => {
                let title = "this is not a range of the revisions";
                names.problems.push(Problem::at("second.signed", title).label(label));
                false
            }
            None => true,
        };
        let found = own.map(|form| signatures(form, IN_BODY, "second.signature", names));
        let signature = found.and_then(|found| found.into_iter().next()).map(|(_, signature)| signature);
        let text = |path: &Option<String>| path.as_deref().map_or("", word);
        let file_events = form.reading.file_events.iter().map(|event| word(&event.0)).collect();
        leak(SecondCallback {
            events: leak_all(form.events.iter().map(|event| word(event)).collect()),
            reading: FieldNames {
                event_field: form.reading.event.as_deref().map(word),
                file_events: leak_all(file_events),
                file_field: text(&form.reading.file),
                stream_field: text(&form.reading.stream),
                url_field: text(&form.reading.url),
                duration_field: text(&form.reading.duration),
                ..*main
            },
            signature: signature.filter(|_| signed),
            in_query: false,
        })
    }
}

/// Names of an edition, and what else decides how a message is read.
struct EditionReading<'a> {
    form: &'a ReadingForm,
    /// Its path.
    path: &'a str,
    signed_time: SignedTime,
    answer: &'a AnswerForm,
    proof: Proof,
    /// Fields of the bodies.
    stood: &'a Standing,
    /// Messages of the edition.
    told: &'a [DeclaredMessage],
}

fn signatures(
    form: &SignatureForm,
    allowed: &[&str],
    path: &str,
    names: &mut Vocabulary<'_>,
) -> Vec<(Method, Signature)> {
    let encoding = form.written.encoding();
    let texts = [
        (Method::Md5, Digests::Md5, "md5", form.md5.as_ref()),
        (Method::HmacSha256, Digests::HmacSha256, "hmac-sha256", form.hmac_sha256.as_ref()),
    ];
    let mut all = Vec::new();
    for (method, digest, name, text) in texts {
        let Some(text) = text else { continue };
        let path = at(path, name);
        let message: &'static [SignedPart] = leak_all(names.signed(text, &path, allowed));
        if digest == Digests::Md5 && !message.contains(&SignedPart::Key) {
            let problem = Problem::at(path.as_str(), "an MD5 without the key can be made by everybody");
            names.problems.push(problem.help("add `{key}` where the vendor has it"));
        }
        all.push((method, Signature { digest, encoding, message }));
    }
    if all.is_empty() {
        let problem = Problem::at(path, "there is no signature in it").on_key();
        names.problems.push(problem.label("expected `md5` or `hmac-sha256`, with the text that is signed"));
    }
    all
}

/// Cycles whose limits leave nothing.
fn check_cycles(recorder: &RecorderForm, path: &str, names: &mut Vocabulary<'_>) {
    for (format, form) in recorder.formats.all() {
        let cycle = form.cycle;
        let path = format!("{path}.formats.{format}.cycle");
        let (min, max) = (cycle.min.map(|span| span.0), cycle.max.map(|span| span.0));
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            names
                .problems
                .push(Problem::at(at(&path, "min"), "the shortest cycle is longer than the longest"));
        } else if let Some(default) = cycle.default
            && (min.is_some_and(|min| default.0 < min) || max.is_some_and(|max| default.0 > max))
        {
            let problem = Problem::at(at(&path, "default"), "the default is beyond the limits beside it");
            names.problems.push(problem.help("change it, or `min` and `max`"));
        }
    }
}

fn signed_time(form: &TimeForms, timed: bool, in_head: bool) -> SignedTime {
    match form.is {
        _ if !timed => SignedTime::None,
        Some(TimeMeaning::Expiry) => SignedTime::Expiry,
        Some(TimeMeaning::Sending) => SignedTime::Near,
        None if in_head => SignedTime::Near,
        None => SignedTime::Expiry,
    }
}

fn key_limit(form: Option<&KeyForm>, by: &DeclaredBy) -> String {
    let Some(form) = form else { return String::new() };
    let amount = match (form.shortest, form.longest) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("up to {most}"),
        (None, None) => "any number of".into(),
    };
    let letters = if form.alphanumeric { "letters and digits" } else { "characters" };
    format!("{} says that the vendor takes {amount} {letters}", by.file)
}
