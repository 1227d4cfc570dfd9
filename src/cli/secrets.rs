//! The key: from an environment variable or a file, never from a flag.

use std::io::Read;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::args::{GivenKey, KeyArgs};
use super::complain;
use super::exit::Refused;
use super::files;
use super::shell_commands::quote;

use crate::masking::{looks_drawn, looks_like_a_name};
use crate::plan::PlannedScenario;
use crate::play::{Planned, Purpose};
use crate::problem::{Source, nearest};
use crate::provider::signature::SignatureKeys;
use crate::provider::{Provider, Revision};
use crate::record::SAMPLE_KEY;
use crate::scenario::{Environment, Limits, Method, as_written};
use crate::stretch::Stretches;

/// The key of the shipped scenarios and samples. Everybody knows it.
pub(super) const SAMPLE: &str = "0123456789abcdef0123456789abcdef";

/// The largest key file that is read, in bytes.
const LONGEST: u64 = 1 << 16;

/// The key that the flags name, if they name one, and warnings about it, a line each.
///
/// # Errors
/// The variable is not set, the file cannot be read, or what it holds is not a key.
pub(super) fn key(args: &KeyArgs, environment: &Environment) -> Result<Option<GivenKey>, Refused> {
    if let Some(read) = args.read.get() {
        return Ok(Some(read.clone()));
    }
    let (flag, from, text, mut warnings) = match (&args.secret_env, &args.secret_file) {
        (None, None) => return Ok(None),
        (Some(name), _) => {
            let value = environment.get(name).ok_or_else(|| unset(name, environment))?;
            ("--secret-env", format!("the variable `{name}`"), value.clone(), Vec::new())
        }
        (None, Some(path)) => {
            let warnings = readable_by_others(path).into_iter().collect();
            ("--secret-file", format!("the file `{}`", path.display()), read(path)?, warnings)
        }
    };
    let (key, odd) = cleaned(&text, &from).map_err(|why| Refused::usage(format!("{flag}: {why}")))?;
    warnings.extend(odd);
    let warnings: Vec<String> = warnings.into_iter().map(|warning| format!("warning: {warning}")).collect();
    let given = (key.into(), (!warnings.is_empty()).then(|| warnings.join("\n")));
    Ok(Some(args.read.get_or_init(|| given).clone()))
}

/// The flags of the key as they are typed, each after a space; empty without one.
pub(super) fn flags(args: &KeyArgs) -> String {
    match (&args.secret_env, &args.secret_file) {
        (Some(name), _) => format!(" --secret-env {}", quote(name)),
        (None, Some(path)) => format!(" --secret-file {}", quote(&path.display().to_string())),
        (None, None) => String::new(),
    }
}

/// The environment for these scenarios: the key of the flags replaces the one that a scenario names, so it also stands in for the
/// variable that the scenario takes its key from, where that is not set.
///
/// # Errors
/// As of [`key`].
pub(super) fn environment_of(
    sources: &[Source],
    args: &KeyArgs,
    environment: &Environment,
) -> Result<Environment, Refused> {
    let mut filled = environment.clone();
    let Some((key, _)) = key(args, environment)? else { return Ok(filled) };
    for source in sources {
        // What cannot be read is reported where the scenarios are loaded.
        let tree = as_written::read(&source.text).unwrap_or_default();
        let written = tree.pointer("/signing/key").and_then(Value::as_str);
        if let Some(name) =
            written.and_then(|key| key.strip_prefix("${")).and_then(|rest| rest.strip_suffix('}'))
        {
            filled.entry(name.to_owned()).or_insert_with(|| key.expose_secret().to_owned());
        }
    }
    Ok(filled)
}

