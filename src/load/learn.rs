//! Differences between the bytes of many broadcasts, learned by comparing a few of them.

use jiff::tz::Offset;

use super::header_seal::HASH_DIGITS;
use crate::callback::{Encoding, Piece};
use crate::decimal::write_digits;
use crate::lifecycle::draw::{ALPHABETS, DrawnId};
use crate::number;
use crate::plan::{Broadcast, NUMBER_DIGITS};
use crate::stretch::Stretches;

/// Bytes, and the places in them that are filled for each broadcast.
#[derive(Clone, Default)]
pub(super) struct Pattern {
    /// Bytes of the first sample; zeros in the place of time and signature.
    pub(super) bytes: Vec<u8>,
    pub(super) variables: Vec<Variable>,
    /// Offsets of the signed time, in [`TIME_DIGITS`] digits.
    pub(super) times: Vec<usize>,
    /// Offsets of later times, with the seconds by which they are later.
    pub(super) later: Vec<(usize, i64)>,
    /// Offsets of signatures, with their places among those of the message.
    pub(super) signatures: Vec<(usize, usize)>,
    /// Offsets of the hash of the body.
    pub(super) hashes: Vec<usize>,
    /// Offsets of texts in base64 for URLs, and these texts.
    pub(super) encoded: Vec<(usize, Pattern)>,
}

/// Sizes of the holes in the bytes that are learnt.
#[derive(Clone, Copy)]
pub(super) struct HoleSizes<'a> {
    /// Bytes for the place where the key is signed.
    pub(super) key: &'a [u8],
    /// Characters of each signature of the message.
    pub(super) widths: &'a [usize],
    /// They are of headers, which hold more than bodies do.
    pub(super) in_head: bool,
}

/// Place and kind of a difference.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) what: Difference,
    pub(super) places: Vec<usize>,
}

/// Property of a broadcast that changes bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Difference {
    /// Its number.
    Number,
    /// An identity of its own.
    Identity(DrawnId),
    /// A time, as seconds after the start of the broadcast.
    Time(WrittenTime, i64),
}

/// Written form of a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum WrittenTime {
    /// `1700000600`
    Seconds,
    /// `2026-11-21T10:39:47`: in UTC, with these characters between date and time, and inside the time.
    Civil(u8, u8),
    /// `2026-11-21T103947`: in UTC.
    Basic,
    /// `2026-11-21`: in UTC.
    Date,
}

/// Digits of a time in Unix seconds, from 2001 to 2286.
pub(super) const TIME_DIGITS: usize = 10;

/// Nothing that differs is wider.
pub(super) const WIDEST: usize = 20;

const FORMS: [WrittenTime; 4] = [
    WrittenTime::Seconds,
    WrittenTime::Civil(b'T', b':'),
    WrittenTime::Civil(b'-', b'-'),
    WrittenTime::Basic,
];

/// Room for the text of a difference.
pub(super) type Text = [u8; WIDEST];

/// The broadcasts that are compared: their numbers differ in every digit, their times in every unit.
pub(super) fn samples() -> Vec<Broadcast> {
    let sample = |n: u64| Broadcast {
        number: (n * 7_236_067_977 + 4_142_135_623) % 10_u64.pow(10),
        began: 1_000_000_000 + number::capped::<i64>(n * 373_205_089 % 3_000_000_000),
    };
    (0..24).map(sample).collect()
}

/// Compares the bytes of the [`samples`]: their pieces, in the same order.
///
/// # Errors
/// They differ in a way that is not one of [`Difference`].
pub(super) fn learn(versions: &[&[Piece]], holes: HoleSizes<'_>) -> Result<Pattern, String> {
    let first = versions.first().ok_or("there is nothing to learn from")?;
    if versions.iter().any(|version| version.len() != first.len()) {
        return Err("broadcasts differ in what their messages hold".into());
    }
    let mut pattern = Pattern::default();
    for (index, piece) in first.iter().enumerate() {
        let here = pattern.bytes.len();
        match piece {
            Piece::Bytes(bytes) => {
                let texts: Option<Vec<&[u8]>> = versions.iter().map(|version| text(version, index)).collect();
                let texts = texts.ok_or("broadcasts differ in where time and signature stand")?;
                for (place, what) in differences(&texts)? {
                    pattern.note(what, here + place);
                }
                pattern.bytes.extend_from_slice(bytes);
            }
            Piece::Key => pattern.bytes.extend_from_slice(holes.key),
            Piece::Time => {
                pattern.times.push(here);
                pattern.bytes.extend([b'0'; TIME_DIGITS]);
            }
            Piece::Signature(at) => {
                pattern.signatures.push((here, *at));
                // One that is not in this message takes no place in it.
                let width = holes.widths.get(*at).copied().unwrap_or_default();
                pattern.bytes.resize(here + width, b'0');
            }
            // Nobody retries beside another: it is as it was planned.
            Piece::Count(number) => pattern.bytes.extend(number.to_string().into_bytes()),
            Piece::Millis => {
                pattern.times.push(here);
                pattern.bytes.extend([b'0'; TIME_DIGITS + 3]);
            }
            Piece::Later(by) if holes.in_head => {
                pattern.later.push((here, *by));
                pattern.bytes.extend([b'0'; TIME_DIGITS]);
            }
            Piece::BodyHash if holes.in_head => {
                pattern.hashes.push(here);
                pattern.bytes.extend([b'0'; HASH_DIGITS]);
            }
            Piece::Encoded(_) if holes.in_head => {
                let inner: Option<Vec<&[Piece]>> =
                    versions.iter().map(|version| encoded(version, index)).collect();
                let inner = inner.ok_or("broadcasts differ in what their tokens hold")?;
                let plain = learn(&inner, holes)?;
                pattern.bytes.extend(Encoding::Base64Url.write(&plain.bytes).into_bytes());
                pattern.encoded.push((here, plain));
            }
            Piece::Later(_) | Piece::Body | Piece::BodyHash | Piece::Encoded(_) | Piece::Host => {
                return Err("its body has what only headers are known to have".into());
            }
            // There are none: a load signs with one key at a time.
            Piece::Earlier(_) => {}
            Piece::Spelt(_) => return Err("its time is spelt in another way".into()),
        }
    }
    Ok(pattern)
}

