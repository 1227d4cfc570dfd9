//! Time of callbacks of which several are under way at once.

use std::time::Duration;

use jiff::Timestamp;

use super::run::spent;
use crate::number;
use crate::record::{Attempt, CallbackRun, RunRecord};

/// Time in which at least one request of these callbacks was under way: what runs at once counts once, and waits do not count. Where
/// the sending clock stood still nobody knows what ran at once: the sum of all latencies.
pub(super) fn busy<'a>(run: &RunRecord, callbacks: impl Iterator<Item = &'a CallbackRun>) -> Duration {
    let callbacks: Vec<&CallbackRun> = callbacks.collect();
    if run.header.now == run.ended_at || run.ended_at.is_empty() {
        return spent(callbacks.into_iter());
    }
    let attempts = callbacks.iter().flat_map(|callback| &callback.attempts);
    let mut times: Vec<(f64, f64)> = attempts.filter_map(from_and_to).collect();
    times.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (mut busy, mut until) = (0.0, f64::MIN);
    for (from, to) in times {
        busy += (to - from.max(until)).max(0.0);
        until = until.max(to);
    }
    number::duration(busy / 1000.0)
}

/// Start and end of an exchange, in milliseconds since 1970.
fn from_and_to(attempt: &Attempt) -> Option<(f64, f64)> {
    let sent_at: Timestamp = attempt.sent_at.parse().ok()?;
    let from = sent_at.as_millisecond() as f64;
    Some((from, from + attempt.exchange.as_ref()?.latency_ms))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn record(times: &[(&str, f64)], ended: &str) -> RunRecord {
        let header = r#"{"schema":"hookreel.record/1","version":"0","seed":1,"now":"2026-01-01T00:00:00Z","speed":"max","target":"t","embedded":false,"insecure":false}"#;
        let mut run = RunRecord::read(Cursor::new("")).unwrap();
        run.header = serde_json::from_str(header).unwrap();
        run.ended_at = ended.into();
        let text = |(index, (at, took)): (usize, &(&str, f64))| {
            let id = format!("x-{index}");
            let of = format!(r#""scenario":0,"id":"{id}","n":1"#);
            format!(
                "{{\"line\":\"callback\",\"scenario\":0,\"id\":\"{id}\",\"event\":\"e\",\"class\":\"legal\",\"subject\":\"\",\"faults\":[],\
                 \"due_ms\":0,\"why\":\"\",\"place\":\"\",\"accept\":\"\",\"curl\":\"\",\"body\":null}}\n\
                 {{\"line\":\"intent\",{of},\"sent_at\":\"2026-01-01T00:00:{at}Z\",\"signed_for\":null}}\n\
                 {{\"line\":\"result\",{of},\"exchange\":{{\"latency_ms\":{took},\"answer\":null,\"error\":null}}}}\n"
            )
        };
        let lines: String = times.iter().enumerate().map(text).collect();
        let scenario =
            r#"{"line":"scenario","name":"C1","path":"C1","provider":"p","revision":"r","rerun":""}"#;
        for line in std::iter::once(scenario).chain(lines.lines()) {
            run.apply(&serde_json::from_str(line).unwrap());
        }
        run
    }

    #[test]
    fn what_ran_at_once_counts_once_and_a_wait_between_does_not_count() {
        let times = [("01.000", 500.0), ("01.100", 500.0), ("05.000", 100.0)];
        let run = record(&times, "2026-01-01T00:00:06Z");
        assert_eq!(busy(&run, run.callbacks()), Duration::from_millis(700));
    }

    #[test]
    fn of_a_clock_that_stood_still_the_times_are_added() {
        let run = record(&[("00.000", 5.0), ("00.000", 5.0)], "2026-01-01T00:00:00Z");
        assert_eq!(busy(&run, run.callbacks()), Duration::from_millis(10));
    }
}
