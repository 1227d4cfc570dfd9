//! The byte writer: plays a script of writes, pauses and ends on any stream, and hears what the receiver says meanwhile.
//!
//! A client library refuses to send what is torn, slow or wrongly framed; here it is the trade. Generic over the stream, so
//! that a test can put both ends in memory and let time stand still.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use super::answer::{self, AnswerProgress, Cause, End};
use super::meeting::Meeting;
use crate::duration::show_duration;
use crate::number;
use crate::record::{Answer, Trouble, TroubleKind};
use crate::request::{Leaving, WireStep};
use crate::stretch::Stretches;

/// Time limit of an exchange, and its start.
#[derive(Clone, Copy, Debug)]
pub struct TimeLimit {
    /// Time of its start.
    pub begun: Instant,
    /// Time limit from the start.
    pub time: Duration,
}

impl TimeLimit {
    /// Latest time of its end.
    pub fn deadline(self) -> Instant {
        self.begun + self.time
    }
}

/// Result of a script: the answer or the error.
#[derive(Debug)]
pub struct ScriptResult {
    /// The answer; of several the one with the highest status, since it takes only one refusal to refuse. A yes that leaves
    /// another request without its answer is none.
    pub answer: Option<Answer>,
    /// Reason for a missing or incomplete answer.
    pub error: Option<Trouble>,
    /// Way of leaving the connection, if the script sets one.
    pub leaving: Option<Leaving>,
    /// The step at which the script goes on, on another connection: the receiver closed this one after an answer, as it may.
    pub rest: Option<usize>,
    /// ExchangeMoments of the exchange.
    pub moments: ExchangeMoments,
}

/// ExchangeMoments of an exchange; none = not reached.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExchangeMoments {
    /// Everything was sent.
    pub sent: Option<Instant>,
    /// The first byte of an answer came.
    pub first: Option<Instant>,
    /// The last byte of an answer came.
    pub last: Option<Instant>,
    /// Requests on the connection.
    pub requests: u32,
}

/// Progress that the reading half reports to the writing half.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Ears {
    /// Final answers and interim ones.
    answers: usize,
    interim: usize,
}

/// Plays the script. Ends when every request in it has its answer, when the script leaves, when the receiver closes, or at
/// the deadline.
pub async fn play<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    steps: &[WireStep],
    limit: TimeLimit,
    meeting: Option<Arc<Meeting>>,
) -> (ScriptResult, S) {
    let (mut input, mut output) = tokio::io::split(stream);
    let wanted = 1 + steps.iter().filter(|step| **step == WireStep::Another).count();
    let (told, ears) = watch::channel(Ears::default());
    let sip = steps.iter().find_map(|step| match step {
        WireStep::Sip(size, gap) => Some(Sip { size: *size, gap: *gap, until: limit.begun + limit.time / 2 }),
        _ => None,
    });
    let mut listener =
        Listener { bytes: Vec::new(), answers: Vec::new(), partial: None, told, sip, heard: None };
    let delays = Delays::default();
    let deaf = steps.contains(&WireStep::Deaf);
    let mut sent = None;
    let heard = {
        let listening = listener.listen(&mut input, wanted);
        let writing = write(&mut output, steps, ears, meeting, &delays);
        tokio::pin!(listening, writing);
        let mut written = None;
        loop {
            tokio::select! {
                biased;
                end = &mut listening, if !deaf => break Over::Heard(end),
                left = &mut writing, if written.is_none() => match left {
                    Some(leaving) => break Over::Left(leaving),
                    None if deaf => break Over::Heard(Some(answer::closed(&[], None))),
                    // A receiver that closes early may have answered first: what it said is still to be read.
                    None => {
                        written = Some(());
                        sent = Some(Instant::now());
                    }
                },
                () = tokio::time::sleep_until(limit.deadline() + delays.total()) => {
                    if Instant::now() >= limit.deadline() + delays.total() {
                        break Over::Late;
                    }
                }
            }
        }
    };
    if matches!(heard, Over::Late)
        && let AnswerProgress::Partial(answer, lack) = answer::read(&listener.bytes, End::Broken)
    {
        listener.partial = Some((answer, lack.trouble(Cause::Late(limit.time))));
    }
    let (error, leaving) = match heard {
        Over::Left(leaving) => (Some(left(leaving)), Some(leaving)),
        Over::Heard(trouble) => (trouble, None),
        Over::Late => {
            let text = format!("no answer within {}", show_duration(limit.time));
            (Some(Trouble::new(TroubleKind::Timeout, text)), None)
        }
    };
    let closed = error.as_ref().is_some_and(|error| error.kind == TroubleKind::Closed);
    let rest = if closed { listener.rest(steps) } else { None };
    let (first, last) = listener.heard.unzip();
    let moments = ExchangeMoments { sent, first, last, requests: number::capped::<u32>(wanted) };
    let (answer, error) = listener.conclude(wanted, error);
    (ScriptResult { answer, error, leaving, rest, moments }, input.unsplit(output))
}

