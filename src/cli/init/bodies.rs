//! `init --from`: a scenario that plays captured callbacks again. It uses the model if the model gives the same
//! callbacks, and their bodies if not.

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use regex_lite::Regex;

use super::super::ProcessContext;
use super::super::args::InitArgs;
use super::super::exit::{Exit, Refused};
use super::super::replay::{Resigned, Sent, Wanted, once_each, proven};
use super::super::requests::{self, Form};
use super::super::shell_commands::quote;
use super::starter::as_written;
use super::{FOLDER, KEY, NewFile, facts};
use crate::callback::splice::{Members, replace};
use crate::duration::show_duration;
use crate::number;
use crate::percent;
use crate::report::text::amount;

/// A secret value of a query with its name.
const SECRET_PAIR: &str =
    r#"(?i)([?&"]|^)([a-z_-]*(?:secret|token|sign|signature|auth|password|key)[a-z_-]*)=[^&"\\\s]+"#;

/// The files, and what to say of them.
///
/// # Errors
/// The capture cannot be read, or holds no callback of a provider that is known.
pub(super) fn files(args: &InitArgs, context: &ProcessContext) -> Result<(Vec<NewFile>, String), Refused> {
    let named = args.provider.as_deref().map(|name| super::provider(name, context)).transpose()?;
    let wanted = Wanted {
        nothing: "nothing was written",
        ids: &args.id,
        only_failed: args.only_failed,
        provider: named.map(|provider| provider.name),
        revision: None,
    };
    let form = args.format.map_or(Form::Recognised, Form::Named);
    let (sent, _) = wanted.of(requests::collect(&args.from, form)?.all)?;
    let sent = once_each(proven(sent, &args.id, Resigned::Later)?);
    let Some(first) = sent.iter().find(|sent| sent.kind.is_some()) else {
        return Err(Refused {
            exit: Exit::Usage,
            ..Refused::usage("--from: no callback of a provider that is known; nothing was written")
        });
    };
    let (provider, revision) = (first.provider, first.revision);
    let (own, others): (Vec<Sent>, Vec<Sent>) =
        sent.into_iter().partition(|sent| sent.provider.name == provider.name);
    if let Some(other) = others.first() {
        return Err(Refused::usage(format!(
            "--from: callbacks of {} and of {}; take those of one with --id; nothing was written",
            provider.name, other.provider.name
        )));
    }
    let head = format!(
        "# From {}: {}.\n# Keys and signatures are not in these files; {KEY} holds the key when it is played.\n",
        args.from.join(" "),
        amount(own.len(), "callback")
    );
    let path = format!("{FOLDER}/{}.yaml", args.name);
    let play =
        format!("play it: hookreel run {} -t URL\n", quote(&super::shown(&args.into, Path::new(&path))));
    let whose = format!(
        "name: {}\nprovider: {{name: {}, revision: \"{}\"}}\n",
        args.name,
        as_written(args, provider),
        revision.name
    );
    if let Some(told) = facts::of(&own, provider, revision, context) {
        let how = "# The model tells the same callbacks, with ids and times of their own.\n";
        let scenario = NewFile::new(path, format!("{head}{how}{whose}{told}"));
        return Ok((vec![scenario], format!("\ntold as push, drop and files\n{play}")));
    }
    let (steps, bodies, hidden) = steps(&own, &args.name);
    let how = "# The bodies are as they were captured; time and signature are replaced when they are sent.\n";
    let signing = match revision.signatures.is_empty() {
        true => String::new(),
        false => format!("signing: {{key: \"${{{KEY}}}\"}}\n"),
    };
    let text = format!(
        "{head}{how}{whose}recording: {{{}: {{}}}}   # of no account: nothing is pushed here\n{signing}broadcast:\n{steps}",
        provider.plain
    );
    let files = std::iter::once(NewFile::new(path, text)).chain(bodies).collect();
    let hidden =
        if hidden { "values of queries that let somebody in are left out of the bodies: ***\n" } else { "" };
    Ok((files, format!("\n{hidden}{play}")))
}

