//! The formats once more, for a search for the highest rate that holds.

pub mod json;
pub(in crate::report) mod table;
pub mod text;
