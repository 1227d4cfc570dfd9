//! `show --formula`: the signature's formula, and some lines of a language that check it.

mod compiled;
mod head;
mod scripts;

use clap::ValueEnum;

use super::args::ShowArgs;
use super::exit::Refused;
use super::sign::method;
use crate::callback::{Digests, Encoding};
use crate::number;
use crate::problem::did_you_mean;
use crate::provider::diagnosis::formula;
use crate::provider::signature::{Proof, Signature, SignedPart};
use crate::provider::{FieldNames, Provider, Revision, standard_webhooks};
use crate::scenario::Method;

/// A language of receivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    Python,
    Node,
    Go,
    Java,
    Php,
}

/// Syntax of a language for the signed text, and the lines around it.
struct Snippet {
    /// Before the formula, which stands in a comment.
    comment: &'static str,
    /// Lines for MD5, with `MESSAGE`, `SIGN` and `TIME` for the signed text and the names of the two fields.
    md5: &'static str,
    hmac: &'static str,
    /// The text of a field, with `NAME` in the place of its name.
    field: &'static str,
    /// Operator that joins the parts of the message.
    joint: &'static str,
    key: &'static str,
}

const PYTHON: Snippet = Snippet {
    comment: "#",
    md5: r#"import hashlib, hmac, json, time

def check(body: bytes, key: str) -> bool:
    try:
        message = json.loads(body)
        text = lambda name: str(message.get(name, ""))
        signed = MESSAGE
        right = hashlib.md5(signed.encode()).hexdigest()
        same = hmac.compare_digest(right.encode(), text("SIGN").encode())
        return same and int(text("TIME")) >= time.time()
    except (AttributeError, RecursionError, ValueError):  # no JSON object, or no text that can be signed
        return False
"#,
    hmac: r#"import hashlib, hmac, json, time

def check(body: bytes, key: str) -> bool:
    try:
        message = json.loads(body)
        text = lambda name: str(message.get(name, ""))
        signed = MESSAGE
        right = hmac.new(key.encode(), signed.encode(), hashlib.sha256).hexdigest()
        same = hmac.compare_digest(right.encode(), text("SIGN").encode())
        return same and int(text("TIME")) >= time.time()
    except (AttributeError, RecursionError, ValueError):  # no JSON object, or no text that can be signed
        return False
"#,
    field: "text(\"NAME\")",
    joint: " + ",
    key: "key",
};

const NODE: Snippet = Snippet {
    comment: "//",
    md5: r#"const { createHash, timingSafeEqual } = require("node:crypto");

function check(body, key) {
  let message;
  try { message = JSON.parse(body); } catch { return false; }
  const text = (name) => ["string", "number"].includes(typeof message?.[name]) ? String(message[name]) : "";
  const signed = MESSAGE;
  const right = Buffer.from(createHash("md5").update(signed).digest("hex"));
  const given = Buffer.from(text("SIGN"));
  const same = given.length === right.length && timingSafeEqual(given, right);
  return same && Number(text("TIME")) >= Date.now() / 1000;
}
"#,
    hmac: r#"const { createHmac, timingSafeEqual } = require("node:crypto");

function check(body, key) {
  let message;
  try { message = JSON.parse(body); } catch { return false; }
  const text = (name) => ["string", "number"].includes(typeof message?.[name]) ? String(message[name]) : "";
  const signed = MESSAGE;
  const right = Buffer.from(createHmac("sha256", key).update(signed).digest("hex"));
  const given = Buffer.from(text("SIGN"));
  const same = given.length === right.length && timingSafeEqual(given, right);
  return same && Number(text("TIME")) >= Date.now() / 1000;
}
"#,
    field: "text(\"NAME\")",
    joint: " + ",
    key: "key",
};

