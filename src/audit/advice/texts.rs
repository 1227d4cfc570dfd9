//! Consequences of failures and their fixes, in words for a person, where the case alone does not say them.

use super::Advice;
use crate::verdict::cause::stored;

/// A callback that ends the receiver, in any case.
pub(super) const ENDED: Advice = (
    "anyone who can reach the port can end the receiver, and nobody's callbacks are received until it runs again",
    "find the cause in what it printed last, or in its own log; limit what one request may take, and let a supervisor start it again",
);

/// A callback that the provider sends, and which ends the receiver.
pub(super) const ENDED_BY_THE_VENDOR: Advice = (
    "a callback that the vendor sends ends the receiver, and nothing is received until it runs again",
    "find the cause in what it printed last, or in its own log; let a supervisor start it again",
);

/// A repetition that is refused.
pub(super) const REPETITION_REFUSED: Advice = (
    "the file is known and the repetition is refused: the vendor takes that for a failure, and sends it again until it gives up",
    "answer a repetition with success, as the first one",
);

/// A body of which the receiver parsed a part.
pub(super) const CUT_BODY: Advice = (
    "the receiver parsed a part of the body, or nothing: larger callbacks are refused each time, and lost",
    "read as many bytes as Content-Length says, once; one read gives what has come so far, and a body that was read is gone",
);

/// A store that cannot be written to at the moment.
pub(super) const BUSY_STORE: Advice = (
    "the receiver's store is locked or busy while several requests come: a callback that is answered with an error is lost after a few \
     tries",
    "wait for the lock (in SQLite `busy_timeout` and WAL), keep transactions short, have as many connections to the store as requests at \
     once; try again before answering with an error",
);

/// An error 500 or the like.
pub(super) const ERROR: Advice = (
    "an error inside the receiver: it neither took this callback nor refused it, and the vendor sends it again until it gives up",
    "look for the error in the receiver's own log; refuse with 400 or 401 before the error can happen",
);

/// A connection that ends without an answer.
pub(super) const BROKEN: Advice = (
    "the receiver ended the connection without an answer, as after an error of its own: the vendor sends the callback again",
    "look for the error in the receiver's own log (an exception in its handler ends the connection); answer every request",
);

/// No answer in time.
pub(super) const LATE: Advice = (
    "the receiver did not answer in time: the vendor takes that for a failure, and sends the callback again",
    "look in the receiver's own log for what it waits for; answer first, process the callback later",
);

/// A limit on the rate.
pub(super) const LIMITED: Advice = (
    "the receiver limits the rate, so this says nothing about the case; in a burst of the vendor it loses the callbacks that it refuses",
    "lift the limit for the audit, or raise it, and play the case again",
);

/// A limit on the size of a body, below that of a callback.
pub(super) const TOO_LARGE: Advice = (
    "the receiver, or a server before it, allows smaller bodies than the sender sends: such a callback is refused each time, and lost",
    "raise the limit on the body of this path above the sender's largest message",
);

/// A handler that takes every event for that of a file.
pub(super) const OTHER_EVENT: Advice = (
    "the receiver needs a field that this event does not have: it takes every event for that of a finished file, and the vendor sends each \
     of the others again until it gives up",
    "look at the event first; read the fields of a file in the event that announces one, and answer the others with success",
);

/// A refusal that repeats the right signature.
pub(super) const LEAK: Advice = (
    "an answer that names the expected signature signs for the attacker, who sends the callback again with it",
    "say that the signature is wrong, and nothing more; what was expected belongs in the receiver's own log at most",
);

/// A model that lists every field, and refuses others.
pub(super) const STRICT_MODEL: Advice = (
    "the receiver refuses a message for a field that it does not know: vendors add fields without notice, and from then on every callback \
     is refused, and lost",
    "let the model ignore unknown fields; demand the fields that you use, and nothing of the others",
);

/// Of several accepted files some are there.
pub(super) const ONE_KEY: Advice = (
    "of several files that were accepted only some are stored: the vendor sends none of them again, and the recordings are lost",
    stored::SHARES_A_KEY.fix,
);

/// The same, of a sender that tells several files in one message.
pub(super) const ONE_FILE: Advice = (ONE_KEY.0, stored::READS_ONE_FILE.fix);

/// None of the accepted files is there.
pub(super) const NOT_STORED: Advice = (
    "a file that was accepted is not stored: the vendor does not send it again, and the recording is lost",
    stored::NOTHING_STORED.fix,
);

/// Some of the accepted files of a broadcast are not there, and most are.
pub(super) const SOME_LOST: Advice = (NOT_STORED.0, stored::SOME_LOST.fix);

/// An entry came, and it does not hold the id.
pub(super) const NO_ID: Advice = (
    "an entry has come that does not hold the id of the file: the list leaves the id out, or the store changed it so that it is not \
     known again; a second callback of the file cannot be told from one of another file then",
    stored::WITHOUT_IDS.fix,
);

/// Entries of other files are gone.
pub(super) const GONE: Advice = (
    "files that were listed are not listed any more: recordings are lost, or nobody finds them",
    stored::DROPS_ENTRIES.fix,
);

/// The state is not answered any more.
pub(super) const HANGING: Advice = (
    "the receiver listed its files before this case, and answers no more: it hangs, or it ended, and nobody's callbacks are received",
    stored::HANGS.fix,
);

/// A legal event that is refused.
pub(super) const UNKNOWN_EVENT: Advice = (
    "the receiver refuses an event that it does not use: the vendor sends it again until it gives up, and may take the URL for broken",
    "answer status 200 to every event that is rightly signed, also to those that you do not use",
);

/// A refusal that stands in the body alone.
pub(super) const YES_AND_NO: Advice = (
    "the status says yes and the body says no: the vendor reads the status alone, so a callback that is refused by mistake is never \
     sent again",
    "answer a refusal with status 401; where the body is how this receiver refuses, say so: --expect '{accept: {json: {PATH: VALUE}}}' \
     (docs/audit.md)",
);

/// An accepted file is there with an id that was changed on the way.
pub(super) const KEEP_IDS: Advice = (
    "the vendor knows no file of the id that is stored, and two files may come to have one id",
    stored::CHANGES_IDS.fix,
);

/// An event that announces no file left something in the list of files.
pub(super) const NO_FILE: Advice = (
    "an event that announces no file was stored as one, or changed one: it came with a stream's begin or end, or is new",
    "store a file by the event that announces it alone; acknowledge every other event, and let it change no recording",
);

/// Why letters beyond ASCII are refused, and nothing else.
pub(super) const CHARSET: Advice = (
    "a body with letters beyond ASCII is refused where plain ones are accepted: the receiver decodes it with another charset than UTF-8, \
     such as ISO-8859-1 (the default of frameworks where Content-Type names none)",
    "look at nothing but the bytes as they came, or decode them as UTF-8, whatever Content-Type says",
);
