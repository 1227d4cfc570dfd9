//! Text in place of an amount that is none: its unit is missing, or is another one.

use crate::duration::parse_duration;
use crate::problem::nearest;

/// Units of a duration, as they are most often meant.
const UNITS: [&str; 12] =
    ["s", "m", "h", "d", "ms", "us", "seconds", "minutes", "hours", "days", "weeks", "min"];

/// Number and unit of a text such as `30 Minuten`.
fn parts(text: &str) -> Option<(&str, &str)> {
    let (number, unit) = text.split_at(text.find(|c: char| c.is_alphabetic())?);
    let number = number.trim();
    let plain = number.parse::<f64>().is_ok_and(|number| number >= 0.0 && number.is_finite());
    plain.then_some((number, unit))
}

/// The duration that a text is meant to be, as far as it tells.
pub(super) fn duration_instead(text: &str) -> Option<String> {
    let text = text.trim();
    let lower = text.to_lowercase();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(format!("give it a unit: {text}s or {text}m"));
    }
    if parse_duration(&lower).is_ok() {
        return Some(format!("write `{lower}`"));
    }
    let (number, unit) = parts(text).filter(|(_, unit)| unit.chars().all(char::is_alphabetic))?;
    Some(match nearest(unit, UNITS) {
        Some(near) if near.len() > 2 => format!("did you mean `{number} {near}`?"),
        Some(near) => format!("did you mean `{number}{near}`?"),
        None => format!("there is no unit `{unit}`"),
    })
}

/// True for a text such as `25:00`.
pub(super) fn two_parts(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.trim().split_once(':').is_some_and(|(one, other)| digits(one) && digits(other))
}

/// Help for such a text.
pub(super) const TWO_PARTS: &str =
    "it may be minutes or hours: write `00:25:00` (hours, minutes, seconds), or units: `25m`, `25h`";

/// Help for an amount below zero.
pub(super) const NEGATIVE: &str = "it cannot be negative";

/// Help for a number in the place of a duration. Nobody writes an hour in seconds; in milliseconds many do.
pub(super) fn duration_without_unit(number: &str) -> String {
    let long = number.parse::<f64>().is_ok_and(|number| number >= 1000.0);
    format!("give it a unit: {number}{}", if long { "ms" } else { "s" })
}

/// Help for a number in the place of a bitrate.
pub(super) fn bitrate_without_unit(number: &str) -> String {
    format!("give it a unit: {number}kbps")
}

/// The bitrate that a text is meant to be, as far as it tells.
pub(super) fn bitrate_instead(text: &str) -> Option<String> {
    let (number, unit) = parts(text.trim())?;
    let unit = match unit.to_lowercase().chars().next()? {
        'k' => "kbps",
        'm' => "Mbps",
        'g' => "Gbps",
        'b' => "bps",
        _ => return None,
    };
    Some(format!("did you mean `{number}{unit}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_that_is_none_is_told_beside_the_one_that_is_meant() {
        for (text, told) in [
            ("30", "give it a unit: 30s or 30m"),
            ("25 M", "write `25 m`"),
            ("30 Minuten", "did you mean `30 minutes`?"),
            ("30mm", "did you mean `30m`?"),
            ("2 fortnights", "there is no unit `fortnights`"),
        ] {
            assert_eq!(duration_instead(text).as_deref(), Some(told), "{text}");
        }
        assert_eq!(duration_instead("soon"), None);
        assert_eq!(bitrate_instead("2500kbit/s").unwrap(), "did you mean `2500kbps`?");
        assert_eq!(bitrate_instead("2.5 MBit").unwrap(), "did you mean `2.5Mbps`?");
    }
}
