//! Times, and how often each was seen. In a record they stand as HdrHistogram writes them everywhere: nothing is lost, a second
//! of thousands of callbacks takes some kilobytes, and the libraries of other languages read it.

use std::io::Read;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::read::ZlibDecoder;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use serde::{Deserialize, Serialize, de, ser};

/// Times, in nanoseconds, with three digits: 1 ns to an hour; what is longer counts as an hour.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram(Counts);

type Counts = hdrhistogram::Histogram<u64>;

#[cfg(test)]
impl schemars::JsonSchema for Histogram {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Histogram".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "HdrHistogram, V2 with deflate, in base64." })
    }
}

/// Classes of size of a power of ten.
pub const CLASSES: f64 = 6.0;

/// Significant digits.
const DIGITS: u8 = 3;

/// An hour, in nanoseconds.
const LONGEST: u64 = 3_600_000_000_000;

impl Default for Histogram {
    fn default() -> Self {
        // It grows with what it counts: room for an hour would be touched, and so cost memory, with every second.
        Self(Counts::new(DIGITS).unwrap_or_else(|_| unreachable!("the library allows three digits")))
    }
}

impl Histogram {
    /// Counts a time.
    pub fn record(&mut self, nanoseconds: u64) {
        // It grows, so there is no value that it cannot take.
        let _ = self.0.record(nanoseconds.min(LONGEST));
    }

    /// The time that this share of the times does not exceed, in nanoseconds; 0 when there is none.
    pub fn quantile(&self, share: f64) -> u64 {
        self.0.value_at_quantile(share)
    }

    /// The mean, in nanoseconds; 0 when there is none.
    pub fn mean(&self) -> f64 {
        self.0.mean()
    }

    /// The longest, in nanoseconds; 0 when there is none.
    pub fn max(&self) -> u64 {
        self.0.max()
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// Number of values longer than this, at a precision of three digits.
    pub fn above(&self, nanoseconds: u64) -> u64 {
        let longer = self.0.next_non_equivalent(nanoseconds);
        self.0.count_between(longer, LONGEST)
    }

    /// Number of times in each class of size, where there is one: [`CLASSES`] classes of equal factor in each power of ten, from 1 ns.
    pub fn by_size(&self) -> Vec<(u8, u64)> {
        let mut all: Vec<(u8, u64)> = Vec::new();
        for step in self.0.iter_recorded() {
            let class = ((step.value_iterated_to().max(1) as f64).log10() * CLASSES).floor() as u8;
            match all.last_mut().filter(|(last, _)| *last == class) {
                Some((_, count)) => *count += step.count_since_last_iteration(),
                None => all.push((class, step.count_since_last_iteration())),
            }
        }
        all
    }

    /// Takes in the times of another.
    pub fn add(&mut self, other: &Self) {
        if other.count() > 0 {
            // It grows, so nothing of the other can lie outside.
            let _ = self.0.add(&other.0);
        }
    }

    /// Forgets everything, and keeps the memory.
    pub(super) fn clear(&mut self) {
        if self.count() > 0 {
            self.0.reset();
        }
    }
}

/// Nothing that was counted takes more room than this, in bytes: what says otherwise is no record of ours.
const LARGEST: u64 = 1 << 20;

/// Length of the head before the counts of an unpacked histogram, in bytes. The head contains the length and the
/// digits.
const HEAD: usize = 40;
const LENGTH: usize = 4;
const PRECISION: usize = 12;

/// Length of the head of a packed histogram, in bytes: type and length.
const WRAPPING: usize = 8;

impl Serialize for Histogram {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        if self.count() > 0 {
            V2DeflateSerializer::new().serialize(&self.0, &mut bytes).map_err(ser::Error::custom)?;
        }
        serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        unpack(&text).ok_or_else(|| {
            de::Error::custom(
                "expected an HdrHistogram of three digits, compressed and in Base64 (`HISTF...`)",
            )
        })
    }
}

fn unpack(text: &str) -> Option<Histogram> {
    let packed = BASE64_STANDARD.decode(text).ok()?;
    if packed.is_empty() {
        return Some(Histogram::default());
    }
    let mut bytes = Vec::new();
    ZlibDecoder::new(packed.get(WRAPPING..)?).take(LARGEST).read_to_end(&mut bytes).ok()?;
    // The library takes the memory that these two ask for.
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    if number(LENGTH)? as usize != bytes.len().checked_sub(HEAD)? || number(PRECISION)? != u32::from(DIGITS) {
        return None;
    }
    let counts: Counts = Deserializer::new().deserialize(&mut bytes.as_slice()).ok()?;
    let mut histogram = Histogram::default();
    // One that was read does not grow any more.
    histogram.0.add(counts).ok()?;
    Some(histogram)
}
