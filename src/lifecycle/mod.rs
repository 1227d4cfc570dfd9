//! Events of the stream: broadcast + rules → facts. Pure; provider-neutral.
//!
//! Time is a [`Duration`] since the broadcast began, so a window of thirty days costs nothing. The only chance of the whole
//! program comes from [`draw`], seeded and named.

pub mod draw;
mod frame_times;
mod simulate;

use std::fmt;
use std::time::Duration;

pub use frame_times::seen;
pub use simulate::simulate;

use crate::duration::show_duration;
use crate::scenario::{Failure, Format};

/// Rules by which a provider turns a stream into files.
#[derive(Clone, Debug)]
pub struct RecordingRules {
    /// One per recorded format.
    pub tracks: Vec<Track>,
    /// Time between the end of a file and the news of it.
    pub upload_delay: Duration,
    /// Shorter pushes end before the recorder is up, and make no file.
    pub shortest: Duration,
    /// True: the start and the end of a task are reported once for all its formats, not once per format.
    pub per_task: bool,
}

impl RecordingRules {
    /// Nothing is recorded.
    pub const NONE: Self =
        Self { tracks: Vec::new(), upload_delay: Duration::ZERO, shortest: Duration::ZERO, per_task: false };
}

/// The rules of one format.
#[derive(Clone, Copy, Debug)]
pub struct Track {
    /// The format.
    pub format: Format,
    /// Longest media time of a file; none = no cut by length. Gaps do not count.
    pub cycle: Option<Duration>,
    /// Longest gap that stays in one file; zero = every drop ends the file at once.
    pub resume: Duration,
    /// Event that ends the recording task.
    pub task: TaskScope,
}

/// Event that ends a recording task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskScope {
    /// The gap that ends a file ends its task; a later push opens a new one.
    Gap,
    /// The task lives until the last drop of the broadcast, whatever becomes of its files; a failed pull ends it.
    Broadcast,
    /// The task was made through an API and stands until the last drop, also over a failed pull.
    Standing,
    /// The task was made through an API, and its recorder never leaves: a gap is a part of the file, and counts as media.
    Api,
}

/// Provider-neutral outcome of the simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Time at which it becomes known, since the start of the broadcast.
    pub at: Duration,
    /// The format it is about; none when it is about the stream itself.
    pub format: Option<Format>,
    /// The task it belongs to.
    pub task: RecordingTask,
    /// The event.
    pub event: Event,
    /// Reason of the event.
    pub why: Why,
    /// Index of the broadcast step that caused it.
    pub step: usize,
}

/// A recording task, identified by its start: formats that start together share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordingTask {
    /// Since the broadcast began.
    pub began: Duration,
}

/// Event of a stream and of its recording.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The encoder began to push.
    Pushed(Activity),
    /// The push ended.
    Dropped(Activity),
    /// The stream is gone, and the recorder waits for it to come back.
    Paused,
    /// The stream came back in time.
    Resumed,
    /// A recording task began.
    TaskBegan,
    /// A file began; it has no end yet.
    FileBegan(File),
    /// A file is finished and stored.
    FileComplete(File),
    /// The recording task is over.
    TaskOver,
    /// A push was over before the recorder was up: there is no file of it.
    TooShort(Duration),
    /// Recording failed; with the file that is lost, if one was open.
    Failed(Failure, Option<File>),
}

/// One push, from its start to its drop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Counted from 1.
    pub number: u32,
    /// Start of the file, since the start of the broadcast.
    pub began: Duration,
}

/// One recorded file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Counted per format, from 1.
    pub number: u32,
    /// Arrival of its first frame, since the broadcast began.
    pub began: Duration,
    /// Arrival of its last frame. Equals `began` while nothing is known of its end.
    pub last_frame: Duration,
    /// Time at which the recorder closed it: after the resume window, if it waited for one.
    pub closed: Duration,
    /// Recorded media time; gaps do not count.
    pub media: Duration,
    /// Time of the first write: after the first frame, since the recorder buffers.
    pub wrote: Duration,
    /// Start of the recording that the file belongs to.
    pub recording: Duration,
}

/// Reason of a fact, for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The stream was pushed.
    Push,
    /// The stream came back.
    PushAgain,
    /// The file reached its longest media time.
    Cycle(Duration),
    /// A drop, where every drop ends the file.
    Drop,
    /// A drop, as the stream itself sees it.
    StreamDrop,
    /// A drop, and the recorder waits this long for a push.
    DropResumable(Duration),
    /// The drop at this time was not followed by a push within the window.
    Window(Duration, Duration),
    /// The last drop of the broadcast.
    LastDrop,
    /// The scenario says that it fails.
    Failure,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Push => f.write_str("push"),
            Self::PushAgain => f.write_str("push again"),
            Self::Cycle(cycle) => write!(f, "cycle of {} reached", show_duration(*cycle)),
            Self::Drop => f.write_str("drop; gaps are not resumed"),
            Self::StreamDrop => f.write_str("drop"),
            Self::DropResumable(window) => {
                write!(f, "drop; a push within {} is resumed", show_duration(*window))
            }
            Self::Window(drop, window) => {
                write!(f, "no push within {} of the drop at {}", show_duration(*window), show_duration(*drop))
            }
            Self::LastDrop => f.write_str("last drop"),
            Self::Failure => f.write_str("fails, as the scenario says"),
        }
    }
}
