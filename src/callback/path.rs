//! Paths into a JSON object: `file_size`, `exception[0].type`, `payload.details.fileList[0].fileName`.

use std::fmt;

use serde_json::{Map, Value};

/// A path into a JSON object.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldPath(Vec<PathStep>);

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PathStep {
    /// Into the member of this name.
    Key(String),
    /// Into the member at this place of a list.
    Index(usize),
}

impl FieldPath {
    /// Reads a path.
    ///
    /// # Errors
    /// It is not one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a path; write one such as file_size or exception[0].type");
        let mut steps = Vec::new();
        for part in text.split('.') {
            let (key, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
            if key.is_empty() {
                return Err(wrong());
            }
            steps.push(PathStep::Key(key.to_owned()));
            while let Some(inner) = rest.strip_prefix('[') {
                let (index, after) = inner.split_once(']').ok_or_else(wrong)?;
                steps.push(PathStep::Index(index.parse().map_err(|_| wrong())?));
                rest = after;
            }
            if !rest.is_empty() {
                return Err(wrong());
            }
        }
        Ok(Self(steps))
    }

    pub(super) fn steps(&self) -> &[PathStep] {
        &self.0
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, step) in self.0.iter().enumerate() {
            match step {
                PathStep::Key(key) if n == 0 => f.write_str(key)?,
                PathStep::Key(key) => write!(f, ".{key}")?,
                PathStep::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Paths to every text inside that is this one, each behind `way`, which leads to the value. What stands under a key that no path can
/// name is not looked for.
pub(super) fn texts_like(value: &Value, text: &str, way: &str) -> Vec<String> {
    match value {
        Value::String(own) if own == text => vec![way.to_owned()],
        Value::Array(all) => {
            let each = all.iter().enumerate();
            each.flat_map(|(index, inner)| texts_like(inner, text, &format!("{way}[{index}]"))).collect()
        }
        Value::Object(all) => {
            let each = all.iter().filter(|(key, _)| !key.is_empty() && !key.contains(['.', '[']));
            each.flat_map(|(key, inner)| texts_like(inner, text, &format!("{way}.{key}"))).collect()
        }
        _ => Vec::new(),
    }
}

/// The place at the end of these steps.
pub(super) fn within<'a>(value: &'a Value, steps: &[PathStep]) -> Option<&'a Value> {
    steps.iter().try_fold(value, |value, step| match step {
        PathStep::Key(key) => value.get(key),
        PathStep::Index(index) => value.get(index),
    })
}

fn within_mut<'a>(value: &'a mut Value, steps: &[PathStep]) -> Option<&'a mut Value> {
    steps.iter().try_fold(value, |value, step| match step {
        PathStep::Key(key) => value.get_mut(key),
        PathStep::Index(index) => value.get_mut(index),
    })
}

/// The value at a path in the fields of a body: a field of that very name, or else a place inside one.
pub fn lookup<'a>(fields: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = fields.get(path) {
        return Some(value);
    }
    let path = FieldPath::parse(path).ok()?;
    let (PathStep::Key(first), rest) = path.0.split_first()? else { return None };
    within(fields.get(first)?, rest)
}

/// The same, to be changed.
pub fn lookup_mut<'a>(fields: &'a mut Map<String, Value>, path: &str) -> Option<&'a mut Value> {
    if fields.contains_key(path) {
        return fields.get_mut(path);
    }
    let path = FieldPath::parse(path).ok()?;
    let (PathStep::Key(first), rest) = path.0.split_first()? else { return None };
    within_mut(fields.get_mut(first)?, rest)
}

/// Takes the place at a path away, and says what stood there.
pub fn take(fields: &mut Map<String, Value>, path: &str) -> Option<Value> {
    if fields.contains_key(path) {
        return fields.shift_remove(path);
    }
    let path = FieldPath::parse(path).ok()?;
    let (PathStep::Key(first), rest) = path.0.split_first()? else { return None };
    let (last, way) = rest.split_last()?;
    match (within_mut(fields.get_mut(first)?, way)?, last) {
        (Value::Object(members), PathStep::Key(key)) => members.shift_remove(key),
        (Value::Array(items), PathStep::Index(at)) if *at < items.len() => Some(items.remove(*at)),
        _ => None,
    }
}
