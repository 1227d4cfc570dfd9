//! Open files that the system allows, and what says that they are used up.

use std::io;

use crate::delivery::MOST_EXCHANGES;

/// Files that a process has open beside the connections of a load or a crowd.
pub(crate) const OTHERS: usize = 512;

/// Files that are kept free of connections when there are few.
const KEPT_FREE: usize = 4;

/// This process may open no more files, or the machine may not.
#[cfg(unix)]
pub(super) fn is_own_limit(error: &io::Error) -> bool {
    use rustix::io::Errno;
    Errno::from_io_error(error).is_some_and(|errno| errno == Errno::MFILE || errno == Errno::NFILE)
}

/// The system has no room for more sockets: WSAEMFILE or WSAENOBUFS.
#[cfg(not(unix))]
pub(super) fn is_own_limit(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(10024 | 10055))
}

/// Limit on simultaneous connections, each counted with both its ends, since the receiver may be ours.
pub(super) fn room() -> usize {
    // Fewer will do.
    let _ = make_room(2 * MOST_EXCHANGES + OTHERS);
    let spare = most_files().saturating_sub(used_files() + KEPT_FREE);
    (spare / 2).clamp(1, MOST_EXCHANGES)
}

/// Number of open files of this process: the lowest free number.
#[cfg(unix)]
fn used_files() -> usize {
    use std::os::fd::AsRawFd;
    use tokio::net::TcpSocket;
    // Where no socket can be had, or its number were negative, nothing is known, and nobody is warned.
    TcpSocket::new_v4().ok().and_then(|socket| usize::try_from(socket.as_raw_fd()).ok()).unwrap_or(0)
}

#[cfg(not(unix))]
fn used_files() -> usize {
    0
}

/// Limit on open files of this process; a system without such a limit has room.
#[cfg(not(unix))]
fn most_files() -> usize {
    usize::MAX
}

/// Limit on open files of this process.
#[cfg(unix)]
fn most_files() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    // None is no limit.
    limit.map_or(usize::MAX, crate::number::capped)
}

/// The shortage in words.
#[cfg(not(unix))]
pub(super) fn shortage() -> String {
    "this machine lets hookreel open no more sockets at once".into()
}

/// The shortage in words.
#[cfg(unix)]
pub(super) fn shortage() -> String {
    format!("this machine lets hookreel open {} files at once (`ulimit -n`)", most_files())
}

/// Sees to it that the process may have so many files open, connections among them: a shortage of ours must not be taken for
/// the receiver's fault.
///
/// # Errors
/// The system does not allow it.
#[cfg(unix)]
pub(crate) fn make_room(files: usize) -> Result<(), String> {
    use crate::number;
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let needed = number::capped::<u64>(files);
    let limit = getrlimit(Resource::Nofile);
    let enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= needed);
    if enough(limit.current) {
        return Ok(());
    }
    let wider = Rlimit { current: Some(needed), ..limit };
    let widened = enough(limit.maximum) && setrlimit(Resource::Nofile, wider).is_ok();
    widened.then_some(()).ok_or_else(|| format!("this takes {needed} open files, and {}", shortage()))
}

/// Connections of so many ends that have room beside everything else; none = there is room for all, or for none.
pub(crate) fn most_connections(ends: usize) -> Option<usize> {
    let most = most_files().saturating_sub(OTHERS) / ends.max(1);
    Some(most).filter(|most| (1..usize::MAX / 2).contains(most))
}

#[cfg(not(unix))]
pub(crate) fn make_room(_: usize) -> Result<(), String> {
    Ok(())
}