/// Error for the name of a variable that is not set. It may be the key itself, so it is repeated only when it looks
/// like a name.
fn unset(name: &str, environment: &Environment) -> Refused {
    let near = nearest(name, environment.keys().map(String::as_str).filter(|known| known.len() > 1));
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Refused::usage(if looks_like_a_name(name) {
        format!("--secret-env: the environment variable `{name}` is not set{near}")
    } else {
        format!(
            "--secret-env takes the NAME of the environment variable that holds the key, and there is no variable of \
             the given name{near}\n  To pass a key: export CALLBACK_KEY=... and write --secret-env CALLBACK_KEY"
        )
    })
}

/// True for a plausible path: its folder exists, or it has an extension, and no part of it looks random.
fn looks_like_a_path(path: &Path) -> bool {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let extension = path.extension().is_some_and(|end| (1..=5).contains(&end.len()));
    let plain = !looks_drawn(&path.display().to_string());
    plain && (folder.is_some_and(Path::is_dir) || (folder.is_none() && extension)) || path.is_file()
}

/// The text of a key file.
fn read(path: &Path) -> Result<String, Refused> {
    let shown = path.display().to_string();
    // A key that was given in the place of a file's name must not be repeated.
    let named = looks_like_a_path(path);
    let failed = |error: &dyn std::fmt::Display| {
        Refused::usage(if named {
            format!("--secret-file: cannot read `{shown}`: {error}")
        } else {
            format!(
                "--secret-file takes the PATH of a file that holds the key; the given one cannot be read: {error}"
            )
        })
    };
    let mut bytes = Vec::new();
    let file = files::read(path).map_err(|error| failed(&error))?;
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > LONGEST {
        return Err(failed(&format!("it is larger than {LONGEST} bytes; a key file holds one line")));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(failed(&"it is UTF-16 text, as PowerShell writes it; save it as UTF-8"));
    }
    String::from_utf8(bytes).map_err(|_| failed(&"it is not UTF-8 text"))
}

/// The key in a text that was read, and what a person should know about it. What a vendor's key never has around it is left
/// out; what could be meant is used as it is.
fn cleaned(text: &str, from: &str) -> Result<(String, Vec<String>), String> {
    let mut warnings = Vec::new();
    let left_out =
        |what: &str| format!("the key in {from} {what}, which was left out: it is not part of a key");
    let bare = text.trim_start_matches('\u{feff}');
    if bare.len() < text.len() {
        warnings.push(left_out("starts with a byte order mark"));
    }
    let key = bare.trim_end_matches(['\r', '\n']);
    // One line end is how a text file ends.
    let end = bare.stretch(key.len()..);
    if !["", "\n", "\r\n"].contains(&end) {
        let what = if end == "\r" { "a carriage return".to_owned() } else { lines(end) };
        warnings.push(left_out(&format!("ends with {what}")));
    }
    let inner = key.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if inner.is_empty() {
        return Err(match key.is_empty() {
            true => format!("the key in {from} is empty; the key must not be empty"),
            false => format!("the key in {from} is only white space; the key must not be empty"),
        });
    }
    if inner.len() < key.len() {
        let (before, after) = (key.trim_start().len() < key.len(), key.trim_end().len() < key.len());
        let where_ = match (before, after) {
            (true, true) => "around it",
            (true, false) => "before it",
            _ => "after it",
        };
        warnings.push(left_out(&format!("has white space {where_}")));
    }
    if inner.contains('\0') {
        return Err(format!(
            "the key in {from} has a NUL byte; it is binary data or UTF-16, not the text of a key"
        ));
    }
    if inner.contains(['\n', '\r']) {
        return Err(format!("the key in {from} has more than one line; a key is one line"));
    }
    warnings.extend(doubtful(inner).map(|what| {
        format!("the key in {from} {what}. It was used as it is; if that is not meant, keep only the key")
    }));
    Ok((inner.to_owned(), warnings))
}

fn lines(end: &str) -> String {
    let count = end.matches('\n').count().max(end.matches('\r').count());
    if count == 1 { "a newline of another kind".into() } else { format!("{count} newlines") }
}

