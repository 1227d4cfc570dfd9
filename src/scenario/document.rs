//! A scenario file as text: parsed into a tree that remembers where each value stands, environment variables filled in.

mod declaration;
mod settings;
mod yaml;

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;
use serde_saphyr::Spanned;

use super::hiding::{hide_keys, mask_lines};
use super::syntax;
use crate::json;
use crate::masking::{Secrets, looks_drawn};
use crate::problem::{Aim, Problem, Source, nearest};
use crate::stretch::Stretches;

pub use settings::{filled, filled_and_taken};
pub(super) use yaml::options;
use yaml::{Raw, bytes, unreadable};

/// The largest scenario that is read, in bytes.
pub const LONGEST: usize = 4 << 20;

/// The environment variables that `${NAME}` may take, read once by the command line.
pub type Environment = BTreeMap<String, String>;

/// A parsed scenario file.
#[derive(Clone)]
pub struct Document {
    /// The text and what a person calls it.
    pub source: Source,
    root: Node,
    /// Values that were taken from the environment.
    taken: Vec<String>,
    /// These, and the keys that stand in the file.
    secrets: Secrets,
}

/// A value and the bytes of the source it came from.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) span: Range<usize>,
    /// Place of its text, which is elsewhere behind an alias.
    pub(super) defined: Range<usize>,
    pub(super) kind: NodeKind,
    /// The value came from the environment, or may be a key, and must not be repeated in a message.
    pub(super) hidden: bool,
}

#[derive(Clone)]
pub(super) enum NodeKind {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    /// A number that 64 bits cannot hold exactly, by its digits.
    Digits(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

#[derive(Clone)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) span: Range<usize>,
}

impl Document {
    /// Reads YAML (hence JSON too) and fills in `${NAME}` and `${NAME:-default}` in values. Beside the document stands a problem
    /// for every value that could not be filled in; such a value says nothing.
    ///
    /// # Errors
    /// The first syntax error. Values of variables never appear in a message.
    pub fn parse(
        source: Source,
        environment: &Environment,
    ) -> Result<(Self, Vec<Problem>), (Source, Vec<Problem>)> {
        let (source, raw) = read(source)?;
        let environment = Some(environment);
        let mut filler = Filler { text: &source.text, environment, problems: Vec::new(), taken: Vec::new() };
        let mut root = filler.fill(raw, AliasPlace::Outside);
        let Filler { problems, taken, .. } = filler;
        let secrets = Secrets::default();
        taken.iter().for_each(|value| secrets.value(value));
        // From here on the text serves to be shown.
        let (text, keys) = hide_keys(&mut root, &source.text);
        keys.iter().for_each(|key| secrets.key(key));
        let source = Source { text, ..source };
        Ok((Self { source, root, taken, secrets }, problems))
    }

    /// Values that were taken from the environment.
    pub fn taken(&self) -> &[String] {
        &self.taken
    }

    /// Adds what another document took, from which values of the scenario come.
    pub fn take_from(&mut self, other: &Self) {
        self.take(&other.taken);
    }

    /// Adds values from the environment that stand in the place of its own.
    pub fn take(&mut self, taken: &[String]) {
        taken.iter().for_each(|value| self.secrets.value(value));
        self.taken.extend_from_slice(taken);
    }

    /// Secrets that must not be shown: values from the environment, and keys that stand in the file.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// True if the value at `path` must not be repeated in a message.
    pub fn hides(&self, path: &str) -> bool {
        let (mut node, mut rest) = (&self.root, path);
        while let Some((_, next, after)) = node.step(rest) {
            (node, rest) = (next, after);
        }
        node.hidden
    }

    /// The values as they were read, variables filled in. May hold secrets.
    pub fn tree(&self) -> Value {
        self.root.to_json()
    }

    pub(super) fn root(&self) -> &Node {
        &self.root
    }

    /// The bytes of the value (or its key) at `path`; of the nearest value around it when it is not in the file.
    pub fn locate(&self, path: &str, aim: Aim) -> Range<usize> {
        let mut node = &self.root;
        let mut span = node.span.clone();
        let mut rest = path;
        while let Some((key, next, after)) = node.step(rest) {
            (node, rest) = (next, after);
            // A map or a list has no extent of its own: its key is the better thing to point at.
            let block = matches!(node.kind, NodeKind::Map(_) | NodeKind::List(_) | NodeKind::Null);
            span = if aim == Aim::Key || (block && node.span.len() < 2) { key } else { node.span.clone() };
        }
        span
    }

    /// `file:line:column` of the value at `path`.
    pub fn place(&self, path: &str) -> String {
        let (line, column) = self.source.line_column(self.locate(path, Aim::Value).start);
        format!("{}:{line}:{column}", self.source.name)
    }

