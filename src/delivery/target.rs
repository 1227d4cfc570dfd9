//! Addresses that callbacks may be sent to.
//!
//! Only loopback and private addresses are allowed unless a host is allowed by name. The rule is applied to the addresses
//! a name resolves to, and exactly those are connected to, so a name cannot change its mind in between.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use url::{Host, Url};

use crate::masking::{Secrets, looks_drawn};
use crate::percent::decoded;

/// A receiver's URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiverUrl {
    /// URL as given.
    pub url: Url,
}

impl ReceiverUrl {
    /// Reads a URL, or a port of this machine, which may have a path behind it: `8080`, `8080/callback`.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        const BRACKETS: &str = "an IPv6 address stands in brackets, such as http://[::1]:8080/";
        const HINT: &str = "write a URL such as http://localhost:8080/callback, or a port of this machine";
        let text = text.trim();
        if text.is_empty() {
            return Err("no target: is $HOOKREEL_TARGET set?".into());
        }
        let (port, path) = text.split_at(text.find('/').unwrap_or(text.len()));
        if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) {
            return match port.parse::<u16>() {
                Ok(0) => Err("port 0 cannot be a target".into()),
                Ok(port) => Self::parse(&format!("http://localhost:{port}{path}")),
                Err(_) => Err("a port lies between 1 and 65535".into()),
            };
        }
        if text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("unix:")) {
            return Err(format!("unix sockets are not supported; {HINT}"));
        }
        if text.starts_with(['"', '\'', '`', '<']) {
            return Err(format!(
                "the target itself begins with a quote or a bracket; leave it out, and {HINT}"
            ));
        }
        let scheme =
            |name: &str| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        let has_scheme = scheme("http://") || scheme("https://");
        let url = Url::parse(text).map_err(|error| match Url::parse(&format!("http://{text}")) {
            _ if has_scheme => format!("{error}; {}", if text.contains("::") { BRACKETS } else { HINT }),
            Ok(_) => meant(text),
            Err(error) => format!("{error}; {HINT}"),
        })?;
        match (url.scheme(), url.host()) {
            ("http" | "https", Some(_)) if url.fragment().is_some() => {
                Err("what follows `#` in a URL is never sent; leave it out, or write `#` as %23".into())
            }
            ("http" | "https", Some(_)) => Ok(Self { url }),
            ("http" | "https", None) => Err(format!("it names no host; {HINT}")),
            _ if text.split('/').next().is_some_and(|host| host.contains(':')) && !text.contains("://") => {
                Err(meant(text))
            }
            (scheme, _) => {
                match ["http", "https"].into_iter().find(|near| strsim::osa_distance(scheme, near) == 1) {
                    Some(near) => Err(format!("`{scheme}` is not supported; did you mean `{near}`?")),
                    None => Err(format!("`{scheme}` is not supported; {HINT}")),
                }
            }
        }
    }

    /// The host, an address of version 6 without its brackets.
    pub fn host(&self) -> &str {
        self.written_host().trim_matches(['[', ']'])
    }

    /// The host as it stands in the URL.
    fn written_host(&self) -> &str {
        self.url.host_str().expect("a URL without a host is refused when it is read")
    }

    /// The port, be it that of the scheme.
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(80)
    }

    /// Addresses of `localhost`, independent of the system's files: both loopback addresses, since a server may use
    /// either.
    pub fn loopbacks(&self) -> Option<[SocketAddr; 2]> {
        let local = self.host().trim_end_matches('.').eq_ignore_ascii_case("localhost");
        let at = |address: IpAddr| SocketAddr::new(address, self.port());
        local.then(|| [at(Ipv4Addr::LOCALHOST.into()), at(Ipv6Addr::LOCALHOST.into())])
    }

    /// Host and request target as they stand in a request.
    pub fn written(&self) -> (String, String) {
        let host = self.written_host();
        let host = self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let query = self.url.query().map_or_else(String::new, |query| format!("?{query}"));
        (host, format!("{}{query}", self.url.path()))
    }

    /// Value of the `Authorization` header for the URL's user and password; none without them. Secret.
    pub fn credentials(&self) -> Option<String> {
        let (user, password) = (decoded(self.url.username()), self.url.password().map(decoded));
        if user.is_empty() && password.is_none() {
            return None;
        }
        // Without a password, nothing stands after the colon (RFC 7617).
        let pair = format!("{user}:{}", password.unwrap_or_default());
        Some(format!("Basic {}", STANDARD.encode(pair)))
    }

    /// Tells the secrets that may be in it: user, password, values of the query.
    pub fn give_away(&self, secrets: &Secrets) {
        for password in self.url.password().into_iter().flat_map(|text| [text.to_owned(), decoded(text)]) {
            secrets.password(&password);
        }
        secrets.credentials(&decoded(self.url.username()));
        self.credentials().iter().for_each(|basic| secrets.credentials(basic));
        for (_, value) in self.url.query_pairs() {
            secrets.credentials(&value);
        }
        self.url.fragment().iter().for_each(|fragment| secrets.credentials(&decoded(fragment)));
        // Of the path what is not shown.
        let segments = self.url.path_segments().into_iter().flatten();
        segments
            .filter(|segment| looks_drawn(segment))
            .for_each(|segment| secrets.credentials(&decoded(segment)));
    }

    /// The same receiver at another path.
    pub fn at(&self, path: &str) -> Self {
        let mut url = self.url.clone();
        url.set_path(path);
        Self { url }
    }
}

