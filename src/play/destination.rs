//! Destination of callbacks: the user's receiver, or the embedded one on a free port of loopback.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::planned::Planned;
use crate::delivery::target::ReceiverUrl;
use crate::number;
use crate::plan::PlannedScenario;
use crate::provider::signature::{SignatureKeys, compared_setting};
use crate::receiver::connections::listen;
use crate::receiver::judge::{Account, KeyRing};
use crate::receiver::{Deadlines, Receiver};
use crate::record::Header;

/// Destination of callbacks.
pub struct Destination {
    /// The receiver's address.
    pub target: ReceiverUrl,
    /// The embedded receiver, if it is that.
    pub receiver: Option<Receiver>,
    /// Certificates are not verified.
    pub insecure: bool,
    /// URL of each play that has a target of its own, in the order of the plays.
    sites: Vec<Option<ReceiverUrl>>,
    closing: watch::Sender<bool>,
    serving: Option<JoinHandle<()>>,
}

impl Destination {
    /// A receiver that is there already.
    pub fn given(target: ReceiverUrl, insecure: bool) -> Self {
        let (closing, _) = watch::channel(false);
        Self { target, receiver: None, insecure, sites: Vec::new(), closing, serving: None }
    }

    /// The same with addresses of their own for some plays.
    #[must_use]
    pub fn with_sites(self, sites: Vec<Option<ReceiverUrl>>, insecure: bool) -> Self {
        Self { sites, insecure, ..self }
    }

    /// The path of a play at the embedded receiver; none when it is sent elsewhere.
    pub(super) fn own(&self, index: usize, play: &PlannedScenario) -> Option<String> {
        let elsewhere = self.sites.get(index).is_some_and(Option::is_some);
        (!elsewhere).then(|| own_path(index, play))
    }

    /// Every address that is sent to.
    pub fn targets(&self) -> impl Iterator<Item = &ReceiverUrl> {
        std::iter::once(&self.target).chain(self.sites.iter().flatten())
    }

    /// The addresses of the user's own receivers, each once.
    pub fn receivers(&self) -> Vec<ReceiverUrl> {
        let mut all: Vec<ReceiverUrl> = Vec::new();
        for target in self.targets().skip(usize::from(self.receiver.is_some())) {
            if !all.contains(target) {
                all.push(target.clone());
            }
        }
        all
    }

    /// Name in reports: the one address, or that of each target.
    fn shown(&self, planned: &Planned) -> String {
        let own = |(play, site): (&PlannedScenario, &Option<ReceiverUrl>)| {
            let name = &play.site.as_ref()?.name;
            Some(site.as_ref().map_or_else(|| name.clone(), |target| format!("{name}={target}")))
        };
        let mut all: Vec<String> = planned.plays.iter().zip(&self.sites).filter_map(own).collect();
        all.sort();
        all.dedup();
        match all.is_empty() || self.sites.iter().all(Option::is_none) {
            true => self.target.to_string(),
            false => all.join(", "),
        }
    }

    /// Starts the embedded receiver, with a callback URL for each play.
    ///
    /// # Errors
    /// There is no port to listen on.
    pub async fn embedded(planned: &Planned) -> io::Result<Self> {
        let (closing, mut closed) = watch::channel(false);
        let listener = listen((Ipv4Addr::LOCALHOST, 0).into())?;
        let port = listener.local_addr()?.port();
        let clock = planned.clock.clone();
        let accounts = planned.plays.iter().enumerate().map(|(index, play)| account(index, play)).collect();
        let shortest = planned.plays.iter().map(|play| play.revision.policy.timeout).min();
        let limits = shortest.map_or_else(Deadlines::default, |timeout| Deadlines::default().within(timeout));
        let receiver = Receiver::new(accounts, Arc::new(move || clock.now().as_second())).limited(limits);
        let serving = receiver.clone().run(listener, async move {
            let _ = closed.wait_for(|closed| *closed).await;
        });
        let target = ReceiverUrl::parse(&format!("http://127.0.0.1:{port}/")).map_err(io::Error::other)?;
        let serving = Some(tokio::spawn(serving));
        Ok(Self { target, receiver: Some(receiver), insecure: false, sites: Vec::new(), closing, serving })
    }

    /// Header of a record: place and conditions of the run.
    pub fn header(&self, planned: &Planned) -> Header {
        Header {
            target: self.shown(planned),
            embedded: self.receiver.is_some(),
            insecure: self.insecure,
            ..planned.header()
        }
    }

    /// URL for a play: the embedded receiver has a callback URL for each.
    pub fn of(&self, index: usize, play: &PlannedScenario) -> ReceiverUrl {
        if let Some(Some(site)) = self.sites.get(index) {
            return site.clone();
        }
        if self.receiver.is_some() { self.target.at(&own_path(index, play)) } else { self.target.clone() }
    }

    /// Ends the embedded receiver.
    pub async fn close(self) {
        self.closing.send_replace(true);
        if let Some(serving) = self.serving {
            let _ = serving.await;
        }
    }
}

/// The path of a play at the embedded receiver.
pub(crate) fn own_path(index: usize, play: &PlannedScenario) -> String {
    format!("/{}/{}", play.provider.name, index + 1)
}

/// The keys that it accepts, for tokens of this issuer or signatures over this host.
fn keys(signing: &SignatureKeys, name: Option<String>) -> KeyRing {
    let all = signing.keys().cloned().collect();
    let keys = if signing.others.newer_alone { KeyRing::newest_of(all) } else { KeyRing::any_of(all) };
    keys.named(name.into_iter().collect())
}

/// Account of a play on the embedded receiver.
pub(crate) fn account(index: usize, play: &PlannedScenario) -> Account {
    let signing = play.signing.as_ref();
    let name = compared_setting(play.revision).and_then(|setting| play.settings.get(setting).cloned());
    let name = name.filter(|name| !name.is_empty());
    Account {
        path: own_path(index, play),
        reading: play.revision.reading,
        second_callback: play.revision.second_callback,
        handshake: play.revision.handshake(),
        signing: signing.map(|signing| (signing.signature, keys(signing, name))),
        lifetime: signing.map_or(0, |signing| number::seconds(signing.lifetime)),
    }
}