fn encoded(version: &[Piece], index: usize) -> Option<&[Piece]> {
    match version.get(index) {
        Some(Piece::Encoded(pieces)) => Some(pieces),
        _ => None,
    }
}

fn text(version: &[Piece], index: usize) -> Option<&[u8]> {
    match version.get(index) {
        Some(Piece::Bytes(bytes)) => Some(bytes),
        _ => None,
    }
}

impl Pattern {
    /// True when nothing in it is written anew.
    pub(super) fn is_fixed(&self) -> bool {
        let places = self.times.len() + self.later.len() + self.signatures.len() + self.hashes.len();
        self.variables.is_empty() && self.encoded.is_empty() && places == 0
    }

    fn note(&mut self, what: Difference, place: usize) {
        match self.variables.iter_mut().find(|variable| variable.what == what) {
            Some(variable) => variable.places.push(place),
            None => self.variables.push(Variable { what, places: vec![place] }),
        }
    }
}

/// Every difference between the texts, which are those of the samples, and where it begins.
fn differences(texts: &[&[u8]]) -> Result<Vec<(usize, Difference)>, String> {
    let samples = samples();
    let Some(first) = texts.first().copied() else { return Ok(Vec::new()) };
    if texts.iter().any(|text| text.len() != first.len()) {
        return Err("broadcasts differ in the length of their messages".into());
    }
    let differs: Vec<bool> =
        (0..first.len()).map(|at| texts.iter().any(|text| text.get(at) != first.get(at))).collect();
    let fits = |what: &Difference, at: usize| {
        let mut room = Text::default();
        let end = at + what.width();
        differs.get(at..end).is_some_and(|range| range.contains(&true))
            && texts
                .iter()
                .zip(&samples)
                .all(|(text, sample)| text.get(at..end) == Some(what.write(*sample, &mut room)))
    };
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(here) = differs.get(at) {
        let rest = differs.stretch(at..);
        let run = rest.iter().take_while(|differs| **differs).count();
        let known: Vec<i64> =
            found.iter().filter_map(|(_, what): &(usize, Difference)| what.after()).collect();
        let possible = candidates(first, at, run, &known, samples.first().copied());
        match possible.into_iter().find(|what| fits(what, at)) {
            Some(what) => {
                found.push((at, what));
                at += what.width();
            }
            None if *here => {
                return Err(format!("broadcasts differ in a way that is unknown here, at byte {at}"));
            }
            None => at += 1,
        }
    }
    Ok(found)
}

/// Possible meanings of the text of the first sample at this place, where `length` bytes in a row differ.
///
/// A date alone does not show its distance from the start, so the times that are already `known` are tried.
fn candidates(
    first: &[u8],
    at: usize,
    run: usize,
    known: &[i64],
    sample: Option<Broadcast>,
) -> Vec<Difference> {
    let Some(sample) = sample else { return Vec::new() };
    let times = FORMS.iter().filter_map(|form| {
        let time = form.read(first.get(at..at + form.width())?)?;
        Some(Difference::Time(*form, time - sample.began))
    });
    let identities = ALPHABETS.iter().filter_map(|alphabet| {
        let identity = DrawnId::of(first.get(at..at + run)?, alphabet)?;
        (identity.width == run).then(|| Difference::Identity(identity.before(sample.number)))
    });
    let dates = known.iter().map(|after| Difference::Time(WrittenTime::Date, *after));
    times.chain(dates).chain([Difference::Number]).chain(identities).collect()
}

impl Difference {
    /// Seconds from the start of the broadcast to a time.
    fn after(&self) -> Option<i64> {
        match self {
            Self::Time(_, after) => Some(*after),
            _ => None,
        }
    }

    pub(super) fn width(&self) -> usize {
        match self {
            Self::Number => NUMBER_DIGITS,
            Self::Identity(identity) => identity.width,
            Self::Time(form, _) => form.width(),
        }
    }

