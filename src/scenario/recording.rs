//! The recording template: which formats, and when a file ends.

use std::fmt;
use std::time::Duration;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::{Bitrate, Count, Span};
use crate::problem::Problem;

/// A container format of recorded files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// HTTP Live Streaming: a playlist and its segments.
    Hls,
    /// Flash video.
    Flv,
    /// MPEG-4.
    Mp4,
    /// Audio only.
    Aac,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hls => "hls",
            Self::Flv => "flv",
            Self::Mp4 => "mp4",
            Self::Aac => "aac",
        })
    }
}

/// The recording template: which formats, and when a file ends.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Recording {
    /// Record HLS.
    pub hls: Option<Template>,
    /// Record FLV.
    pub flv: Option<Template>,
    /// Record MP4.
    pub mp4: Option<Template>,
    /// Record AAC, audio only.
    pub aac: Option<Template>,
    /// Reports of the start and the end of a task: once per format or once per task, where a provider reports them.
    pub events: Multiplicity,
    /// Origin of the recording: a template rule, or a task made through the API.
    pub source: RecordingSource,
    /// Time between the end of a file and its callback. Default: the vendor's; Tencent: 5m, Huawei: none is documented, 0s.
    pub upload_delay: Option<Span>,
    /// Pushes shorter than this end before the recorder is up, and make no file. Default: 3s.
    pub shortest: Option<Span>,
    /// End of the task, where every drop ends the file (Huawei, `resume: 0s`).
    pub over: TaskEnd,
}

/// Event that ends a task whose files end at every drop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TaskEnd {
    /// The last drop of the broadcast.
    #[default]
    LastDrop,
    /// Every drop.
    EveryDrop,
}

/// Ours: Tencent says that a push which ends before the recorder is up makes no file, and advises more than 10 s.
const SHORTEST: Duration = Duration::from_secs(3);

impl Recording {
    /// The formats asked for, each with its template, in a fixed order.
    pub fn formats(&self) -> Vec<(Format, Template)> {
        let all = [
            (Format::Hls, self.hls),
            (Format::Flv, self.flv),
            (Format::Mp4, self.mp4),
            (Format::Aac, self.aac),
        ];
        all.into_iter().filter_map(|(format, template)| template.map(|t| (format, t))).collect()
    }

    /// The length below which a push makes no file.
    pub fn shortest(&self) -> Duration {
        self.shortest.map_or(SHORTEST, |shortest| shortest.0)
    }

    pub(super) fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.formats().is_empty() {
            problems.push(
                Problem::at("recording", "nothing is recorded")
                    .label("expected at least one of hls, flv, mp4, aac")
                    .help("for example `hls: {cycle: 30m}`"),
            );
        }
        for (format, template) in self.formats() {
            if template.cycle.is_some_and(|cycle| cycle.0.is_zero()) {
                problems.push(
                    Problem::at(format!("recording.{format}.cycle"), "a cycle of zero can hold no file")
                        .label("expected a duration above 0s")
                        .help("leave `cycle` out for the vendor's default"),
                );
            }
        }
        problems
    }
}

/// Rules by which one format is cut into files.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Template {
    /// Longest media time of one file. Default: the vendor's.
    pub cycle: Option<Span>,
    /// Longest gap that stays in one file; `0s` ends the file at every drop. Default: `0s`.
    pub resume: Resume,
}

/// Longest gap that stays in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(untagged)]
pub enum Resume {
    /// The longest time that the vendor allows.
    Forever(Forever),
    /// This long.
    Window(Span),
}

/// The word `forever`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Forever {
    /// As long as the vendor allows at all.
    Forever,
}

impl Default for Resume {
    fn default() -> Self {
        Self::Window(Span(Duration::ZERO))
    }
}

/// Once per format or once per task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Multiplicity {
    /// Every event once per format.
    #[default]
    PerFormat,
    /// The start and the end of a task once for all its formats.
    PerTask,
}

/// Origin of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum RecordingSource {
    /// A template rule that matches the stream.
    #[default]
    Template,
    /// A task made through the vendor's API.
    Task,
}

/// Picture and bitrate.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Media {
    /// Pixels.
    pub width: Count,
    /// Pixels.
    pub height: Count,
    /// Bitrate of a recorded file with a picture; drawn up to 12 % around it.
    pub bitrate: Bitrate,
    /// Bitrate of a recorded file with sound alone; drawn up to 12 % around it.
    pub audio_bitrate: Bitrate,
    /// `off`: files begin with the push and end with the drop, and have exactly their bitrate.
    pub jitter: Jitter,
}

/// Variation of times and sizes around those of the scenario, as in real ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Jitter {
    /// They are.
    #[default]
    On,
    /// They are round.
    Off,
}

impl Default for Media {
    fn default() -> Self {
        Self {
            width: Count(1280),
            height: Count(720),
            bitrate: Bitrate(2_500_000),
            audio_bitrate: Bitrate(128_000),
            jitter: Jitter::On,
        }
    }
}
