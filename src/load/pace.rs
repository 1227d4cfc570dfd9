//! Due times of callbacks: an absolute schedule, computed for each of them, so rounding errors do not add up. Pure.

use std::sync::Arc;
use std::time::Duration;

use crate::lifecycle::draw::{Draws, Sequence};

/// Callbacks per second, over time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// The same all the time.
    Steady(f64),
    /// Evenly from the one to the other.
    Ramp(f64, f64),
}

/// Callbacks that come at once, beside the rate: the end of a big event, a backlog after an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// Number of callbacks due.
    pub count: u64,
    /// Time since the start.
    pub at: Duration,
}

/// The distribution of arrivals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// At even distances.
    Constant,
    /// Independent of each other, as those of many broadcasts that know nothing of each other.
    Poisson,
}

/// A sender's part of a load: its index among the senders, and their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Counted from 0.
    pub index: u64,
    /// Number of senders.
    pub of: u64,
}

/// Due times of callbacks, over all senders.
#[derive(Clone, Debug)]
pub struct LoadSchedule {
    rate: Course,
    /// Beside the rate, so that the chance of arrivals leaves their size alone.
    bursts: Course,
}

/// A count without what its computation added.
fn whole(count: f64) -> f64 {
    if (count - count.round()).abs() <= 1e-9 * count { count.round() } else { count }
}

impl LoadSchedule {
    /// The schedule of a load.
    pub fn new(rate: Rate, bursts: &[Burst], length: Duration) -> Self {
        Self { rate: Course::of_rate(rate, length), bursts: Course::of_bursts(bursts, length) }
    }

    /// Time at which this many callbacks have become due; the length of the schedule if it has fewer.
    #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 callbacks")]
    pub fn span(&self, count: u64, length: Duration) -> Duration {
        let reached = |time| whole(self.rate.before(time) + self.bursts.before(time)) >= count as f64;
        let (mut low, mut high) = (Duration::ZERO, length);
        // To the nanosecond: half a day is 2^46 of them, and a halving takes one of them off.
        for _ in 0..64 {
            let middle = low + (high - low) / 2;
            *(if reached(middle) { &mut high } else { &mut low }) = middle;
        }
        high
    }
}

/// Stretches that follow each other.
#[derive(Clone, Debug, Default)]
struct Course(Vec<Stretch>);

/// A time in which the rate changes evenly, or an instant at which several callbacks are due.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    /// Number of callbacks before it.
    before: f64,
    /// Number of callbacks in it.
    count: f64,
    /// Start of the stretch, in seconds.
    begin: f64,
    length: f64,
    /// Rate per second, at its start and at its end.
    rates: (f64, f64),
}

impl Course {
    fn of_rate(rate: Rate, length: Duration) -> Self {
        let length = length.as_secs_f64();
        let rates = match rate {
            Rate::Steady(rate) => (rate, rate),
            Rate::Ramp(from, to) => (from, to),
        };
        // What is whole but for rounding is whole: 100/s for 1.1 s are 110.
        let count = whole(length * f64::midpoint(rates.0, rates.1));
        Self(vec![Stretch { before: 0.0, count, begin: 0.0, length, rates }])
    }

    #[expect(clippy::cast_precision_loss, reason = "a burst of 2^53 callbacks is none")]
    fn of_bursts(bursts: &[Burst], length: Duration) -> Self {
        let mut bursts = bursts.to_vec();
        bursts.sort_by_key(|burst| burst.at);
        let mut course = Self::default();
        for burst in bursts.iter().filter(|burst| burst.at < length) {
            let (before, count) = (course.count(), burst.count as f64);
            let begin = burst.at.as_secs_f64();
            course.0.push(Stretch { before, count, begin, length: 0.0, rates: (0.0, 0.0) });
        }
        course
    }

    /// Number of callbacks; the last may be a fraction.
    fn count(&self) -> f64 {
        self.0.last().map_or(0.0, |last| last.before + last.count)
    }

    /// Due time of the callback at this place; none if there are fewer.
    fn due(&self, place: f64) -> Option<Duration> {
        let stretch = self.0.iter().find(|stretch| place < stretch.before + stretch.count)?;
        let inside = (place - stretch.before).max(0.0);
        let (from, to) = stretch.rates;
        let after = if stretch.length == 0.0 {
            0.0
        } else if (to - from).abs() < f64::EPSILON * from.max(to) {
            inside / from
        } else {
            // The time at which the area under a line that rises from `from` to `to` is `inside`.
            let slope = (to - from) / stretch.length;
            ((from * from + 2.0 * slope * inside).max(0.0).sqrt() - from) / slope
        };
        Duration::try_from_secs_f64(stretch.begin + after).ok()
    }

