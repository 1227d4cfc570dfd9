//! The table of a message's fields: which revisions have them, and what stands in them. A revision is a row's range, so a
//! new one copies nothing.

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::strtime;
use serde_json::Value;

use super::declared::DeclaredValue;
use super::{EventContext, Wire};
use crate::callback::{Body, FieldSlot};
use crate::lifecycle::draw::Draw;
use crate::lifecycle::{Activity, Event, Fact, File};
use crate::number::capped;
use crate::scenario::units::Bitrate;
use crate::scenario::{Format, Jitter};

/// A fact and the event that reports it: together they become a message.
pub struct Occurrence<'a> {
    /// Everything around it.
    pub context: &'a EventContext<'a>,
    /// What happened.
    pub fact: &'a Fact,
    /// The event in the provider's words.
    pub event: &'static str,
}

impl Occurrence<'_> {
    /// The file that began or is complete.
    pub fn file(&self) -> Option<File> {
        match self.fact.event {
            Event::FileBegan(file) | Event::FileComplete(file) => Some(file),
            _ => None,
        }
    }

    /// The file, once everything about it is known.
    pub fn complete(&self) -> Option<File> {
        match self.fact.event {
            Event::FileComplete(file) => Some(file),
            _ => None,
        }
    }

    /// The format it is about; HLS, which every edition knows, for what is about no format.
    pub fn format(&self) -> Format {
        self.fact.format.unwrap_or(Format::Hls)
    }

    /// The push that began or ended.
    pub fn activity(&self) -> Option<Activity> {
        match self.fact.event {
            Event::Pushed(activity) | Event::Dropped(activity) => Some(activity),
            _ => None,
        }
    }

    /// When it happened, on the wall clock.
    pub fn time(&self) -> Timestamp {
        self.context.wall(self.fact.at)
    }

    /// A setting as a JSON text.
    pub fn setting(&self, name: &str) -> Value {
        self.context.setting(name).into()
    }

    /// What is drawn once for the task.
    pub fn task_draw(&self, what: &str) -> Draw {
        self.context.draws.named(&format!("{what}/{:?}", self.fact.task.began))
    }

    /// What is drawn once for the file.
    pub fn file_draw(&self, what: &str, file: &File) -> Draw {
        self.context.draws.named(&format!("{what}/{}/{}", self.format(), file.number))
    }

    /// Bytes of a file: bitrate × media time, the bitrate its own.
    pub fn file_size(&self, file: &File) -> u64 {
        let media = &self.context.scenario.media;
        let Bitrate(bitrate) = if self.format() == Format::Aac { media.audio_bitrate } else { media.bitrate };
        let parts = match media.jitter {
            Jitter::Off => MILLION,
            Jitter::On => MILLION - SPREAD + self.file_draw("bitrate", file).below(2 * SPREAD + 1),
        };
        Bitrate(capped(u128::from(bitrate) * u128::from(parts) / u128::from(MILLION))).bytes(file.media)
    }

    /// The time by which files are named: with jitter some seconds after the first frame.
    pub fn named(&self, file: &File) -> Duration {
        match self.context.scenario.media.jitter {
            Jitter::Off => file.began,
            Jitter::On => {
                let later = self.file_draw("named", file).micros(2_000_000..12_000_000);
                (file.began + later).min(file.last_frame)
            }
        }
    }

    /// Length of the push until the event, as the ingest measures it: with jitter a little shorter.
    pub fn pushed(&self) -> Option<Duration> {
        let activity = self.activity()?;
        let pushed = self.fact.at.saturating_sub(activity.began);
        let lost = match self.context.scenario.media.jitter {
            Jitter::Off => Duration::ZERO,
            // Begin and end are seen a little late, and not equally late.
            Jitter::On => {
                let mut draw = self.context.draws.named(&format!("push-duration/{}", activity.number));
                draw.micros(1_000..400_000).min(pushed / 10)
            }
        };
        Some(pushed.saturating_sub(lost))
    }

    /// A simulated time on the wall clock, in UTC, by a strftime pattern.
    pub fn clock(&self, pattern: &str, at: Duration) -> String {
        strtime::format(pattern, self.context.wall(at))
            .expect("the patterns are constants that a time can be written by")
    }
}

