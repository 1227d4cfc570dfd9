//! Values of flags with a form of their own, and the errors for another form.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use jiff::{Timestamp, civil};

use crate::capture::access_log_time;
use crate::delivery::target::ReceiverUrl;
use crate::duration::parse_duration;
use crate::problem::did_you_mean;
use crate::receiver::bug::{self, Bug};

/// A seed, or the wish for one.
#[derive(Clone, Copy)]
pub(super) enum Seed {
    Fixed(u64),
    Random,
}

/// A report and where it goes.
#[derive(Clone)]
pub(super) struct ReportTo {
    pub(super) format: &'static crate::report::ReportFormat,
    /// Path of the file; none = standard output.
    pub(super) path: Option<PathBuf>,
}

impl ReportTo {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (name, path) = text.split_once('=').map_or((text, None), |(name, path)| (name, Some(path)));
        let names = || crate::report::ALL.iter().map(|format| format.name);
        let format = crate::report::ALL.iter().find(|format| format.name == name).ok_or_else(|| {
            let colon = name.split_once(':').filter(|(format, _)| names().any(|known| known == *format));
            let colon = colon.map(|(format, path)| format!("did you mean `{format}={path}`?"));
            let near = || file_of(name).map(|format| format!("did you mean `{format}={name}`?"));
            let near = colon.or_else(near);
            // `xml` is the ending of a format's files.
            let ending = file_of(&format!("report.{name}")).map(|format| format!("did you mean `{format}`?"));
            let near = near.or(ending);
            let near = near.or_else(|| crate::problem::did_you_mean(name, names()));
            let near = near.map_or_else(String::new, |near| format!("; {near}"));
            format!(
                "there is no report format `{name}`; expected one of {}{near}",
                names().collect::<Vec<_>>().join(", ")
            )
        })?;
        match path {
            Some("") => Err(format!("a path is missing after `{name}=`")),
            path => Ok(Self { format, path: path.map(PathBuf::from) }),
        }
    }
}

/// The form of a plan.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PlanFormat {
    Text,
    Json,
    Markdown,
}

impl PlanFormat {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            "markdown" => Ok(Self::Markdown),
            other if crate::report::ReportFormat::named(other).is_some() => Err(format!(
                "a plan has no results, so there is no {other} of it; expected text, json or markdown"
            )),
            other => {
                let near = did_you_mean(other, ["text", "json", "markdown"]);
                let near = near.map_or_else(String::new, |near| format!("; {near}"));
                Err(format!("there is no such format of a plan; expected text, json or markdown{near}"))
            }
        }
    }
}

/// The format that a file of this name would hold.
fn file_of(name: &str) -> Option<&'static str> {
    let path = std::path::Path::new(name);
    let extension = path.extension()?.to_str()?.to_lowercase();
    let format = |name: &str| crate::report::ALL.iter().find(|format| format.name == name);
    let known = format(match extension.as_str() {
        "xml" => "junit",
        "txt" | "log" => "text",
        "md" => "markdown",
        other => other,
    });
    // `junit.out` is named after its format.
    known.or_else(|| format(path.file_stem()?.to_str()?)).map(|format| format.name)
}

/// A whole number, from the least to the most that a flag takes.
pub(super) fn whole<T: TryFrom<u64>, const LEAST: u64, const MOST: u64>(text: &str) -> Result<T, String> {
    let number = text.parse().ok().filter(|number| (LEAST..=MOST).contains(number));
    number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| match MOST {
        NO_LIMIT => format!("write a whole number from {LEAST} on"),
        _ => format!("write a whole number from {LEAST} to {MOST}"),
    })
}

/// Most of a number that only its type limits.
pub(super) const NO_LIMIT: u64 = u64::MAX;

pub(super) fn parse_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
        let local = ["", "localhost", "*"].contains(&host);
        let near = port.parse::<u16>().ok().filter(|_| local);
        let near = near.map_or_else(String::new, |port| format!("; did you mean 127.0.0.1:{port}?"));
        format!("write an address and a port, such as 127.0.0.1:8080{near}")
    })
}

pub(super) fn parse_bug(text: &str) -> Result<&'static Bug, String> {
    let names = || bug::all().map(|bug| bug.name);
    bug::all().find(|bug| bug.name == text).ok_or_else(|| {
        let near = did_you_mean(text, names()).map_or_else(String::new, |near| format!("; {near}"));
        format!("there is no such bug{near}; `hookreel list bugs` shows them all")
    })
}

/// Least number of bytes that may stand without a unit.
const LEAST_BYTES: u64 = 1 << 20;

