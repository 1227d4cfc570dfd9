//! Proofs that a receiver asks for beside those of the sender: a header of its own, a login.

use super::RefusedAnswer;
use super::topic::Topic;
use crate::provider::Revision;
use crate::provider::signature::Proof;

/// The longest name of a header that is repeated.
const LONGEST: usize = 40;

/// Ends of names of headers that bear a proof.
const ENDS: [&str; 4] = ["-key", "-token", "-secret", "-auth"];

impl RefusedAnswer<'_> {
    /// Advice where the receiver asks for a header that this sender does not send; none = it may mean one that it sends.
    pub(super) fn own_header(&self, topic: Topic) -> Option<String> {
        let revision = self.edition()?;
        let sent = sent_headers(revision);
        let is_sent = |name: &str| sent.iter().any(|own| own.eq_ignore_ascii_case(name));
        let token = sent.iter().any(|_| matches!(revision.reading.proof, Proof::Token { .. }));
        let named = header_in(self.body);
        let sender = self.provider;
        match (topic, named) {
            (Topic::Token | Topic::Issuer, Some(name)) if !is_sent(name) => {
                Some(named_header(sender, name, "VALUE"))
            }
            (Topic::Token, _) if sent.is_empty() => Some(any_header(sender)),
            (Topic::Issuer, _) if !token => Some(any_header(sender)),
            (Topic::Bearer, _) if !token => Some(named_header(sender, "Authorization", "Bearer VALUE")),
            _ => None,
        }
    }

    /// Advice where the receiver's words name a header that this sender does not send.
    pub(super) fn unsent_header(&self) -> Option<String> {
        let revision = self.edition()?;
        let name = header_in(self.body).filter(|_| self.body.to_lowercase().contains("header"))?;
        let sent = sent_headers(revision).iter().any(|own| own.eq_ignore_ascii_case(name));
        (!sent).then(|| named_header(self.provider, name, "VALUE"))
    }

    /// Words for the login that the command line gives, and that was refused; none = it gives none.
    pub(super) fn given_login(&self) -> Option<&'static str> {
        let (_, rerun) = self.lines;
        if rerun.to_lowercase().contains(" -h \"authorization: ") {
            return Some("what -H gives for it was refused");
        }
        // A query or a path that is a secret is shown by dots.
        let (_, url) = rerun.split_once("set it to the URL ")?;
        let (url, _) = url.split_once(" with its secrets")?;
        (!url.contains("...")).then_some("user and password of the target were refused")
    }
}

/// The headers that prove a message of this edition.
fn sent_headers(revision: &Revision) -> Vec<&'static str> {
    let proof = revision.reading.proof;
    let more = match proof {
        Proof::Stamped(stamped) => [stamped.time.as_ref().map(|time| time.name), Some(stamped.id)],
        _ => [None, None],
    };
    let all = proof.header().into_iter().chain(more.into_iter().flatten());
    all.filter(|name| !name.is_empty() && !revision.signatures.is_empty()).collect()
}

/// The name of a header in a receiver's words.
fn header_in(body: &str) -> Option<&str> {
    let mut words = body.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.find(|word| {
        let small = word.to_ascii_lowercase();
        let own = small.len() > 3 && small.starts_with("x-");
        let named = small == "authorization"
            || ENDS.iter().any(|end| small.len() > end.len() && small.ends_with(end));
        word.len() <= LONGEST && !small.ends_with('-') && (own || named)
    })
}

fn named_header(sender: &str, name: &str, value: &str) -> String {
    format!(
        "a header of the receiver's own: it asks for {name}, which {sender} does not send; -H '{name}: {value}' sends it, or exempt the \
         path of the callbacks"
    )
}

fn any_header(sender: &str) -> String {
    format!(
        "a proof of the receiver's own, such as an API key or a token in a header, which {sender} does not send; -H 'NAME: VALUE' sends \
         it, or exempt the path of the callbacks"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(provider: &str, body: &str) -> String {
        let revision = crate::provider::find(provider, "").unwrap().newest().name;
        let key = "the key of the variable K";
        let refused =
            RefusedAnswer { status: 401, body, key, provider, revision, ..RefusedAnswer::default() };
        refused.to_try().remove(0)
    }

    #[test]
    fn a_header_that_the_sender_does_not_send_is_proposed_by_its_name() {
        for (provider, body, said) in [
            ("tencent", r#"{"error":"missing X-Api-Token"}"#, "-H 'X-Api-Token: VALUE'"),
            ("trtc", "X-Auth-Token header is required", "-H 'X-Auth-Token: VALUE'"),
            ("tencent", r#"{"error":"missing api key"}"#, "-H 'NAME: VALUE'"),
            ("trtc", "Invalid API key", "-H 'NAME: VALUE'"),
            ("srs", "no token", "-H 'NAME: VALUE'"),
            (
                "tencent",
                r#"{"message":"Header X-Webhook-Secret is required"}"#,
                "-H 'X-Webhook-Secret: VALUE'",
            ),
            ("huawei", r#"{"error":"x-api-key header not provided"}"#, "-H 'x-api-key: VALUE'"),
            ("mux", "Authorization header is required", "-H 'Authorization: VALUE'"),
            ("huawei", "no bearer token", "-H 'Authorization: Bearer VALUE'"),
        ] {
            let told = first(provider, body);
            assert!(
                told.contains(said) && told.contains(&format!("{provider} does not send")),
                "{body}: {told}"
            );
            assert!(!told.contains("api_key=") && !told.contains("hookreel show"), "{told}");
        }
    }

    #[test]
    fn a_header_that_the_sender_sends_is_looked_for_where_it_stands() {
        for (provider, body, said) in [
            ("livekit", "Authorization header is required", "where the receiver looks for the proof"),
            ("livekit", "unknown API key", "the issuer of the token (`iss`)"),
            ("livekit", "no bearer token", "the word `Bearer`"),
            ("trtc", "no token", "where the receiver looks for the proof"),
        ] {
            let told = first(provider, body);
            assert!(told.starts_with(said), "{body}: {told}");
        }
    }

    #[test]
    fn a_login_that_was_given_was_refused() {
        let told = |line: &str| {
            let refused = RefusedAnswer {
                status: 401,
                challenge: Some("Basic"),
                lines: ("", line),
                ..RefusedAnswer::default()
            };
            refused.to_try().remove(0)
        };
        let with = |url: &str| {
            told(&format!(
                "hookreel run x -t \"${{HOOKREEL_TARGET:?set it to the URL {url} with its secrets}}\""
            ))
        };
        assert!(
            with("http://localhost:1/cb")
                .starts_with("a login: user and password of the target were refused")
        );
        assert!(with("http://localhost:1/cb?...").contains("http://USER:PASSWORD@HOST"));
        assert!(told("hookreel run x -t http://localhost:1/").contains("http://USER:PASSWORD@HOST"));
        let header = told("hookreel run x -H \"authorization: ${HOOKREEL_HEADER_1:?set it}\"");
        assert!(header.starts_with("a login: what -H gives for it was refused"), "{header}");
    }
}
