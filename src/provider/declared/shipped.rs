//! Provider files that come with the program: senders of which a part is not known, and an example.

use std::collections::HashSet;
use std::sync::LazyLock;

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
    // A capture may have a hundred thousand requests.
    static KEYS: LazyLock<Vec<(&str, HashSet<String>)>> = LazyLock::new(|| {
        let keys = |text: &str| {
            text.split_whitespace()
                .filter_map(|word| word.strip_suffix(':'))
                .map(str::to_ascii_lowercase)
                .collect()
        };
        SHIPPED.iter().map(|(provider, text)| (*provider, keys(text))).collect()
    });
    for (provider, keys) in KEYS.iter() {
        let named = headers.iter().any(|header| keys.contains(&header.to_ascii_lowercase()));
        if named && known().iter().all(|known| known.name != *provider) {
            declare_shipped(provider);
        }
    }
}

/// Makes the provider of this name known, if its file comes with the program.
pub fn declare_shipped(provider: &str) -> Option<&'static Provider> {
    declare(shipped(provider)?, DeclaredFrom::Program).ok()
}
