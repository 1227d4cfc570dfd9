//! dev
pub mod callback;
pub mod problem;
pub mod provider;
pub mod lifecycle;
pub mod scenario;
