//! dev
pub mod callback;
pub mod cli;
pub mod delivery;
pub mod duration;
pub mod lifecycle;
pub mod plan;
pub mod problem;
pub mod provider;
pub mod receiver;
pub mod record;
pub mod report;
pub mod scenario;
pub mod speed;
pub mod verdict;
