//! `serve --capture`: each request, written down whole before it is answered.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::capture::{CapturedAnswer, CapturedRequest, lines};
use crate::cli::complain;
use crate::cli::exit::Refused;
use crate::receiver::AnsweredRequest;

/// Most captures in one second that get different names.
const MOST: u32 = 1000;

/// A capture file under way.
pub(super) struct CaptureFile {
    file: Mutex<File>,
    path: String,
}

impl CaptureFile {
    /// A new file in this folder, which is made where it does not exist. No file is opened that is there already; and a warning,
    /// since it must not be passed around as a log is.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn create(folder: &Path, now: Timestamp) -> Result<Self, Refused> {
        let failed = |path: &Path, error: &std::io::Error| {
            Refused::usage(format!("--capture: cannot write `{}`: {error}", path.display()))
        };
        std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
        let stem = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        for n in 1..=MOST {
            let name = if n == 1 { format!("{stem}.jsonl") } else { format!("{stem}-{n}.jsonl") };
            let path = folder.join(name);
            match private().open(&path) {
                Ok(file) => {
                    let path = path.display();
                    complain(&format!(
                        "warning: {path} keeps each request whole, with its signature and its headers; only you can \
                         read it\n"
                    ));
                    return Ok(Self { file: Mutex::new(file), path: path.to_string() });
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(&path, &error)),
            }
        }
        Err(Refused::usage(format!("--capture: `{}` holds {MOST} captures of this second", folder.display())))
    }

    /// Writes a request to the file. A failure to write is reported, and the request is answered all the same.
    pub(super) fn write(&self, told: &AnsweredRequest<'_>, at: Timestamp) {
        let Some(whole) = &told.whole else { return };
        let headers = whole.head.headers.iter();
        let request = CapturedRequest {
            at: Some(at),
            method: told.method.into(),
            path: whole.head.uri.path_and_query().map_or(told.path, |path| path.as_str()).into(),
            headers: headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect(),
            body: Some(whole.body.clone()),
            answer: Some(CapturedAnswer { status: told.status.as_u16(), body: Some(whole.answer.clone()) }),
            verdict: told.outcome.into(),
            ..CapturedRequest::default()
        };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let written = lines::write(&request)
            .map_err(std::io::Error::other)
            .and_then(|line| file.write_all(line.as_bytes()));
        if let Err(error) = written {
            complain(&format!("error: --capture: cannot write `{}`: {error}\n", self.path));
        }
    }
}

/// A file of one's own, that was not there before.
#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options
}

/// A file that was not there before.
#[cfg(not(unix))]
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    options
}
