//! Bodies in the making: values, and holes for what only the moment of sending knows.

use std::borrow::Cow;

use hyper::body::Bytes;
use serde_json::Value;

use super::edit::Edit;
use super::{BodyTemplate, MessageHead, Piece, path};

/// A JSON object in the making: values, and holes for what only the moment of sending knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// Names and what stands in them, in order.
    pub fields: Vec<(Cow<'static, str>, FieldSlot)>,
    /// Written form of the time, where it is not plain digits. It is signed in this form.
    pub time: Option<TimeText>,
    /// Place of white space.
    pub layout: Layout,
}

/// Place of white space in a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// Nowhere.
    #[default]
    Compact,
    /// `"key" : value`, a line for each, indented by tabs, and a line end after the object.
    Styled,
    /// `"key":<tab>value`, a line for each, indented by tabs.
    Tabbed,
}

/// A time that is written in another way than the vendor's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeText {
    /// This text, whenever it is sent.
    Given(String),
    /// The time of sending, in another spelling.
    Spelt(TimeSpelling),
}

/// Ways to spell a number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeSpelling {
    /// `1700000600000`
    Milliseconds,
    /// `+1700000600`
    Plus,
    /// `01700000600`
    LeadingZero,
    /// ` 1700000600`
    LeadingSpace,
    /// `1700000600.0`
    Fraction,
    /// `1.700000600e9`
    Exponent,
    /// `1_700000600`
    Underscore,
    /// `１７０００００６００`
    FullWidth,
    /// `١٧٠٠٠٠٠٦٠٠`
    Arabic,
}

impl TimeSpelling {
    /// The digits in this spelling.
    pub fn of(self, digits: &str) -> String {
        let (first, rest) = digits.split_at(1.min(digits.len()));
        let from = |zero: u32| {
            digits.chars().filter_map(|c| char::from_u32(zero + c.to_digit(10)?)).collect::<String>()
        };
        match self {
            Self::Milliseconds => format!("{digits}000"),
            Self::Plus => format!("+{digits}"),
            Self::LeadingZero => format!("0{digits}"),
            Self::LeadingSpace => format!(" {digits}"),
            Self::Fraction => format!("{digits}.0"),
            Self::Exponent => format!("{first}.{rest}e{}", rest.len()),
            Self::Underscore => format!("{first}_{rest}"),
            Self::FullWidth => from(0xff10),
            Self::Arabic => from(0x0660),
        }
    }

    /// It is a JSON number.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Milliseconds | Self::Fraction | Self::Exponent)
    }
}

/// Content of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldSlot {
    /// A value.
    Value(Value),
    /// The time that the signature covers, in Unix seconds, as a JSON number or as a text.
    Time(TimeForm),
    /// The signature, lower-case hexadecimal.
    Signature,
    /// JSON text, or what only looks like it, that is sent as it stands.
    Literal(String),
    /// Unix milliseconds of the attempt, whole seconds.
    SentMillis,
    /// Number of the request among those of its stream: it rises with every callback and with every retry.
    Count(u64),
}

/// Written form of the signed time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeForm {
    /// `1583676745`
    Number,
    /// `"1583676745"`
    Text,
}

