//! Numbers in types of another width. What does not fit becomes the largest number that does: nothing of ours is so large, and of what
//! others send the largest says as much.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

/// A type of whole numbers.
pub trait WholeNumber {
    /// The largest of them.
    const LARGEST: Self;
}

macro_rules! whole_numbers {
    ($($name:ty),*) => { $(impl WholeNumber for $name { const LARGEST: Self = Self::MAX; })* };
}
whole_numbers!(u16, u32, u64, usize, i64);

/// A count in another type; the largest number where it does not fit.
#[inline(always)]
pub fn capped<T: WholeNumber>(count: impl TryInto<T>) -> T {
    count.try_into().unwrap_or(T::LARGEST)
}

/// Whole seconds of a duration.
pub fn seconds(duration: Duration) -> i64 {
    capped(duration.as_secs())
}

/// Whole milliseconds of a duration.
pub fn milliseconds(duration: Duration) -> u64 {
    capped(duration.as_millis())
}

/// Nanoseconds of a duration.
#[inline(always)]
pub fn nanoseconds(duration: Duration) -> u64 {
    capped(duration.as_nanos())
}

/// Count of one thing among others; zero where it was never counted.
pub fn counted<K: Ord>(counts: &BTreeMap<K, u64>, of: &K) -> u64 {
    counts.get(of).copied().unwrap_or(0) // See above.
}

/// Instant so many seconds after the start of 1970; the first or the last one, where no calendar goes that far.
pub fn moment(seconds: i64) -> Timestamp {
    let end = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(seconds).unwrap_or(end)
}

/// The longest duration that is made of seconds, 136 years: of sums of them none overflows.
const LONGEST: Duration = Duration::from_secs(u32::MAX as u64);

/// Seconds as a duration: none where they are negative, the longest one where they are too many.
pub fn duration(seconds: f64) -> Duration {
    let seconds = seconds.clamp(0.0, LONGEST.as_secs_f64());
    // What is left is no number at all.
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_seconds_are_the_longest_duration_and_not_none() {
        assert_eq!([1e300, f64::INFINITY].map(duration), [LONGEST; 2]);
        assert_eq!([-1.0, f64::NAN].map(duration), [Duration::ZERO; 2]);
        assert_eq!(duration(1.5), Duration::from_millis(1500));
    }

    #[test]
    fn a_moment_beyond_the_calendar_is_its_end_and_what_was_not_counted_is_none() {
        assert_eq!([i64::MIN, i64::MAX].map(moment), [Timestamp::MIN, Timestamp::MAX]);
        assert_eq!(moment(1).as_second(), 1);
        let counts = BTreeMap::from([("a", 2)]);
        assert_eq!(["a", "b"].map(|of| counted(&counts, &of)), [2, 0]);
    }

    #[test]
    fn what_does_not_fit_is_the_largest() {
        assert_eq!(capped::<u16>(7_usize), 7);
        assert_eq!(capped::<u16>(65_536_usize), u16::MAX);
        assert_eq!(seconds(Duration::MAX), i64::MAX);
        assert_eq!(
            (milliseconds(Duration::MAX), nanoseconds(Duration::from_secs(1))),
            (u64::MAX, 1_000_000_000)
        );
    }
}
