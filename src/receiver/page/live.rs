//! The page as it goes on: server-sent events, at most some a second however many callbacks come.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::sync::{mpsc, watch};

use super::Page;
use super::view::{View, fragments};

/// From one message to the next: callbacks in between come together.
const PAUSE: Duration = Duration::from_millis(200);
/// A line says that the connection lives, where nothing else does.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The body of an answer: whole, or as it comes.
pub(in crate::receiver) enum AnswerBody {
    Whole(Full<Bytes>),
    Live(mpsc::Receiver<Bytes>),
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(whole) => Pin::new(whole).poll_frame(context),
            Self::Live(pieces) => {
                pieces.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(whole) if whole.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(whole) => whole.size_hint(),
            Self::Live(_) => SizeHint::default(),
        }
    }
}

/// Tells of callbacks after this number until nobody listens or the receiver ends.
pub(super) fn follow(page: Arc<Page>, view: View, after: u64, closing: watch::Receiver<bool>) -> AnswerBody {
    let (tell, told) = mpsc::channel(1);
    tokio::spawn(tell_of(page, view, after, tell, closing));
    AnswerBody::Live(told)
}

async fn tell_of(
    page: Arc<Page>,
    view: View,
    mut after: u64,
    tell: mpsc::Sender<Bytes>,
    mut closing: watch::Receiver<bool>,
) {
    let mut changed = page.changed.subscribe();
    // It begins with a line, so that the other side knows that it is connected.
    let mut message = "retry: 2000\n\n".to_owned();
    loop {
        changed.mark_unchanged();
        let (fragments, last) = fragments(&page, &view, after);
        if last > after {
            message
                .push_str(&fragments.iter().map(|(name, html)| event(name, html, last)).collect::<String>());
            after = last;
        }
        if tell.send(message.into()).await.is_err() {
            return;
        }
        message = ": \n\n".into();
        tokio::select! {
            _ = closing.wait_for(|closing| *closing) => return,
            () = tell.closed() => return,
            _ = changed.changed() => message.clear(),
            () = tokio::time::sleep(HEARTBEAT) => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// An event: its name, its data line by line, and the number from which it can be gone on.
fn event(name: &str, data: &str, id: u64) -> String {
    let data: String = data.lines().map(|line| format!("data: {line}\n")).collect();
    format!("event: {name}\nid: {id}\n{data}\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_line_of_the_data_is_taken_for_a_field() {
        assert_eq!(
            super::event("rows", "a\nevent: b\r\n\nc", 7),
            "event: rows\nid: 7\ndata: a\ndata: event: b\ndata: \ndata: c\n\n"
        );
    }
}
