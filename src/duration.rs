//! Durations as people write and read them.

use std::time::Duration;

/// Example of a duration; shown in errors that expected one.
pub const DURATION_HINT: &str = "a duration such as 500ms, 5s, 1h30m or 2d (units: us, ms, s, m, h, d)";

/// Reads `500ms`, `5s`, `1h30m`, `2d`, `30min`, `1 hour 30 minutes`, `00:25:00` (hours, minutes, seconds) and `PT25M` (ISO 8601). A day
/// is 24 hours: a broadcast knows no calendar.
///
/// # Errors
/// The text is not a duration, is negative, or is beyond 10,000 hours.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || {
        let bare = text.trim().parse::<f64>().is_ok_and(|count| count.is_finite() && count >= 0.0);
        let near = if bare { format!("; did you mean `{}s`?", text.trim()) } else { String::new() };
        format!("`{text}` is not {DURATION_HINT}{near}")
    };
    let too_long = || format!("`{text}` is too long; a duration is at most {LONGEST}");
    let span: jiff::Span =
        text.trim().parse().map_err(|_| if has_the_form(text) { too_long() } else { wrong() })?;
    // Months and years have no length.
    let signed = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    if signed.is_negative() {
        return Err(format!("`{text}` is negative; a duration is 0s or more, and at most {LONGEST}"));
    }
    if signed > jiff::SignedDuration::from_hours(LONGEST_HOURS) {
        return Err(too_long());
    }
    Ok(signed.unsigned_abs())
}

/// The longest duration.
pub const LONGEST: &str = "10000h";
const LONGEST_HOURS: i64 = 10_000;

/// True for a text that would be a duration if its numbers were small.
fn has_the_form(text: &str) -> bool {
    let mut small = String::with_capacity(text.len());
    for c in text.trim().chars() {
        if !(c.is_ascii_digit() && small.ends_with('1')) {
            small.push(if c.is_ascii_digit() { '1' } else { c });
        }
    }
    small.parse::<jiff::Span>().is_ok()
}

/// True for a duration that is longer than any that is taken.
pub fn is_too_long(text: &str) -> bool {
    parse_duration(text).is_err_and(|why| why.contains(" is too long"))
}

/// True for a duration below zero.
pub fn is_negative(text: &str) -> bool {
    parse_duration(text).is_err_and(|why| why.contains(" is negative"))
}

/// Hours from which on days are shown.
const LONG: u64 = 48;

/// A duration as a person writes it: `3d1h`, `1h30m`, `25m20s`, `500ms`.
pub fn show_duration(duration: Duration) -> String {
    // What is below a microsecond has no unit here.
    if duration.as_micros() == 0 {
        return "0s".into();
    }
    let (hours, m, s) = (duration.as_secs() / 3600, duration.as_secs() / 60 % 60, duration.as_secs() % 60);
    let (d, h) = if hours < LONG { (0, hours) } else { (hours / 24, hours % 24) };
    let ms = duration.subsec_millis();
    let small = s > 0 || ms > 0;
    // `1h20s` reads as 1h20m.
    let minutes = m > 0 || (hours > 0 && small);
    let parts = [
        (d, "d", d > 0),
        (h, "h", h > 0 || (d > 0 && minutes)),
        (m, "m", minutes),
        (s, "s", s > 0),
        (u64::from(ms), "ms", ms > 0),
    ];
    let text: String =
        parts.iter().filter(|(.., shown)| *shown).map(|(n, unit, _)| format!("{n}{unit}")).collect();
    if text.is_empty() { format!("{}us", duration.as_micros()) } else { text }
}

/// A length of time in plain words: `3 min 20 s`.
pub fn spelt(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}"));
    parts.collect::<Vec<_>>().join(" ")
}