/// End of an exchange.
enum Over {
    Heard(Option<Trouble>),
    Left(Leaving),
    Late,
}

fn left(leaving: Leaving) -> Trouble {
    let how = match leaving {
        Leaving::Close => "closed",
        Leaving::Reset => "reset",
        Leaving::Open => "left open",
    };
    Trouble::new(TroubleKind::Left, format!("the connection was {how} by us, as the fault says"))
}

/// Slow reading. It ends at half of the time limit, so that a long answer of a prompt receiver is still whole in time.
#[derive(Clone, Copy)]
struct Sip {
    /// Bytes per read.
    size: usize,
    /// Pause after each read.
    gap: Duration,
    until: Instant,
}

/// Time by which our own pauses took longer than the script says, as on a busy machine: none of it is the receiver's.
#[derive(Default)]
struct Delays(AtomicU64);

impl Delays {
    fn total(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }

    async fn pause(&self, time: Duration) {
        let begun = Instant::now();
        sleep(time).await;
        let late = begun.elapsed().saturating_sub(time);
        self.0.fetch_add(number::capped(late.as_nanos()), Ordering::Relaxed);
    }
}

struct Listener {
    bytes: Vec<u8>,
    answers: Vec<Answer>,
    /// An answer that has begun and does not end.
    partial: Option<(Answer, Trouble)>,
    told: watch::Sender<Ears>,
    sip: Option<Sip>,
    /// Times of the first and the last bytes.
    heard: Option<(Instant, Instant)>,
}

impl Listener {
    /// Reads until as many answers have come as are wanted, or nothing more can come.
    async fn listen(&mut self, input: &mut (impl AsyncRead + Unpin), wanted: usize) -> Option<Trouble> {
        let mut buffer = vec![0; 16 << 10];
        loop {
            let slow = self.sip.filter(|sip| Instant::now() < sip.until);
            let size = slow.map_or(buffer.len(), |sip| sip.size.clamp(1, buffer.len()));
            let (buffer, _) = buffer.split_at_mut(size);
            let read = input.read(buffer).await;
            let end = match &read {
                Ok(1..) => End::Open,
                // Servers that close TLS without saying so are many; what they sent has come in order.
                Err(error) if error.kind() != ErrorKind::UnexpectedEof => End::Broken,
                Ok(0) | Err(_) => End::Closed,
            };
            if let Ok(n @ 1..) = read {
                let now = Instant::now();
                self.heard = Some((self.heard.map_or(now, |(first, _)| first), now));
                self.bytes.extend_from_slice(buffer.stretch(..n));
            }
            if let Some(trouble) = self.take(end, wanted) {
                return Some(trouble);
            }
            if self.answers.len() >= wanted {
                self.note_surplus();
                return None;
            }
            if end != End::Open {
                return Some(answer::closed(&self.bytes, read.err().as_ref()));
            }
            if let Some(Sip { gap, .. }) = slow.filter(|sip| !sip.gap.is_zero()) {
                sleep(gap).await;
            }
        }
    }

    /// Notes that the last answer is longer than it says. A line end behind an answer is an old habit.
    fn note_surplus(&mut self) {
        let surplus = !self.bytes.trim_ascii().is_empty();
        self.answers.iter_mut().last().into_iter().for_each(|answer| answer.surplus = surplus);
    }

