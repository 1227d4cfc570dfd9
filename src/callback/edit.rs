//! A change of one place in a body: `file_size=0`, `exception[0].type=-8`.

use std::fmt;
use std::ops::Range;

use serde_json::Value;

use super::path::{FieldPath, PathStep};
use super::splice::{self, Members};
use super::{Body, FieldSlot, TimeForm, TimeText};

/// A change of one place in a body, before it is signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    path: FieldPath,
    new: New,
}

/// The new content of a place in a body.
#[derive(Clone, Debug, PartialEq)]
enum New {
    /// It is taken away.
    Gone,
    /// It holds this JSON, whatever it held before.
    Json(String),
    /// It holds this: a text where there was a text, else JSON, or else a text.
    Plain(String),
}

impl Edit {
    /// Reads `PATH=VALUE`, or `PATH:=JSON`.
    ///
    /// # Errors
    /// It is not a path, there is no value, or it is not JSON.
    pub fn set(text: &str) -> Result<Self, String> {
        let (path, value) = text.split_once('=').ok_or("write it as PATH=VALUE, for example file_size=0")?;
        let (path, new) = match path.strip_suffix(':') {
            None => (path, New::Plain(value.to_owned())),
            Some(path) => {
                let json = serde_json::from_str::<Value>(value).map(|_| New::Json(value.trim().to_owned()));
                (
                    path,
                    json.map_err(|_| format!("what stands behind `{path}:=` is not JSON; `=` takes a text"))?,
                )
            }
        };
        Ok(Self { path: FieldPath::parse(path)?, new })
    }

    /// Reads the path of a place that is to be taken away.
    ///
    /// # Errors
    /// It is not a path.
    pub fn unset(text: &str) -> Result<Self, String> {
        Ok(Self { path: FieldPath::parse(text)?, new: New::Gone })
    }

    /// Puts JSON text at a path.
    ///
    /// # Errors
    /// It is not a path.
    pub(super) fn json(path: &str, json: String) -> Result<Self, String> {
        Ok(Self { path: FieldPath::parse(path)?, new: New::Json(json) })
    }

    /// It is about a place inside a field.
    pub(super) fn is_inside(&self) -> bool {
        self.path.steps().len() > 1
    }

    /// The field that it is about.
    pub fn field(&self) -> &str {
        match self.path.steps().first() {
            Some(PathStep::Key(field)) => field,
            _ => "",
        }
    }

    /// It sets this field, as a whole.
    pub fn sets(&self, field: &str) -> bool {
        self.new != New::Gone && matches!(self.path.steps(), [PathStep::Key(key)] if key == field)
    }

    /// Nothing is left of the earlier edit after this one.
    pub fn overrules(&self, earlier: &Self) -> bool {
        earlier.path.steps().starts_with(self.path.steps())
    }

    /// A number or a truth value of this body becomes a text, because what is given is not JSON.
    pub fn turns_into_text(&self, body: &mut Body) -> bool {
        let [PathStep::Key(field), inner @ ..] = self.path.steps() else { return false };
        let Some(json) = body.slot(field).and_then(|slot| slot.json()) else { return false };
        self.turns(json.as_bytes(), inner)
    }

    /// The same of the bytes of a body.
    pub fn turns_bytes_into_text(&self, bytes: &[u8]) -> bool {
        self.turns(bytes, self.path.steps())
    }

    fn turns(&self, bytes: &[u8], path: &[PathStep]) -> bool {
        let New::Plain(plain) = &self.new else { return false };
        let mut at = 0..bytes.len();
        for step in path {
            let Some((members, index)) = find(bytes, at, step) else { return false };
            let Some(member) = members.all.get(index) else { return false };
            at = member.value.clone();
        }
        let now = bytes.get(at).and_then(|value| serde_json::from_slice::<Value>(value).ok());
        let plainly = serde_json::from_str::<Value>(plain).is_err();
        plainly && now.is_some_and(|now| now.is_number() || now.is_boolean())
    }

    /// Changes the body. A field that is not there yet is put at its end; what is given for the time is signed as it is.
    ///
    /// # Errors
    /// A place to be taken away, or one inside a field, is not there.
    pub fn apply(&self, body: &mut Body, time_field: &str) -> Result<(), String> {
        let missing = || Err(format!("there is no `{self}` in this body"));
        let [PathStep::Key(field), inner @ ..] = self.path.steps() else { return missing() };
        if inner.is_empty() {
            let Some(json) = self.wanted(holds_text(body.slot(field).as_deref())) else {
                if body.slot(field).is_none() {
                    return missing();
                }
                body.remove(field);
                return Ok(());
            };
            if field == time_field {
                let text = splice::text(json.as_bytes(), &(0..json.len()));
                body.time = Some(TimeText::Given(text));
            }
            body.set(field, slot(&json));
            return Ok(());
        }
        let Some(root) = body.slot(field).and_then(|slot| slot.json()) else { return missing() };
        let mut json = root.into_bytes();
        if !self.change(&mut json, inner, false) {
            return missing();
        }
        body.set(field, slot(&String::from_utf8_lossy(&json)));
        Ok(())
    }

