//! The catalogue of edge cases, as scenarios: what `audit` plays, one by one, and what it says of each.

pub mod case;
