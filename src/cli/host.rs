//! The machine that sends, for a person who reads a report later.

use std::env::consts::{ARCH, OS};

/// `build-7, linux x86_64, 4 processors`; the name is left out where the system does not say it.
pub(super) fn described() -> String {
    let cores = std::thread::available_parallelism().map_or_else(
        |_| String::new(),
        |cores| match cores.get() {
            1 => ", 1 processor".into(),
            many => format!(", {many} processors"),
        },
    );
    let name = name().filter(|name| !name.is_empty()).map_or_else(String::new, |name| format!("{name}, "));
    format!("{name}{OS} {ARCH}{cores}")
}

#[cfg(unix)]
fn name() -> Option<String> {
    Some(rustix::system::uname().nodename().to_string_lossy().into_owned())
}

#[cfg(not(unix))]
fn name() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}
