//! Notice for a receiver that answers every callback alike.

use std::fmt::Write;

use super::Card;
use crate::audit::groups::{AnsweredAlike, Trace};
use crate::report::inert;

/// Bodies that are shown where hostile callbacks were answered in several ways.
const BODIES: usize = 3;

/// The answers to hostile callbacks beside those to valid ones, in a line.
fn answered(alike: &AnsweredAlike) -> String {
    let AnsweredAlike { hostile, otherwise, status, bodies, valid, .. } = alike;
    let count = match otherwise {
        0 => format!("all {hostile}"),
        more => format!("{hostile} of {}", hostile + more),
    };
    let of_valid =
        if valid.is_empty() { "valid ones without a body".into() } else { format!("valid ones {valid}") };
    match bodies.as_slice() {
        [(body, _)] => {
            let like = if alike.like_valid() == *hostile { "like valid ones" } else { &of_valid };
            let body = if body.is_empty() { String::new() } else { format!(" {body}") };
            format!("{count} hostile callbacks were answered {status}{body}, {like}")
        }
        several => {
            let shown = several.iter().take(BODIES).map(|(body, count)| format!("{body} ({count} times)"));
            let more = if several.len() > BODIES { ", ..." } else { "" };
            let shown = shown.collect::<Vec<_>>().join(", ");
            format!("{count} hostile callbacks were answered {status}: {shown}{more}; {of_valid}")
        }
    }
}

impl Card<'_> {
    /// Notice for a receiver that acknowledges everything. It comes first, since every case would repeat the same failure.
    pub(super) fn everything_alike(&self, out: &mut String) {
        let Some((alike, _)) = &self.alike else { return };
        let AnsweredAlike { hostile, otherwise, status, valid, told_by, trace, .. } = alike;
        let _ = writeln!(out, "{}", inert(&answered(alike)));
        if *otherwise > 0 {
            let _ = writeln!(
                out,
                "  {otherwise} more were answered otherwise: an HTTP server rejects malformed and very large ones by itself."
            );
        }
        let like_valid = alike.like_valid();
        if like_valid > 0 && like_valid < *hostile {
            let _ = writeln!(
                out,
                "  {like_valid} of them were answered exactly like valid ones: what was sent in those was not checked."
            );
        }
        if let Some((path, value)) = told_by.as_ref().filter(|_| !self.expects) {
            let _ = writeln!(
                out,
                "  If the body tells acceptance from rejection, say so: --expect '{{accept: {{json: {{\"{path}\": {value}}}}}}}'\n  \
                 Mind that the vendor does not read the body: what gets {status} is not sent again.",
            );
        }
        out.push_str(match trace {
            Trace::None if self.expects => "  None of them was stored, so the receiver may reject silently.\n",
            Trace::None => {
                "  None of them was stored, so the receiver may reject silently. To judge by the state alone:\n  \
                 --expect '{accept: {status: 200}, reject: {status: 200}}'\n"
            }
            Trace::Stored => {
                "  Some of them were stored as well: the signature is not checked, or not in every case.\n"
            }
            Trace::Unknown if self.expects => {
                "  By --expect each of these answers accepts, so the signature is not checked. To see what was stored:\n  \
                 --state URL    a list of what is stored: a rejected callback must not be in it\n"
            }
            Trace::Unknown => {
                "  Either the signature is not checked, or the receiver rejects without saying so. To tell these apart:\n  \
                 --state URL    a list of what is stored: a rejected callback must not be in it\n"
            }
        });
        out.push_str(match (trace, told_by) {
            (Trace::Unknown, None) if self.expects => "\n",
            (Trace::Unknown, None) if valid.contains('{') => {
                "  --expect YAML  what the body says, such as '{accept: {json: {\"$.code\": 0}}}'\n\n"
            }
            (Trace::Unknown, None) => {
                "  --expect YAML  what else differs, such as '{accept: {header: {x-result: ok}}}'\n\n"
            }
            _ => "\n",
        });
    }
}
