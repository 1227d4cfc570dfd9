//! Values that a schema allows, in words for a person.

use serde_json::Value;

use crate::scenario::document::{Node, NodeKind};

/// The words a schema allows, when it allows nothing but words.
pub(super) fn words(schema: &Value) -> Option<Vec<&str>> {
    if let Some(Value::Array(words)) = schema.get("enum") {
        return words.iter().map(Value::as_str).collect();
    }
    let branches = schema.get("oneOf")?.as_array()?;
    branches.iter().map(|branch| branch.get("const").and_then(Value::as_str)).collect()
}

fn kinds(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ if words(schema).is_some() => vec!["string"],
        _ => Vec::new(),
    }
}

pub(super) fn fits(node: &Node, schema: &Value) -> bool {
    let kinds = kinds(schema);
    let kind = match &node.kind {
        NodeKind::Null => "null",
        NodeKind::Bool(_) => "boolean",
        NodeKind::Number(number) if number.is_i64() || number.is_u64() => "integer",
        NodeKind::Digits(digits) if digits.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit()) => {
            "integer"
        }
        NodeKind::Number(_) | NodeKind::Digits(_) => "number",
        NodeKind::Text(_) => "string",
        NodeKind::List(_) => "array",
        NodeKind::Map(_) => "object",
    };
    kinds.is_empty() || kinds.contains(&kind)
}

/// Expectation of true or false.
pub(super) const BOOLEAN: &str = "true or false";

/// Expectation of a list of any kind.
pub(super) const LIST: &str = "a list";

pub(super) fn expectation(schema: &Value) -> String {
    if let Some(hint) = schema.get("x-expected").and_then(Value::as_str) {
        return hint.to_owned();
    }
    if let Some(words) = words(schema) {
        return words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ");
    }
    if let Some(Value::Object(properties)) = schema.get("properties") {
        let keys: Vec<&str> = properties.keys().map(String::as_str).collect();
        return format!("a map with the keys {}", keys.join(", "));
    }
    let word = |kind: &&str| match *kind {
        "string" => "a text".to_owned(),
        "integer" => "a whole number".to_owned(),
        "boolean" => BOOLEAN.to_owned(),
        "array" => LIST.to_owned(),
        "object" => "a map".to_owned(),
        kind => format!("a {kind}"),
    };
    kinds(schema).iter().map(word).collect::<Vec<_>>().join(" or ")
}