    /// Changes the bytes of a JSON object; every byte beside the place stays as it is. What a field that is not among them
    /// would hold is seen from `sample`.
    ///
    /// # Errors
    /// They are not a JSON object, or the place is not there.
    pub fn apply_to(&self, bytes: &mut Vec<u8>, sample: &mut Body) -> Result<(), String> {
        let object =
            Members::of_object(bytes).ok_or("the body is not a JSON object, so no field of it can be set")?;
        let text = match self.path.steps() {
            [PathStep::Key(field)] if object.get(field).is_none() => {
                holds_text(sample.slot(field).as_deref())
            }
            _ => false,
        };
        if self.change(bytes, self.path.steps(), text) {
            Ok(())
        } else {
            Err(format!("there is no `{self}` in this body"))
        }
    }

    /// The wanted content of the place, as JSON; none removes the place.
    fn wanted(&self, text: bool) -> Option<String> {
        match &self.new {
            New::Gone => None,
            New::Json(json) => Some(json.clone()),
            New::Plain(plain) => {
                let quoted = || Value::from(plain.as_str()).to_string();
                Some(match serde_json::from_str::<Value>(plain) {
                    Ok(Value::Number(_) | Value::Bool(_)) if text => quoted(),
                    Ok(_) => plain.trim().to_owned(),
                    Err(_) => quoted(),
                })
            }
        }
    }

    /// Changes the place at the end of the path, in bytes that are JSON; false when it is not there. `text` says what a new
    /// place holds.
    fn change(&self, bytes: &mut Vec<u8>, path: &[PathStep], text: bool) -> bool {
        let Some((last, way)) = path.split_last() else { return false };
        let start = if bytes.starts_with("\u{feff}".as_bytes()) { 3 } else { 0 };
        let mut at = start..bytes.len();
        for step in way {
            let Some((members, index)) = find(bytes, at, step) else { return false };
            let Some(member) = members.all.get(index) else { return false };
            at = member.value.clone();
        }
        if let Some((members, index)) = find(bytes, at.clone(), last) {
            let Some(member) = members.all.get(index) else { return false };
            match self.wanted(bytes.get(member.value.start) == Some(&b'"')) {
                Some(json) => splice::replace(bytes, member.value.clone(), json.as_bytes()),
                None => splice::remove(bytes, &members, index),
            }
            return true;
        }
        let (PathStep::Key(key), Some(json)) = (last, self.wanted(text)) else { return false };
        let Some(members) = Members::within(bytes, at.clone()).filter(|_| is_object(bytes, at)) else {
            return false;
        };
        let comma = if members.all.is_empty() { "" } else { "," };
        let new = format!("{comma}{}:{json}", Value::from(key.as_str()));
        splice::replace(bytes, members.end..members.end, new.as_bytes());
        true
    }
}

/// The members around the place that the step leads to, and its index among them.
fn find(bytes: &[u8], at: Range<usize>, step: &PathStep) -> Option<(Members, usize)> {
    let object = is_object(bytes, at.clone());
    let members = Members::within(bytes, at)?;
    let index = match step {
        PathStep::Key(key) if object => members.all.iter().rposition(|member| member.name == *key)?,
        PathStep::Index(index) if !object && *index < members.all.len() => *index,
        _ => return None,
    };
    Some((members, index))
}

fn is_object(bytes: &[u8], at: Range<usize>) -> bool {
    bytes.get(at).is_some_and(|bytes| bytes.trim_ascii_start().first() == Some(&b'{'))
}

/// The field is a text in this message.
fn holds_text(slot: Option<&FieldSlot>) -> bool {
    match slot {
        Some(FieldSlot::Value(value)) => value.is_string(),
        Some(FieldSlot::Literal(json)) => json.starts_with('"'),
        Some(FieldSlot::Time(form)) => *form == TimeForm::Text,
        Some(FieldSlot::Signature) => true,
        Some(FieldSlot::Count(_) | FieldSlot::SentMillis) => false,
        None => false,
    }
}