    /// The problem with its span filled in from its path, without values from the environment and keys.
    pub fn point(&self, mut problem: Problem) -> Problem {
        if problem.span.is_none() {
            problem.span = Some(self.locate(&problem.path, problem.aim));
        }
        let texts = [&mut problem.title, &mut problem.label].into_iter().chain(&mut problem.help);
        texts.for_each(|text| self.secrets.clean(text));
        problem
    }
}

impl Node {
    /// The next place of a path such as `a.b[0].c`, the notation of `serde_path_to_error`: the span that names it, what stands there, and the rest of the path. A key may hold dots, as
    /// `$.code` does: the longest key counts.
    fn step<'a>(&'a self, path: &'a str) -> Option<(Range<usize>, &'a Self, &'a str)> {
        let path = path.trim_start_matches('.');
        let path = path.strip_prefix('?').map_or(path, |rest| rest.trim_start_matches('.'));
        match &self.kind {
            NodeKind::Map(entries) => {
                let after = |name: &str| {
                    let rest = path.strip_prefix(name)?;
                    (!name.is_empty() && (rest.is_empty() || rest.starts_with(['.', '[']))).then_some(rest)
                };
                let found = entries.iter().filter_map(|(key, node)| Some((key, node, after(&key.name)?)));
                let (key, node, rest) = found.min_by_key(|(.., rest)| rest.len())?;
                Some((key.span.clone(), node, rest))
            }
            NodeKind::List(items) => {
                let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
                let item = items.get(index.parse::<usize>().ok()?)?;
                Some((item.span.clone(), item, rest))
            }
            _ => None,
        }
    }

    /// The tree as plain JSON, for the typed decoder.
    pub(super) fn to_json(&self) -> Value {
        match &self.kind {
            NodeKind::Null => Value::Null,
            NodeKind::Bool(value) => Value::Bool(*value),
            NodeKind::Number(value) => Value::Number(value.clone()),
            NodeKind::Digits(digits) => json::number(digits),
            NodeKind::Text(value) => Value::String(value.clone()),
            NodeKind::List(items) => items.iter().map(Self::to_json).collect(),
            NodeKind::Map(entries) => entries.iter().map(|(k, v)| (k.name.clone(), v.to_json())).collect(),
        }
    }
}

/// The text as the YAML reader sees it.
fn read(source: Source) -> Result<(Source, Spanned<Raw>), (Source, Vec<Problem>)> {
    if source.text.len() > LONGEST {
        let title = format!("the scenario has {} bytes; at most {LONGEST} are read", source.text.len());
        return Err((source, vec![Problem::at("", title)]));
    }
    if let Some(problem) = syntax::before_reading(&source.text) {
        let source = Source { text: mask_lines(&source.text), ..source };
        return Err((source, vec![problem]));
    }
    let raw: Result<Spanned<Raw>, _> = serde_saphyr::from_str_with_options(&source.text, options());
    let is_map = raw.as_ref().is_ok_and(|raw| matches!(raw.value, Raw::Map(_)));
    if !is_map && settings::is_toml(&source.text) {
        let problem = Problem::at("", "the file is TOML; a scenario is YAML or JSON")
            .help("write `key: value` for `key = value`, and a deeper line for what stands below `[key]`")
            .help("settings in `hookreel.toml` are checked by `hookreel config`");
        let source = Source { text: mask_lines(&source.text), ..source };
        return Err((source, vec![problem]));
    }
    match raw {
        Ok(raw) => Ok((source, raw)),
        Err(error) => {
            let problem = unreadable(&source.text, &error);
            let source = Source { text: mask_lines(&source.text), ..source };
            Err((source, vec![problem]))
        }
    }
}

/// A scenario's text as a tree in which `${NAME}` stands as it is written; none when it is not YAML.
pub(super) fn verbatim(text: &str) -> Option<Value> {
    let raw: Spanned<Raw> = serde_saphyr::from_str_with_options(text, options()).ok()?;
    let mut filler = Filler { text, environment: None, problems: Vec::new(), taken: Vec::new() };
    Some(filler.fill(raw, AliasPlace::Outside).to_json())
}

/// True for a value that stands in what an alias means: its place is then where it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AliasPlace {
    Outside,
    Inside,
}

struct Filler<'a> {
    text: &'a str,
    /// None: nothing is filled in.
    environment: Option<&'a Environment>,
    problems: Vec<Problem>,
    /// Values that were filled in.
    taken: Vec<String>,
}

