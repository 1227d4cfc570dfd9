//! A file of settings: TOML, as the same tree with places that a scenario is read into.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Document, Environment, Filler, Key, Node, NodeKind, Problem, Secrets, Source};
use crate::scenario::hiding::{hide_settings, mask_lines};
use crate::stretch::{Stretches, first_line};

impl Document {
    /// Reads TOML. Nothing is filled in: of `${NAME}` only what is used has to be set.
    ///
    /// # Errors
    /// The first syntax error.
    pub fn settings(source: Source) -> Result<Self, (Source, Box<Problem>)> {
        let parsed = DeTable::parse(&source.text).map(|table| {
            let span = table.span();
            Node { span: span.clone(), defined: span, kind: map(table.into_inner()), hidden: false }
        });
        let mut root = match parsed {
            Ok(root) => root,
            Err(error) => {
                let title = format!("the file is not valid TOML: {}", error.message().trim());
                let span = error.span().unwrap_or(0..0);
                let mut problem =
                    Problem::at("", title).help(likely(&source.text, span.start, error.message()));
                problem.span = Some(span);
                let source = Source { text: mask_lines(&source.text), ..source };
                return Err((source, Box::new(problem)));
            }
        };
        let (text, keys) = hide_settings(&mut root, &source.text);
        let secrets = Secrets::default();
        keys.iter().for_each(|key| secrets.key(key));
        Ok(Self { source: Source { text, ..source }, root, taken: Vec::new(), secrets })
    }
}

/// How to correct a mistake that the reader met at this byte. It quotes the name of a key, and no value: one may be a secret.
fn likely(text: &str, at: usize, message: &str) -> String {
    if message.contains("duplicate key") {
        return "give the key once".into();
    }
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let line = first_line(text.stretch(start..));
    let name = line.split(':').next().unwrap_or(line).trim();
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let as_yaml = line.contains(':') && !name.is_empty() && name.chars().all(letters);
    match as_yaml {
        true => format!("TOML has `=` where YAML has `:`; write `{name} = ...`"),
        false => "a text stands in quotes: jobs = 4, speed = \"60x\"".into(),
    }
}

/// Longest text that is tried as TOML, in bytes: its tree takes many times as much memory.
const MOST_TRIED: usize = 64 << 10;

/// True for a text that is TOML and says something, as far as it is short.
pub(super) fn is_toml(text: &str) -> bool {
    text.len() <= MOST_TRIED && DeTable::parse(text).is_ok_and(|table| !table.get_ref().is_empty())
}

/// A setting with `${NAME}` and `${NAME:-default}` filled in.
///
/// # Errors
/// A variable that is missing, with the nearest one that is set.
pub fn filled(text: &str, environment: &Environment) -> Result<String, Box<Problem>> {
    filled_and_taken(text, environment).map(|(filled, _)| filled)
}

/// The same with the values that were filled in.
///
/// # Errors
/// As above.
pub fn filled_and_taken(
    text: &str,
    environment: &Environment,
) -> Result<(String, Vec<String>), Box<Problem>> {
    let mut filler = Filler { text, environment: Some(environment), problems: Vec::new(), taken: Vec::new() };
    let filled = filler.interpolate(text, &(0..0));
    match filler.problems.into_iter().next() {
        Some(problem) => Err(Box::new(Problem { span: None, ..problem })),
        None => Ok((filled, filler.taken)),
    }
}

fn map(table: DeTable<'_>) -> NodeKind {
    let entry = |(key, value): (Spanned<std::borrow::Cow<'_, str>>, Spanned<DeValue<'_>>)| {
        let span = key.span();
        (Key { name: key.into_inner().into_owned(), span: span.clone() }, node(value, span))
    };
    let mut entries: Vec<(Key, Node)> = table.into_iter().map(entry).collect();
    entries.sort_by_key(|(key, _)| key.span.start);
    NodeKind::Map(entries)
}

/// The value, and its place; of a table the place of its key.
fn node(value: Spanned<DeValue<'_>>, key: Range<usize>) -> Node {
    let own = value.span();
    let value = value.into_inner();
    let span = if matches!(value, DeValue::Table(_)) { key } else { own };
    let kind = match value {
        DeValue::String(text) => NodeKind::Text(text.into_owned()),
        DeValue::Boolean(value) => NodeKind::Bool(value),
        DeValue::Datetime(time) => NodeKind::Text(time.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => NodeKind::Number(number.into()),
            Err(_) => NodeKind::Digits(number.as_str().to_owned()),
        },
        DeValue::Float(number) => match number.as_str().parse().ok().and_then(serde_json::Number::from_f64) {
            Some(number) => NodeKind::Number(number),
            None => NodeKind::Text(number.as_str().to_owned()),
        },
        DeValue::Array(items) => {
            NodeKind::List(items.into_iter().map(|item| node(item, span.clone())).collect())
        }
        DeValue::Table(table) => map(table),
    };
    Node { span: span.clone(), defined: span, kind, hidden: false }
}