fn meant(text: &str) -> String {
    let guess = if telling(text) { String::new() } else { format!("; did you mean http://{text}?") };
    format!("a URL begins with http:// or https://{guess}")
}

/// A text that is not a URL may hold a secret all the same: a password, a query, a long word. Only `host:port`, with a plain
/// path or without one, is surely none.
fn telling(text: &str) -> bool {
    let (host, path) = text.split_at(text.find('/').unwrap_or(text.len()));
    let port = |port: &str| !port.is_empty() && port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit());
    let name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_[]:".contains(c));
    // A name alone may be anything.
    let local = host == "localhost" || host.parse::<Ipv4Addr>().is_ok();
    let host = local || host.rsplit_once(':').is_some_and(|(host, digits)| name(host) && port(digits));
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
    let long = text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.len() >= 16);
    long || !host || !path.chars().all(plain)
}

/// The URL without what may be secret in it: user, password, the values of the query, and parts of the path that look drawn.
impl fmt::Display for ReceiverUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.url.clone();
        // Neither can fail on a URL with a host.
        let _ = (url.set_username(""), url.set_password(None));
        if url.query().is_some() {
            url.set_query(Some("..."));
        }
        let path: Vec<&str> = url.path().split('/').collect();
        if path.iter().any(|segment| looks_drawn(segment)) {
            let shown: Vec<&str> =
                path.iter().map(|part| if looks_drawn(part) { "..." } else { part }).collect();
            let shown = shown.join("/");
            url.set_path(&shown);
        }
        url.set_fragment(None);
        f.write_str(url.as_str())
    }
}

/// Hosts that may be reached although they are neither loopback nor private.
#[derive(Clone, Debug, Default)]
pub struct Allowed(pub Vec<String>);

impl Allowed {
    /// True when `address`, reached as `host`, may be sent to.
    pub fn permits(&self, host: &str, address: IpAddr) -> bool {
        is_local(address) || self.0.iter().any(|allowed| allowed.eq_ignore_ascii_case(host))
    }

    /// Judges a target whose host is an address already: there is no resolving to step in at.
    ///
    /// # Errors
    /// It is neither local nor allowed.
    pub fn check(&self, target: &ReceiverUrl) -> Result<(), String> {
        let address: IpAddr = match target.url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            _ => return Ok(()),
        };
        let host = target.written_host();
        if self.permits(host, address) || self.permits(target.host(), address) {
            Ok(())
        } else {
            Err(refusal(host, &[address]))
        }
    }
}

/// Message for a host that must not be contacted.
pub fn refusal(host: &str, addresses: &[IpAddr]) -> String {
    let found = addresses.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ");
    let what = if found == host || format!("[{found}]") == host {
        host.to_owned()
    } else {
        format!("{host} ({found})")
    };
    if addresses.iter().all(IpAddr::is_unspecified) && !addresses.is_empty() {
        return format!(
            "{what} is an address to listen on, and none to send to: name the receiver as localhost"
        );
    }
    format!("{what} is neither loopback nor private; if you mean it, add --allow-remote {host}")
}

