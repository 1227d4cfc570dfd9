//! What key, time and text may have been turned into before they were signed.

use super::digest::{Hash, base64, decoded, hex, unhex};

/// Something that was signed in the place of the right thing.
#[derive(Clone)]
pub(super) struct Deviation<T> {
    pub(super) value: T,
    /// What was done; empty for the right thing.
    pub(super) what: String,
    /// What to do instead.
    pub(super) fix: &'static str,
}

impl<T> Deviation<T> {
    pub(super) fn right(value: T) -> Self {
        Self { value, what: String::new(), fix: "" }
    }

    pub(super) fn new(value: T, what: impl Into<String>, fix: &'static str) -> Self {
        Self { value, what: what.into(), fix }
    }
}

const STRIP: &str = "strip the key where it is read";
const UNQUOTE: &str = "take the quotes out of the variable or file, or strip them where the key is read";
const CONSOLE: &str = "use the key as the console shows it, its characters as bytes";
const SET: &str = "check that the variable with the key is set where it was signed";

/// Around the key: before, after, what, fix.
const AROUND: [(&str, &str, &str, &str); 22] = [
    ("", "\n", "with a newline at its end", STRIP),
    ("", "\r\n", "with a line end (CR LF) at its end", STRIP),
    ("", "\r", "with a carriage return at its end", STRIP),
    ("", "\n\n", "with two newlines at its end", STRIP),
    ("", " ", "with a space at its end", STRIP),
    (" ", "", "with a space before it", STRIP),
    (" ", " ", "with spaces around it", STRIP),
    ("", "\t", "with a tab at its end", STRIP),
    ("\n", "", "with a newline before it", STRIP),
    ("", " \n", "with a space and a newline at its end", STRIP),
    ("\"", "\"", "with its quotes", UNQUOTE),
    ("'", "'", "with its quotes (single ones)", UNQUOTE),
    ("`", "`", "with its quotes (backquotes)", UNQUOTE),
    ("\"", "\"\n", "with its quotes and a newline", UNQUOTE),
    ("\"", "\"\r", "with its quotes and a carriage return", UNQUOTE),
    ("\u{feff}", "", "with a byte order mark", "strip it where the key is read, or save the file without it"),
    ("\u{feff}", "\n", "with a byte order mark and a newline", "save the key file without either"),
    ("\u{feff}", "\r\n", "with a byte order mark and a line end (CR LF)", "save the key file without either"),
    ("", "\\n", "with a backslash and an n at its end", STRIP),
    ("", ";", "with a semicolon at its end", STRIP),
    ("", ",", "with a comma at its end", STRIP),
    ("", "\0", "with a NUL byte at its end", STRIP),
];

/// Words that programs put in the place of a key that they do not have.
const PLACEHOLDERS: [&str; 10] = [
    "null",
    "undefined",
    "None",
    "nil",
    "false",
    "key",
    "secret",
    "<key>",
    "${CALLBACK_KEY}",
    "$CALLBACK_KEY",
];

/// Every way in which the key may have been spelt; the first is right.
pub(super) fn of_keys(key: &str) -> Vec<Deviation<Vec<u8>>> {
    let mut all = vec![Deviation::right(key.as_bytes().to_vec())];
    let mut add = |value: Vec<u8>, what: String, fix| {
        if !all.iter().any(|known| known.value == value) {
            all.push(Deviation::new(value, what, fix));
        }
    };
    for (before, after, what, fix) in AROUND {
        add(format!("{before}{key}{after}").into(), format!("the key was used {what}"), fix);
    }
    let source = "check the variable or file that the key was read from here";
    for (bare, what) in [
        (key.trim(), "white space around it"),
        (key.trim_matches(['"', '\'', '`']), "quotes around it"),
        (key.trim_start_matches('\u{feff}'), "a byte order mark"),
        (key.split_once('=').map_or(key, |(_, value)| value), "a name and an equals sign before it"),
    ] {
        add(bare.into(), format!("the key given here has {what}; it was signed without"), source);
    }
    add(key.to_uppercase().into(), "the key was used in upper case".into(), CONSOLE);
    add(key.to_lowercase().into(), "the key was used in lower case".into(), CONSOLE);
    if let Some(bytes) = unhex(key) {
        add(bytes, "the key was decoded from hexadecimal first, as another scheme does".into(), CONSOLE);
    }
    if let Some(bytes) = decoded(key) {
        add(bytes, "the key was decoded from base64 first".into(), CONSOLE);
    }
    for (value, what) in [
        (
            hex(&Hash::Md5.of(key.as_bytes())),
            "the MD5 of the key was used in place of the key, as another scheme does",
        ),
        (
            hex(&Hash::Md5.of(key.as_bytes())).to_uppercase(),
            "the MD5 of the key in upper case was used in place of the key",
        ),
        (hex(&Hash::Sha256.of(key.as_bytes())), "the SHA-256 of the key was used in place of the key"),
        (base64(key.as_bytes()), "the key was encoded in base64 first"),
        (hex(key.as_bytes()), "the key was encoded in hexadecimal first"),
        (key.chars().rev().collect(), "the key was used backwards"),
        (format!("{key}{key}"), "the key was used twice"),
    ] {
        add(value.into(), what.into(), CONSOLE);
    }
    add(Vec::new(), "an empty key was used".into(), SET);
    for word in PLACEHOLDERS {
        add(word.into(), format!("the word `{word}` was used in place of the key"), SET);
    }
    let sample = "0123456789abcdef0123456789abcdef";
    add(sample.into(), "the key of the samples was used".into(), "give the real key on both sides");
    let count = key.chars().count();
    for most in
        [count.saturating_sub(1), 16, 24, 31, 32, 64].into_iter().filter(|most| (1..count).contains(most))
    {
        let cut: String = key.chars().take(most).collect();
        add(cut.into(), format!("only the first {most} characters of the key were used"), CONSOLE);
    }
    let cut: String = key.chars().skip(1).collect();
    add(cut.into(), "the first character of the key was left out".into(), CONSOLE);
    all
}

