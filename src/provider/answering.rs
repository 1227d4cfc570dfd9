//! Answers as a sender takes them: which one acknowledges, and which rejection ends the callback.

use std::fmt;
use std::ops::RangeInclusive;

use serde_json::Value;

/// What a provider takes for an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Success {
    /// The statuses that acknowledge.
    pub statuses: &'static [RangeInclusive<u16>],
    /// What the body has to be beside.
    pub body: AnswerBody,
}

/// What the body of an acknowledgement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerBody {
    /// Anything, or nothing.
    Any,
    /// JSON of any kind.
    Json,
    /// A JSON object whose `code` is the number 0.
    CodeZero,
    /// The number `0` alone, or a JSON object whose `code` is the whole number 0.
    ZeroOrCode,
}

impl AnswerBody {
    fn holds(self, body: &str) -> bool {
        if self == Self::Any {
            return true;
        }
        let Ok(answer) = serde_json::from_str::<Value>(body) else { return false };
        match self {
            Self::Any | Self::Json => true,
            Self::CodeZero => answer.get("code") == Some(&0.into()),
            Self::ZeroOrCode => body.trim() == "0" || answer.get("code") == Some(&0.into()),
        }
    }
}

impl Success {
    /// Status 200, whatever the body says.
    pub const STATUS_200: Self = Self { statuses: &[200..=200], body: AnswerBody::Any };
    /// Any status of success, whatever the body says.
    pub const STATUS_2XX: Self = Self { statuses: &[200..=299], body: AnswerBody::Any };
    /// Status 200 and a JSON body whose `code` is 0.
    pub const CODE_ZERO: Self = Self { body: AnswerBody::CodeZero, ..Self::STATUS_200 };

    /// True when this answer acknowledges.
    pub fn accepts(self, status: u16, body: &str) -> bool {
        self.statuses.iter().any(|range| range.contains(&status)) && self.body.holds(body)
    }

    /// The statuses among these whose answer can have a body, such as a handshake needs: all but 204.
    pub fn with_a_body(self) -> String {
        let bodied: Vec<_> = self.statuses.iter().filter(|range| **range != (204..=204)).cloned().collect();
        format!("status {}", shown(&bodied))
    }

    /// The status that is all there is to an acknowledgement, if one is.
    pub fn plain_status(self) -> Option<u16> {
        match self.statuses {
            [only] if only.start() == only.end() && self.body == AnswerBody::Any => Some(*only.start()),
            _ => None,
        }
    }
}

impl fmt::Display for Success {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", shown(self.statuses))?;
        f.write_str(match self.body {
            AnswerBody::Any => "",
            AnswerBody::Json => " with a JSON body",
            AnswerBody::CodeZero => " with the body {\"code\":0}",
            AnswerBody::ZeroOrCode => " with the body 0 or {\"code\":0}",
        })
    }
}

/// A no after which a provider never sends the callback again, whatever its retry plan says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LastNo {
    /// There is none: every no is tried again, as the plan says.
    #[default]
    Never,
    /// An answer with one of these statuses.
    Statuses(&'static [RangeInclusive<u16>]),
    /// Status 200 and a JSON object whose `code` is a whole number other than 0.
    OtherCode,
    /// Every answer, and every failure to get one.
    Always,
}

impl LastNo {
    /// True when this answer, which does not acknowledge, is the last that the provider wants to hear.
    pub fn ends(self, status: u16, body: &str) -> bool {
        match self {
            Self::Never => false,
            Self::Statuses(statuses) => statuses.iter().any(|range| range.contains(&status)),
            Self::OtherCode => {
                let answer: Option<Value> = serde_json::from_str(body).ok();
                let code = answer.as_ref().and_then(|answer| answer.get("code"));
                status == 200 && code.is_some_and(|code| code.is_i64() || code.is_u64())
            }
            Self::Always => true,
        }
    }
}

impl fmt::Display for LastNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("no answer"),
            Self::Statuses(statuses) => write!(f, "status {}", shown(statuses)),
            Self::OtherCode => f.write_str("status 200 with a code other than 0"),
            Self::Always => f.write_str("any other answer"),
        }
    }
}

/// `200`, `200 or 201`, `200 to 299`.
fn shown(statuses: &[RangeInclusive<u16>]) -> String {
    let one = |range: &RangeInclusive<u16>| match (range.start(), range.end()) {
        (first, last) if first == last => first.to_string(),
        (first, last) => format!("{first} to {last}"),
    };
    statuses.iter().map(one).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_alone_acknowledges_where_the_sender_says_so() {
        let rule = Success { statuses: &[200..=201], body: AnswerBody::ZeroOrCode };
        for (status, body, yes) in [
            (200, "0", true),
            (201, "{\"code\":0}", true),
            (200, "{\"code\":0,\"data\":1}", true),
            (200, "", false),
            (200, "ok", false),
            (200, "1", false),
            (200, "{\"code\":\"0\"}", false),
            (202, "0", false),
        ] {
            assert_eq!(rule.accepts(status, body), yes, "{status} {body}");
        }
    }

    #[test]
    fn a_whole_code_is_the_last_word_and_a_text_is_not() {
        let ends = |body| LastNo::OtherCode.ends(200, body);
        assert!(ends("{\"code\":-1}") && !ends("{\"code\":\"-1\"}") && !ends("{}") && !ends("no"));
        assert!(!LastNo::OtherCode.ends(500, "{\"code\":-1}"));
    }
}
