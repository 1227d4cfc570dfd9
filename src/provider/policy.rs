//! A sender's way with answers: what acknowledges, and when it sends again.

use std::time::Duration;

use super::{LastNo, Success};
use crate::number;

/// A provider's way with answers.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// What acknowledges.
    pub success: Success,
    /// A no after which it never sends the callback again.
    pub last_no: LastNo,
    /// Time limit for an answer.
    pub timeout: Duration,
    /// How often it sends again.
    pub retries: u32,
    /// From the end of one attempt to the next, for the first retries, in their order.
    pub first_waits: &'static [Duration],
    /// The same for the retries that follow.
    pub interval: Duration,
    /// What follows these retries; none = it gives up.
    pub queue: Option<Queue>,
    /// After an answer of 429 or 503 it waits for as long as `Retry-After` says.
    pub retry_after: bool,
    /// Longest time that a callback waits for those before it in its stream; one that waits longer is dropped silently.
    pub drop_after: Option<Duration>,
    /// A retry gets a fresh time and signature, unless the scenario says otherwise.
    pub resigns: bool,
}

/// A slow second row of retries, for as long as a callback is young enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// From the end of one attempt to the next.
    pub interval: Duration,
    /// Longest time between the first attempt and the last one.
    pub until: Duration,
}

impl Policy {
    /// Status 200 acknowledges, and nothing is sent again.
    pub const PLAIN: Self = Self {
        success: Success::STATUS_200,
        last_no: LastNo::Never,
        timeout: Duration::from_secs(20),
        retries: 0,
        first_waits: &[],
        interval: Duration::ZERO,
        queue: None,
        retry_after: false,
        drop_after: None,
        resigns: true,
    };

    /// From the end of the `sent`th quick attempt to the next one.
    pub fn wait_after(&self, sent: u32) -> Duration {
        let at = number::capped::<usize>(sent.saturating_sub(1));
        self.first_waits.get(at).copied().unwrap_or(self.interval)
    }

    /// From the first attempt to the last quick one, waits alone.
    pub fn quick(&self) -> Duration {
        let first: Duration = self.first_waits.iter().take(self.retries as usize).sum();
        let more = self.retries.saturating_sub(number::capped::<u32>(self.first_waits.len()));
        first.saturating_add(self.interval.saturating_mul(more))
    }
}
