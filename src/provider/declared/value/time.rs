//! Times and lengths of an occurrence, and how a provider file has them written.

use std::time::Duration;

use jiff::fmt::strtime;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::number::capped;
use crate::provider::declared::vocabulary::{InstantOf, LengthOf, Rounding, TimeUnit};
use crate::provider::field::Occurrence;
use crate::scenario::Resume;

/// Written form of a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClockForm {
    /// Unix time in this unit.
    Unix(TimeUnit),
    /// Unix nanoseconds.
    Nanoseconds,
    /// Microseconds within the second.
    MicrosecondPart,
    /// A strftime pattern.
    Pattern(String),
}

/// A moment since the broadcast began.
pub(super) fn since_begin(of: InstantOf, occurrence: &Occurrence<'_>) -> Option<Duration> {
    Some(match of {
        InstantOf::Now => occurrence.fact.at,
        InstantOf::Task => occurrence.fact.task.began,
        InstantOf::Push => occurrence.activity()?.began,
        InstantOf::Began => occurrence.file()?.began,
        InstantOf::LastFrame => occurrence.complete()?.last_frame,
        InstantOf::Closed => occurrence.complete()?.closed,
        InstantOf::Wrote => occurrence.file()?.wrote,
        InstantOf::Recording => occurrence.file()?.recording,
        InstantOf::Named => occurrence.named(&occurrence.complete()?),
    })
}

pub(super) fn instant(of: InstantOf, occurrence: &Occurrence<'_>) -> Option<Timestamp> {
    Some(occurrence.context.wall(since_begin(of, occurrence)?))
}

pub(super) fn length(of: LengthOf, occurrence: &Occurrence<'_>) -> Option<Duration> {
    Some(match of {
        LengthOf::Media => occurrence.complete()?.media,
        LengthOf::Push => occurrence.pushed()?,
        LengthOf::Resume => {
            let formats = occurrence.context.scenario.recording.formats();
            let (_, template) = formats.into_iter().find(|(format, _)| *format == occurrence.format())?;
            match template.resume {
                Resume::Window(window) => window.0,
                Resume::Forever(_) => return None,
            }
        }
    })
}

impl TimeUnit {
    pub(super) fn count(self, moment: Timestamp) -> i64 {
        match self {
            Self::Second => moment.as_second(),
            Self::Millisecond => moment.as_millisecond(),
            Self::Microsecond => moment.as_microsecond(),
        }
    }

    fn nanoseconds(self) -> u128 {
        match self {
            Self::Second => 1_000_000_000,
            Self::Millisecond => 1_000_000,
            Self::Microsecond => 1_000,
        }
    }
}

impl Rounding {
    #[expect(clippy::cast_precision_loss, reason = "a length in a message has far fewer than 53 bits")]
    pub(super) fn write(self, length: Duration, unit: TimeUnit) -> Value {
        let (whole, one) = (length.as_nanos(), unit.nanoseconds());
        let number = |units: u128| Value::from(capped::<u64>(units));
        match self {
            Self::Down => number(whole / one),
            Self::Up => number(whole.div_ceil(one)),
            Self::Never => Value::from(whole as f64 / one as f64),
        }
    }
}

impl ClockForm {
    pub(super) fn write(&self, moment: Timestamp, zone: SignedDuration) -> Value {
        match self {
            Self::Unix(unit) => unit.count(moment).into(),
            // No moment of a scenario is so far away that it would not fit.
            Self::Nanoseconds => capped::<i64>(moment.as_nanosecond()).into(),
            Self::MicrosecondPart => (moment.subsec_nanosecond() / 1000).into(),
            Self::Pattern(pattern) => {
                // The last time there is: scenarios are bounded far below it.
                let local = moment.checked_add(zone).unwrap_or(Timestamp::MAX);
                let text = strtime::format(pattern, local);
                text.expect("a pattern that cannot be written is refused when the file is read").into()
            }
        }
    }
}
