//! The key: from an environment variable or a file, never from a flag.

use std::fs;

use secrecy::SecretString;

use super::args::KeyArgs;
use super::complain;
use super::exit::Refused;
use crate::problem::did_you_mean;
use crate::scenario::Environment;

/// The key that the flags name, if they name one, and a warning about it.
///
/// # Errors
/// The variable is not set, the file cannot be read, or the key is empty.
pub(super) fn key(
    args: &KeyArgs,
    environment: &Environment,
) -> Result<Option<(SecretString, Option<String>)>, Refused> {
    let (key, warning) = match (&args.secret_env, &args.secret_file) {
        (None, None) => return Ok(None),
        (Some(name), _) => {
            let value = environment.get(name).ok_or_else(|| {
                let near = did_you_mean(name, environment.keys().map(String::as_str))
                    .map_or_else(String::new, |near| format!("; {near}"));
                Refused::usage(format!("--secret-env: the environment variable `{name}` is not set{near}"))
            })?;
            (value.clone(), None)
        }
        (None, Some(path)) => {
            let text = fs::read_to_string(path).map_err(|error| {
                Refused::usage(format!("--secret-file: cannot read `{}`: {error}", path.display()))
            })?;
            let key = text.strip_suffix('\n').unwrap_or(&text);
            (key.strip_suffix('\r').unwrap_or(key).to_owned(), readable_by_others(path))
        }
    };
    if key.is_empty() {
        let from = args.secret_env.clone().unwrap_or_else(|| "the file".into());
        return Err(Refused::usage(format!("the key in {from} is empty; an empty key signs nothing")));
    }
    Ok(Some((key.into(), warning)))
}

#[cfg(unix)]
fn readable_by_others(path: &std::path::Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).ok()?.permissions().mode();
    let text = format!("warning: `{}` can be read by others; chmod 600 keeps it to yourself", path.display());
    (mode & 0o077 != 0).then_some(text)
}

#[cfg(not(unix))]
fn readable_by_others(_: &std::path::Path) -> Option<String> {
    None
}

/// Says that a real receiver is called with the key of the samples: it will refuse everything, and the fault is not its own.
pub(super) fn warn_of_the_sample(key: &KeyArgs, environment: &Environment) {
    let named = key.secret_env.is_some() || key.secret_file.is_some();
    if !named && environment.get("HOOKREEL_KEY").is_none_or(String::is_empty) {
        complain(
            "warning: signed with the key of the samples; --secret-env NAME or --secret-file FILE gives yours\n",
        );
    }
}
