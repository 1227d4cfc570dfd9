//! Files of a command: every one that it reads, and every one that it writes. No result may replace what the command reads, and no
//! two results may share a file, in whatever spelling, through whatever link.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::exit::Refused;

/// Files that the command has read so far, and those that it is to write.
static FILES: Mutex<CommandFiles> =
    Mutex::new(CommandFiles { read: BTreeSet::new(), written: BTreeMap::new(), pipes: Vec::new() });

/// The two sides, each file under every key that it can be known by.
struct CommandFiles {
    read: BTreeSet<FileKey>,
    /// With the flag that names it.
    written: BTreeMap<FileKey, String>,
    /// Named pipes that are written, open until the end.
    pipes: Vec<File>,
}

/// One way to know a file again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum FileKey {
    /// Its path without links.
    Path(PathBuf),
    /// Device and number: hard links have other paths.
    #[cfg(unix)]
    Node(u64, u64),
}

fn files() -> MutexGuard<'static, CommandFiles> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens a file that the command reads.
///
/// # Errors
/// It cannot be read, or is to be written by the same command.
pub(super) fn read(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    let keys = keys(path);
    if let Some(by) = keys.iter().find_map(|key| files().written.get(key).cloned()) {
        return Err(io::Error::other(format!("{by} is to write this file")));
    }
    files().read.extend(keys);
    Ok(file)
}

/// Notes a file that was read to find out what it is, and is needed.
pub(super) fn needed(path: &Path) {
    files().read.extend(keys(path));
}

/// Standard input where it is a file.
pub(super) fn standard_input() {
    #[cfg(unix)]
    if let Some(node) = standard(&io::stdin()) {
        files().read.insert(node);
    }
}

/// Makes sure that a flag can write its file, without touching what stands in it, and makes its folders. A file that was not there
/// is taken away again.
///
/// # Errors
/// It cannot be written, is read by this command, or is written under another flag too.
pub(super) fn claim(flag: &str, path: &Path) -> Result<(), Refused> {
    let refused =
        |why: &str| Refused::usage(format!("cannot write `{}`: {why}; nothing was sent", path.display()));
    let unwritable = |error: io::Error| refused(&error.to_string());
    // `/dev/stdout` is a link that leads to no path when standard output is a pipe; it is there all the same.
    let there = fs::metadata(path).is_ok();
    if is_named_pipe(path) {
        let pipe = pipe_with_a_reader(path)
            .ok_or_else(|| refused("nobody reads this named pipe; start its reader first"))?;
        // While it is open, its reader does not come to an end.
        files().pipes.push(pipe);
    }
    make_folders(path).map_err(unwritable)?;
    let file = OpenOptions::new().create(true).append(true).open(path).map_err(unwritable)?;
    // Before the receiver is started; it is let go again, and taken when the run begins.
    lock(&file).map_err(unwritable)?;
    let kept = file.metadata().is_ok_and(|meta| holds(&meta));
    let keys = match (kept, there) {
        // Devices lose nothing.
        (false, _) => Vec::new(),
        (true, true) => keys(path),
        (true, false) => resolved(path).into_iter().map(FileKey::Path).collect(),
    };
    let taken = taken(flag, path, &keys);
    if !there {
        let _ = fs::remove_file(resolved(path).unwrap_or_else(|| path.to_owned()));
    }
    if let Some(why) = taken {
        return Err(refused(&why));
    }
    let mut files = files();
    // The same flag again: the next play of a command, or its next revision.
    files.written.retain(|_, by| by != flag);
    files.written.extend(keys.into_iter().map(|key| (key, flag.to_owned())));
    Ok(())
}

