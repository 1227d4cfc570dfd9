//! Standard output: results are written here and nowhere else. What could not be written is remembered, and decides the
//! exit code at the end.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};

use super::complain;
use super::exit::Exit;
use crate::stretch::Stretches;

/// The first write that failed. Nothing is written after it.
static FAILED: OnceLock<io::Error> = OnceLock::new();

/// Takes the number of each closed standard stream with a file that refuses what is written to it.
#[cfg(unix)]
pub(super) fn fill_closed() {
    use std::os::fd::{AsRawFd, IntoRawFd};
    let low = |file: File| file.as_raw_fd() <= 2 && file.into_raw_fd() <= 2;
    while File::open("/dev/null").is_ok_and(low) {}
}

/// Prints a text; without its colours where standard output shows none.
pub(super) fn show(text: &str) {
    match AutoStream::choice(&io::stdout()) {
        ColorChoice::Never => show_bytes(anstream::adapter::strip_str(text).to_string().as_bytes()),
        _ => show_bytes(text.as_bytes()),
    }
}

/// Prints bytes as they are.
pub(super) fn show_bytes(bytes: &[u8]) {
    if FAILED.get().is_some() {
        return;
    }
    if let Err(error) = write(bytes) {
        // Only the first one is kept: it is the cause.
        let _ = FAILED.set(error);
    }
}

/// The exit code of the program, given that of its command: 70 when a result could not be written.
///
/// A reader that has gone away, as `head` does, is not an error.
pub(super) fn exit(exit: Exit) -> Exit {
    match FAILED.get() {
        Some(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain(&format!("error: standard output could not be written: {error}\n"));
            Exit::Internal
        }
        _ => exit,
    }
}

/// Standard output as a file; none where it is a console that shows text by a way of its own.
#[cfg(unix)]
fn file() -> io::Result<Option<File>> {
    use std::os::fd::AsFd;
    Ok(Some(File::from(io::stdout().as_fd().try_clone_to_owned()?)))
}

#[cfg(windows)]
fn file() -> io::Result<Option<File>> {
    use std::io::IsTerminal;
    use std::os::windows::io::AsHandle;
    let out = io::stdout();
    if out.is_terminal() { Ok(None) } else { Ok(Some(File::from(out.as_handle().try_clone_to_owned()?))) }
}

/// Through a file of its own: the standard library takes a descriptor that cannot be written for an empty terminal.
fn write(mut bytes: &[u8]) -> io::Result<()> {
    let Some(mut out) = file()? else {
        let mut console = io::stdout();
        return console.write_all(bytes).and_then(|()| console.flush());
    };
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = bytes.stretch(count..),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // A parent process may have made its end of the pipe non-blocking.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