impl Filler<'_> {
    fn fill(&mut self, raw: Spanned<Raw>, place: AliasPlace) -> Node {
        let defined = bytes(self.text, &raw.defined);
        let span = match place {
            AliasPlace::Outside => bytes(self.text, &raw.referenced),
            AliasPlace::Inside => defined.clone(),
        };
        let within = if span == defined && place == AliasPlace::Outside { place } else { AliasPlace::Inside };
        let mut hidden = false;
        let kind = match raw.value {
            Raw::Null => NodeKind::Null,
            Raw::Bool(value) => NodeKind::Bool(value),
            Raw::Number(value) => {
                let written = self.text.stretch(defined.clone());
                json::long(written)
                    .map_or(NodeKind::Number(value), |digits| NodeKind::Digits(digits.to_owned()))
            }
            Raw::Text(text) if self.environment.is_none() => NodeKind::Text(text),
            Raw::Text(text) => {
                let filled = self.interpolate(&text, &span);
                hidden = filled != text;
                NodeKind::Text(filled)
            }
            Raw::List(items) => {
                NodeKind::List(items.into_iter().map(|item| self.fill(item, within)).collect())
            }
            Raw::Map(entries) => NodeKind::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| {
                        // Also of what `<<` brings in.
                        let span = bytes(self.text, &key.defined);
                        let place = if key.defined == key.referenced { within } else { AliasPlace::Inside };
                        (Key { name: key.value, span }, self.fill(value, place))
                    })
                    .collect(),
            ),
        };
        Node { span, defined, kind, hidden }
    }

    /// Fills `${NAME}` and `${NAME:-default}`; `$${` stands for a literal `${`. A name with a dot is left alone: it is
    /// known only when the run is under way.
    fn interpolate(&mut self, text: &str, span: &Range<usize>) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, from) = rest.split_at(at);
            if let Some(escaped) = before.strip_suffix('$') {
                out.push_str(escaped);
                out.push_str("${");
                rest = from.stretch(2..);
                continue;
            }
            out.push_str(before);
            let Some(end) = from.find('}') else {
                self.complain(span, "`${` without its `}`", "write `$${` for a literal `${`".into());
                return out;
            };
            let body = from.stretch(2..end);
            out.push_str(&self.variable(body, span));
            rest = from.stretch(end + 1..);
        }
        out.push_str(rest);
        out
    }

    fn variable(&mut self, body: &str, span: &Range<usize>) -> String {
        let (name, default) =
            body.split_once(":-").map_or((body, None), |(name, default)| (name, Some(default)));
        if name.contains('.') {
            return format!("${{{body}}}");
        }
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(letters) || name.starts_with(|c: char| c.is_ascii_digit()) {
            let help = "write `${NAME}` or `${NAME:-default}`; `$${` stands for a literal `${`".into();
            let name = if looks_drawn(name) { "(hidden)" } else { name };
            self.complain(span, &format!("`{name}` is not the name of an environment variable"), help);
            return String::new();
        }
        let Some(environment) = self.environment else { return format!("${{{body}}}") };
        match (environment.get(name).filter(|value| !value.is_empty()), default) {
            (Some(value), _) => {
                self.taken.push(value.clone());
                value.clone()
            }
            (None, Some(default)) => default.to_owned(),
            (None, None) => {
                let near = nearest(name, environment.keys().map(String::as_str));
                // A name of another length altogether is another variable.
                let near = near.filter(|near| strsim::osa_distance(name, near) <= 2);
                // Who puts the key itself in there does not want to read it.
                let name = if looks_drawn(name) { "(hidden)" } else { name };
                let help = near.map_or_else(
                    || format!("set it, or give a default: `${{{name}:-...}}`"),
                    |near| format!("`{near}` is set; did you mean that one?"),
                );
                self.complain(span, &format!("the environment variable `{name}` is not set"), help);
                String::new()
            }
        }
    }

    fn complain(&mut self, span: &Range<usize>, title: &str, help: String) {
        self.problems.push(Problem { span: Some(span.clone()), ..Problem::at("", title).help(help) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let source = Source { name: String::new(), text: text.into() };
        match Document::parse(source, &Environment::new()) {
            Ok((document, _)) => document.source.text,
            Err((source, _)) => source.text,
        }
    }

    #[test]
    fn a_key_is_starred_however_it_is_written() {
        let ways = [
            "signing: {key: s3cret, method: md5}",
            "signing: {key: \"s3cret\"}",
            "signing: {\"k\\u0065y\": s3cret}",
            "signing:\n  key:\n    s3cret\n",
            "signing:\n  key: >-\n    s3cret\n",
            "signing: {key: s3cret with, a space}",
            "signing: {key: &k s3cret}",
            "signing: {key: \"${X:-s3cret}\"}",
            "signing: s3cret",
            "Signing: {Key: s3cret}",
            "secret: s3cret",
            "signing: {key: s3cret",
            "signing:\n  key: s3cret: x\n",
        ];
        for way in ways {
            let shown = shown(way);
            assert!(!shown.contains("s3cret"), "{way}\n{shown}");
            assert!(!way.contains("md5") || shown.contains("md5"));
        }
        assert_eq!(shown("signing: {key: \"${NAME}\"}"), "signing: {key: \"${NAME}\"}");
    }
}