/// A rate per second with few digits: `50/s`, `0.5/s`; `1/m` and `50/h` rather than 0.013888888888888888/s.
pub fn show_rate(per_second: f64) -> String {
    let short = |count: f64, digits: i32| {
        let scaled = count * 10_f64.powi(digits);
        (scaled - scaled.round()).abs() <= 1e-12 * scaled
    };
    let units = [("s", 1.0, 3), ("m", 60.0, 0), ("h", 3600.0, 1), ("m", 60.0, 3), ("h", 3600.0, 3)];
    match units.iter().find(|(_, seconds, digits)| short(per_second * seconds, *digits)) {
        Some((unit, seconds, _)) => {
            let count = format!("{:.3}", per_second * seconds);
            format!("{}/{unit}", count.trim_end_matches('0').trim_end_matches('.'))
        }
        None => format!("{per_second}/s"),
    }
}

/// A measured time with the three digits that it is good for: `12.3 µs`, `312 ms`, `1.50 s`.
pub fn show_measured(nanoseconds: f64) -> String {
    let units = [("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)];
    // What would be rounded to 1000 is told in the next unit.
    let fits = |(unit, size): &&(&str, f64)| *unit == "s" || nanoseconds / size < 999.5;
    let (unit, size) = units.iter().find(fits).copied().unwrap_or(("ns", 1.0));
    let value = nanoseconds / size;
    let digits = match value {
        _ if unit == "ns" => 0,
        value if value < 9.995 => 2,
        value if value < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measured_time_has_three_digits() {
        let times = [0.0, 850.0, 999.6, 12_345.0, 999_600.0, 1_500_000_000.0, 61e9];
        let shown = ["0 ns", "850 ns", "1.00 µs", "12.3 µs", "1.00 ms", "1.50 s", "61.0 s"];
        assert_eq!(times.map(show_measured), shown);
    }

    #[test]
    fn a_duration_is_shown_as_it_is_written() {
        for text in ["0s", "500ms", "25m20s", "1h30m", "1h0m20s", "47h59m", "2d", "3d1h", "2d0h5m", "30d"] {
            assert_eq!(show_duration(parse_duration(text).unwrap()), text);
        }
    }

    #[test]
    fn a_day_is_24_hours() {
        for (text, hours) in [("1d", 24), ("2d12h", 60), (" 1d 1h ", 25), ("30d", 720), ("0d", 0)] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(hours * 3600)), "{text}");
        }
    }

    #[test]
    fn a_duration_is_read_in_the_ways_that_people_write_it() {
        for (text, seconds) in [
            ("25m", 1500),
            ("30min", 1800),
            ("1 hour 30 minutes", 5400),
            ("2 hrs, 5 secs", 7205),
            ("1 day", 86_400),
            ("00:25:00", 1500),
            ("1d 00:25:00", 87_900),
            ("PT25M", 1500),
            ("P1DT1H", 90_000),
            ("1.5h", 5400),
            ("1,5h", 5400),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        // Minutes and seconds, or hours and minutes: nobody knows.
        for text in ["25:00", "1:30", "1 month", "1y", "5m ago", "1h30", "5m 1h", "1h1h", "5 parsecs"] {
            parse_duration(text).unwrap_err();
        }
    }

    #[test]
    fn a_duration_that_is_too_long_or_negative_is_called_so() {
        for text in ["10001h", "500d", "99999999999999999999s", "100000000000h", "5000000h", "1h99999999999m"]
        {
            assert!(is_too_long(text) && !is_negative(text), "{text}");
            assert!(parse_duration(text).unwrap_err().ends_with("at most 10000h"), "{text}");
        }
        for text in ["-3s", "-1d", "-1h30m"] {
            assert!(is_negative(text) && !is_too_long(text), "{text}");
        }
        for text in ["99999999999999999999", "99999999999999999999 parsecs", "9x"] {
            assert!(!is_too_long(text) && !is_negative(text), "{text}");
        }
    }

    #[test]
    fn a_number_without_a_unit_is_no_duration() {
        for text in ["60", "-3s", "", "99999h", "1d-3s", "1dx", "99999999999999999999d", "500d", "d", "-1d"] {
            parse_duration(text).unwrap_err();
        }
    }
}
