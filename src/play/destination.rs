//! Where callbacks are sent: to the user's receiver, or to the embedded one on a free port of loopback.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::planned::Planned;
use crate::delivery::target::Target;
use crate::plan::Play;
use crate::receiver::Receiver;
use crate::receiver::judge::Account;
use crate::record::Header;

/// Where callbacks are sent.
pub struct Destination {
    /// The receiver's address.
    pub target: Target,
    /// The embedded receiver, if it is that.
    pub receiver: Option<Receiver>,
    /// Certificates are not verified.
    pub insecure: bool,
    closing: watch::Sender<bool>,
    serving: Option<JoinHandle<()>>,
}

impl Destination {
    /// A receiver that is there already.
    pub fn given(target: Target, insecure: bool) -> Self {
        let (closing, _) = watch::channel(false);
        Self { target, receiver: None, insecure, closing, serving: None }
    }

    /// Starts the embedded receiver, with a callback URL for each play.
    ///
    /// # Errors
    /// There is no port to listen on.
    pub async fn embedded(planned: &Planned) -> io::Result<Self> {
        let (closing, mut closed) = watch::channel(false);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let clock = planned.clock.clone();
        let accounts = planned.plays.iter().enumerate().map(|(index, play)| account(index, play)).collect();
        let receiver = Receiver::new(accounts, Arc::new(move || clock.now().as_second()));
        let serving = receiver.clone().run(listener, async move {
            let _ = closed.wait_for(|closed| *closed).await;
        });
        let target = Target::parse(&format!("http://127.0.0.1:{port}/")).map_err(io::Error::other)?;
        let serving = Some(tokio::spawn(serving));
        Ok(Self { target, receiver: Some(receiver), insecure: false, closing, serving })
    }

    /// What a record says of where it was made, and under which conditions.
    pub fn header(&self, planned: &Planned) -> Header {
        Header {
            target: self.target.to_string(),
            embedded: self.receiver.is_some(),
            insecure: self.insecure,
            ..planned.header()
        }
    }

    /// Where a play is sent: the embedded receiver has a callback URL for each.
    pub fn of(&self, index: usize, play: &Play) -> Target {
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
pub(crate) fn own_path(index: usize, play: &Play) -> String {
    format!("/{}/{}", play.provider.name, index + 1)
}

/// What the embedded receiver must know of a play.
pub(crate) fn account(index: usize, play: &Play) -> Account {
    let signing = play.signing.as_ref();
    Account {
        path: own_path(index, play),
        reading: play.revision.reading,
        sister: play.revision.sister,
        signing: signing.map(|signing| (signing.signature, signing.key.clone())),
        lifetime: signing.map_or(0, |signing| i64::try_from(signing.lifetime.as_secs()).unwrap_or(i64::MAX)),
    }
}
