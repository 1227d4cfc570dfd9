//! HTTP archives (HAR 1.2), read entry by entry: what has no body is skipped before its answer is looked at.

use std::fmt;
use std::io::Read;

use base64::prelude::BASE64_STANDARD;
use base64::{DecodeError, Engine};
use hyper::body::Bytes;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{CapturedAnswer, CapturedRequest};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HarRequest {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<HarHeader>,
    #[serde(default)]
    post_data: Option<HarText>,
}

#[derive(Deserialize)]
struct HarHeader {
    name: String,
    value: String,
}

#[derive(Default, Deserialize)]
struct HarText {
    #[serde(default)]
    text: Option<String>,
    /// `base64` where the bytes are not text.
    #[serde(default)]
    encoding: Option<String>,
}

#[derive(Deserialize)]
struct HarResponse {
    #[serde(default)]
    status: i64,
    #[serde(default)]
    content: Option<HarText>,
}

impl HarText {
    fn bytes(self) -> Result<Option<Bytes>, DecodeError> {
        let Some(text) = self.text else { return Ok(None) };
        match self.encoding.as_deref() {
            Some("base64") => BASE64_STANDARD.decode(text).map(|bytes| Some(bytes.into())),
            _ => Ok(Some(text.into())),
        }
    }
}

/// Consumer of each request; false ends the reading.
type TakeEntry<'a> = &'a mut dyn FnMut(CapturedRequest) -> bool;

/// Reads an archive, and gives each request that has a body, with the number of its entry in `place`. Gives the number of entries.
///
/// # Errors
/// It is not an archive.
pub(super) fn read(input: impl Read, take: TakeEntry<'_>) -> serde_json::Result<u64> {
    let mut reader = serde_json::Deserializer::from_reader(input);
    let mut walk = HarWalk { take, entries: 0, enough: false };
    let read = HarLevel { walk: &mut walk, key: "log" }.deserialize(&mut reader);
    // What is not wanted any more is not read to its end.
    match walk.enough {
        true => Ok(walk.entries),
        false => read.and_then(|()| reader.end()).map(|()| walk.entries),
    }
}

struct HarWalk<'a> {
    take: TakeEntry<'a>,
    entries: u64,
    enough: bool,
}

/// An object of which one member counts: the archive's `log`, and the log's `entries`.
struct HarLevel<'a, 'b> {
    walk: &'a mut HarWalk<'b>,
    key: &'static str,
}

impl<'de> DeserializeSeed<'de> for HarLevel<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HarLevel<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an HTTP archive: an object with `{}`", self.key)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut found = false;
        while let Some(key) = map.next_key::<String>()? {
            match (key == self.key, self.key) {
                (true, "log") => map.next_value_seed(HarLevel { walk: self.walk, key: "entries" })?,
                (true, _) => map.next_value_seed(HarEntries(self.walk))?,
                (false, _) => drop(map.next_value::<IgnoredAny>()?),
            }
            found |= key == self.key;
        }
        let missing = || serde::de::Error::custom(format!("an HTTP archive has `{}` here", self.key));
        if found { Ok(()) } else { Err(missing()) }
    }
}

struct HarEntries<'a, 'b>(&'a mut HarWalk<'b>);

impl<'de> DeserializeSeed<'de> for HarEntries<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for HarEntries<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(entry) = list.next_element_seed(HarEntry)? {
            self.0.entries += 1;
            if let Some(mut request) = entry {
                request.place = format!("entry {}", self.0.entries);
                if !(self.0.take)(request) {
                    self.0.enough = true;
                    return Err(serde::de::Error::custom("enough"));
                }
            }
        }
        Ok(())
    }
}

/// One entry; none where its request has no body.
struct HarEntry;

impl<'de> DeserializeSeed<'de> for HarEntry {
    type Value = Option<CapturedRequest>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HarEntry {
    type Value = Option<CapturedRequest>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry with `request` and `response`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut at, mut request, mut answer) = (None, None, None);
        // The answer of a request without a body may be large, and is nobody's business.
        let mut wanted = true;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "startedDateTime" => at = Some(map.next_value::<String>()?),
                "request" => {
                    let read: HarRequest = map.next_value()?;
                    wanted = read.post_data.as_ref().is_some_and(|data| data.text.is_some());
                    request = Some(read).filter(|_| wanted);
                }
                "response" if wanted => answer = Some(map.next_value::<HarResponse>()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let Some(request) = request else { return Ok(None) };
        let wrong = |error| A::Error::custom(format!("a body that is called Base64 is not ({error})"));
        captured(request, at, answer).map(Some).map_err(wrong)
    }
}

fn captured(
    request: HarRequest,
    at: Option<String>,
    answer: Option<HarResponse>,
) -> Result<CapturedRequest, DecodeError> {
    let status = |answer: &HarResponse| u16::try_from(answer.status).ok().filter(|status| *status >= 100);
    let path = request.url.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    let answer = match answer.map(|answer| (status(&answer), answer.content)) {
        Some((Some(status), content)) => {
            Some(CapturedAnswer { status, body: content.map(HarText::bytes).transpose()?.flatten() })
        }
        // A browser writes 0, or nothing, where no answer came.
        Some((None, _)) | None => None,
    };
    Ok(CapturedRequest {
        // A time that cannot be read is shown as one that is not known.
        at: at.and_then(|at| at.parse().ok()),
        method: request.method,
        path: path.map_or_else(|| "/".to_owned(), |(_, path)| format!("/{path}")),
        // Those of HTTP/2 that begin with a colon are its request line.
        headers: (request.headers.into_iter().filter(|header| !header.name.starts_with(':')))
            .map(|header| (header.name, header.value.into_bytes()))
            .collect(),
        body: request.post_data.map(HarText::bytes).transpose()?.flatten(),
        answer,
        ..CapturedRequest::default()
    })
}
