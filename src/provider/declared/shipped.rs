//! Provider files that come with the program: senders of which a part is not known, and an example.

use super::{DeclaredFrom, declare, known};
use crate::problem::Source;
use crate::provider::Provider;

/// Names of the providers, and texts of their files.
pub const SHIPPED: &[(&str, &str)] = &[
    ("zoom", include_str!("../../../docs/providers/zoom.yaml")),
    ("sparkrtc", include_str!("../../../docs/providers/sparkrtc.yaml")),
    ("volcengine", include_str!("../../../docs/providers/volcengine.yaml")),
    ("acme", include_str!("../../../docs/providers/acme.yaml")),
];

/// The file that declares the provider of this name: its own name, with `@` before it, and its text.
pub fn shipped(provider: &str) -> Option<Source> {
    let (name, text) = SHIPPED.iter().find(|(name, _)| *name == provider)?;
    Some(Source { name: format!("@{name}"), text: (*text).to_owned() })
}

/// Makes the providers known whose files come with the program and name one of these headers.
pub fn declare_shipped_of(headers: &[&String]) {
    let headers: Vec<String> = headers.iter().map(|name| name.to_ascii_lowercase() + ":").collect();
    for (provider, text) in SHIPPED {
        let text = text.to_ascii_lowercase();
        let unknown = known().iter().all(|known| known.name != *provider);
        if unknown && headers.iter().any(|header| text.contains(header)) {
            declare_shipped(provider);
        }
    }
}

/// Makes the provider of this name known, if its file comes with the program.
pub fn declare_shipped(provider: &str) -> Option<&'static Provider> {
    declare(shipped(provider)?, DeclaredFrom::Program).ok()
}
