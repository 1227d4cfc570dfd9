//! Captured requests whose own signature was wrong: signed anew, a forged request would be a right one.

use secrecy::SecretString;

use super::senders::{Sent, earlier};
use crate::capture::CapturedRequest;
use crate::cli::captured::Captured;
use crate::cli::complain;
use crate::cli::exit::Refused;
use crate::cli::requests::lacks_signature;
use crate::cli::verify;
use crate::provider::signature::Proof;
use crate::report::text::amount;

/// What the receiver that captured a request says of it where the signature is not the vendor's.
const FORGED: [&str; 2] = ["the signature does not match", "signature or time is missing"];

/// What it says of a request that no right receiver takes, although its signature may be the vendor's.
const NOT_VALID: [&str; 4] = [
    "the signature has expired",
    "the time lies too far ahead",
    "the time is not written in plain decimal digits",
    "the issuer of the token is another API key",
];

/// Most requests that are named one by one.
const MOST_NAMED: usize = 20;

/// The receiver that captured the request found its signature wrong.
pub(in crate::cli) fn is_forged(request: &CapturedRequest) -> bool {
    FORGED.contains(&request.verdict.as_str())
}

/// Marks the requests that a right receiver refuses again, byte for byte as they came: by what was found of each when it was captured.
/// A signature that is of the key now, or of a key that nobody knows, is no mistake.
pub(super) fn refused_rightly(sent: &mut [Sent], key: Option<&SecretString>) {
    // Of a capture in which no signature was right, the receiver may have had another key than the sender.
    let some_right = sent.iter().any(|sent| sent.request.verdict.starts_with("accepted"));
    let accepted = |sent: &Sent| earlier(sent).is_some_and(|earlier| earlier.accepted);
    let wrong = |sent: &Sent| match key {
        _ if sent.request.sender.is_some() || accepted(sent) => false,
        _ if NOT_VALID.contains(&sent.request.verdict.as_str()) => true,
        Some(key) => is_forged(&sent.request) && !is_signed(sent, key),
        None => is_forged(&sent.request) && some_right,
    };
    sent.iter_mut().for_each(|sent| sent.refused = wrong(sent));
}

/// Moment of signing anew, and the key if it is known by now.
#[derive(Clone, Copy)]
pub(in crate::cli) enum Resigned<'a> {
    /// At once, by --resign.
    Now(&'a SecretString),
    /// By the scenario that is written.
    Later,
}

impl Resigned<'_> {
    /// The word that signs anew, the one that takes a request all the same, and what was not done.
    const fn words(self) -> [&'static str; 3] {
        match self {
            Self::Now(_) => ["--resign", "sends", "nothing was sent"],
            Self::Later => ["`resign: true`", "takes", "nothing was written"],
        }
    }
}

/// Leaves out what was not signed rightly when it came, unless it is named.
///
/// The verdict of the capture counts. A capture without verdicts is judged with the key: if the key is right for one request, it
/// is that of the capture, and the others were forged. If it is right for none, it may be another key, and a warning says so.
///
/// # Errors
/// Nothing is left.
pub(in crate::cli) fn proven(
    mut sent: Vec<Sent>,
    named: &[String],
    resigned: Resigned<'_>,
) -> Result<Vec<Sent>, Refused> {
    let mut own_key = false;
    for sent in &mut sent {
        sent.unproven = match resigned {
            Resigned::Now(key) if !is_judged(sent) => {
                let matching = is_signed(sent, key);
                own_key |= matching;
                !matching
            }
            _ => is_forged(&sent.request),
        };
    }
    let left_out = |sent: &Sent| {
        let wrong = is_forged(&sent.request) || (sent.unproven && own_key);
        wrong && !named.contains(&sent.request.id)
    };
    let (forged, kept): (Vec<Sent>, Vec<Sent>) = sent.into_iter().partition(left_out);
    if !forged.is_empty() {
        let [flag, takes, nothing] = resigned.words();
        let why = format!(
            "{} without a right signature when captured, which {flag} would make right; `--id {}` {takes} {} all the same",
            amount(forged.len(), "request"),
            ids(&forged.iter().collect::<Vec<_>>(), ","),
            if forged.len() == 1 { "it" } else { "them" },
        );
        if kept.is_empty() {
            return Err(Refused::usage(format!("nothing but {why}; {nothing}")));
        }
        complain(&format!("warning: left out: {why}\n"));
    }
    warn_of_unproven(&kept, named);
    Ok(kept)
}

/// Says of which requests nobody knows whether their signature was right.
fn warn_of_unproven(kept: &[Sent], named: &[String]) {
    let unproven: Vec<&Sent> =
        kept.iter().filter(|sent| sent.unproven && !named.contains(&sent.request.id)).collect();
    if !unproven.is_empty() {
        complain(&format!(
            "warning: no signature of the capture matches this key: forged, or signed with another key; --resign makes {} \
             right: {}\n",
            amount(unproven.len(), "request"),
            ids(&unproven, ", ")
        ));
    }
}

/// Says which requests are sent with a signature that is not of the key that was given.
pub(in crate::cli) fn warn_of_another_key(sent: &[Sent], key: &SecretString) {
    let other = |sent: &&Sent| {
        let signed = !sent.revision.signatures.is_empty() && !is_forged(&sent.request);
        signed
            && !lacks_signature(&sent.request, sent.revision.reading.proof != Proof::Body)
            && !is_signed(sent, key)
    };
    let other: Vec<&Sent> = sent.iter().filter(other).collect();
    if !other.is_empty() {
        complain(&format!(
            "warning: {} sent as captured, and the signature is not of the key that was given: a correct receiver refuses it; \
             --resign signs with this key: {}\n",
            amount(other.len(), "request"),
            ids(&other, ", ")
        ));
    }
}

fn ids(sent: &[&Sent], between: &str) -> String {
    let ids: Vec<&str> = sent.iter().take(MOST_NAMED).map(|sent| sent.request.id.as_str()).collect();
    let more = if sent.len() > MOST_NAMED { format!("{between}...") } else { String::new() };
    ids.join(between) + &more
}

/// Whether it was signed rightly is known without a key: the capture says so, or it was taken out of a record.
fn is_judged(sent: &Sent) -> bool {
    !sent.request.verdict.is_empty()
        || lacks_signature(&sent.request, sent.revision.reading.proof != Proof::Body)
}

/// One of the provider's schemes gives its signature with this key.
fn is_signed(sent: &Sent, key: &SecretString) -> bool {
    let request = &sent.request;
    let body = Captured {
        bytes: request.bytes().to_vec(),
        fields: sent.fields(),
        path: String::new(),
        headers: request.header_texts().collect(),
    };
    verify::matches(sent.provider, sent.revision, &body, key)
}