    /// Takes every answer that has come whole, of those that are wanted: what stands behind them is an answer to nothing. Gives what
    /// is wrong with one that never will be whole.
    fn take(&mut self, end: End, wanted: usize) -> Option<Trouble> {
        loop {
            if self.bytes.is_empty() || self.answers.len() >= wanted {
                return None;
            }
            match answer::read(&self.bytes, end) {
                AnswerProgress::More => return None,
                AnswerProgress::Garbage(trouble) if self.answers.is_empty() => {
                    return Some(trouble);
                }
                // After an answer: bytes that nobody asked for.
                AnswerProgress::Garbage(_) => return None,
                AnswerProgress::Interim(length) => {
                    self.bytes.drain(..length);
                    self.told.send_modify(|ears| ears.interim += 1);
                }
                AnswerProgress::Whole { length, answer, last } => {
                    self.bytes.drain(..length);
                    self.answers.push(answer);
                    self.told.send_modify(|ears| ears.answers += 1);
                    // The receiver may wait for us to close (RFC 9112, section 9.6).
                    if last && self.answers.len() < wanted {
                        return Some(answer::closed(&[], None));
                    }
                }
                AnswerProgress::Partial(answer, lack) => {
                    let trouble = lack.trouble(if end == End::Broken { Cause::Reset } else { Cause::Closed });
                    self.partial = Some((answer, trouble.clone()));
                    return Some(trouble);
                }
            }
        }
    }

    /// The step of the first request that has no answer, where every one before it was answered well before the next was due.
    /// A receiver may close a connection after any answer (RFC 9112, section 9.6).
    fn rest(&self, steps: &[WireStep]) -> Option<usize> {
        let answered = self.answers.len();
        let well = self.bytes.is_empty() && self.answers.iter().all(|answer| answer.status < 400);
        let (at, _) = steps
            .iter()
            .enumerate()
            .filter(|(_, step)| **step == WireStep::Another)
            .nth(answered.checked_sub(1)?)?;
        let before = steps.get(..at)?;
        let one_by_one = |step: &WireStep| {
            matches!(step, WireStep::Write(_) | WireStep::Listen(_) | WireStep::Pause(_) | WireStep::Another)
        };
        let written = before.iter().filter(|step| matches!(step, WireStep::Write(_))).count();
        (well && before.iter().all(one_by_one) && written == answered).then_some(at + 1)
    }

    /// Answer or trouble from all bytes received.
    fn conclude(self, wanted: usize, error: Option<Trouble>) -> (Option<Answer>, Option<Trouble>) {
        let unanswered = self.answers.len() < wanted;
        let worst = self.answers.into_iter().max_by_key(|answer| answer.status);
        match (worst.filter(|answer| !unanswered || answer.status >= 400), self.partial) {
            (Some(answer), _) => (Some(answer), None),
            (None, Some((answer, trouble))) => (Some(answer), Some(trouble)),
            (None, None) => (None, error),
        }
    }
}

/// Plays the steps; gives how the connection is to be left, if a step says so. A receiver that takes no more ends it early.
async fn write(
    output: &mut (impl AsyncWrite + Unpin),
    steps: &[WireStep],
    mut ears: watch::Receiver<Ears>,
    meeting: Option<Arc<Meeting>>,
    delays: &Delays,
) -> Option<Leaving> {
    let mut heard = Ears::default();
    for step in steps {
        match step {
            WireStep::Write(bytes) => {
                output.write_all(bytes).await.ok()?;
                output.flush().await.ok()?;
            }
            WireStep::Dribble(bytes, size, gap) => {
                for piece in bytes.chunks((*size).max(1)) {
                    output.write_all(piece).await.ok()?;
                    output.flush().await.ok()?;
                    delays.pause(*gap).await;
                }
            }
            WireStep::Pause(time) => delays.pause(*time).await,
            WireStep::Listen(patience) => {
                let until = Instant::now() + *patience;
                let _ = timeout_at(until, ears.wait_for(|ears| *ears != heard)).await;
                heard = *ears.borrow();
            }
            // Said of the whole exchange, and heeded elsewhere.
            WireStep::Another | WireStep::Sip(..) | WireStep::Crowd(..) | WireStep::Bare | WireStep::Deaf => {
            }
            WireStep::Meet => {
                if let Some(meeting) = &meeting {
                    meeting.wait().await;
                }
            }
            WireStep::Finish => output.shutdown().await.ok()?,
            WireStep::Leave(how) => return Some(*how),
        }
    }
    None
}

#[cfg(test)]
mod tests;
