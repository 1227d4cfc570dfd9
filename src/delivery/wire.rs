//! The byte writer: plays a script of writes, pauses and ends on any stream, and hears what the receiver says meanwhile.
//!
//! A client library refuses to send what is torn, slow or wrongly framed; here it is the trade. Generic over the stream, so
//! that a test can put both ends in memory and let time stand still.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Barrier, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::answer::{self, AnswerProgress, Cause, End};
use crate::duration::show_duration;
use crate::number;
use crate::record::{Answer, Trouble, TroubleKind};
use crate::request::{Leaving, WireStep};

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
    meeting: Option<Arc<Barrier>>,
) -> (ScriptResult, S) {
    let (mut input, mut output) = tokio::io::split(stream);
    let wanted = 1 + steps.iter().filter(|step| **step == WireStep::Another).count();
    let (told, ears) = watch::channel(Ears::default());
    let sip = steps
        .iter()
        .find_map(|step| if let WireStep::Sip(size, gap) = step { Some((*size, *gap)) } else { None });
    let mut listener =
        Listener { bytes: Vec::new(), answers: Vec::new(), partial: None, told, sip, heard: None };
    let deaf = steps.contains(&WireStep::Deaf);
    let mut sent = None;
    let heard = {
        let listening = listener.listen(&mut input, wanted);
        let writing = write(&mut output, steps, ears, meeting);
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
                () = tokio::time::sleep_until(limit.deadline()) => break Over::Late,
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
            (Some(Trouble { kind: TroubleKind::Timeout, text }), None)
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
    Trouble { kind: TroubleKind::Left, text: format!("the connection was {how} by us, as the fault says") }
}

struct Listener {
    bytes: Vec<u8>,
    answers: Vec<Answer>,
    /// An answer that has begun and does not end.
    partial: Option<(Answer, Trouble)>,
    told: watch::Sender<Ears>,
    /// Bytes per read, and the pause after each.
    sip: Option<(usize, Duration)>,
    /// Times of the first and the last bytes.
    heard: Option<(Instant, Instant)>,
}

impl Listener {
    /// Reads until as many answers have come as are wanted, or nothing more can come.
    async fn listen(&mut self, input: &mut (impl AsyncRead + Unpin), wanted: usize) -> Option<Trouble> {
        let (size, gap) = self.sip.unwrap_or((16 << 10, Duration::ZERO));
        let mut buffer = vec![0; size.max(1)];
        loop {
            let read = input.read(&mut buffer).await;
            let end = match &read {
                Ok(1..) => End::Open,
                // Servers that close TLS without saying so are many; what they sent has come in order.
                Err(error) if error.kind() != ErrorKind::UnexpectedEof => End::Broken,
                Ok(0) | Err(_) => End::Closed,
            };
            if let Ok(n @ 1..) = read {
                let now = Instant::now();
                self.heard = Some((self.heard.map_or(now, |(first, _)| first), now));
                self.bytes.extend_from_slice(buffer.get(..n).unwrap_or_default());
            }
            if let Some(trouble) = self.take(end, wanted) {
                return Some(trouble);
            }
            if self.answers.len() >= wanted {
                return None;
            }
            if end != End::Open {
                return Some(answer::closed(&self.bytes, read.err().as_ref()));
            }
            if !gap.is_zero() {
                sleep(gap).await;
            }
        }
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
                AnswerProgress::Garbage(text) if self.answers.is_empty() => {
                    return Some(Trouble { kind: TroubleKind::Garbage, text });
                }
                // After an answer: bytes that nobody asked for.
                AnswerProgress::Garbage(_) => return None,
                AnswerProgress::Interim(length) => {
                    self.bytes.drain(..length);
                    self.told.send_modify(|ears| ears.interim += 1);
                }
                AnswerProgress::Whole(length, answer) => {
                    self.bytes.drain(..length);
                    self.answers.push(answer);
                    self.told.send_modify(|ears| ears.answers += 1);
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
    meeting: Option<Arc<Barrier>>,
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
                    sleep(*gap).await;
                }
            }
            WireStep::Pause(time) => sleep(*time).await,
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
                    // Somebody who cannot come must not hold up the others for ever.
                    let _ = timeout(Duration::from_secs(5), meeting.wait()).await;
                }
            }
            WireStep::Finish => output.shutdown().await.ok()?,
            WireStep::Leave(how) => return Some(*how),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{DuplexStream, duplex};

    const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const MINUTE: Duration = Duration::from_secs(60);

    /// Plays against a receiver in memory; gives what was heard, what the receiver saw, and how long it took.
    async fn against<F, R>(
        steps: Vec<WireStep>,
        patience: Duration,
        receiver: R,
    ) -> (ScriptResult, Vec<u8>, Duration)
    where
        R: FnOnce(DuplexStream) -> F,
        F: Future<Output = Vec<u8>> + Send + 'static,
    {
        let (ours, theirs) = duplex(1 << 20);
        let serving = tokio::spawn(receiver(theirs));
        let begun = Instant::now();
        let (heard, stream) = play(ours, &steps, TimeLimit { begun, time: patience }, None).await;
        let took = begun.elapsed();
        drop(stream);
        (heard, serving.await.unwrap(), took)
    }

    async fn until_end(mut stream: DuplexStream) -> Vec<u8> {
        let mut seen = Vec::new();
        let _ = stream.read_to_end(&mut seen).await;
        seen
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_to_be_lost_is_not_heard_however_soon_it_comes() {
        let second = Duration::from_secs(1);
        let steps = vec![
            WireStep::Deaf,
            WireStep::Write("ab".into()),
            WireStep::Pause(second),
            WireStep::Leave(Leaving::Reset),
        ];
        let (heard, seen, took) = against(steps, MINUTE, async |mut stream: DuplexStream| {
            let mut seen = vec![0; 2];
            stream.read_exact(&mut seen).await.unwrap();
            stream.write_all(OK).await.unwrap();
            seen
        })
        .await;
        assert!(heard.answer.is_none() && seen == b"ab");
        assert_eq!((heard.error.unwrap().kind, took), (TroubleKind::Left, second));
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_arrive_as_the_script_says_and_the_answer_is_heard() {
        let steps =
            vec![WireStep::Write("ab".into()), WireStep::Dribble("cde".into(), 1, Duration::from_secs(2))];
        let (heard, seen, took) = against(steps, MINUTE, async |mut stream: DuplexStream| {
            let mut seen = vec![0; 5];
            stream.read_exact(&mut seen).await.unwrap();
            stream.write_all(OK).await.unwrap();
            seen
        })
        .await;
        assert_eq!((heard.answer.unwrap().status, seen), (200, b"abcde".to_vec()));
        assert_eq!(took, Duration::from_secs(4), "two gaps before the last byte");
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_at_the_deadline() {
        let (heard, _, took) = against(vec![WireStep::Write("a".into())], MINUTE, until_end).await;
        assert_eq!(heard.error.unwrap().kind, TroubleKind::Timeout);
        assert_eq!(took, MINUTE);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_in_the_middle_of_a_slow_body_ends_it() {
        let slow = vec![WireStep::Dribble(vec![b'x'; 1000].into(), 1, Duration::from_secs(1))];
        let (heard, _, took) = against(slow, MINUTE * 60, async |mut stream: DuplexStream| {
            let mut seen = vec![0; 5];
            stream.read_exact(&mut seen).await.unwrap();
            stream.write_all(b"HTTP/1.1 408 Slow\r\nContent-Length: 0\r\n\r\n").await.unwrap();
            seen
        })
        .await;
        assert_eq!(heard.answer.unwrap().status, 408);
        assert!(took < Duration::from_secs(6), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn leaving_reads_nothing_and_says_so() {
        let steps = vec![WireStep::Write("a".into()), WireStep::Leave(Leaving::Reset)];
        let (heard, seen, _) = against(steps, MINUTE, until_end).await;
        assert_eq!((heard.leaving, heard.error.unwrap().kind), (Some(Leaving::Reset), TroubleKind::Left));
        assert_eq!(seen, b"a");
    }

    #[tokio::test(start_paused = true)]
    async fn listening_waits_for_the_interim_answer_and_goes_on_without_one() {
        let steps = vec![
            WireStep::Write("head".into()),
            WireStep::Listen(Duration::from_secs(3)),
            WireStep::Write("body".into()),
        ];
        let receiver = |interim: &'static [u8]| {
            async move |mut stream: DuplexStream| {
                let mut seen = vec![0; 8];
                stream.read_exact(&mut seen[..4]).await.unwrap();
                stream.write_all(interim).await.unwrap();
                stream.read_exact(&mut seen[4..]).await.unwrap();
                stream.write_all(OK).await.unwrap();
                seen
            }
        };
        let (heard, _, took) =
            against(steps.clone(), MINUTE, receiver(b"HTTP/1.1 100 Continue\r\n\r\n")).await;
        assert_eq!((heard.answer.unwrap().status, took), (200, Duration::ZERO));
        let (heard, _, took) = against(steps, MINUTE, receiver(b"")).await;
        assert_eq!((heard.answer.unwrap().status, took), (200, Duration::from_secs(3)));
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_answers_the_refusal_counts() {
        let steps = vec![
            WireStep::Write("one".into()),
            WireStep::Listen(MINUTE),
            WireStep::Another,
            WireStep::Write("two".into()),
        ];
        let (heard, ..) = against(steps, MINUTE, async |mut stream: DuplexStream| {
            let mut seen = vec![0; 3];
            stream.read_exact(&mut seen).await.unwrap();
            stream.write_all(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n").await.unwrap();
            stream.read_exact(&mut seen).await.unwrap();
            stream.write_all(OK).await.unwrap();
            seen
        })
        .await;
        assert_eq!(heard.answer.unwrap().status, 403);
    }

    #[tokio::test(start_paused = true)]
    async fn a_yes_that_leaves_another_request_unanswered_is_none() {
        for (status, expected) in [("200 OK", None), ("403 No", Some(403))] {
            let steps = vec![WireStep::Write("one".into()), WireStep::Another, WireStep::Write("two".into())];
            let (heard, ..) = against(steps, MINUTE, async move |mut stream: DuplexStream| {
                let mut seen = vec![0; 6];
                stream.read_exact(&mut seen).await.unwrap();
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
                seen
            })
            .await;
            assert_eq!(heard.answer.map(|answer| answer.status), expected);
            let kind = heard.error.map(|error| error.kind);
            assert_eq!(kind, expected.is_none().then_some(TroubleKind::Closed));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_without_its_end_is_kept_and_is_not_complete() {
        let steps = || vec![WireStep::Write("a".into())];
        const BEGUN: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"code\":0}";
        for (stays, kind, reason) in [
            (true, TroubleKind::Timeout, "10 of 20 bytes of the body came within 1m"),
            (false, TroubleKind::Incomplete, "before the connection was closed"),
        ] {
            let (heard, ..) = against(steps(), MINUTE, async move |mut stream: DuplexStream| {
                stream.read_exact(&mut [0; 1]).await.unwrap();
                stream.write_all(BEGUN).await.unwrap();
                if stays { until_end(stream).await } else { Vec::new() }
            })
            .await;
            let (answer, error) = (heard.answer.unwrap(), heard.error.unwrap());
            assert_eq!((answer.status, answer.body.as_str()), (200, "{\"code\":0}"));
            assert_eq!(error.kind, kind);
            assert!(error.text.contains(reason), "{}", error.text);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_sipped_at_the_pace_of_the_script() {
        let steps = vec![WireStep::Sip(4, Duration::from_secs(1)), WireStep::Write("a".into())];
        let (heard, _, took) = against(steps, MINUTE, async |mut stream: DuplexStream| {
            let mut seen = vec![0; 1];
            stream.read_exact(&mut seen).await.unwrap();
            stream.write_all(OK).await.unwrap();
            seen
        })
        .await;
        assert_eq!(heard.answer.unwrap().status, 200);
        assert_eq!(
            took,
            Duration::from_secs((OK.len().div_ceil(4) - 1) as u64),
            "a gap before every sip but the first"
        );
    }
}
