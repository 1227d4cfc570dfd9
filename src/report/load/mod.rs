//! Formats for a load run, which is reported in figures, not callback by callback.

pub(super) mod answers;
pub(super) mod failed_alike;
pub mod json;
pub mod limit;
pub mod metrics;
mod picture;
pub(in crate::report) mod table;
pub mod text;

pub use text::second;
