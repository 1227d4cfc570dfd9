//! The address of the file leads elsewhere, or is merely hard to carry.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, field};
use crate::callback::{Class, FieldSlot};
use crate::family::Family;
use serde_json::Value;

pub(super) static FAULT: Fault = Fault {
    name: "url",
    family: Family::Json,
    meaning: "the file's address points into the receiver's own network, or must be kept byte for byte; rightly signed",
    least: Class::Legal,
    params: &[Param {
        name: "as",
        default: "metadata",
        kind: ParamKind::Choice(&[
            "metadata",
            "loopback",
            "decimal",
            "userinfo",
            "file",
            "path-traversal",
            "spaces",
            "percent",
            "punycode",
            "long-query",
        ]),
        meaning: "where it leads, or what makes it hard",
    }],
    effect: Effect::Each(|callback, args, sender| {
        let (name, slot) = field::present(callback, sender, "@url")?;
        let FieldSlot::Value(Value::String(old)) = slot else {
            return Err(format!("`{name}` is not an address"));
        };
        let (new, class) = match args.text("as") {
            "loopback" => ("http://[::1]:22/".to_owned(), Class::Rough),
            "decimal" => ("http://2130706433/".to_owned(), Class::Rough),
            "userinfo" => (format!("{}@169.254.169.254/", host(&old)), Class::Rough),
            "file" => ("file:///etc/passwd".to_owned(), Class::Rough),
            "path-traversal" => (format!("{old}/../../../../../etc/passwd"), Class::Rough),
            "spaces" => (format!("{old}?title=two words"), Class::Legal),
            "percent" => (format!("{old}?once=%2520&slash=%252F&plus=%2B"), Class::Legal),
            "punycode" => ("https://xn--bcher-kva.example/record.m3u8".to_owned(), Class::Legal),
            "long-query" => (format!("{old}?token={}", "a".repeat(8 << 10)), Class::Legal),
            _ => ("http://169.254.169.254/latest/meta-data/".to_owned(), Class::Rough),
        };
        field::put(callback, sender, &name, FieldSlot::Value(new.into()));
        callback.class = callback.class.max(class);
        Ok(())
    }),
};

/// Scheme and host, without the path.
fn host(url: &str) -> &str {
    let path = url.match_indices('/').nth(2).map_or(url.len(), |(at, _)| at);
    url.split_at(path).0
}
