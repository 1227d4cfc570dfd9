//! The words that declared values are made of.

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $word:literal: $meaning:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $(#[doc = $meaning] $variant,)+ }

        impl $name {
            /// Every one, as a file writes it.
            pub const WORDS: &[(&str, Self)] = &[$(($word, Self::$variant),)+];
            /// The same words, each with its meaning.
            pub const MEANINGS: &[(&str, &str)] = &[$(($word, $meaning),)+];

            /// The one of this word.
            pub fn of(word: &str) -> Option<Self> {
                Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, found)| *found)
            }
        }
    };
}

words! {
    /// Moments.
    InstantOf {
        Began = "file.began": "arrival of the first frame of the file",
        LastFrame = "file.last_frame": "arrival of its last frame",
        Closed = "file.closed": "end of the resume window that it waited for, or of the file",
        Wrote = "file.wrote": "first write of the file, which follows its first frame",
        Recording = "file.recording": "begin of the recording that the file belongs to",
        Named = "file.named": "the time in names of files: with jitter some seconds after the first frame",
        Task = "task.began": "begin of the recording task",
        Push = "push.began": "begin of the push",
        Now = "now": "the event itself",
    }
}

words! {
    /// Lengths of time.
    LengthOf {
        Media = "file.media": "recorded media of the file, without gaps",
        Push = "push.length": "the push, until the event",
        Resume = "resume": "the resume window of the format",
    }
}

words! {
    /// Units of time.
    TimeUnit {
        Second = "s": "seconds",
        Millisecond = "ms": "milliseconds",
        Microsecond = "us": "microseconds",
    }
}

words! {
    /// Treatment of a part of a unit.
    Rounding {
        Down = "down": "it is dropped",
        Up = "up": "it counts as a whole one",
        Never = "no": "it stays, as a fraction",
    }
}

words! {
    /// Alphabets of draws.
    DrawKind {
        Hex = "hex": "lower-case hexadecimal digits",
        Digits = "digits": "decimal digits, the first of them neither 0 nor 9",
        Alphanumeric = "alphanumeric": "letters and digits",
        Uuid = "uuid": "A UUID of version 4",
        Number = "number": "a number of a range",
    }
}

words! {
    /// What a draw belongs to: it has one value in all messages about that.
    DrawPer {
        Stream = "stream": "the stream",
        Task = "task": "the recording task",
        File = "file": "the file",
        Push = "push": "the push",
        Message = "message": "the message",
    }
}

words! {
    /// Properties that have a word.
    Property {
        Domain = "stream.domain": "ingest domain",
        App = "stream.app": "application, or push path",
        Name = "stream.name": "stream name",
        Params = "stream.params": "query of the push URL",
        Event = "event": "the event of the message",
        Happening = "happening": "what it tells of, such as `file-complete`, as `on` has it",
        Format = "format": "format of the file: `hls`, `flv`, `mp4` or `aac`; `hls` where the message is about none",
        Revision = "revision": "revision of the messages",
        FileNumber = "file.number": "number of the file in its format, from 1",
        FileIndex = "file.index": "the same, from 0",
        FileSize = "file.size": "bytes of the file",
        PushNumber = "push.number": "number of the push, from 1",
        Width = "media.width": "width of the picture",
        Height = "media.height": "height of the picture",
        Absent = "absent": "nothing: the field is left out",
        FailureText = "failure.message": "text of a failure, if the scenario gives one",
        FailureCause = "failure.cause": "`pull` or `upload`",
        RecordingSource = "recording.source": "what started the recording: `template` or `task`",
        RecordingEvents = "recording.events": "`per-format` or `per-task`",
    }
}
