//! A scenario as it was written: references such as `${NAME}` stay what they are, so that it can be written again without
//! what they stand for.

use serde_json::Value;

use super::document::verbatim;
use crate::json;

/// Reads a scenario's text and fills nothing in; none when it is no YAML.
pub fn read(text: &str) -> Option<Value> {
    verbatim(text)
}

/// Writes it as YAML, an entry of a list a line. Comments and anchors are lost.
pub fn write(tree: &Value) -> String {
    let Value::Object(entries) = tree else { return flow(tree) };
    let entry = |(key, value): (&String, &Value)| match value {
        Value::Array(items) if !items.is_empty() => {
            let items: String = items.iter().map(|item| format!("  - {}\n", bare(item))).collect();
            format!("{}:\n{items}", text(key))
        }
        value => format!("{}: {}\n", text(key), flow(value)),
    };
    entries.iter().map(entry).collect()
}

/// The braces around a single entry say nothing: `25m: drop`.
fn bare(item: &Value) -> String {
    match item.as_object().map(|entries| entries.iter().collect::<Vec<_>>()).as_deref() {
        Some([(key, value)]) => format!("{}: {}", text(key), flow(value)),
        _ => flow(item),
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::String(word) if word.starts_with(json::MARK) => json::digits(word).to_owned(),
        Value::String(word) => text(word),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{}: {}", text(key), flow(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        plain => plain.to_string(),
    }
}

/// Words that some reader of YAML takes for something else.
const TAKEN: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"];

fn text(word: &str) -> String {
    let letters = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    let name = word.starts_with(|c: char| c.is_ascii_alphabetic());
    // `25m20s`: no number ends like that.
    let duration = word.starts_with(|c: char| c.is_ascii_digit()) && word.ends_with(['s', 'm', 'h', 'd']);
    if letters && (name || duration) && !TAKEN.contains(&word.to_lowercase().as_str()) {
        return word.to_owned();
    }
    let quoted = Value::from(word).to_string();
    // JSON lets these stand, YAML does not.
    let hidden = |c: char| c.is_control() || "\u{2028}\u{2029}\u{feff}\u{fffe}\u{ffff}".contains(c);
    quoted
        .chars()
        .map(|c| if hidden(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() })
        .collect()
}
