//! A change of one place in a body: `file_size=0`, `exception[0].type=-8`.

use std::fmt;

use serde_json::Value;

use super::{Body, Slot, TimeText};

/// A change of one place in a body, before it is signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    path: Vec<Step>,
    /// None = the place is taken away.
    value: Option<Value>,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(String),
    Index(usize),
}

impl Edit {
    /// Reads `PATH=VALUE`. The value is JSON, or else a text.
    ///
    /// # Errors
    /// It is no path, or there is no value.
    pub fn set(text: &str) -> Result<Self, String> {
        let (path, value) = text.split_once('=').ok_or("write it as PATH=VALUE, for example file_size=0")?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        Ok(Self { path: parse(path)?, value: Some(value) })
    }

    /// Reads the path of a place that is to be taken away.
    ///
    /// # Errors
    /// It is no path.
    pub fn unset(text: &str) -> Result<Self, String> {
        Ok(Self { path: parse(text)?, value: None })
    }

    /// Changes the body. A field that is not there yet is put at its end; what is given for the time is signed as it is.
    ///
    /// # Errors
    /// A place to be taken away, or one inside a field, is not there.
    pub fn apply(&self, body: &mut Body, time_field: &str) -> Result<(), String> {
        let missing = || Err(format!("there is no `{self}` in this body"));
        let [Step::Key(field), inner @ ..] = self.path.as_slice() else { return missing() };
        if inner.is_empty() {
            match &self.value {
                Some(value) => {
                    if field == time_field {
                        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                        body.time = Some(TimeText::Given(text));
                    }
                    body.set(field, Slot::Value(value.clone()));
                }
                None if body.slot(field).is_none() => return missing(),
                None => body.remove(field),
            }
            return Ok(());
        }
        let Some(Slot::Value(root)) = body.slot(field) else { return missing() };
        if change(root, inner, self.value.as_ref()) { Ok(()) } else { missing() }
    }
}

fn change(at: &mut Value, path: &[Step], value: Option<&Value>) -> bool {
    match (path, at, value) {
        ([Step::Key(key)], Value::Object(map), Some(value)) => {
            map.insert(key.clone(), value.clone());
            true
        }
        ([Step::Key(key)], Value::Object(map), None) => map.shift_remove(key).is_some(),
        ([Step::Index(index)], Value::Array(list), Some(value)) => {
            list.get_mut(*index).map(|slot| *slot = value.clone()).is_some()
        }
        ([Step::Index(index)], Value::Array(list), None) if *index < list.len() => {
            list.remove(*index);
            true
        }
        ([Step::Key(key), rest @ ..], Value::Object(map), value) if !rest.is_empty() => {
            map.get_mut(key).is_some_and(|inner| change(inner, rest, value))
        }
        ([Step::Index(index), rest @ ..], Value::Array(list), value) if !rest.is_empty() => {
            list.get_mut(*index).is_some_and(|inner| change(inner, rest, value))
        }
        _ => false,
    }
}

fn parse(text: &str) -> Result<Vec<Step>, String> {
    let wrong = || format!("`{text}` is no path; write one such as file_size or exception[0].type");
    let mut steps = Vec::new();
    for part in text.split('.') {
        let (key, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
        if key.is_empty() {
            return Err(wrong());
        }
        steps.push(Step::Key(key.to_owned()));
        while let Some(inner) = rest.strip_prefix('[') {
            let (index, after) = inner.split_once(']').ok_or_else(wrong)?;
            steps.push(Step::Index(index.parse().map_err(|_| wrong())?));
            rest = after;
        }
        if !rest.is_empty() {
            return Err(wrong());
        }
    }
    Ok(steps)
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, step) in self.path.iter().enumerate() {
            match step {
                Step::Key(key) if n == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn edited(edit: Result<Edit, String>) -> Result<Value, String> {
        let mut body = Body::new([
            ("size".into(), Slot::Value(json!(1))),
            ("list".into(), Slot::Value(json!([{"type": 1}, {"type": 2}]))),
        ]);
        edit?.apply(&mut body, "t")?;
        let value = |(name, slot): (std::borrow::Cow<'_, str>, Slot)| match slot {
            Slot::Value(value) => (name.into_owned(), value),
            _ => unreachable!(),
        };
        Ok(body.fields.into_iter().map(value).collect())
    }

    #[test]
    fn a_value_is_json_or_else_a_text() {
        assert_eq!(edited(Edit::set("size=0")).unwrap()["size"], json!(0));
        assert_eq!(edited(Edit::set("size=\"0\"")).unwrap()["size"], json!("0"));
        assert_eq!(edited(Edit::set("size=a=b")).unwrap()["size"], json!("a=b"));
        assert_eq!(edited(Edit::set("new=null")).unwrap()["new"], json!(null));
    }

    #[test]
    fn a_place_inside_a_field_can_be_changed_and_taken_away() {
        assert_eq!(edited(Edit::set("list[1].type=-8")).unwrap()["list"][1]["type"], json!(-8));
        assert_eq!(edited(Edit::unset("list[0]")).unwrap()["list"], json!([{"type": 2}]));
        assert_eq!(edited(Edit::unset("list[0].type")).unwrap()["list"][0], json!({}));
        assert!(edited(Edit::unset("size")).unwrap().get("size").is_none());
    }

    #[test]
    fn what_is_not_there_is_told() {
        assert_eq!(edited(Edit::unset("siz")).unwrap_err(), "there is no `siz` in this body");
        assert_eq!(
            edited(Edit::set("list[7].type=1")).unwrap_err(),
            "there is no `list[7].type` in this body"
        );
        for wrong in ["", "a..b=1", "a[=1", "a[x]=1", "[0]=1", "novalue"] {
            assert!(Edit::set(wrong).is_err(), "{wrong}");
        }
    }
}
