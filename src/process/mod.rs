//! Process groups: a shell command and everything that it started.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub use unix::{Group, Guard, quoted, shell, start};
#[cfg(windows)]
pub use windows::{Group, Guard, quoted, shell, start};