/// True for a pipe with a name of its own, and not one of a shell, which has none that leads to it.
fn is_named_pipe(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let named =
            fs::canonicalize(path).is_ok_and(|path| !path.starts_with("/dev") && !path.starts_with("/proc"));
        named && fs::metadata(path).is_ok_and(|meta| meta.file_type().is_fifo())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// A named pipe for writing; none where nobody reads it: to open it would wait for a reader.
fn pipe_with_a_reader(path: &Path) -> Option<File> {
    #[cfg(unix)]
    {
        use rustix::fs::{Mode, OFlags, open};
        open(path, OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()).ok().map(File::from)
    }
    #[cfg(not(unix))]
    {
        File::options().write(true).open(path).ok()
    }
}

/// The same for a file that this command read whole before, and writes anew: nothing of it is lost.
///
/// # Errors
/// It cannot be written, or is written under another flag too.
pub(super) fn renew(flag: &str, path: &Path) -> Result<(), Refused> {
    let keys = keys(path);
    files().read.retain(|read| !keys.contains(read));
    claim(flag, path)
}

/// Makes sure that a file that is only appended to is no other file of this command.
///
/// # Errors
/// It is one.
pub(super) fn spare(flag: &str, path: &Path) -> Result<(), Refused> {
    taken(flag, path, &keys(path)).map_or(Ok(()), |why| {
        Err(Refused::usage(format!("{flag}: cannot write `{}`: {why}; nothing was sent", path.display())))
    })
}

/// Reason for which a flag may not have this file.
fn taken(flag: &str, path: &Path, keys: &[FileKey]) -> Option<String> {
    let files = files();
    if keys.iter().any(|key| files.read.contains(key)) {
        return Some("it is read by this command, and would be lost".into());
    }
    let other = keys.iter().filter_map(|key| files.written.get(key)).find(|by| *by != flag);
    if let Some(other) = other {
        return Some(match name(other) == name(flag) {
            true => format!("it is named twice by {}", name(flag)),
            false => format!("{} writes this file, too", name(other)),
        });
    }
    let device = ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder));
    let printed = |stream: &str| format!("standard {stream} goes to this file, too");
    #[cfg(unix)]
    if !device {
        let streams = [("output", standard(&io::stdout())), ("error", standard(&io::stderr()))];
        return streams
            .into_iter()
            .find(|(_, node)| node.as_ref().is_some_and(|node| keys.contains(node)))
            .map(|(stream, _)| printed(stream));
    }
    let _ = (device, printed);
    None
}

/// The flag without the number that tells its files apart.
fn name(flag: &str) -> &str {
    flag.split('#').next().unwrap_or(flag)
}

/// Opens a result for writing, and empties it.
///
/// # Errors
/// It cannot be written, or is read by this command.
pub(super) fn create(path: &Path) -> io::Result<File> {
    refuse_read(path)?;
    File::create(path)
}

/// Refuses a file that this command reads.
fn refuse_read(path: &Path) -> io::Result<()> {
    match keys(path).iter().any(|key| files().read.contains(key)) {
        true => Err(io::Error::other("it is read by this command, and would be lost")),
        false => Ok(()),
    }
}

/// The same for a result that is written while the run goes on: as long as it is open no other run can write it, which would leave
/// parts of both.
///
/// # Errors
/// It cannot be written, is read by this command, or another run writes it.
pub(super) fn create_alone(path: &Path) -> io::Result<File> {
    refuse_read(path)?;
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
    lock(&file)?;
    if file.metadata()?.is_file() {
        file.set_len(0)?;
    }
    Ok(file)
}

/// Locks a plain file; a device and a pipe are everybody's. Windows would hold off readers, too, and a file system without locks has
/// none to give.
fn lock(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    if file.metadata()?.is_file() && matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)) {
        return Err(io::Error::other("another run of hookreel is writing this file"));
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// Writes a whole result.
///
/// # Errors
/// It cannot be written, or is read by this command.
pub(super) fn write(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    create(path)?.write_all(content.as_ref())
}

/// Makes the folders of a file that are not there yet.
///
/// # Errors
/// One of them cannot be made.
pub(super) fn make_folders(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists());
    folder.map_or(Ok(()), fs::create_dir_all)
}

/// The keys of a file that is there; none of a device.
fn keys(path: &Path) -> Vec<FileKey> {
    let Ok(meta) = fs::metadata(path) else { return Vec::new() };
    if !holds(&meta) {
        return Vec::new();
    }
    let path = resolved(path).map(FileKey::Path);
    #[cfg(unix)]
    return path.into_iter().chain([node(&meta)]).collect();
    #[cfg(not(unix))]
    return path.into_iter().collect();
}

/// The path without links; in small letters where most file systems take both for one.
fn resolved(path: &Path) -> Option<PathBuf> {
    let path = fs::canonicalize(path).ok()?;
    match cfg!(any(windows, target_os = "macos")) {
        true => Some(path.to_string_lossy().to_lowercase().into()),
        false => Some(path),
    }
}

#[cfg(unix)]
fn node(meta: &Metadata) -> FileKey {
    use std::os::unix::fs::MetadataExt;
    FileKey::Node(meta.dev(), meta.ino())
}

/// A standard stream that is a file.
#[cfg(unix)]
fn standard(stream: &impl std::os::fd::AsFd) -> Option<FileKey> {
    let file = File::from(stream.as_fd().try_clone_to_owned().ok()?);
    file.metadata().ok().filter(Metadata::is_file).map(|meta| node(&meta))
}

/// True for what keeps or passes on what is written: a file, a pipe.
#[cfg(unix)]
fn holds(meta: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    meta.is_file() || meta.file_type().is_fifo()
}

#[cfg(not(unix))]
fn holds(meta: &Metadata) -> bool {
    meta.is_file()
}