impl Body {
    /// A body with these fields.
    pub fn new(fields: impl IntoIterator<Item = (Cow<'static, str>, FieldSlot)>) -> Self {
        Self { fields: fields.into_iter().collect(), time: None, layout: Layout::Compact }
    }

    /// Content of a field.
    pub fn slot(&mut self, name: &str) -> Option<&mut FieldSlot> {
        self.fields.iter_mut().find_map(|(field, slot)| (field == name).then_some(slot))
    }

    /// Content at a path: a field, or a place inside one.
    pub fn at(&self, path: &str) -> Option<FieldSlot> {
        let own = self.fields.iter().find_map(|(field, slot)| (field == path).then_some(slot));
        own.cloned().or_else(|| Some(FieldSlot::Value(self.value(path)?.clone())))
    }

    /// Puts something at a path; a new field is the last.
    pub fn set(&mut self, path: &str, new: FieldSlot) {
        if self.slot(path).is_none()
            && let Some(json) = new.json()
            && let Ok(edit) = Edit::json(path, json)
            && edit.is_inside()
            && edit.apply(self, "").is_ok()
        {
            return;
        }
        match self.slot(path) {
            Some(slot) => *slot = new,
            None => self.fields.push((path.to_owned().into(), new)),
        }
    }

    /// Paths to the other places that hold the same text as the one at this path.
    pub fn places_like(&self, path: &str) -> Vec<String> {
        let Some(text) = self.value(path).and_then(Value::as_str).filter(|text| !text.is_empty()) else {
            return Vec::new();
        };
        let values = self.fields.iter().filter_map(|(field, slot)| match slot {
            FieldSlot::Value(value) => Some((field, value)),
            _ => None,
        });
        let all = values.flat_map(|(field, value)| path::texts_like(value, text, field));
        all.filter(|place| place != path).collect()
    }

    /// Raises the number of the request, if the body has one.
    pub fn count_on(&mut self, by: u64) {
        for (_, slot) in &mut self.fields {
            if let FieldSlot::Count(number) = slot {
                *number = number.saturating_add(by);
            }
        }
    }

    /// Takes away what holds time and signature: they stand elsewhere.
    pub fn unsign(&mut self) {
        self.fields.retain(|(_, slot)| !matches!(slot, FieldSlot::Time(_) | FieldSlot::Signature));
    }

    /// Takes away what stands at a path.
    pub fn remove(&mut self, path: &str) {
        let count = self.fields.len();
        self.fields.retain(|(field, _)| field != path);
        if self.fields.len() == count
            && let Ok(edit) = Edit::unset(path)
        {
            // Where it leads to nothing, there is nothing to take away.
            let _ = edit.apply(self, "");
        }
    }

    /// The value at a path, if it has one already.
    pub fn value(&self, path: &str) -> Option<&Value> {
        let of = |name: &str| {
            self.fields.iter().find_map(|(field, slot)| match slot {
                FieldSlot::Value(value) if *field == name => Some(value),
                _ => None,
            })
        };
        let own = of(path);
        if own.is_some() || !path.contains(['.', '[']) {
            return own;
        }
        let path = path::FieldPath::parse(path).ok()?;
        match path.steps().split_first()? {
            (path::PathStep::Key(first), rest) => path::within(of(first)?, rest),
            _ => None,
        }
    }
}

impl FieldSlot {
    /// The JSON text that stands there whenever it is sent; none = it is only known then.
    pub fn json(&self) -> Option<String> {
        match self {
            Self::Value(value) => Some(value.to_string()),
            Self::Literal(json) => Some(json.clone()),
            Self::Time(_) | Self::Signature | Self::SentMillis | Self::Count(_) => None,
        }
    }
}

impl BodyTemplate {
    /// Bytes that are sent as they are.
    pub fn plain(bytes: Bytes) -> Self {
        Self { body: vec![Piece::Bytes(bytes)], ..Self::default() }
    }

    /// The same with the headers of a message.
    #[must_use]
    pub fn with_headers(self, own: &MessageHead) -> Self {
        let own = own.headers.iter().map(|(name, value)| (*name, vec![Piece::Bytes(value.clone().into())]));
        Self { head: own.chain(self.head).collect(), ..self }
    }

    /// The same for a receiver at this host.
    #[must_use]
    pub fn sent_to(mut self, host: &str) -> Self {
        let bytes = || Piece::Bytes(host.to_owned().into());
        let messages = self.seals.iter_mut().map(|seal| &mut seal.message);
        let heads = self.head.iter_mut().map(|(_, pieces)| pieces);
        for piece in messages.chain(heads).flatten().filter(|piece| **piece == Piece::Host) {
            *piece = bytes();
        }
        self
    }

    /// True when it is signed at the moment of sending.
    pub fn is_signed(&self) -> bool {
        !self.seals.is_empty()
    }

    /// True when the very bytes of its body are signed, and not only what they say.
    pub fn signs_bytes(&self) -> bool {
        self.seals.iter().any(|seal| seal.message.iter().any(Piece::is_of_the_body))
    }
}