const DIGITS: &str = "sign the decimal digits as they stand in the message; read the time as an integer";
const SECONDS: &str = "the vendor's time is in seconds, and the text that is signed is the one that is sent";
const EXPIRY: &str = "send and sign the same time, which is the time of expiry";

/// What programs put before and after the time.
const AROUND_TIMES: [(&str, &str, &str); 6] = [
    ("", "\n", "with a newline at its end"),
    ("", " ", "with a space at its end"),
    (" ", "", "with a space before it"),
    ("0", "", "with a leading zero"),
    ("+", "", "with a plus sign before it"),
    ("", "L", "with an L at its end"),
];

/// Every way in which the time may have been spelt; the first is right. Who sends no time can sign none by mistake.
pub(super) fn of_times(time: &str, place: &str, lifetime: i64) -> Vec<Deviation<String>> {
    if time.is_empty() { vec![Deviation::right(String::new())] } else { of_a_time(time, place, lifetime) }
}

fn of_a_time(time: &str, place: &str, lifetime: i64) -> Vec<Deviation<String>> {
    let mut all = vec![Deviation::right(time.to_owned())];
    let mut add = |value: String, what: String, fix| {
        if !all.iter().any(|known| known.value == value) {
            all.push(Deviation::new(value, what, fix));
        }
    };
    let trimmed = time.trim();
    if let Some(seconds) = whole(trimmed) {
        let digits = seconds.to_string();
        let written = format!("the time stands as `{time}` in the {place} and was signed as {digits}");
        add(digits.clone(), written, "send the time in plain decimal digits");
        let sending = seconds.saturating_sub(lifetime);
        let what = format!(
            "the time of sending ({sending}) was signed and the time of expiry sent: {lifetime} s apart"
        );
        add(sending.to_string(), what, EXPIRY);
        let expiry = seconds.saturating_add(lifetime);
        let what = format!(
            "the time of expiry ({expiry}) was signed and the time of sending sent: {lifetime} s apart"
        );
        add(expiry.to_string(), what, EXPIRY);
        let scaled = |factor: i64| seconds.saturating_mul(factor).to_string();
        add(scaled(1000), "the time was signed in milliseconds and sent in seconds".into(), SECONDS);
        add(
            (seconds / 1000).to_string(),
            "the time was sent in milliseconds and signed in seconds".into(),
            SECONDS,
        );
        add(scaled(1_000_000), "the time was signed in microseconds and sent in seconds".into(), SECONDS);
        add(scaled(1_000_000_000), "the time was signed in nanoseconds and sent in seconds".into(), SECONDS);
        for text in floats(seconds) {
            let what = format!("the time was read as a floating-point number and printed as {text}");
            add(text, what, DIGITS);
        }
        add(format!("{seconds:x}"), "the time was signed in hexadecimal".into(), DIGITS);
        let grouped = grouped(&digits);
        let what = format!("the time was signed with thousands separators, as {grouped}");
        add(grouped, what, DIGITS);
        let minutes = (seconds / 60).to_string();
        add(minutes, "the time was signed in minutes".into(), SECONDS);
        if let Ok(time) = jiff::Timestamp::from_second(seconds) {
            for pattern in
                ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.000Z", "%Y%m%d%H%M%S"]
            {
                let text = time.strftime(pattern).to_string();
                let what = format!("the time was signed as a date: {text}");
                add(text, what, DIGITS);
            }
        }
    }
    add(format!("\"{trimmed}\""), "the time was signed together with its quotes".into(), DIGITS);
    for (before, after, what) in AROUND_TIMES {
        add(format!("{before}{trimmed}{after}"), format!("the time was signed {what}"), DIGITS);
    }
    for word in ["null", "None", "undefined", "0", "NaN"] {
        add(word.into(), format!("`{word}` was signed in place of the time"), DIGITS);
    }
    all
}

