//! Speed of simulated time.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;

/// Simulated time per real time. It scales waiting between callbacks and between retries, never the time a receiver has to
/// answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// No waiting at all.
    Max,
    /// A multiple of real time; 1 is real time.
    Times(f64),
}

impl Speed {
    /// The real time that a simulated time takes.
    pub fn real(self, simulated: Duration) -> Duration {
        match self {
            Self::Max => Duration::ZERO,
            Self::Times(factor) => simulated.div_f64(factor),
        }
    }

    /// Start of a broadcast whose sending starts now, so that nothing in a payload lies after its own sending: at real
    /// time it starts now, at full speed the last callback is due now.
    pub fn epoch(self, now: Timestamp, last_due: Duration) -> Timestamp {
        let begun = self.real(last_due).as_nanos().cast_signed() - last_due.as_nanos().cast_signed();
        let shift = i64::try_from(begun).map_or(jiff::SignedDuration::MIN, jiff::SignedDuration::from_nanos);
        now.checked_add(shift).unwrap_or(now)
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Max => f.write_str("max"),
            Self::Times(factor) if (*factor - 1.0).abs() < f64::EPSILON => f.write_str("realtime"),
            Self::Times(factor) => write!(f, "{factor}x"),
        }
    }
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let factor =
            |digits: &str| digits.parse().ok().filter(|f: &f64| f.is_finite() && *f >= 1.0 && *f <= 1e6);
        match text {
            "max" => Ok(Self::Max),
            "realtime" => Ok(Self::Times(1.0)),
            _ => {
                text.strip_suffix('x').and_then(factor).map(Self::Times).ok_or_else(|| {
                    "write `realtime`, `max`, or a factor such as `60x` (1x to 1000000x)".into()
                })
            }
        }
    }
}

/// Start of each scenario of a run, without retries. A limited number run at once; the next starts at the end of one.
#[derive(Clone, Debug)]
pub struct LaneStarts(Vec<Duration>);

impl LaneStarts {
    /// Creates the starts for `jobs` scenarios at once.
    pub fn new(jobs: usize) -> Self {
        Self(vec![Duration::ZERO; jobs.max(1)])
    }

    /// Start of the next scenario, which takes this long.
    pub fn next(&mut self, length: Duration) -> Duration {
        let Some(slot) = self.0.iter_mut().min() else { return Duration::ZERO };
        let begin = *slot;
        *slot += length;
        begin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_full_speed_the_broadcast_ends_now_and_at_real_time_it_begins_now() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let length = Duration::from_secs(600);
        assert_eq!(Speed::Max.epoch(now, length).as_second(), 1_699_999_400);
        assert_eq!(Speed::Times(1.0).epoch(now, length), now);
        assert_eq!(Speed::Times(60.0).epoch(now, length).as_second(), 1_699_999_410);
    }

    #[test]
    fn a_lane_begins_when_one_before_it_ends() {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        let mut two = LaneStarts::new(2);
        let begins: Vec<_> = [10, 4, 3, 1].map(|length| two.next(minutes(length))).to_vec();
        assert_eq!(begins, [minutes(0), minutes(0), minutes(4), minutes(7)]);
    }

    #[test]
    fn ten_minutes_at_sixty_times_the_speed_take_ten_seconds() {
        let speed: Speed = "60x".parse().unwrap();
        assert_eq!(speed.real(Duration::from_secs(600)), Duration::from_secs(10));
        "0x".parse::<Speed>().unwrap_err();
        "fast".parse::<Speed>().unwrap_err();
    }
}
