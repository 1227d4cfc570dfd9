//! Many broadcasts at once, on schedule, every callback freshly signed, and measured without lying.

pub mod broadcasts;
mod learn;
pub mod pace;
pub mod template;