    /// Number of callbacks due before this time, the last one as a fraction.
    fn before(&self, time: Duration) -> f64 {
        let time = time.as_secs_f64();
        let of = |stretch: &Stretch| {
            let inside = time - stretch.begin;
            if inside <= 0.0 {
                return 0.0;
            }
            if inside >= stretch.length {
                return stretch.count;
            }
            let (from, to) = stretch.rates;
            inside * (from + (to - from) * inside / stretch.length / 2.0)
        };
        self.0.iter().map(of).sum()
    }
}

/// Tells a sender when its next callback is due. Every sender takes every so-manieth place of the schedule, so that all of
/// them together keep it, however many they are.
#[derive(Clone)]
pub struct Pacer {
    schedule: Arc<LoadSchedule>,
    rate: CourseMark,
    bursts: CourseMark,
}

/// Progress of a sender along a course.
#[derive(Clone)]
struct CourseMark {
    share: Share,
    /// The distances between places, where they are drawn.
    distances: Option<Sequence>,
    /// Number of callbacks taken.
    taken: u64,
    /// The place of the next.
    place: f64,
    /// Its due time.
    due: Option<Duration>,
}

impl Pacer {
    /// Creates the course of one sender.
    pub fn new(schedule: Arc<LoadSchedule>, share: Share, arrivals: Arrivals, draws: &Draws) -> Self {
        let name = format!("arrivals/{}/{}", share.index, share.of);
        let distances = (arrivals == Arrivals::Poisson).then(|| draws.named(&name).sequence());
        let rate = CourseMark::new(&schedule.rate, share, distances);
        let bursts = CourseMark::new(&schedule.bursts, share, None);
        Self { schedule, rate, bursts }
    }

    /// Due time of the next callback, since the start; none = there is no other.
    pub fn due(&self) -> Option<Duration> {
        match (self.rate.due, self.bursts.due) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    /// The next one is taken.
    pub fn take(&mut self) {
        if self.bursts.due.is_some() && self.bursts.due == self.due() {
            self.bursts.take(&self.schedule.bursts);
        } else {
            self.rate.take(&self.schedule.rate);
        }
    }

    /// Time at which this many callbacks of this provider have become due; `length` if there are fewer. Those whose distances are
    /// drawn do not come where their number says.
    pub fn span(&self, count: u64, length: Duration) -> Duration {
        let mut ahead = self.clone();
        (0..count)
            .try_fold(Duration::ZERO, |_, _| {
                let due = ahead.due()?;
                ahead.take();
                Some(due)
            })
            .unwrap_or(length)
    }

    /// Number of callbacks taken.
    pub fn taken(&self) -> u64 {
        self.rate.taken + self.bursts.taken
    }

    /// Number of callbacks due before this time, taken or not.
    pub fn due_before(&self, time: Duration) -> u64 {
        self.rate.due_before(&self.schedule.rate, time) + self.bursts.due_before(&self.schedule.bursts, time)
    }
}

impl CourseMark {
    fn new(course: &Course, share: Share, distances: Option<Sequence>) -> Self {
        let mut mark = Self { share, distances, taken: 0, place: 0.0, due: None };
        mark.advance(course);
        mark
    }

    fn take(&mut self, course: &Course) {
        self.taken += 1;
        self.advance(course);
    }

