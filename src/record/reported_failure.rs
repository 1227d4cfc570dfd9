//! Failures that an answer reports in its body, whatever its status says.

use serde_json::Value;

/// Fields by which bodies report their own result.
const RESULTS: [&str; 9] =
    ["code", "errcode", "errno", "error_code", "ret", "status", "success", "ok", "error"];

/// The field of a JSON body that reports a failure.
pub fn reported_failure(body: &str) -> Option<(String, Value)> {
    let Value::Object(fields) = serde_json::from_str(body.trim_start_matches('\u{feff}')).ok()? else {
        return None;
    };
    fields.into_iter().find(|(name, value)| {
        RESULTS.contains(&name.to_ascii_lowercase().as_str()) && reports_failure(name, value)
    })
}

/// The expectation by which such a body is told from one that accepts, as YAML: the field that reports a failure, with the value of a
/// success; of a field that is a text of its own, its absence. None where nothing reports a failure.
pub fn expected_success(body: &str) -> Option<String> {
    let (name, value) = reported_failure(body)?;
    let right = match value {
        Value::Bool(failed) => (!failed).to_string(),
        Value::String(_) if name.eq_ignore_ascii_case("error") => "{exists: false}".to_owned(),
        Value::String(_) => "ok".to_owned(),
        _ => "0".to_owned(),
    };
    Some(format!("{{accept: {{json: {{\"$.{name}\": {right}}}}}}}"))
}

fn reports_failure(name: &str, value: &Value) -> bool {
    match value {
        Value::Bool(word) => *word == name.eq_ignore_ascii_case("error"),
        Value::Number(number) => !["0", "1", "200"].contains(&number.to_string().as_str()),
        Value::String(word) => {
            let word = word.to_ascii_lowercase();
            ["fail", "failed", "failure", "error", "invalid"].iter().any(|bad| word.contains(bad))
                || (name.eq_ignore_ascii_case("error") && !word.is_empty())
        }
        Value::Object(_) | Value::Array(_) | Value::Null => false,
    }
}
