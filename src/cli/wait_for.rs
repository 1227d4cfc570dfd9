//! `--wait-for` and `--wait-http`: when a receiver is ready, and who else may be in its place.

use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::time::{Instant, sleep, timeout};

use super::complain;
use super::exit::{Exit, Refused};
use crate::delivery::dial::NOT_THERE;
use crate::delivery::dial::{addresses, open, refused};
use crate::delivery::http::Http;
use crate::delivery::target::{Allowed, ReceiverUrl, refusal};
use crate::duration::show_duration;

/// Time that a connection has to stay open to count as accepted by the receiver. A port forwarder takes connections
/// before the receiver does, and closes them.
const STAYS: Duration = Duration::from_millis(200);
/// Pause between two checks.
const PAUSE: Duration = Duration::from_millis(50);
/// Time after which it is said that the receiver is waited for, and again after each.
const FIRST_WORD: Duration = Duration::from_secs(2);
const NEXT_WORD: Duration = Duration::from_secs(10);
/// Time limit of one check.
const LOOK: Duration = Duration::from_secs(5);

/// Value of `--wait-http`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WaitHttp {
    path: String,
    status: RangeInclusive<u16>,
}

impl WaitHttp {
    /// Reads `PATH[=STATUS]`; the status is one such as 204, or a class such as 2xx, which is the default.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (path, status) = match text.rsplit_once('=') {
            // An equals sign may also stand in a query.
            Some((path, status))
                if path.starts_with('/') && !status.contains(['&', '/', '?']) && !path.contains('?') =>
            {
                (path, status)
            }
            _ => (text, "2xx"),
        };
        if !path.starts_with('/') {
            return Err("write a path, and a status if it is not 2xx: /healthz or /healthz=204".into());
        }
        let class = status.strip_suffix("xx").and_then(|class| class.parse::<u16>().ok());
        let status = match (class, status.parse::<u16>()) {
            (Some(class @ 1..=5), _) => class * 100..=class * 100 + 99,
            (None, Ok(status @ 100..=599)) => status..=status,
            _ => return Err(format!("`{status}` is not an HTTP status; write one such as 204, or 2xx")),
        };
        Ok(Self { path: path.into(), status })
    }
}

impl fmt::Display for WaitHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (*self.status.start(), *self.status.end());
        match (first == last, (first, last) == (200, 299)) {
            (true, _) => write!(f, "{}={first}", self.path),
            (false, true) => f.write_str(&self.path),
            (false, false) => write!(f, "{}={}xx", self.path, first / 100),
        }
    }
}

/// Conditions for a ready receiver.
pub(super) struct Readiness<'a> {
    pub(super) target: &'a ReceiverUrl,
    pub(super) allowed: &'a Allowed,
    /// Required answer, and the client that asks.
    pub(super) http: Option<(&'a WaitHttp, &'a Http)>,
    /// Nothing is said while it is waited for.
    pub(super) quiet: bool,
}

impl Readiness<'_> {
    /// Waits until the receiver is ready.
    ///
    /// # Errors
    /// It is not in time, or the command that should serve it has ended.
    pub(super) async fn wait(
        &self,
        patience: Duration,
        ended: impl Fn() -> Option<String>,
    ) -> Result<(), Refused> {
        let target = self.target;
        let unreachable = |text: String| Refused {
            exit: Exit::Unreachable,
            text: format!("error: {text}; nothing was sent\n"),
        };
        let begin = Instant::now();
        let (deadline, mut told) = (begin + patience, begin + FIRST_WORD);
        let mut last = String::new();
        while Instant::now() < deadline {
            match self.look(deadline).await {
                Ok(()) => return Ok(()),
                // A look that the end cut short says less than the one before it.
                Err(why) if Instant::now() < deadline || last.is_empty() => last = why,
                Err(_) => {}
            }
            if let Some(status) = ended() {
                return Err(unreachable(format!(
                    "--exec: the command has ended ({status}) before {target} was ready"
                )));
            }
            if Instant::now() >= told && !self.quiet {
                told = Instant::now() + NEXT_WORD;
                complain(&waiting(target, (begin.elapsed(), patience), &last));
            }
            sleep(PAUSE.min(deadline.saturating_duration_since(Instant::now()))).await;
        }
        let patience = show_duration(patience);
        // It has just been waited for.
        let last = last.trim_end_matches(NOT_THERE).trim_end_matches([' ', '.']);
        Err(unreachable(match self.http {
            Some((wanted, _)) => {
                format!("{} was not ready within {patience}: {last}", target.at(&wanted.path))
            }
            None => format!("{target} was not ready within {patience}: {last}"),
        }))
    }

    async fn look(&self, deadline: Instant) -> Result<(), String> {
        let left = deadline.saturating_duration_since(Instant::now()).min(LOOK);
        let Some((wanted, http)) = self.http else {
            return stays(self.target, self.allowed, left).await;
        };
        match http.status(&self.target.at(&wanted.path), left).await {
            Ok(status) if wanted.status.contains(&status) => Ok(()),
            Ok(status) => Err(format!("the last answer was status {status}")),
            Err(why) => Err(why),
        }
    }
}