/// A part of the key that is hardly meant.
fn doubtful(key: &str) -> Option<String> {
    let quoted = |quote: char| key.len() > 1 && key.starts_with(quote) && key.ends_with(quote);
    if quoted('"') || quoted('\'') || quoted('`') {
        return Some("is in quotes (docker --env-file and many tools keep them)".into());
    }
    let begins = key.strip_prefix("export ").unwrap_or(key);
    let name = begins.split_once('=').map(|(name, _)| name.trim_end());
    // A base64 text ends with `=`; a line of an .env file has something behind it.
    if let Some(name) = name.filter(|name| !key.ends_with('=') && !name.is_empty())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
    {
        return Some("looks like a line `NAME=value` of an .env file".into());
    }
    if key.contains(char::is_whitespace) {
        return Some("has white space inside".into());
    }
    let hidden = |c: char| c.is_control() || ('\u{200b}'..='\u{200f}').contains(&c) || c == '\u{feff}';
    if key.contains(hidden) {
        return Some("has a character that cannot be seen".into());
    }
    (!key.is_ascii()).then(|| "has characters beyond ASCII".into())
}

/// A warning about a file of secrets that others may read.
#[cfg(unix)]
pub(super) fn readable_by_others(path: &Path) -> Option<String> {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    let meta = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let text = format!("`{}` can be read by others; chmod 600 keeps it to yourself", path.display());
    (meta.permissions().mode() & 0o077 != 0).then_some(text)
}

#[cfg(not(unix))]
pub(super) fn readable_by_others(_: &Path) -> Option<String> {
    None
}

/// Warns of the keys that prepared scenarios really sign with: that of the samples, which no real receiver knows, and one that
/// the vendor would not have.
///
/// To be called once the prepared scenarios are planned. `remote` says that there is a target of the user's own.
pub(super) fn warn(args: &KeyArgs, prepared: &Planned, remote: bool) {
    let named = args.secret_env.is_some() || args.secret_file.is_some();
    let signing = || prepared.plays.iter().filter_map(|play| Some((play, signing_of(play)?)));
    if remote && !named && signing().any(|(_, signing)| is_sample(&signing.key)) {
        warn_of_the_sample();
    }
    warn_of_limits(prepared);
}

/// Warns of the keys that the vendor's console would not have taken: in every command alike, wherever a key comes from. A receiver under
/// test may have another than the one at the vendor.
pub(super) fn warn_of_limits(prepared: &Planned) {
    let mut said = Vec::new();
    for play in &prepared.plays {
        let Some(signing) = signing_of(play) else { continue };
        let limits = prepared.loaded.get(play.scenario).map(|loaded| loaded.scenario.limits);
        let checked = prepared.purpose == Purpose::Audit || limits == Some(Limits::On);
        // Whoever signs by Standard Webhooks has the keys of those, not the vendor's.
        let other = play.revision.signature(Method::StandardWebhooks).is_some();
        if !checked || other || signing.method == Method::StandardWebhooks {
            continue;
        }
        for key in signing.keys() {
            let limit = (play.provider.key_limit)(play.revision, key.expose_secret());
            if let Some(text) = limit.map(beyond).filter(|text| !said.contains(text)) {
                complain(&text);
                said.push(text);
            }
        }
    }
}

/// The keys of a play, if anything of it is signed.
fn signing_of(play: &PlannedScenario) -> Option<&SignatureKeys> {
    let signed = play.callbacks.iter().any(|callback| match &callback.given {
        Some(given) => given.is_signed(),
        None => play.signature(callback.event).is_some(),
    });
    play.signing.as_ref().filter(|_| signed)
}

/// Origin of the signing key, for a person; empty if nothing is signed.
pub(super) fn origin(args: &KeyArgs, planned: &Planned) -> String {
    let Some(signing) = planned.plays.iter().find_map(signing_of) else {
        return String::new();
    };
    match (&args.secret_env, &args.secret_file) {
        (Some(name), _) => format!("the key of the variable {name}"),
        (None, Some(path)) => format!("the key of the file {}", path.display()),
        (None, None) if is_sample(&signing.key) => format!("{SAMPLE_KEY} (0123...)"),
        (None, None) => "the scenario's own key".into(),
    }
}

