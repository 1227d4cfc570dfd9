//! Durations as people write and read them.

use std::time::Duration;

/// What a duration looks like; shown whenever one was expected.
pub const DURATION_HINT: &str = "a duration such as 500ms, 5s or 1h30m";

/// Reads `500ms`, `5s`, `1h30m`. Hours are the longest unit: days have no fixed length on a calendar.
///
/// # Errors
/// The text is no duration, is negative, or is beyond 10,000 hours.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let signed: jiff::SignedDuration =
        text.parse().map_err(|_| format!("`{text}` is not {DURATION_HINT}"))?;
    let longest = jiff::SignedDuration::from_hours(10_000);
    if signed.is_negative() || signed > longest {
        return Err(format!("`{text}` is out of range; a duration lies between 0s and 10000h"));
    }
    Ok(signed.unsigned_abs())
}

/// A duration as a person writes it: `1h30m`, `25m20s`, `500ms`.
pub fn show_duration(duration: Duration) -> String {
    if duration.is_zero() {
        return "0s".into();
    }
    let (h, m, s) = (duration.as_secs() / 3600, duration.as_secs() / 60 % 60, duration.as_secs() % 60);
    let ms = duration.subsec_millis();
    let small = s > 0 || ms > 0;
    // `1h20s` reads as 1h20m.
    let minutes = m > 0 || (h > 0 && small);
    let parts = [(h, "h", h > 0), (m, "m", minutes), (s, "s", s > 0), (u64::from(ms), "ms", ms > 0)];
    let text: String =
        parts.iter().filter(|(.., shown)| *shown).map(|(n, unit, _)| format!("{n}{unit}")).collect();
    if text.is_empty() { format!("{}us", duration.as_micros()) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_shown_as_it_is_written() {
        for text in ["0s", "500ms", "25m20s", "1h30m", "1h0m20s", "720h"] {
            assert_eq!(show_duration(parse_duration(text).unwrap()), text);
        }
    }

    #[test]
    fn a_number_without_a_unit_is_no_duration() {
        for text in ["60", "-3s", "1d", "", "99999h"] {
            parse_duration(text).unwrap_err();
        }
    }
}
