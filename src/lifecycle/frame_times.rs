//! The times that a recorder sees: frames come a little after the push, and end a little before the drop is noticed. Drawn, so that
//! no payload is round, and equal for every format of a stream.
//!
//! Facts stay where they are; only the times of their files move, and always to before their fact.

use std::collections::BTreeMap;
use std::time::Duration;

use super::draw::Draws;
use super::{Event, Fact, File};
use crate::scenario::Format;

/// Time from the push to the first frame, in microseconds.
const LEAD: std::ops::Range<u64> = 40_000..300_000;
/// Time from the last frame to the drop, in microseconds.
const TAIL: std::ops::Range<u64> = 50_000..400_000;
/// Time from the content's start to the first write (ours: the vendor says only that they differ), in microseconds.
const WRITE: std::ops::Range<u64> = 600_000..2_900_000;
/// Number of times that a full file ends at a later and later fraction of a second, before it starts again: cut at key
/// frames.
const CUTS: u32 = 8;

/// One push as it was on the air.
struct PushSeen {
    began: Duration,
    ended: Option<Duration>,
    /// Arrival of the first frame.
    first: Duration,
    /// Arrival of the last frame.
    last: Duration,
}

/// The facts with the times that a recorder sees.
pub fn seen(mut facts: Vec<Fact>, draws: &Draws) -> Vec<Fact> {
    let airs = airs(&facts, draws);
    let files = files(&facts, &airs, draws);
    for fact in &mut facts {
        let format = fact.format;
        let known = |file: &File| files.get(&(format?, file.number)).copied();
        match &mut fact.event {
            Event::FileComplete(file) | Event::Failed(_, Some(file)) => {
                *file = known(file).unwrap_or(*file);
            }
            Event::FileBegan(file) => {
                let began = known(file).map_or(file.began, |file| file.began);
                *file = File { began, last_frame: began, closed: began, ..*file };
            }
            _ => {}
        }
    }
    facts
}

fn airs(facts: &[Fact], draws: &Draws) -> Vec<PushSeen> {
    let ended = |number| {
        facts.iter().find_map(|fact| match fact.event {
            Event::Dropped(activity) if activity.number == number => Some(fact.at),
            _ => None,
        })
    };
    let air = |fact: &Fact| {
        let Event::Pushed(activity) = fact.event else { return None };
        let (number, began) = (activity.number, activity.began);
        let ended = ended(number);
        let most = ended.map_or(Duration::MAX, |ended| (ended - began) / 10);
        let mut draw = draws.named(&format!("air/{number}"));
        let mut moved = |range| draw.micros(range).min(most);
        let (lead, tail) = (moved(LEAD), moved(TAIL));
        let last = ended.map_or(Duration::MAX, |ended| ended - tail);
        Some(PushSeen { began, ended, first: began + lead, last })
    };
    facts.iter().filter_map(air).collect()
}

/// Every finished file of each format, as it is seen.
fn files(facts: &[Fact], airs: &[PushSeen], draws: &Draws) -> BTreeMap<(Format, u32), File> {
    let mut plain: BTreeMap<(Format, u32), File> = BTreeMap::new();
    for fact in facts {
        if let (Some(format), Event::FileComplete(file) | Event::Failed(_, Some(file))) =
            (fact.format, &fact.event)
        {
            plain.insert((format, file.number), *file);
        }
    }
    let mut seen: BTreeMap<(Format, u32), File> = BTreeMap::new();
    for ((format, number), file) in plain {
        let pushed = airs.iter().find(|air| air.began == file.began);
        let before = seen.get(&(format, number.saturating_sub(1)));
        let began = match (pushed, before) {
            (Some(air), _) => air.first,
            (None, Some(before)) => before.last_frame,
            (None, None) => file.began,
        };
        let dropped = airs.iter().find(|air| air.ended == Some(file.last_frame));
        let mut draw = draws.named(&format!("file/{format}/{number}"));
        let last_frame = dropped.map_or_else(|| cut(&file, draw.below(30_000)), |air| air.last).max(began);
        let media: Duration =
            airs.iter().map(|air| air.last.min(last_frame).saturating_sub(air.first.max(began))).sum();
        let tail = file.last_frame.saturating_sub(last_frame);
        let recording = airs.iter().find(|air| air.began == file.recording);
        let whole = File {
            began,
            last_frame,
            closed: file.closed.saturating_sub(tail),
            media: media.max(Duration::from_micros(1)),
            wrote: began + draw.micros(WRITE).min(media / 2),
            recording: recording.map_or(file.recording, |air| air.began + (air.first - air.began) / 2),
            ..file
        };
        seen.insert((format, number), whole);
    }
    seen
}

/// The end of a file that is full: at a key frame shortly before, each a little later in its second than the one before, so that
/// rounded lengths do not agree with rounded times.
fn cut(file: &File, drawn: u64) -> Duration {
    let place = u64::from(file.number.saturating_sub(1) % CUTS);
    let early = Duration::from_micros(690_000 - place * 35_000 - drawn);
    file.last_frame - early.min(file.media / 4)
}