/// The JSON as a value where that keeps every digit.
fn slot(json: &str) -> FieldSlot {
    match serde_json::from_str::<Value>(json) {
        Ok(value @ Value::String(_)) => FieldSlot::Value(value),
        Ok(value) if serde_json::to_string(&value).is_ok_and(|text| text == json) => FieldSlot::Value(value),
        Ok(value) if !json.contains(|c: char| c.is_ascii_digit()) => FieldSlot::Value(value),
        _ => FieldSlot::Literal(json.to_owned()),
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body() -> Body {
        Body::new([
            ("size".into(), FieldSlot::Value(json!(1))),
            ("name".into(), FieldSlot::Value(json!("a"))),
            ("list".into(), FieldSlot::Value(json!([{"type": 1}, {"type": 2, "text": "x"}]))),
        ])
    }

    fn json_of(slot: &FieldSlot) -> String {
        match slot {
            FieldSlot::Value(value) => value.to_string(),
            FieldSlot::Literal(json) => json.clone(),
            _ => unreachable!(),
        }
    }

    /// The field after the edit, as JSON: of a body, and of bytes, which must agree.
    fn edited(edit: &str, field: &str) -> String {
        let (edit, mut made) = (Edit::set(edit).unwrap(), body());
        edit.apply(&mut made, "t").unwrap();
        let of_body = json_of(made.slot(field).unwrap());
        let mut bytes = br#"{ "size" : 1 , "name":"a","list":[{"type":1},{"type":2,"text":"x"}]}"#.to_vec();
        edit.apply_to(&mut bytes, &mut Body::default()).unwrap();
        let members = Members::of_object(&bytes).unwrap();
        let of_bytes = bytes[members.get(field).unwrap().value.clone()].to_vec();
        assert_eq!(String::from_utf8(of_bytes).unwrap(), of_body);
        of_body
    }

    #[test]
    fn a_text_stays_a_text_and_a_number_keeps_its_digits() {
        for (edit, field, expected) in [
            ("size=0", "size", "0"),
            ("size=\"0\"", "size", "\"0\""),
            ("size=5368709120", "size", "5368709120"),
            ("size=1820625260475124043", "size", "1820625260475124043"),
            ("size=123456789012345678901234567890", "size", "123456789012345678901234567890"),
            ("size=1e5", "size", "1e5"),
            ("size=a=b", "size", "\"a=b\""),
            ("name=119", "name", "\"119\""),
            ("name=1e5", "name", "\"1e5\""),
            ("name=true", "name", "\"true\""),
            ("name=\"7\"", "name", "\"7\""),
            ("name=1820625260475124043", "name", "\"1820625260475124043\""),
            ("name=null", "name", "null"),
            ("name=[1]", "name", "[1]"),
            ("name:=119", "name", "119"),
            ("new=null", "new", "null"),
            ("new=7", "new", "7"),
            ("list[1].type=-8", "list", r#"[{"type":1},{"type":-8,"text":"x"}]"#),
            ("list[1].text=8", "list", r#"[{"type":1},{"type":2,"text":"8"}]"#),
            (
                "list[0].new=12345678901234567890123",
                "list",
                r#"[{"type":1,"new":12345678901234567890123},{"type":2,"text":"x"}]"#,
            ),
        ] {
            assert_eq!(edited(edit, field), expected, "{edit}");
        }
    }

    #[test]
    fn a_place_is_taken_away_with_its_comma() {
        for (path, rest) in [
            ("size", r#"{ "name":"a" , "list":[{"a":1}] }"#),
            ("name", r#"{ "size":1, "list":[{"a":1}] }"#),
            ("list[0]", r#"{ "size":1, "name":"a" , "list":[] }"#),
            ("list[0].a", r#"{ "size":1, "name":"a" , "list":[{}] }"#),
        ] {
            let mut bytes = br#"{ "size":1, "name":"a" , "list":[{"a":1}] }"#.to_vec();
            Edit::unset(path).unwrap().apply_to(&mut bytes, &mut Body::default()).unwrap();
            assert_eq!(String::from_utf8(bytes).unwrap(), rest);
        }
        let mut made = body();
        Edit::unset("list[0]").unwrap().apply(&mut made, "t").unwrap();
        Edit::unset("size").unwrap().apply(&mut made, "t").unwrap();
        assert_eq!(json_of(made.slot("list").unwrap()), r#"[{"type":2,"text":"x"}]"#);
        assert!(made.slot("size").is_none());
    }

    #[test]
    fn what_is_not_there_is_told() {
        let failed = |edit: Edit| edit.apply(&mut body(), "t").unwrap_err();
        assert_eq!(failed(Edit::unset("siz").unwrap()), "there is no `siz` in this body");
        assert_eq!(failed(Edit::set("list[7].type=1").unwrap()), "there is no `list[7].type` in this body");
        let mut bytes = b"{\"a\":1}".to_vec();
        for edit in [Edit::unset("b"), Edit::set("a.b=1"), Edit::set("a[0]=1")] {
            edit.unwrap().apply_to(&mut bytes, &mut Body::default()).unwrap_err();
        }
        assert_eq!(bytes, b"{\"a\":1}");
        for wrong in ["", "a..b=1", "a[=1", "a[x]=1", "[0]=1", "novalue", "a:=x", ":=1"] {
            assert!(Edit::set(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_field_that_the_bytes_lack_is_typed_as_the_message_would_have_it() {
        let mut bytes = b"{}".to_vec();
        Edit::set("name=7").unwrap().apply_to(&mut bytes, &mut body()).unwrap();
        Edit::set("size=7").unwrap().apply_to(&mut bytes, &mut body()).unwrap();
        assert_eq!(bytes, br#"{"name":"7","size":7}"#);
    }
}