const GO: Snippet = Snippet {
    comment: "//",
    md5: r#"package callback

import ("crypto/md5"; "crypto/subtle"; "encoding/hex"; "fmt"; "strconv"; "time")

// Check takes the message as a json.Decoder reads it after UseNumber().
func Check(message map[string]any, key string) bool {
	text := func(name string) string { return fmt.Sprint(message[name]) }
	digest := md5.Sum([]byte(MESSAGE))
	right := hex.EncodeToString(digest[:])
	same := subtle.ConstantTimeCompare([]byte(right), []byte(text("SIGN"))) == 1
	expiry, err := strconv.ParseInt(text("TIME"), 10, 64)
	return same && err == nil && expiry >= time.Now().Unix()
}
"#,
    hmac: r#"package callback

import ("crypto/hmac"; "crypto/sha256"; "encoding/hex"; "fmt"; "strconv"; "strings"; "time")

// Check takes the message as a json.Decoder reads it after UseNumber().
func Check(message map[string]any, key string) bool {
	text := func(name string) string { return strings.TrimSuffix(fmt.Sprint(message[name]), "<nil>") }
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(MESSAGE))
	right := hex.EncodeToString(mac.Sum(nil))
	same := hmac.Equal([]byte(right), []byte(text("SIGN")))
	expiry, err := strconv.ParseInt(text("TIME"), 10, 64)
	return same && err == nil && expiry >= time.Now().Unix()
}
"#,
    field: "text(\"NAME\")",
    joint: " + ",
    key: "key",
};

const JAVA: Snippet = Snippet {
    comment: "//",
    md5: r#"import java.security.MessageDigest;
import java.util.*;

class Callback { // the message as a JSON library reads it
    static boolean check(Map<String, ?> message, String key) throws Exception {
        if (message == null) return false;
        java.util.function.Function<String, String> text = name -> Objects.toString(message.get(name), "");
        byte[] signed = (MESSAGE).getBytes("UTF-8");
        String right = HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(signed));
        boolean same = MessageDigest.isEqual(right.getBytes("UTF-8"), text.apply("SIGN").getBytes("UTF-8"));
        return same && text.apply("TIME").matches("\\d{1,18}") && Long.parseLong(text.apply("TIME")) >= System.currentTimeMillis() / 1000;
    }
}
"#,
    hmac: r#"import java.security.MessageDigest;
import java.util.*;

class Callback { // the message as a JSON library reads it
    static boolean check(Map<String, ?> message, String key) throws Exception {
        if (message == null) return false;
        java.util.function.Function<String, String> text = name -> Objects.toString(message.get(name), "");
        javax.crypto.Mac mac = javax.crypto.Mac.getInstance("HmacSHA256");
        mac.init(new javax.crypto.spec.SecretKeySpec(key.getBytes("UTF-8"), "HmacSHA256"));
        String right = HexFormat.of().formatHex(mac.doFinal((MESSAGE).getBytes("UTF-8")));
        boolean same = MessageDigest.isEqual(right.getBytes("UTF-8"), text.apply("SIGN").getBytes("UTF-8"));
        return same && text.apply("TIME").matches("\\d{1,18}") && Long.parseLong(text.apply("TIME")) >= System.currentTimeMillis() / 1000;
    }
}
"#,
    field: "text.apply(\"NAME\")",
    joint: " + ",
    key: "key",
};

const PHP: Snippet = Snippet {
    comment: "//",
    md5: r#"function check(string $body, string $key): bool {
    $message = json_decode($body, true, 512, JSON_BIGINT_AS_STRING);
    $text = fn(string $name): string => (string) ($message[$name] ?? '');
    $signed = MESSAGE;
    $same = hash_equals(md5($signed), $text('SIGN'));
    return $same && (int) $text('TIME') >= time();
}
"#,
    hmac: r#"function check(string $body, string $key): bool {
    $message = json_decode($body, true, 512, JSON_BIGINT_AS_STRING);
    $text = fn(string $name): string => (string) ($message[$name] ?? '');
    $signed = MESSAGE;
    $same = hash_equals(hash_hmac('sha256', $signed, $key), $text('SIGN'));
    return $same && (int) $text('TIME') >= time();
}
"#,
    field: "$text('NAME')",
    joint: " . ",
    key: "$key",
};

impl Language {
    fn snippet(self) -> Snippet {
        match self {
            Self::Python => PYTHON,
            Self::Node => NODE,
            Self::Go => GO,
            Self::Java => JAVA,
            Self::Php => PHP,
        }
    }

    /// A text as the language writes it.
    fn quoted(self, text: &str) -> String {
        match self {
            Self::Php => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
            _ => serde_json::Value::from(text).to_string(),
        }
    }

