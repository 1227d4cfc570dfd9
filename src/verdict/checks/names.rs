//! The names of checks, as findings bear them in reports, records and the library.

pub use super::kept_secret::NAME as KEPT_SECRET;
pub use crate::record::{RECEIVER, REJECTED, SETUP};

/// The vendor takes the answer to a legal callback for an acknowledgement.
pub const ACKNOWLEDGED: &str = "acknowledged";

/// The answer to a legal callback is the one that `expect.accept` describes.
pub const EXPECTED_ANSWER: &str = "expected answer";

/// An acknowledged callback was answered within `expect.within`.
pub const WITHIN: &str = "within";

/// A rough callback was answered, or its connection closed, without an error of the receiver's own.
pub const SURVIVED: &str = "survived";

/// A callback whose change the signature does not cover was answered.
pub const ANSWERED: &str = "answered";

/// The embedded receiver stored every file once.
pub const STORED_ONCE: &str = "stored once";

/// Something worth a look, which fails nothing.
pub const NOTE: &str = "note";

/// True for a check that finds the result of the exchange itself: its status, or its trouble.
pub fn is_of_result(check: &str) -> bool {
    [ACKNOWLEDGED, REJECTED, SURVIVED, ANSWERED].contains(&check)
}