/// Line for a person who waits; `times` = how long so far, and at most.
fn waiting(target: &ReceiverUrl, times: (Duration, Duration), last: &str) -> String {
    let [so_far, most] =
        [times.0.as_secs(), times.1.as_secs()].map(|time| show_duration(Duration::from_secs(time)));
    let last = last.trim_end_matches(NOT_THERE).trim_end_matches([' ', '.']);
    format!("waiting for {target} since {so_far}, at most {most}: {last}\n")
}

/// True if the target takes a connection and keeps it. Sends nothing.
async fn stays(target: &ReceiverUrl, allowed: &Allowed, time: Duration) -> Result<(), String> {
    let mut stream = connect(target, allowed, time).await?;
    match timeout(STAYS, stream.read(&mut [0; 1])).await {
        // It is silent and stays, or it speaks.
        Err(_) | Ok(Ok(1..)) => Ok(()),
        Ok(_) => {
            Err("it takes connections and closes them at once, as a proxy does with nobody behind it".into())
        }
    }
}

/// Connects to it.
///
/// # Errors
/// Nobody takes the connection in time.
pub(super) async fn connect(
    target: &ReceiverUrl,
    allowed: &Allowed,
    time: Duration,
) -> Result<tokio::net::TcpStream, String> {
    let found = addresses(target).await.map_err(|error| error.to_string())?;
    let permitted: Vec<_> =
        found.into_iter().filter(|address| allowed.permits(target.host(), address.ip())).collect();
    open(&permitted, false, Instant::now() + time).await.map_err(|tried| refused(&tried))
}

/// Refuses to start a receiver where one is serving already: it would be the one that is tested.
///
/// # Errors
/// Something takes connections there.
pub(super) async fn check_free(target: &ReceiverUrl, allowed: &Allowed) -> Result<(), Refused> {
    match connect(target, allowed, Duration::from_secs(1)).await {
        Ok(_) => Err(Refused::usage(format!(
            "--exec: something serves {target} already, and would be tested instead of the command; nothing was sent"
        ))),
        Err(_) => Ok(()),
    }
}

/// Refuses a target whose every address lies outside, before anything is sent. A name that has no address yet may get one.
///
/// # Errors
/// It is neither local nor allowed.
pub(super) async fn check_target(target: &ReceiverUrl, allowed: &Allowed) -> Result<(), Refused> {
    // None: see above.
    let found = addresses(target).await.unwrap_or_default();
    let addresses: Vec<IpAddr> = found.iter().map(std::net::SocketAddr::ip).collect();
    let permitted = |address: &IpAddr| allowed.permits(target.host(), *address);
    if addresses.is_empty() || addresses.iter().any(permitted) {
        return Ok(());
    }
    Err(Refused::usage(format!("{}; nothing was sent", refusal(target.host(), &addresses))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_is_told_for_what_and_how_long() {
        let target = ReceiverUrl::parse("http://127.0.0.1:9/").unwrap();
        let times = (Duration::from_millis(12_300), Duration::from_secs(30));
        let last = format!("no connection: refused by 127.0.0.1:9. {NOT_THERE}");
        assert_eq!(
            waiting(&target, times, &last),
            "waiting for http://127.0.0.1:9/ since 12s, at most 30s: no connection: refused by 127.0.0.1:9\n"
        );
    }

    #[test]
    fn a_path_may_have_a_status_behind_it() {
        let parse = |text| WaitHttp::parse(text).map(|wait| (wait.path, wait.status));
        assert_eq!(parse("/healthz"), Ok(("/healthz".into(), 200..=299)));
        assert_eq!(parse("/healthz=204"), Ok(("/healthz".into(), 204..=204)));
        assert_eq!(parse("/=4xx"), Ok(("/".into(), 400..=499)));
        assert_eq!(parse("/ready?full=1"), Ok(("/ready?full=1".into(), 200..=299)));
        for wrong in ["healthz", "/x=ok", "/x=99", ""] {
            parse(wrong).unwrap_err();
        }
    }
}