/// A step for each callback, the files of their bodies, and whether something secret was left out of these.
fn steps(own: &[Sent], name: &str) -> (String, Vec<NewFile>, bool) {
    let (mut steps, mut files, mut ids) = (String::new(), Vec::new(), Variables::default());
    let begun = own.iter().filter_map(|sent| sent.request.at).min();
    let (mut earliest, mut hidden) = (Duration::ZERO, false);
    for (n, sent) in own.iter().enumerate() {
        let at = sent.request.at.zip(begun).map(|(at, begun)| at.duration_since(begun).unsigned_abs());
        let at = at.map_or(earliest, |at| at.max(earliest));
        let at = Duration::from_millis(number::milliseconds(at));
        // Each step comes after the one before it.
        earliest = at + Duration::from_millis(1);
        let (bytes, left_out) = without_secrets(sent);
        hidden |= left_out;
        let object = Members::of_object(&bytes).is_some();
        let (key, ending) = match (sent.query(), object) {
            (Some(_), _) => ("query", "txt"),
            (None, true) => ("body", "json"),
            (None, false) => ("body", "bin"),
        };
        let file = format!("{name}/{}.{ending}", n + 1);
        let set = if object || key == "query" { ids.of(sent) } else { String::new() };
        // What is signed in a header is signed whatever its body is, and whatever event it may be of.
        let in_head = sent.reading().proof.header().is_some() && !sent.revision.signatures.is_empty();
        let resign = if in_head || (object && sent.kind.is_some()) { ", resign: true" } else { "" };
        steps.push_str(&format!("  - {}: {{callback: {{{key}: {file}{resign}{set}}}}}\n", show_duration(at)));
        files.push(NewFile::new(format!("{FOLDER}/{file}"), bytes));
    }
    (steps, files, hidden)
}

/// The body with an empty signature, and stars for secret values of queries; true = there were some. Of a GET the query.
fn without_secrets(sent: &Sent) -> (Vec<u8>, bool) {
    if let Some(query) = sent.query() {
        return query_without_secrets(query);
    }
    let mut bytes = sent.request.bytes().to_vec();
    let signature = Members::of_object(&bytes)
        .and_then(|members| members.get(sent.reading().signature_field).map(|member| member.value.clone()));
    if let Some(range) = signature {
        replace(&mut bytes, range, b"\"\"");
    }
    match String::from_utf8(bytes) {
        Ok(text) => {
            let masked = masked(&text);
            let changed = masked != text;
            (masked.into_bytes(), changed)
        }
        Err(binary) => (binary.into_bytes(), false),
    }
}

/// The same for a query, whose values may hold queries of their own.
fn query_without_secrets(query: &str) -> (Vec<u8>, bool) {
    let pair = |pair: &str| {
        let Some((name, value)) = pair.split_once('=') else { return pair.to_owned() };
        let whole = format!("{name}={}", percent::decoded(value));
        let masked = masked(&whole);
        match masked.split_once('=').filter(|_| masked != whole) {
            Some((_, hidden)) => format!("{name}={}", percent::encoded(hidden)),
            None => pair.to_owned(),
        }
    };
    let text = query.split('&').map(pair).collect::<Vec<_>>().join("&");
    let changed = text != query;
    (text.into_bytes(), changed)
}

/// The text with stars for secret values of queries.
fn masked(text: &str) -> String {
    static PATTERN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(SECRET_PAIR).expect("the pattern is a constant, and a test uses it"));
    PATTERN.replace_all(text, "${1}${2}=***").into_owned()
}

/// Variables for ids: the same id has the same variable.
#[derive(Default)]
struct Variables {
    files: Vec<String>,
}

impl Variables {
    /// `, set: {...}` for the ids of a body, each with the captured one as its default.
    fn of(&mut self, sent: &Sent) -> String {
        let (fields, reading) = (sent.fields(), sent.reading());
        let text = |field: &str| {
            let text = fields.get(field)?.as_str()?;
            // What a scenario would read otherwise stays in the body.
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            (!text.is_empty() && text.chars().all(plain)).then(|| text.to_owned())
        };
        let mut set = Vec::new();
        if let Some(stream) = text(reading.stream_field) {
            set.push(format!("{}: \"${{STREAM:-{stream}}}\"", reading.stream_field));
        }
        if let Some(file) = text(reading.file_field) {
            let known = self.files.iter().position(|known| *known == file);
            let n = known.unwrap_or_else(|| {
                self.files.push(file.clone());
                self.files.len() - 1
            });
            set.push(format!("{}: \"${{FILE_{}:-{file}}}\"", reading.file_field, n + 1));
        }
        if set.is_empty() { String::new() } else { format!(", set: {{{}}}", set.join(", ")) }
    }
}
