//! Provider files that come with the program: senders of which a part is not known, and an example.

use super::{DeclaredFrom, declare};
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

/// Makes the provider of this name known, if its file comes with the program.
pub fn declare_shipped(provider: &str) -> Option<&'static Provider> {
    declare(shipped(provider)?, DeclaredFrom::Program).ok()
}