/// A number of bytes: `512M`, `2G`, `2GiB`.
pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim().to_ascii_lowercase();
    let shift = match unit.trim_end_matches('b').trim_end_matches('i') {
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        "" if unit.is_empty() || unit == "b" => 0,
        _ => return Err(format!("`{text}` is not a size; write one such as 512M or 2G")),
    };
    if unit.is_empty() && number.parse::<u64>().is_ok_and(|bytes| bytes < LEAST_BYTES) {
        return Err(format!("{text} bytes are too few for any program; write its unit, such as {text}M"));
    }
    let size = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
    size.filter(|size| *size > 0)
        .ok_or_else(|| format!("`{text}` is not a size; write one such as 512M or 2G"))
}

/// A command for the shell.
pub(super) fn parse_command(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err(
            "the command is empty: write how the receiver is started, such as './my-receiver --port 8080'"
                .into(),
        ),
        _ => Ok(text.to_owned()),
    }
}

pub(super) fn parse_seed(text: &str) -> Result<Seed, String> {
    match text {
        "random" => Ok(Seed::Random),
        number => {
            number.parse().map(Seed::Fixed).map_err(|_| "write a whole number from 0 on, or `random`".into())
        }
    }
}

/// Least number that is a time, in seconds since 1970: a smaller one is a year, a day such as 20260308, or an offset.
const EARLIEST: f64 = 1e8;

pub(super) fn parse_time(text: &str) -> Result<Timestamp, String> {
    let of_log = || access_log_time(text).ok_or(());
    // Whoever writes a year or a day as digits does not mean a second of 1970.
    if text.parse::<f64>().is_ok_and(|seconds| seconds < EARLIEST) {
        return Err(format!(
            "a number is Unix time, and {text} is no time after 1973; write 1772979025, or a date, a time and a zone such as \
             2026-03-08T14:10:25Z"
        ));
    }
    text.parse().or_else(|_| {
        of_log().map_err(|()| beyond_the_calendar(text).unwrap_or_else(|| {
            "write a date, a time and a zone such as 2026-03-08T14:10:25Z, or as an access log has it: 08/Mar/2026:14:10:25 +0000".into()
        }))
    })
}

/// The reason for which a text in the right form is no time; none = it has another form.
fn beyond_the_calendar(text: &str) -> Option<String> {
    let form = |part: &str, of: &str| {
        let same = |(c, of): (char, char)| if of == '0' { c.is_ascii_digit() } else { c == of };
        part.chars().count() == of.len() && part.chars().zip(of.chars()).all(same)
    };
    let date = text.get(..10).filter(|date| form(date, "0000-00-00"))?;
    let time = text.get(11..19).filter(|time| form(time, "00:00:00"))?;
    if date.parse::<civil::Date>().is_err() {
        return Some(format!("there is no day {date}"));
    }
    if time.parse::<civil::Time>().is_err() {
        return Some(format!("there is no time of day {time}"));
    }
    let zone = text.get(19..)?.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let zoned = zone.eq_ignore_ascii_case("z") || form(zone.get(1..)?, "00:00");
    zoned.then(|| {
        format!("it is out of range: the first time is {}, the last {}", Timestamp::MIN, Timestamp::MAX)
    })
}

pub(super) fn positive_duration(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("zero is not allowed; write for example 5s or 200ms".into()),
        duration => Ok(duration),
    }
}

/// The value may be a secret, so no message repeats it.
pub(super) fn header(text: &str) -> Result<(http::HeaderName, http::HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("write it as `Name: value`")?;
    let name: http::HeaderName =
        name.trim().parse().map_err(|_| "the name of a header is letters, digits and dashes")?;
    if ["content-length", "transfer-encoding", "connection", "host"].contains(&name.as_str()) {
        return Err(format!("`{name}` says where the message ends or goes, and is not yours to set"));
    }
    let value = http::HeaderValue::from_str(value.trim())
        .map_err(|_| "the value holds a character that no header can hold")?;
    Ok((name, value))
}

/// The name or address of a host, without scheme, port and path.
pub(super) fn parse_host(text: &str) -> Result<String, String> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let port =
        |(name, port): (&str, &str)| !name.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit());
    let bare = match host.rsplit_once(':') {
        Some((name, digits)) if port((name, digits)) => name,
        _ => host,
    };
    match bare {
        "" => Err("a host has a name or an address".into()),
        bare if bare == text => Ok(text.to_owned()),
        bare => Err(format!("a host alone is meant, without scheme, port and path: {bare}")),
    }
}

/// The file of an SVG image.
pub(super) fn svg(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("svg")) {
        true => Ok(path),
        false => {
            Err(format!("the image is an SVG; did you mean `{}`?", path.with_extension("svg").display()))
        }
    }
}

/// A URL, as it is written: what stands in it may be filled in later. A port of this machine is the short form of one.
pub(super) fn parse_url(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err(
            "the address is empty: write a URL such as http://127.0.0.1:8080/recordings, or leave it out"
                .into(),
        );
    }
    ReceiverUrl::parse(text)?;
    let port = text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains("://");
    Ok(if port { format!("http://localhost:{text}") } else { text.to_owned() })
}
