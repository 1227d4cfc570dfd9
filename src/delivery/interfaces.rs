//! The interfaces between the engine and everything that a test can replace: transport, journal, judge and state.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use hyper::body::Bytes;

use super::Request;
use super::target::ReceiverUrl;
use crate::callback::Class;
use crate::provider::signature::SignedMessage;
use crate::record::{Answer, Exchange, Finding, Line, Meaning};

/// Carries a request to the receiver and brings back what became of it.
pub trait Transport: Send + Sync + 'static {
    /// One exchange. Never longer than the request's timeout.
    fn send(&self, request: Request) -> impl Future<Output = Exchange> + Send;
    /// The bytes of an ordinary request to this target; none = they are not known.
    fn written(&self, _target: &ReceiverUrl, _message: &SignedMessage) -> Option<Bytes> {
        None
    }
}

/// Records what happens. A line that cannot be written ends the run: what is not recorded must not be sent.
pub trait Journal: Send + Sync + 'static {
    /// Writes one line, before what it says takes effect.
    ///
    /// # Errors
    /// The line is lost.
    fn note(&self, line: Line) -> io::Result<()>;
    /// The last callback that the receiver of a scenario answered, for a person; none = it has answered none.
    fn answered(&self, _scenario: usize) -> Option<String> {
        None
    }
    /// Notes that the receiver's process ended by itself while a scenario was under way.
    fn interrupt(&self, _scenario: usize) {}
    /// True when no further scenario is to begin before it is known what became of such an end.
    fn unsettled(&self) -> bool {
        false
    }
}

/// Reads the receiver's state before and after a scenario.
pub trait StateObserver: Send + Sync + 'static {
    /// Before anything of it is sent. Findings say why nothing should be.
    fn before(&self) -> Pin<Box<dyn Future<Output = Vec<Finding>> + Send + '_>>;
    /// Findings after a restart of the receiver, before anything else is sent: what it acknowledged has to be there still.
    fn restarted(&self) -> Pin<Box<dyn Future<Output = Vec<Finding>> + Send + '_>>;
    /// Findings after the end of all callbacks.
    fn after(&self) -> Pin<Box<dyn Future<Output = Vec<Finding>> + Send + '_>>;
}

/// Judges exchanges. It sees answers whole and as they came; records keep a part of them.
pub trait Judge: Send + Sync + 'static {
    /// True when the vendor takes this exchange for an acknowledgement, and so sends nothing again.
    fn acknowledges(&self, exchange: &Exchange) -> bool;
    /// Meaning of an acknowledging answer in the scenario's own terms.
    fn meaning(&self, answer: &Answer) -> Meaning;
    /// Findings about the exchange that ended a callback of this class, after these earlier ones.
    fn findings(&self, class: Class, exchange: &Exchange, earlier: &[Exchange]) -> Vec<Finding>;
    /// Finding about a callback of this class that was dropped unsent: it `waited` for those before it, and that is the `longest`
    /// time the sender allows.
    fn dropped(&self, _class: Class, _waited: Duration, _longest: Duration) -> Option<Finding> {
        None
    }
    /// Explanation of a refusal, without secrets, from the sent body and the answer.
    fn reason(&self, _body: &[u8], _answer: &Answer) -> Option<String> {
        None
    }
}
