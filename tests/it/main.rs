//! Whole-program tests, in one binary: it links once.

mod cases;
mod engine;
mod golden;
mod killed;
mod layout;
mod lifecycle;
mod oracle;
mod reports;
mod running;
mod secrets;
mod stage;
mod tls;
mod vectors;
