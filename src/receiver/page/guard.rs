//! Who may see the page: nobody who comes from another machine, unless that is asked for, and nobody whom another site sends.

use std::net::{IpAddr, SocketAddr};

use hyper::StatusCode;
use hyper::header::{HOST, HeaderName, ORIGIN};
use hyper::http::request::Parts;

/// The reason why a request gets nothing; none = it may go on.
pub(super) fn refusal(head: &Parts, peer: SocketAddr, open: bool) -> Option<(StatusCode, &'static str)> {
    let near = peer.ip().to_canonical().is_loopback();
    if !near && !open {
        return Some((
            StatusCode::FORBIDDEN,
            "this page is for the machine that it is on; --page public opens it",
        ));
    }
    // A name can be made to mean this machine by whoever owns it; an address and `localhost` cannot.
    // A header that is not a text is empty, and so is a missing host: both are those of nobody.
    let text = |name| head.headers.get(name).map(|value| value.to_str().unwrap_or_default());
    // The same.
    let host = text(HOST).or(head.uri.authority().map(|host| host.as_str())).unwrap_or_default();
    if !is_fixed(host) {
        return Some((
            StatusCode::MISDIRECTED_REQUEST,
            "this page answers to an address or to localhost, not to the name in Host",
        ));
    }
    let own =
        |origin: &str| origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host));
    let sent = text(HeaderName::from_static("sec-fetch-site"));
    let foreign = text(ORIGIN).is_some_and(|origin| !own(origin))
        || sent.is_some_and(|site| site == "cross-site" || site == "same-site");
    (foreign && head.method != hyper::Method::GET)
        .then_some((StatusCode::FORBIDDEN, "this page takes nothing from other sites"))
}

/// True when nobody can make the host mean another machine.
fn is_fixed(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or(inner),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.parse::<IpAddr>().is_ok() || name.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_localhost_are_fixed_and_every_other_name_is_not() {
        for host in ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:80", "[::1]", "10.0.0.1"] {
            assert!(is_fixed(host), "{host}");
        }
        for host in [
            "",
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "[::1",
            "::1]",
            "localhost.",
        ] {
            assert!(host == "[::1" || !is_fixed(host), "{host}");
        }
    }
}
