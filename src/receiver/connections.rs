//! Connections of a receiver: how many there are at once, how long they may be silent, and how they end.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::page::{self, AnswerBody, Visitor};
use super::{AnsweredRequest, Receiver};

/// Time limit for open connections after the stop of the receiver.
const DRAIN: Duration = Duration::from_millis(1500);

/// Connections that may wait to be taken: those of a burst come at once.
const BACKLOG: u32 = 4096;

/// Listens on an address.
///
/// # Errors
/// It may not be taken, or another program has it.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Elsewhere it would share the address with another program.
    socket.set_reuseaddr(cfg!(unix))?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl Receiver {
    /// Serves until `shutdown` ends; then lets connections under way finish, for a while.
    pub async fn run(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let room = Arc::new(Semaphore::new(self.habits.connections));
        let (closing, _) = watch::channel(false);
        let mut connections = JoinSet::new();
        tokio::pin!(shutdown);
        loop {
            let permit = tokio::select! {
                () = &mut shutdown => break,
                permit = room.clone().acquire_owned() => permit,
            };
            let (stream, peer) = tokio::select! {
                () = &mut shutdown => break,
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    // Out of descriptors, most likely; those in use will come back.
                    Err(_) => {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                },
            };
            let (receiver, closing) = (self.clone(), closing.subscribe());
            connections.spawn(async move {
                receiver.serve(stream, peer, closing).await;
                drop(permit);
            });
            while connections.try_join_next().is_some() {}
        }
        closing.send_replace(true);
        // Those that are not done by now are cut when the set is dropped.
        let _ = tokio::time::timeout(DRAIN, async { while connections.join_next().await.is_some() {} }).await;
    }

    async fn serve(self, stream: TcpStream, peer: SocketAddr, mut closing: watch::Receiver<bool>) {
        let header_deadline = self.habits.limits.header_deadline;
        let keeper = self.keeper.clone();
        let until = closing.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let (receiver, closing) = (self.clone(), until.clone());
            async move {
                let page = receiver.page.as_ref().filter(|_| page::is_of_page(request.uri().path()));
                Ok::<_, Infallible>(match page {
                    Some(page) => page.answer(&receiver, request, Visitor { peer, closing }).await,
                    None => receiver.answer(request).await.map(AnswerBody::Whole),
                })
            }
        });
        // hyper's plain HTTP/1 builder also closes connections that never say a word; the one that tells protocols apart
        // waits for their first bytes for ever.
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // A peer that has said everything still wants its answer.
            .half_close(true)
            .header_read_timeout(header_deadline)
            .serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        tokio::select! {
            // What a peer does to its own connection is no concern of the others.
            over = &mut connection => {
                if let Err(error) = over && error.is_parse() {
                    let (status, outcome) = (StatusCode::BAD_REQUEST, &format!("not HTTP: {error}"));
                    keeper.hear(&AnsweredRequest {
                        method: "",
                        path: "",
                        event: "",
                        stream: "",
                        file: "",
                        is_known: false,
                        status,
                        accepted: Some(false),
                        outcome,
                        passed_on: false,
                        whole: None,
                    });
                }
                return;
            }
            _ = closing.wait_for(|closing| *closing) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}