    /// The formula in a comment, headed by whose it is, and the lines that check a callback; for a time of sending within so many
    /// seconds.
    ///
    /// None where the body bears a signature that is not hexadecimal, or a time of sending: there are no lines for that.
    pub(super) fn lines(self, head: &str, way: &str, form: &SignedForm<'_>) -> Option<String> {
        let &SignedForm { reading, in_query, signature, tolerance } = form;
        let comment = self.snippet().comment;
        let open = if self == Self::Php { "<?php\n" } else { "" };
        if reading.proof != Proof::Body {
            let lines = self.of_headers(reading.proof, in_query, signature, tolerance)?;
            return Some(format!("{open}{comment} {head}\n{comment} {way}\n{lines}"));
        }
        if signature.encoding != Encoding::Hex || reading.time_of_sending {
            return None;
        }
        let lines = self.of_fields(reading, signature);
        let formula = formula(signature, reading.time_field);
        let digits = "lower-case hexadecimal; the time is an expiry in Unix seconds";
        Some(format!(
            "{open}{comment} {head}\n{comment} {} = {formula}, {digits}\n{lines}",
            reading.signature_field
        ))
    }

    fn of_fields(self, reading: &FieldNames, signature: &Signature) -> String {
        let Snippet { md5, hmac, field, joint, key, .. } = self.snippet();
        let part = |part: &SignedPart| match part {
            SignedPart::Key => key.to_owned(),
            SignedPart::Time => field.replace("NAME", reading.time_field),
            SignedPart::Field(name) => field.replace("NAME", name),
            SignedPart::Text(text) => self.quoted(text),
            // What else there is stands in headers.
            _ => String::new(),
        };
        let message: Vec<String> = signature.message.iter().map(part).collect();
        let lines = match signature.digest {
            Digests::Md5 => md5,
            Digests::HmacSha1 | Digests::HmacSha256 | Digests::WebhookSha256 => hmac,
        };
        lines
            .replace("MESSAGE", &message.join(joint))
            .replace("SIGN", reading.signature_field)
            .replace("TIME", reading.time_field)
    }
}

/// The form of a signed callback.
pub(super) struct SignedForm<'a> {
    reading: &'a FieldNames,
    /// It is the query of a GET.
    in_query: bool,
    signature: &'a Signature,
    /// Seconds by which a time of sending may differ.
    tolerance: i64,
}

/// The formula of an event's signature, or of most events', in a language.
pub(super) fn lines(
    args: &ShowArgs,
    language: Language,
    provider: &'static Provider,
    revision: &'static Revision,
) -> Result<String, Refused> {
    let method = method(provider, revision, args.method.as_deref())?;
    let revision = standard_webhooks::under(revision, method);
    let meant = args.event.as_deref().map(|name| event(provider, revision, name)).transpose()?;
    let second = meant.and_then(|event| revision.second_callback(event));
    let (reading, signature) = match second {
        Some(second) => (&second.reading, second.signature.as_ref()),
        None => (revision.reading, revision.signature(method)),
    };
    let in_query = second.is_some_and(|second| second.in_query);
    let none = || Refused::usage(format!("{} {} does not sign this event", provider.name, revision.name));
    let signature = signature.ok_or_else(none)?;
    let events = meant.map_or_else(String::new, |event| format!(" {event}"));
    let other = revision.second_callback.filter(|_| meant.is_none()).map_or_else(String::new, |second| {
        format!("; {} are signed otherwise: name one", second.events.join(", "))
    });
    let head = format!("{} {}{events}, {method}{other}", provider.name, revision.name);
    let encoding = signature.encoding;
    // Only senders that sign in a header come here.
    let place = reading.proof.header().unwrap_or_default();
    let way = format!("header {place} = {}, {encoding}", formula(signature, reading.time_field));
    let own =
        if method == Method::StandardWebhooks { standard_webhooks::TOLERANCE } else { provider.lifetime };
    let tolerance = number::seconds(own);
    let form = SignedForm { reading, in_query, signature, tolerance };
    language.lines(&head, &way, &form).ok_or_else(|| {
        Refused::usage(format!(
            "--formula: there are no lines yet for the way in which {} signs; `hookreel show {}` says how",
            provider.name, provider.name
        ))
    })
}

/// The event of this name.
fn event(provider: &Provider, revision: &Revision, name: &str) -> Result<&'static str, Refused> {
    let known = || provider.events.iter().filter(|kind| kind.editions.contains(&revision.edition));
    known().find(|kind| kind.is(name)).map(|kind| kind.name).ok_or_else(|| {
        let names: Vec<&str> = known().map(|kind| kind.name).collect();
        let near =
            did_you_mean(name, names.iter().copied()).map_or_else(String::new, |near| format!("; {near}"));
        let (provider, revision, list) = (provider.name, revision.name, names.join(", "));
        Refused::usage(format!("{provider} {revision} has no event `{name}`; expected one of {list}{near}"))
    })
}
