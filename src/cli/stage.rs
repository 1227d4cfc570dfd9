//! The receiver of a run: the user's, or ours on a free port of loopback.

use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::args::RunArgs;
use super::exit::{Exit, Refused};
use super::programme::Programme;
use crate::delivery::target::Target;
use crate::plan::Play;
use crate::receiver::Receiver;
use crate::receiver::judge::Account;
use crate::record::{Header, SCHEMA};

/// The receiver: the user's, or ours on a free port of loopback.
pub(super) struct Stage {
    pub(super) target: Target,
    pub(super) receiver: Option<Receiver>,
    pub(super) closing: watch::Sender<bool>,
    pub(super) serving: Option<tokio::task::JoinHandle<()>>,
}

impl Stage {
    pub(super) async fn set(args: &RunArgs, programme: &Programme) -> Result<Self, Refused> {
        let (closing, mut closed) = watch::channel(false);
        if let Some(target) = &args.receiver.target {
            return Ok(Self { target: target.clone(), receiver: None, closing, serving: None });
        }
        let failed = |error: std::io::Error| Refused {
            exit: Exit::Internal,
            text: format!("error: cannot serve: {error}\n"),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let clock = programme.clock.clone();
        let accounts = programme.plays.iter().enumerate().map(|(index, play)| account(index, play)).collect();
        let receiver = Receiver::new(accounts, Arc::new(move || clock.now().as_second()));
        let serving = receiver.clone().run(listener, async move {
            let _ = closed.wait_for(|closed| *closed).await;
        });
        let target = Target::parse(&port.to_string()).map_err(Refused::usage)?;
        Ok(Self { target, receiver: Some(receiver), closing, serving: Some(tokio::spawn(serving)) })
    }

    /// What a record says of where it was made, and under which conditions.
    pub(super) fn header(&self, programme: &Programme, args: &RunArgs) -> Header {
        Header {
            schema: SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            seed: programme.conditions.seed,
            now: programme.conditions.now.to_string(),
            speed: programme.conditions.speed.to_string(),
            target: self.target.to_string(),
            embedded: self.receiver.is_some(),
            insecure: args.receiver.connection.insecure,
        }
    }

    /// Where a play is sent: our own receiver has a callback URL for each.
    pub(super) fn target(&self, index: usize, play: &Play) -> Target {
        if self.receiver.is_some() { self.target.at(&own_path(index, play)) } else { self.target.clone() }
    }

    pub(super) async fn strike(self) {
        self.closing.send_replace(true);
        if let Some(serving) = self.serving {
            let _ = serving.await;
        }
    }
}

pub(super) fn own_path(index: usize, play: &Play) -> String {
    format!("/{}/{}", play.provider.name, index + 1)
}

pub(super) fn account(index: usize, play: &Play) -> Account {
    let signing = play.signing.as_ref();
    Account {
        path: own_path(index, play),
        reading: play.revision.reading,
        sister: play.revision.sister,
        signing: signing.map(|signing| (signing.signature, signing.key.clone())),
        lifetime: signing.map_or(0, |signing| i64::try_from(signing.lifetime.as_secs()).unwrap_or(i64::MAX)),
    }
}
