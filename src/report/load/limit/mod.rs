//! The formats once more, for a search for the highest rate that holds.

pub mod json;
pub mod text;
