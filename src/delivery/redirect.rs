//! Targets of redirects, as reports may show them.

use crate::stretch::Stretches;

/// Longest place of a redirect that is kept, in characters.
const LONGEST_LOCATION: usize = 200;

/// Target of a redirect, without its possible secrets: user, password, query and fragment.
pub(super) fn place(location: &str) -> String {
    let end = location.find(['?', '#']).unwrap_or(location.len());
    let (path, rest) = location.split_at(end);
    let query = if rest.starts_with('?') { "?..." } else { "" };
    let scheme = path.find("://").filter(|at| !path.stretch(..*at).contains('/'));
    let start = if path.starts_with("//") { 2 } else { scheme.map_or(0, |at| at + 3) };
    let (scheme, path) = path.split_at(start);
    let (authority, path) = path.split_at(path.find('/').unwrap_or(path.len()));
    // Without a scheme and two slashes there is no authority that could name a user.
    let host = if start == 0 { authority } else { authority.rsplit('@').next().unwrap_or(authority) };
    format!("{scheme}{host}{path}{query}").chars().take(LONGEST_LOCATION).collect()
}