/// Loopback and private addresses. Everything else needs a word: link-local holds cloud metadata, shared space
/// (100.64/10) belongs to the carrier, and 6to4 or NAT64 lead outside.
fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_local_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_local_v4(mapped),
            None => address == Ipv6Addr::LOCALHOST || address.is_unique_local(),
        },
    }
}

fn is_local_v4(address: Ipv4Addr) -> bool {
    address.is_loopback() || address.is_private()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_is_not_one_says_what_is_wrong_with_it() {
        for (text, says) in [
            ("http://localhost:8080x/", "invalid port number"),
            ("http://::1:8080/", "http://[::1]:8080/"),
            ("\"http://localhost/\"", "begins with a quote"),
            ("localhost:8080/a", "did you mean http://localhost:8080/a?"),
        ] {
            let error = ReceiverUrl::parse(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn loopback_and_private_addresses_are_local() {
        for address in [
            "127.0.0.1",
            "127.9.9.9",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "::1",
            "fd00::1",
            "fc00::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_local(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn everything_else_is_not() {
        for address in [
            "8.8.8.8",
            "172.32.0.1",
            "172.15.0.1",
            "100.64.0.1",
            "169.254.169.254",
            "169.254.1.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "203.0.113.7",
            "240.0.0.1",
            "192.169.0.1",
            "11.0.0.1",
            "126.255.255.255",
            "128.0.0.1",
            "::",
            "fe80::1",
            "fec0::1",
            "2001:db8::1",
            "2606:4700::1",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2002:a00:1::",
            "::ffff:8.8.8.8",
            "::ffff:169.254.169.254",
            "ff02::1",
            "::7f00:1",
        ] {
            assert!(!is_local(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_target_is_a_url_or_a_port() {
        assert_eq!(ReceiverUrl::parse("8080").unwrap().to_string(), "http://localhost:8080/");
        assert_eq!(
            ReceiverUrl::parse("8093/cb/x?a=1").unwrap().to_string(),
            "http://localhost:8093/cb/x?..."
        );
        assert_eq!(ReceiverUrl::parse("80/x").unwrap().url.as_str(), "http://localhost/x");
        assert!(ReceiverUrl::parse(" ").unwrap_err().contains("HOOKREEL_TARGET"));
        assert!(ReceiverUrl::parse("unix:/x.sock").unwrap_err().contains("unix sockets are not supported"));
        assert!(ReceiverUrl::parse("70000/x").unwrap_err().contains("65535"));
        assert!(ReceiverUrl::parse("localhost:8080/cb").unwrap_err().contains("http://localhost:8080/cb"));
        ReceiverUrl::parse("ftp://localhost/").unwrap_err();
        ReceiverUrl::parse("0").unwrap_err();
    }

    #[test]
    fn localhost_is_both_loopback_addresses_and_no_other_name_is() {
        let both = |text: &str| {
            ReceiverUrl::parse(text).unwrap().loopbacks().map(|both| both.map(|a| a.to_string()))
        };
        let expected = ["127.0.0.1:8080", "[::1]:8080"].map(str::to_owned);
        assert_eq!(both("8080"), Some(expected.clone()));
        assert_eq!(both("http://LOCALHOST.:8080/x"), Some(expected));
        assert_eq!(both("http://127.0.0.1:8080/x"), None);
    }

    #[test]
    fn a_shown_target_holds_no_secret() {
        let target = ReceiverUrl::parse("http://user:pass@localhost:1/cb?key=s3cret").unwrap();
        assert_eq!(target.to_string(), "http://localhost:1/cb?...");
    }

    #[test]
    fn a_literal_address_outside_is_refused_unless_named() {
        let target = ReceiverUrl::parse("http://8.8.8.8/").unwrap();
        assert!(Allowed::default().check(&target).unwrap_err().contains("--allow-remote 8.8.8.8"));
        Allowed(vec!["8.8.8.8".into()]).check(&target).unwrap();
        let v6 = ReceiverUrl::parse("http://[2001:db8::1]/").unwrap();
        Allowed(vec!["2001:db8::1".into()]).check(&v6).unwrap();
    }
}
