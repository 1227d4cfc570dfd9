//! JSON that was read, as Python prints it.

use serde_json::Value;

/// The text of a value: `{'event': 'record', 'again': None}`.
pub(super) fn of(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(list) => format!("[{}]", list.iter().map(of).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let pairs = fields.iter().map(|(name, value)| format!("{}: {}", quoted(name), of(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_printed_as_python_prints_it() {
        // python3 -c 'import json; print(json.loads(INPUT))'
        let value =
            serde_json::json!({"a": "x'y", "b": [1, 2.5, null, true], "c": "'\"", "d": "\n\u{e4}\u{1}"});
        assert_eq!(
            of(&value),
            "{'a': \"x'y\", 'b': [1, 2.5, None, True], 'c': '\\'\"', 'd': '\\n\u{e4}\\x01'}"
        );
    }
}
