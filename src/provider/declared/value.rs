//! The vocabulary of declared values: where a value of a message comes from, said as data. Closed: there are no loops but `$files`,
//! and nothing is computed but what a function here computes.

mod time;

use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::form::Happening;
use super::vocabulary::{DrawKind, DrawPer, InstantOf, LengthOf, Property, Rounding, TimeUnit};
use crate::lifecycle::draw::{ALPHANUMERIC, DECIMAL, Draw, HEXADECIMAL};
use crate::lifecycle::{Event, Fact, File};
use crate::number;
use crate::percent::text_of;
use crate::provider::field::{Occurrence, percent_encoded};
use crate::scenario::RecordingSource;
use crate::scenario::broadcast::FailureCause;
pub(super) use time::ClockForm;
use time::{instant, length, since_begin};

/// Origin of a declared value.
#[derive(Clone, Debug, PartialEq)]
pub enum DeclaredValue {
    /// This value.
    Literal(Value),
    /// A property of the scenario, of the event or of its file.
    Known(PropertyOrSetting),
    /// A value that the file names.
    Defined(&'static DeclaredValue),
    /// Text, and values in it.
    Text(Vec<TextPart>),
    /// An object; members without a value are left out.
    Object(Vec<(String, DeclaredValue)>),
    /// A list; members without a value are left out.
    List(Vec<DeclaredValue>),
    /// A moment on the wall clock.
    Clock {
        /// The moment.
        of: InstantOf,
        /// Written form.
        form: ClockForm,
        /// Offset of the clock from UTC.
        zone: SignedDuration,
        /// It is written as a text.
        text: bool,
    },
    /// A length of time.
    Length {
        /// The length.
        of: LengthOf,
        /// Its unit.
        unit: TimeUnit,
        /// Treatment of a part of a unit.
        round: Rounding,
        /// It is written as a text.
        text: bool,
    },
    /// The difference of two moments as they are written in this unit.
    Between {
        /// The earlier moment.
        from: InstantOf,
        /// The later moment.
        to: InstantOf,
        /// Unit.
        unit: TimeUnit,
    },
    /// A draw by the seed.
    Draw(DrawForm),
    /// A number that rises with time.
    Rising {
        /// Moment that it rises with.
        of: InstantOf,
        /// Name of the draw of its begin.
        name: String,
        /// Steps in a millisecond.
        steps: u64,
        /// Steps beside.
        place: Box<DeclaredValue>,
    },
    /// One of several values, by another one.
    Match {
        /// The other one.
        on: Box<DeclaredValue>,
        /// Values by its text.
        cases: Vec<(String, DeclaredValue)>,
        /// Value in all other cases.
        otherwise: Option<Box<DeclaredValue>>,
    },
    /// A value in certain editions alone.
    Editions {
        /// First and last edition.
        editions: (u8, u8),
        /// The value.
        value: Box<DeclaredValue>,
        /// Value in all other editions.
        otherwise: Option<Box<DeclaredValue>>,
    },
    /// The text with each byte percent-encoded that is neither plain nor one of those to keep.
    Percent {
        /// The text.
        value: Box<DeclaredValue>,
        /// Characters that stay.
        keep: String,
    },
    /// JSON inside a text.
    Json(Box<DeclaredValue>),
    /// The text in capitals.
    Upper(Box<DeclaredValue>),
    /// The text in small letters.
    Lower(Box<DeclaredValue>),
    /// A JSON number where the text is a whole one, and the text itself elsewhere.
    Number(Box<DeclaredValue>),
    /// The first of these that has a value which is not an empty text.
    First(Vec<DeclaredValue>),
    /// One value for each finished file of the task so far.
    Files(Box<DeclaredValue>),
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum TextPart {
    /// As it stands.
    Plain(String),
    /// Text of a value.
    Of(DeclaredValue),
}

/// A known property, or a setting of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyOrSetting {
    /// A property.
    Property(Property),
    /// A setting.
    Setting(&'static str),
}

/// Form of a draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawForm {
    /// Alphabet.
    pub kind: DrawKind,
    /// Number of characters.
    pub length: usize,
    /// Characters that are drawn before, and not used.
    pub skip: usize,
    /// A number from this one to below the next.
    pub range: (u64, u64),
    /// Owner of the draw.
    pub per: DrawPer,
    /// Name of the draw: draws of one name are alike.
    pub name: String,
}

impl DeclaredValue {
    /// The value in a message; none = it has none there.
    pub fn value(&self, occurrence: &Occurrence<'_>) -> Option<Value> {
        match self {
            Self::Literal(value) => Some(value.clone()),
            Self::Known(known) => known.value(occurrence),
            Self::Defined(source) => source.value(occurrence),
            Self::Text(parts) => {
                let text = |part: &TextPart| match part {
                    TextPart::Plain(plain) => Some(plain.clone()),
                    TextPart::Of(source) => source.text(occurrence),
                };
                Some(parts.iter().map(text).collect::<Option<String>>()?.into())
            }
            Self::Object(members) => {
                let present =
                    members.iter().filter_map(|(name, it)| Some((name.clone(), it.value(occurrence)?)));
                Some(present.collect::<Map<_, _>>().into())
            }
            Self::List(items) => Some(items.iter().filter_map(|it| it.value(occurrence)).collect()),
            Self::Clock { of, form, zone, text } => {
                let value = form.write(instant(*of, occurrence)?, *zone);
                Some(if *text { text_of(&value).into() } else { value })
            }
            Self::Length { of, unit, round, text } => {
                let value = round.write(length(*of, occurrence)?, *unit);
                Some(if *text { text_of(&value).into() } else { value })
            }
            Self::Between { from, to, unit } => {
                let written = |of| Some(unit.count(instant(of, occurrence)?));
                Some((written(*to)? - written(*from)?).max(0).into())
            }
            Self::Draw(form) => form.value(occurrence),
            Self::Rising { of, name, steps, place } => {
                let risen = number::milliseconds(since_begin(*of, occurrence)?);
                // A place that is not a number moves nothing.
                let place = place.value(occurrence).and_then(|value| value.as_u64()).unwrap_or(0);
                let steps = risen.saturating_mul(*steps).saturating_add(place);
                Some(occurrence.context.draws.named(name).ahead(steps).into())
            }
            Self::Match { on, cases, otherwise } => {
                let found = on.text(occurrence);
                let case = cases.iter().find(|(case, _)| Some(case) == found.as_ref());
                case.map(|(_, it)| it).or(otherwise.as_deref())?.value(occurrence)
            }
            Self::Editions { editions: (first, last), value, otherwise } => {
                let edition = occurrence.context.revision.edition;
                let chosen =
                    if (*first..=*last).contains(&edition) { Some(value) } else { otherwise.as_ref() };
                chosen?.value(occurrence)
            }
            Self::Percent { value, keep } => Some(percent_encoded(&value.text(occurrence)?, keep).into()),
            Self::Json(value) => Some(value.value(occurrence)?.to_string().into()),
            Self::Upper(value) => Some(value.text(occurrence)?.to_uppercase().into()),
            Self::Lower(value) => Some(value.text(occurrence)?.to_lowercase().into()),
            Self::Number(value) => Some(number(value.text(occurrence)?)),
            Self::First(sources) => {
                let mut values = sources.iter().filter_map(|source| source.value(occurrence));
                values.find(|value| value != "")
            }
            Self::Files(item) => Some(item.of_files(occurrence)),
        }
    }

