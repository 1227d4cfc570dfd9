//! Signature and delivery of callbacks.

use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::expect::AnswerPattern;
use super::rotation::{Accepts, TimedKey};
use super::units::{Count, Span};
use crate::problem::Problem;

/// Signature of the callbacks.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Signing {
    /// Default: the provider's own.
    pub method: Option<Method>,
    /// The shared key; best given as `${NAME}`. Without a key callbacks are not signed.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    #[serde(deserialize_with = "secret")]
    pub key: Option<SecretString>,
    /// Keys that replace each other at times of the stream, instead of `key`.
    pub keys: Vec<TimedKey>,
    /// Keys that a right receiver accepts once a key was replaced. Default: `both`.
    pub accepts: Option<Accepts>,
    /// Time from sending to expiry. Default: the provider's.
    pub lifetime: Option<Span>,
    /// Fresh time and signature for each retry. Default: as the provider does.
    pub resign_retries: Option<bool>,
}

fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    String::deserialize(deserializer).map(|key| Some(key.into()))
}

impl Signing {
    pub(super) fn check(&self) -> Vec<Problem> {
        use secrecy::ExposeSecret;
        let key = self.key.as_ref().map(ExposeSecret::expose_secret);
        let empty = key.is_some_and(str::is_empty).then(|| {
            Problem::at("signing.key", "the key is empty")
                .label("an empty key signs nothing")
                .help("set the variable it comes from, or write `method: none` to send unsigned callbacks")
        });
        // As a shell writes a variable. No vendor gives keys with this sign.
        let bare = key.and_then(|key| key.strip_prefix('$')).is_some_and(|name| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        });
        let bare = bare.then(|| {
            Problem::at("signing.key", "a variable is not filled in without braces")
                .label("expected `${NAME}`")
                .help("write the name of the variable in braces and quotes: key: \"${NAME}\"")
        });
        empty.into_iter().chain(bare).collect()
    }
}

/// A way to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// MD5 of key and time.
    Md5,
    /// HMAC-SHA256.
    HmacSha256,
    /// In the headers of Standard Webhooks, whoever sends.
    StandardWebhooks,
    /// No signature and no time.
    None,
}

impl Method {
    /// Every method, in the order of messages.
    pub const ALL: [Self; 4] = [Self::Md5, Self::HmacSha256, Self::StandardWebhooks, Self::None];

    /// The method of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.to_string() == name)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Md5 => "md5",
            Self::HmacSha256 => "hmac-sha256",
            Self::StandardWebhooks => "standard-webhooks",
            Self::None => "none",
        })
    }
}

/// Retries, time limit and order of the sending.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Delivery {
    /// `provider` for the vendor's own plan, `none`, or your own.
    pub retry: Retry,
    /// Time limit for an answer of the receiver. Default: the provider's.
    pub timeout: Option<Span>,
    /// Acknowledging answers, if the vendor was configured with another rule than its documented one. Retries and
    /// outcome follow it. Default: the provider's documented rule.
    pub success: AnswerPattern,
    /// The vendor's treatment of an answer whose body does not end: its page does not define it. Default: `refused`.
    pub incomplete_answer: IncompleteAnswer,
    /// Order of the callbacks of one stream: waiting for each other or not.
    pub ordering: Ordering,
    /// `all` plays the scenario once for every order of its callbacks, six at most, each time on a stream of its own.
    /// Default: once, in the order in which things happened.
    pub orders: Option<Orders>,
}

impl Delivery {
    pub(super) fn check(&self) -> Vec<Problem> {
        let mut problems = self.success.json.check("delivery.success.json");
        if self.timeout.is_some_and(|timeout| timeout.0.is_zero()) {
            problems.push(Problem::at("delivery.timeout", "a timeout of zero leaves no time to answer"));
        }
        if let Retry::Plan(RetryPlan { attempts: Count(0), .. }) = self.retry {
            problems.push(
                Problem::at("delivery.retry.attempts", "zero attempts would send nothing")
                    .label("expected at least 1: the first sending counts"),
            );
        }
        problems.extend(self.too_many());
        if let Retry::Plan(RetryPlan { then: Some(then), .. }) = self.retry
            && then.interval.0.is_zero()
        {
            problems.push(
                Problem::at("delivery.retry.then.interval", "an interval of zero would never grow old")
                    .label("expected more than 0s"),
            );
        }
        if self.orders.is_some() && self.ordering == Ordering::Free {
            problems.push(
                Problem::at("delivery.orders", "callbacks that do not wait for each other come in no order")
                    .label("expected `ordering: stream` beside it"),
            );
        }
        problems
    }
}

/// Sendings of one callback at most: no vendor sends one a hundredth as often, and against a receiver that is away a run would never
/// end.
const MOST_SENDINGS: u32 = 1000;

impl Delivery {
    /// A retry plan by which one callback would be sent for ever.
    fn too_many(&self) -> Option<Problem> {
        let Retry::Plan(plan) = self.retry else { return None };
        let label = format!("expected at most {MOST_SENDINGS} sendings of a callback");
        if plan.attempts.0 > MOST_SENDINGS {
            let title = format!("{} attempts would never end", plan.attempts.0);
            return Some(Problem::at("delivery.retry.attempts", title).label(label));
        }
        let then = plan.then.filter(|then| !then.interval.0.is_zero())?;
        let queued = then.until.0.as_nanos() / then.interval.0.as_nanos();
        (queued > u128::from(MOST_SENDINGS)).then(|| {
            let title = format!("so short an interval makes {queued} sendings until then");
            Problem::at("delivery.retry.then.interval", title).label(label)
        })
    }
}

/// Treatment of an answer whose body does not end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum IncompleteAnswer {
    /// It acknowledges nothing.
    #[default]
    Refused,
    /// It is judged by what came of it.
    Accepted,
}

/// Orders in which a scenario's callbacks are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Orders {
    /// All orders, one play for each.
    All,
}

/// Choice of the retry plan.
#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(untagged)]
pub enum Retry {
    /// A plan with a name.
    Named(NamedRetry),
    /// A plan of one's own.
    Plan(RetryPlan),
}

impl Default for Retry {
    fn default() -> Self {
        Self::Named(NamedRetry::Provider)
    }
}

/// A retry plan with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum NamedRetry {
    /// Behaviour of the vendor, by revision.
    Provider,
    /// One attempt only.
    None,
}

/// A retry plan of one's own.
#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RetryPlan {
    /// Sendings in all, the first one included.
    pub attempts: Count,
    /// Time from the end of one attempt to the next.
    pub interval: Span,
    /// A slow second row of sendings, after those attempts. Default: none.
    #[serde(default)]
    pub then: Option<RetryQueue>,
}

/// Sendings from a queue, for as long as a callback is young enough.
#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RetryQueue {
    /// Time from the end of one attempt to the next.
    pub interval: Span,
    /// Longest time between the first attempt and the last one; waits count, answers do not.
    pub until: Span,
}

/// Order of the callbacks of one stream: waiting for each other or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Ordering {
    /// Each after the one before it ended.
    #[default]
    Stream,
    /// Each when it is due, whatever became of the others.
    Free,
}