/// The seconds of a time, also of one that is written as a floating-point number.
pub(super) fn whole(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let double: f64 = text.parse().ok()?;
    let plausible = double.is_finite() && double.fract() == 0.0 && double.abs() < 9e15;
    plausible.then(|| format!("{double:.0}").parse().ok()).flatten()
}

/// True for a time that is not written as every sender writes it: in whole seconds, and in digits alone.
pub(super) fn is_odd(text: &str) -> bool {
    text.parse::<i64>().map_or(true, |time| time.to_string() != text)
}

/// The spellings of a double in the common languages.
fn floats(seconds: i64) -> Vec<String> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "the mistake itself: a double holds any plausible time exactly"
    )]
    let double = seconds as f64;
    let digits = seconds.to_string();
    let (first, rest) = digits.split_at(1.min(digits.len()));
    let power = digits.len().saturating_sub(1);
    let rest = rest.trim_end_matches('0');
    let fraction = if rest.is_empty() { "0" } else { rest };
    vec![
        format!("{seconds}.0"),
        format!("{first}.{fraction}E{power}"),
        format!("{double:.6}"),
        format!("{double:e}"),
        format!("{first}.{fraction}e+{power:02}"),
        format!("{first}.{fraction}E+{power}"),
        format!("{double:.2}"),
        format!("{double:.3}"),
        format!("{double:.1}E0"),
    ]
}

fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// What is done to the text of a field, and what an absent one is rendered as.
#[derive(Clone, Copy)]
pub(super) struct Treatment {
    pub(super) treat: fn(&str) -> String,
    pub(super) absent: &'static str,
}

const PARSED: &str = "sign the text of a field after parsing, not its JSON spelling";

/// What is done to the text of a field before it is signed.
type Treat = fn(&str) -> String;

/// Every treatment of fields; the first is right.
pub(super) fn of_texts() -> Vec<Deviation<Treatment>> {
    let plain = Treatment { treat: str::to_owned, absent: "" };
    let mut all = vec![Deviation::right(plain)];
    for absent in ["null", "None", "undefined", "nil", "\"\"", "<no value>"] {
        let what = format!("a field that is not in the message was signed as `{absent}`");
        let fix = "a field that is absent counts as the empty text";
        all.push(Deviation::new(Treatment { absent, ..plain }, what, fix));
    }
    let treatments: [(Treat, &str, &'static str); 12] = [
        (
            |text| text.replace('/', "\\/"),
            "slashes were signed as `\\/`: the body was serialised again",
            PARSED,
        ),
        (
            |text| text.replace('&', "\\u0026"),
            "ampersands were signed as `\\u0026`: the body was serialised again",
            PARSED,
        ),
        (
            escaped,
            "characters beyond ASCII were signed as `\\u` escapes: the body was serialised again",
            PARSED,
        ),
        (
            |text| serde_json::Value::from(text).to_string(),
            "the fields were signed together with their quotes",
            PARSED,
        ),
        (crate::percent::encoded, "the fields were signed in URL encoding", PARSED),
        (
            |text| kept(text, "-_.~"),
            "the fields were signed in URL encoding (as by encodeURIComponent)",
            PARSED,
        ),
        (
            |text| kept(text, "-_.~/"),
            "the fields were signed in URL encoding, their slashes as they are",
            PARSED,
        ),
        (
            |text| kept(text, "-_.~/:?#[]@!$&'()*+,;="),
            "the fields were signed with what may not stand in a URL encoded (as by encodeURI)",
            PARSED,
        ),
        (crate::percent::decoded, "the fields were URL-decoded before they were signed", PARSED),
        (|text| text.replace('&', "&amp;"), "ampersands were signed as `&amp;`", PARSED),
        (str::to_lowercase, "the fields were signed in lower case", "sign the fields as they came"),
        (
            |text| text.split('?').next().unwrap_or(text).to_owned(),
            "the query was cut off an address before it was signed",
            "sign the fields as they came",
        ),
    ];
    let treated = treatments.into_iter();
    all.extend(treated.map(|(treat, what, fix)| Deviation::new(Treatment { treat, ..plain }, what, fix)));
    all
}

/// The text in URL encoding, but for letters, digits and these signs.
fn kept(text: &str, signs: &str) -> String {
    let one = |c: char| match signs.contains(c) {
        true => c.to_string(),
        false => crate::percent::encoded(c.encode_utf8(&mut [0; 4])),
    };
    text.chars().map(one).collect()
}

fn escaped(text: &str) -> String {
    text.encode_utf16().fold(String::new(), |mut out, unit| {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
        out
    })
}