    /// Its values for the finished files of the task so far.
    fn of_files(&self, occurrence: &Occurrence<'_>) -> Value {
        let (context, event) = (occurrence.context, occurrence.event);
        let own = |fact: &&Fact| {
            fact.task == occurrence.fact.task
                && fact.at <= occurrence.fact.at
                && matches!(fact.event, Event::FileComplete(_))
        };
        let of = |fact| self.value(&Occurrence { context, fact, event });
        context.facts.iter().filter(own).filter_map(of).collect()
    }

    /// Its value as a text.
    pub fn text(&self, occurrence: &Occurrence<'_>) -> Option<String> {
        self.value(occurrence).map(|value| text_of(&value))
    }
}

/// A JSON number where the text is a whole one.
fn number(text: String) -> Value {
    text.parse::<i64>().map_or_else(|_| text.into(), Value::from)
}

impl PropertyOrSetting {
    fn value(self, occurrence: &Occurrence<'_>) -> Option<Value> {
        let property = match self {
            Self::Setting(name) => return Some(occurrence.setting(name)),
            Self::Property(property) => property,
        };
        let scenario = occurrence.context.scenario;
        let stream = &scenario.stream;
        Some(match property {
            Property::Domain => stream.domain.as_str().into(),
            Property::App => stream.app.as_str().into(),
            Property::Name => stream.name.as_str().into(),
            Property::Params => stream.params.as_str().into(),
            Property::Event => occurrence.event.into(),
            Property::Happening => serde_json::to_value(Happening::of(&occurrence.fact.event)?).ok()?,
            Property::Format => occurrence.format().to_string().into(),
            Property::Revision => occurrence.context.revision.name.into(),
            Property::FileNumber => occurrence.file()?.number.into(),
            Property::FileIndex => (occurrence.file()?.number - 1).into(),
            Property::FileSize => occurrence.file_size(&occurrence.complete()?).into(),
            Property::PushNumber => occurrence.activity()?.number.into(),
            Property::Absent => return None,
            Property::Width => scenario.media.width.0.into(),
            Property::Height => scenario.media.height.0.into(),
            Property::FailureText => match &occurrence.fact.event {
                Event::Failed(failure, _) => failure.message.as_deref()?.into(),
                _ => return None,
            },
            Property::FailureCause => match &occurrence.fact.event {
                Event::Failed(failure, _) if failure.cause == FailureCause::Pull => "pull".into(),
                Event::Failed(..) => "upload".into(),
                _ => return None,
            },
            Property::RecordingSource => match scenario.recording.source {
                RecordingSource::Template => "template".into(),
                RecordingSource::Task => "task".into(),
            },
            Property::RecordingEvents => match scenario.recording.events {
                crate::scenario::Multiplicity::PerFormat => "per-format".into(),
                crate::scenario::Multiplicity::PerTask => "per-task".into(),
            },
        })
    }
}

impl DrawForm {
    fn value(&self, occurrence: &Occurrence<'_>) -> Option<Value> {
        let mut draw = self.draw(occurrence)?;
        let mut drawn = |alphabet| {
            draw.from_alphabet(alphabet, self.skip);
            Value::from(draw.from_alphabet(alphabet, self.length))
        };
        Some(match self.kind {
            DrawKind::Hex => drawn(HEXADECIMAL),
            DrawKind::Alphanumeric => drawn(ALPHANUMERIC),
            DrawKind::Digits if self.skip > 0 => drawn(DECIMAL),
            DrawKind::Digits => draw.digits(self.length).into(),
            DrawKind::Uuid => draw.uuid().into(),
            DrawKind::Number => {
                let (from, to) = self.range;
                (from + draw.below(to.saturating_sub(from))).into()
            }
        })
    }

    fn draw(&self, occurrence: &Occurrence<'_>) -> Option<Draw> {
        let named = |name: String| occurrence.context.draws.named(&name);
        Some(match self.per {
            DrawPer::Stream => named(self.name.clone()),
            DrawPer::Task => occurrence.task_draw(&self.name),
            DrawPer::File => occurrence.file_draw(&self.name, &file(occurrence)?),
            DrawPer::Push => named(format!("{}/{}", self.name, occurrence.activity()?.number)),
            DrawPer::Message => named(format!("{}/{}/{:?}", self.name, occurrence.event, occurrence.fact.at)),
        })
    }
}

/// The file that a message is about, also one that is lost.
fn file(occurrence: &Occurrence<'_>) -> Option<File> {
    match occurrence.fact.event {
        Event::Failed(_, file) => file,
        _ => occurrence.file(),
    }
}