/// It is the key of the shipped scenarios.
pub(super) fn is_sample(key: &SecretString) -> bool {
    key.expose_secret() == SAMPLE
}

/// Says that a real receiver is called with the key of the samples: it will refuse everything, and the fault is not its own.
pub(super) fn warn_of_the_sample() {
    complain(
        "warning: signed with the key of the samples; --secret-env NAME or --secret-file FILE gives yours\n",
    );
}

/// Warns of a key that the vendor's console would not have taken.
pub(super) fn warn_of_a_limit(provider: &Provider, revision: &Revision, key: &SecretString) {
    if let Some(limit) = (provider.key_limit)(revision, key.expose_secret()) {
        complain(&beyond(limit));
    }
}

/// Without the length of the key or what it is made of: the warning stands in logs.
fn beyond(limit: &str) -> String {
    format!("warning: the given key is not of the form that the vendor gives; {limit}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> (String, String) {
        let (key, warnings) = cleaned(text, "the file `k`").unwrap();
        (key, warnings.join("\n"))
    }

    #[test]
    fn what_no_key_has_around_it_is_left_out_and_said() {
        for text in ["abc", "abc\n", "abc\r\n"] {
            assert_eq!(said(text), ("abc".into(), String::new()));
        }
        for (text, what) in [
            ("\u{feff}abc\n", "byte order mark"),
            ("abc\n\n", "2 newlines"),
            ("abc\r\n\r\n", "2 newlines"),
            ("abc\r", "a carriage return"),
            ("abc\n\r", "a newline of another kind"),
            (" abc", "white space before it"),
            ("abc \n", "white space after it"),
            ("\tabc\u{a0}", "white space around it"),
            ("\u{feff}\u{feff}abc \n\n", "white space after it"),
        ] {
            let (key, warning) = said(text);
            assert_eq!(key, "abc", "{text:?}");
            assert!(warning.contains(what) && warning.contains("left out"), "{text:?}: {warning}");
        }
    }

    #[test]
    fn what_may_be_meant_is_used_and_said() {
        for (text, what) in [
            ("\"abc\"", "in quotes"),
            ("'abc'\n", "in quotes"),
            ("KEY=abc", "NAME=value"),
            ("export KEY=abc", "NAME=value"),
            ("a b", "white space inside"),
            ("a\u{200b}b", "cannot be seen"),
            ("schlüssel", "beyond ASCII"),
        ] {
            let (key, warning) = said(text);
            assert_eq!(key, text.trim_end(), "{text:?}");
            assert!(warning.contains(what) && warning.contains("used as it is"), "{text:?}: {warning}");
        }
        assert_eq!(said("YWJjZGVmZ2g=").1, "", "base64");
    }

    #[test]
    fn what_cannot_be_a_key_is_refused_without_being_repeated() {
        for (text, what) in [
            ("", "is empty"),
            ("\n", "is empty"),
            ("\u{feff}\n", "is empty"),
            ("   ", "only white space"),
            ("ab\0cd", "NUL"),
            ("abcd\nefgh\n", "more than one line"),
        ] {
            let why = cleaned(text, "the file `k`").unwrap_err();
            assert!(why.contains(what), "{text:?}: {why}");
            assert!(!why.contains("ab"), "{why}");
        }
    }

    #[test]
    fn what_may_be_a_key_is_not_repeated_as_a_name() {
        for name in ["CALLBACK_KEY", "KEY_2", "_K", "HOOKREEL_KEY", "SECRET"] {
            assert!(looks_like_a_name(name), "{name}");
        }
        for key in [
            SAMPLE,
            "testkey123",
            "0123456789ABCDEF",
            "ABCDEFABCDEFABCDEF",
            "a b",
            "",
            "AB12345CD",
            "s3cret",
            "QWERTYUIOP",
        ] {
            assert!(!looks_like_a_name(key), "{key}");
        }
    }
}