    /// The text that a broadcast has here.
    pub(super) fn write<'a>(&self, broadcast: Broadcast, room: &'a mut Text) -> &'a [u8] {
        let (text, _) = room.split_at_mut(self.width().min(WIDEST));
        match self {
            Self::Number => write_digits(broadcast.number, text),
            Self::Identity(identity) => identity.write(broadcast.number, text),
            Self::Time(form, after) => form.write(broadcast.began + after, text),
        }
        text
    }
}

impl WrittenTime {
    fn width(self) -> usize {
        match self {
            Self::Seconds => TIME_DIGITS,
            Self::Civil(..) => 19,
            Self::Basic => 17,
            Self::Date => 10,
        }
    }

    /// The time in Unix seconds that this text is, if it is one.
    fn read(self, text: &[u8]) -> Option<i64> {
        let text = std::str::from_utf8(text).ok()?;
        match self {
            Self::Seconds if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
            Self::Seconds | Self::Date => None,
            Self::Civil(..) => civil(text, [11..13, 14..16, 17..19]),
            Self::Basic if text.as_bytes().get(10) == Some(&b'T') => civil(text, [11..13, 13..15, 15..17]),
            Self::Basic => None,
        }
    }

    fn write(self, time: i64, text: &mut [u8]) {
        match self {
            Self::Seconds => write_digits(time.unsigned_abs(), text),
            Self::Date => {
                let mut whole = Text::default();
                let (civil, _) = whole.split_at_mut(19);
                Self::Civil(b'T', b':').write(time, civil);
                let date = civil.stretch(..text.len());
                text.copy_from_slice(date);
            }
            Self::Basic => {
                let mut whole = Text::default();
                let (civil, _) = whole.split_at_mut(19);
                Self::Civil(b'T', b':').write(time, civil);
                let kept = civil.iter().filter(|byte| **byte != b':');
                text.iter_mut().zip(kept).for_each(|(place, byte)| *place = *byte);
            }
            Self::Civil(middle, inner) => {
                let moment = Offset::UTC.to_datetime(number::moment(time));
                let parts = [
                    (4, moment.year().unsigned_abs(), b'-'),
                    (2, moment.month().unsigned_abs().into(), b'-'),
                    (2, moment.day().unsigned_abs().into(), middle),
                    (2, moment.hour().unsigned_abs().into(), inner),
                    (2, moment.minute().unsigned_abs().into(), inner),
                    (2, moment.second().unsigned_abs().into(), 0),
                ];
                let mut rest = text;
                for (width, value, after) in parts {
                    let Some((digits, more)) = rest.split_at_mut_checked(width) else { return };
                    write_digits(value.into(), digits);
                    let Some((between, more)) = more.split_first_mut() else { return };
                    *between = after;
                    rest = more;
                }
            }
        }
    }
}

/// The Unix seconds of a date and of hour, minute and second at these places.
fn civil(text: &str, [hour, minute, second]: [std::ops::Range<usize>; 3]) -> Option<i64> {
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<i8>().ok();
    let year = text.get(..4)?.parse().ok()?;
    let date = jiff::civil::Date::new(year, part(5..7)?, part(8..10)?).ok()?;
    let time = jiff::civil::Time::new(part(hour)?, part(minute)?, part(second)?, 0).ok()?;
    Some(Offset::UTC.to_timestamp(date.to_datetime(time)).ok()?.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_differ_in_every_digit_and_in_every_unit_of_time() {
        let text = |broadcast: &Broadcast| {
            let (mut number, mut civil) = (Text::default(), Text::default());
            let number = Difference::Number.write(*broadcast, &mut number).to_vec();
            let civil =
                Difference::Time(WrittenTime::Civil(b'T', b':'), 0).write(*broadcast, &mut civil).to_vec();
            (number, civil)
        };
        let texts: Vec<_> = samples().iter().map(text).collect();
        let (number, civil) = &texts[0];
        assert_eq!(number.len(), NUMBER_DIGITS);
        for (at, digit) in number.iter().enumerate() {
            assert!(texts.iter().any(|other| other.0[at] != *digit), "digit {at}");
        }
        for at in (0..19).filter(|at| civil[*at].is_ascii_digit() && *at > 1) {
            assert!(texts.iter().any(|other| other.1[at] != civil[at]), "{at} of the time");
        }
    }

    #[test]
    fn a_time_is_read_as_it_is_written() {
        for form in FORMS {
            let mut room = Text::default();
            let text =
                Difference::Time(form, 7).write(Broadcast { number: 1, began: 1_782_000_000 }, &mut room);
            assert_eq!(form.read(text), Some(1_782_000_007), "{form:?}");
        }
    }

    #[test]
    fn what_no_broadcast_makes_different_is_refused() {
        let texts: Vec<Vec<u8>> =
            samples().iter().map(|sample| format!("x{}y", sample.number % 7).into()).collect();
        let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
        assert!(differences(&texts).unwrap_err().contains("at byte 1"));
    }
}
