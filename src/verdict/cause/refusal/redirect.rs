//! Likely cause of a redirect, by where it leads. No vendor follows one.

use url::Url;

/// Words of an address where somebody is to log in.
const LOGIN: [&str; 6] = ["login", "signin", "sign-in", "sign_in", "/auth", "sso"];

/// Names of this machine: a server may call itself by another one than it was called.
const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The one hint about a redirect to this place; `target` is what was sent to, empty = not known.
pub(super) fn redirected(place: &str, target: &str) -> String {
    if place.trim().is_empty() {
        return "a redirect that names no place, and that no vendor follows; answer the callback where it is sent to".to_owned();
    }
    if LOGIN.iter().any(|word| place.to_lowercase().contains(word)) {
        return format!(
            "a redirect to a login ({place}): the path asks for one; exempt the path of the callbacks, whose proof is the signature"
        );
    }
    let sent = Url::parse(target).ok();
    let to = sent.as_ref().map_or_else(|| Url::parse(place), |sent| sent.join(place)).ok();
    let (Some(sent), Some(to)) = (sent, to) else {
        return format!("a redirect, which no vendor follows; name its location as the target: {place}");
    };
    let own = |url: &Url| url.host_str().is_some_and(|host| OWN_NAMES.contains(&host));
    if sent.host_str() != to.host_str() && !(own(&sent) && own(&to)) {
        return format!(
            "a redirect to another host, which no vendor follows: {place}; if callbacks are received there, name that address as the target, \
             else let the receiver, or the proxy before it, serve the name that is called"
        );
    }
    if (sent.scheme(), to.scheme()) == ("http", "https") {
        return format!(
            "a redirect from http to https, which no vendor follows: name the target with https:// ({place}), as at the vendor"
        );
    }
    let without_slash = |url: &Url| url.path().trim_end_matches('/').to_owned();
    if sent.path() != to.path() && without_slash(&sent) == without_slash(&to) {
        let with = if to.path().ends_with('/') { "with" } else { "without" };
        return format!(
            "a redirect for the slash at the end of the path, which no vendor follows: name the target {with} it ({place}), as at the vendor, \
             or let the receiver answer both"
        );
    }
    format!(
        "a redirect to another path, which no vendor follows; name it in the target, as at the vendor: {place}"
    )
}

#[cfg(test)]
mod tests {
    use super::redirected;

    #[test]
    fn a_redirect_has_one_hint_that_fits_where_it_leads() {
        let target = "http://localhost:8080/cb";
        for (place, begin) in [
            ("", "a redirect that names no place"),
            ("/login", "a redirect to a login (/login)"),
            ("https://sso.example/x", "a redirect to a login (https://sso.example/x)"),
            ("https://hooks.example/cb", "a redirect to another host"),
            ("https://127.0.0.1/cb", "a redirect from http to https"),
            ("http://localhost:8080/cb/", "a redirect for the slash"),
            ("/cb/", "a redirect for the slash"),
            ("/hooks/cb", "a redirect to another path"),
        ] {
            let hint = redirected(place, target);
            assert!(hint.starts_with(begin) && hint.contains(place), "{place}: {hint}");
        }
        let unknown = redirected("/cb/", "");
        assert_eq!(unknown, "a redirect, which no vendor follows; name its location as the target: /cb/");
    }
}