    #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 callbacks")]
    fn advance(&mut self, course: &Course) {
        let Share { index, of } = self.share;
        self.place = match self.distances {
            None => (self.taken * of + index) as f64,
            Some(distances) => self.place - (1.0 - distances.even(self.taken)).ln() * of as f64,
        };
        self.due = course.due(self.place);
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a count of callbacks, below 2^53"
    )]
    fn due_before(&self, course: &Course, time: Duration) -> u64 {
        if self.distances.is_some() {
            // Each is drawn, so the only way is to go there.
            let mut ahead = self.clone();
            while ahead.due.is_some_and(|due| due < time) {
                ahead.take(course);
            }
            return ahead.taken;
        }
        let (index, of) = (self.share.index as f64, self.share.of as f64);
        let all = course.before(time).min(course.count());
        ((all - index) / of).ceil().max(0.0) as u64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(rate: Rate, bursts: &[Burst], seconds: f64, (of, arrivals): (u64, Arrivals)) -> Vec<Duration> {
        let schedule = Arc::new(LoadSchedule::new(rate, bursts, Duration::from_secs_f64(seconds)));
        let mut due: Vec<Duration> =
            (0..of).flat_map(|index| times(schedule.clone(), Share { index, of }, arrivals)).collect();
        due.sort();
        due
    }

    fn times(schedule: Arc<LoadSchedule>, share: Share, arrivals: Arrivals) -> Vec<Duration> {
        let mut pacer = Pacer::new(schedule, share, arrivals, &Draws::new(1));
        let mut times = Vec::new();
        while let Some(due) = pacer.due() {
            times.push(due);
            pacer.take();
        }
        times
    }

    const CONSTANT: (u64, Arrivals) = (1, Arrivals::Constant);

    #[test]
    fn five_hundred_a_second_are_due_every_two_milliseconds() {
        let due = all(Rate::Steady(500.0), &[], 30.0, CONSTANT);
        assert_eq!(due.len(), 15_000);
        for (n, due) in due.iter().enumerate() {
            assert_eq!(due.as_nanos(), n as u128 * 2_000_000, "no rounding adds up");
        }
    }

    #[test]
    fn a_ramp_sends_as_many_as_the_area_under_it() {
        let due = all(Rate::Ramp(10.0, 2000.0), &[], 10.0, CONSTANT);
        assert_eq!(due.len(), 10_050);
        let within =
            |from: f64, to: f64| due.iter().filter(|d| (from..to).contains(&d.as_secs_f64())).count();
        assert!((within(9.0, 10.0) as i64 - 1900).abs() <= 2, "{}", within(9.0, 10.0));
        assert!((within(0.0, 1.0) as i64 - 110).abs() <= 2, "{}", within(0.0, 1.0));
        let down = all(Rate::Ramp(2000.0, 10.0), &[], 10.0, CONSTANT);
        assert_eq!(down.len(), 10_050);
    }

    #[test]
    fn a_burst_comes_at_once_beside_the_rate() {
        let burst = Burst { count: 300, at: Duration::from_secs(2) };
        let due = all(Rate::Steady(10.0), &[burst], 4.0, CONSTANT);
        assert_eq!(due.len(), 340);
        assert!(due.iter().filter(|due| **due == Duration::from_secs(2)).count() >= 300);
        assert_eq!(due.iter().filter(|due| due.as_secs_f64() < 2.0).count(), 20);
    }

    #[test]
    fn a_burst_has_its_size_however_the_others_arrive() {
        let burst = Burst { count: 300, at: Duration::from_secs(2) };
        let due = all(Rate::Steady(10.0), &[burst], 4.0, (3, Arrivals::Poisson));
        assert_eq!(due.iter().filter(|due| **due == Duration::from_secs(2)).count(), 300);
    }

    #[test]
    fn independent_arrivals_keep_the_rate_and_not_the_distance() {
        let due = all(Rate::Steady(1000.0), &[], 20.0, (1, Arrivals::Poisson));
        assert!((due.len() as f64 - 20_000.0).abs() < 5.0 * 20_000_f64.sqrt(), "{}", due.len());
        let gaps: Vec<f64> = due.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64() * 1000.0).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!((mean - 1.0).abs() < 0.03 && (variance - 1.0).abs() < 0.1, "{mean} {variance}");
    }

    #[test]
    fn the_last_of_a_number_of_independent_arrivals_may_come_after_its_place_in_the_schedule() {
        let length = Duration::from_secs(3);
        let schedule = Arc::new(LoadSchedule::new(Rate::Steady(100.0), &[], length));
        let whole = Share { index: 0, of: 1 };
        let late = (1..40).filter(|seed| {
            let pacer = Pacer::new(schedule.clone(), whole, Arrivals::Poisson, &Draws::new(*seed));
            let mut course = pacer.clone();
            (1..123).for_each(|_| course.take());
            assert_eq!(Some(pacer.span(123, length)), course.due(), "seed {seed}");
            assert_eq!(pacer.span(10_000, length), length, "there are not so many");
            pacer.span(123, length) > schedule.span(123, length)
        });
        assert!((5..35).contains(&late.count()));
    }

    proptest! {
        #[test]
        fn any_number_of_senders_together_keep_the_schedule_of_one(
            rate in 1.0..3000.0_f64, to in 1.0..3000.0_f64, of in 1_u64..17, count in 0_u64..500, at in 0_u64..5000,
        ) {
            let bursts = [Burst { count, at: Duration::from_millis(at) }];
            for rate in [Rate::Steady(rate), Rate::Ramp(rate, to)] {
                let one = all(rate, &bursts, 4.0, CONSTANT);
                prop_assert_eq!(&one, &all(rate, &bursts, 4.0, (of, Arrivals::Constant)));
            }
        }

        #[test]
        fn what_is_due_before_a_time_can_be_counted_without_going_there(
            rate in 1.0..3000.0_f64, to in 1.0..3000.0_f64, of in 1_u64..5, millis in 0_u64..5000, poisson: bool,
        ) {
            let bursts = [Burst { count: 77, at: Duration::from_millis(1500) }];
            let schedule = Arc::new(LoadSchedule::new(Rate::Ramp(rate, to), &bursts, Duration::from_secs(4)));
            let arrivals = if poisson { Arrivals::Poisson } else { Arrivals::Constant };
            let time = Duration::from_millis(millis) + Duration::from_nanos(333_333);
            for index in 0..of {
                let share = Share { index, of };
                let pacer = Pacer::new(schedule.clone(), share, arrivals, &Draws::new(1));
                let counted = times(schedule.clone(), share, arrivals).iter().filter(|due| **due < time).count();
                prop_assert_eq!(pacer.due_before(time), counted as u64);
            }
        }
    }
}