/// Each byte that is neither plain nor one of those to keep, percent-encoded.
pub fn percent_encoded(text: &str, keep: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let letter = char::from(byte);
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || byte.is_ascii() && keep.contains(letter)
        {
            out.push(letter);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

const MILLION: u64 = 1_000_000;
/// How far the bitrate of a file may lie from the scenario's, in millionths.
const SPREAD: u64 = 120_000;

/// A field of a provider's message.
pub struct Field {
    /// Its key in the JSON object.
    pub name: &'static str,
    /// Editions of the revisions whose pages have it.
    pub editions: RangeInclusive<u8>,
    /// The month since which captured messages have it, whatever the pages say; none = no message of this kind was captured.
    pub captured: Option<&'static str>,
    /// What it says, for a person.
    pub meaning: &'static str,
    /// What stands in it.
    pub value: FieldSource,
}

impl Field {
    /// The same field, known from captured messages as well.
    pub const fn seen(self, since: &'static str) -> Self {
        Self { captured: Some(since), ..self }
    }

    /// True when a message of this edition and shape has it.
    pub fn belongs(&self, edition: u8, wire: Wire) -> bool {
        self.editions.contains(&edition) || self.captured.is_some_and(|since| wire.since(since))
    }
}

/// Where a field's value comes from.
pub enum FieldSource {
    /// From the occurrence; none = left out of this message.
    From(fn(&Occurrence<'_>) -> Option<Value>),
    /// The same as JSON text, where the vendor's way to write a number is not ours.
    Written(fn(&Occurrence<'_>) -> Option<String>),
    /// As the file of a declared provider says.
    Said(&'static DeclaredValue),
    /// Unix milliseconds of the attempt, whole seconds.
    SentMillis,
    /// An object with these fields.
    Group(&'static [Field]),
    /// Number of the request; its first value is given, and each request of the stream raises it.
    Count(fn(&Occurrence<'_>) -> u64),
    /// From the moment of sending.
    Time,
    /// From key and message.
    Signature,
}

/// The last edition, for fields that are still there.
pub const NOW: u8 = u8::MAX;

/// A field that the occurrence fills.
pub const fn row(
    name: &'static str,
    editions: RangeInclusive<u8>,
    meaning: &'static str,
    value: fn(&Occurrence<'_>) -> Option<Value>,
) -> Field {
    Field { name, editions, captured: None, meaning, value: FieldSource::From(value) }
}

/// A field that the occurrence fills with JSON text as the vendor writes it.
pub const fn written(
    name: &'static str,
    editions: RangeInclusive<u8>,
    meaning: &'static str,
    value: fn(&Occurrence<'_>) -> Option<String>,
) -> Field {
    Field { name, editions, captured: None, meaning, value: FieldSource::Written(value) }
}

/// A field that says when the attempt is made.
pub const fn sent_ms(name: &'static str, editions: RangeInclusive<u8>, meaning: &'static str) -> Field {
    Field { name, editions, captured: None, meaning, value: FieldSource::SentMillis }
}

/// A field that is an object of fields.
pub const fn group(
    name: &'static str,
    editions: RangeInclusive<u8>,
    meaning: &'static str,
    fields: &'static [Field],
) -> Field {
    Field { name, editions, captured: None, meaning, value: FieldSource::Group(fields) }
}

/// The object that these fields make.
fn object(fields: &[Field], occurrence: &Occurrence<'_>) -> Value {
    let edition = occurrence.context.revision.edition;
    let present = fields.iter().filter(|field| field.belongs(edition, occurrence.context.wire));
    let value = |field: &Field| match field.value {
        FieldSource::From(value) => value(occurrence),
        FieldSource::Group(fields) => Some(object(fields, occurrence)),
        // What only sending knows stands at the top of a body.
        _ => None,
    };
    present.filter_map(|field| Some((field.name, value(field)?))).collect()
}

/// A field that counts the requests of a stream.
pub const fn count(
    name: &'static str,
    editions: RangeInclusive<u8>,
    meaning: &'static str,
    first: fn(&Occurrence<'_>) -> u64,
) -> Field {
    Field { name, editions, captured: None, meaning, value: FieldSource::Count(first) }
}

/// The field that holds the signature.
pub const fn signature(name: &'static str, editions: RangeInclusive<u8>) -> Field {
    Field {
        name,
        editions,
        captured: None,
        meaning: "signature, lower-case hexadecimal",
        value: FieldSource::Signature,
    }
}

/// The field that holds the signed time.
pub const fn expiry(name: &'static str, editions: RangeInclusive<u8>) -> Field {
    Field {
        name,
        editions,
        captured: None,
        meaning: "Unix seconds after which the signature has expired",
        value: FieldSource::Time,
    }
}

/// A range without editions: of a field that no page has.
#[expect(clippy::reversed_empty_ranges, reason = "an empty range is what is meant")]
pub const NO_PAGE: RangeInclusive<u8> = 1..=0;

/// The message's body in the revision and shape it is told in. Captured messages have their keys in alphabetical order.
pub fn body(table: &[Field], occurrence: &Occurrence<'_>) -> Body {
    let (revision, wire) = (occurrence.context.revision, occurrence.context.wire);
    let mut present: Vec<&Field> =
        table.iter().filter(|field| field.belongs(revision.edition, wire)).collect();
    if wire.observed() && present.iter().any(|field| field.captured.is_some()) {
        present.sort_by_key(|field| field.name);
    }
    let slot = |field: &Field| match field.value {
        FieldSource::From(value) => value(occurrence).map(FieldSlot::Value),
        FieldSource::Written(value) => value(occurrence).map(FieldSlot::Literal),
        FieldSource::Said(value) => value.value(occurrence).map(FieldSlot::Value),
        FieldSource::SentMillis => Some(FieldSlot::SentMillis),
        FieldSource::Group(fields) => Some(FieldSlot::Value(object(fields, occurrence))),
        FieldSource::Count(first) => Some(FieldSlot::Count(first(occurrence))),
        FieldSource::Time => Some(FieldSlot::Time(revision.time_form)),
        FieldSource::Signature => Some(FieldSlot::Signature),
    };
    Body::new(present.into_iter().filter_map(|field| Some((field.name.into(), slot(field)?))))
}
