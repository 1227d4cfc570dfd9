//! Bodies of requests, read on demand, in time and within bounds.

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::StatusCode;
use hyper::body::{Bytes, Incoming};

use super::Receiver;

/// A body that is read on demand.
pub(super) enum RequestBody {
    Unread(Incoming),
    Read(Result<Bytes, (StatusCode, &'static str)>),
}

impl Receiver {
    /// The whole body, if it ends in time and within bounds; read only once.
    pub(super) async fn read(&self, body: &mut RequestBody) -> Result<Bytes, (StatusCode, &'static str)> {
        let known = std::mem::replace(body, RequestBody::Read(Ok(Bytes::new())));
        let read = match known {
            RequestBody::Unread(incoming) => self.receive(incoming).await,
            RequestBody::Read(read) => read,
        };
        *body = RequestBody::Read(read.clone());
        read
    }

    async fn receive(&self, body: Incoming) -> Result<Bytes, (StatusCode, &'static str)> {
        let limits = self.habits.limits;
        let mut body = Limited::new(body, limits.body);
        let mut read = Vec::new();
        let whole = async {
            while let Some(frame) = body.frame().await {
                if let Ok(data) = frame?.into_data() {
                    match self.habits.decodes_each_read {
                        true => read.extend_from_slice(String::from_utf8_lossy(&data).as_bytes()),
                        false => read.extend_from_slice(&data),
                    }
                }
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        };
        match tokio::time::timeout(limits.body_deadline, whole).await {
            Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "the body did not come in time")),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                Err((StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"))
            }
            Ok(Err(_)) if !self.habits.takes_torn_body => {
                Err((StatusCode::BAD_REQUEST, "the body is broken off"))
            }
            Ok(_) => Ok(read.into()),
        }
    }
}
