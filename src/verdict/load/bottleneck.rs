//! Bottleneck of a load, and the figures that show it.

use super::late_connections::{self, NotTaken};
use super::senders_part::{as_if_never_late, part_sent};
use super::{Bottleneck, KEPT, SenderShare, TENTH, is_short};
use crate::record::TroubleKind;
use crate::record::load::{LoadRun, Tally};
use crate::verdict::load::failed_alike;
use crate::verdict::outage::Outage;

/// Bottleneck of a run, and the same for a person.
pub(super) fn bottleneck(run: &LoadRun, sender: SenderShare, outages: &[Outage]) -> (Bottleneck, String) {
    let (total, line) = (&run.total, &run.line);
    let threads = match line.threads {
        1 => "1 thread".to_owned(),
        n => format!("{n} threads"),
    };
    let busy = format!("{threads}, {:.0}% busy", total.busy() * 100.0);
    let open = run.connections();
    let full = total.in_flight >= open;
    let short = is_short(run);
    match () {
        () if sender.spent => (Bottleneck::Sender, format!("its processor: {busy}")),
        () if sender.portless && total.troubles.contains_key(&TroubleKind::OwnLimit) => {
            (Bottleneck::Sender, "no open file left: raise `ulimit -n`, or lower --connections".into())
        }
        () if sender.portless => {
            let text =
                "no local port left: the receiver closes connections, and each keeps its port for a minute";
            (Bottleneck::Sender, text.into())
        }
        // A late sender delays callbacks; a receiver that is gone loses them.
        () if !outages.is_empty() => (Bottleneck::Receiver, "it was gone".into()),
        () if sender.late && explains(total, short) => (Bottleneck::Sender, late(run, &busy)),
        () if failed_alike::answered_nothing(run) => (Bottleneck::Receiver, "it answered nothing".into()),
        () if line.open
            && is_crowded(total, short)
            && let Some(reason) = late_connections::reason(run) =>
        {
            let text = match reason {
                NotTaken::TooSlow(text) => text,
                NotTaken::Nobody => "it took no connection".into(),
                NotTaken::Backlog => "it took connections late: see the note on its backlog".into(),
            };
            (Bottleneck::Receiver, text)
        }
        () if let Some(text) = leaves_unanswered(total) => (Bottleneck::Receiver, text),
        () if line.open && full => {
            let text = format!(
                "all {open} were in use; where more of them (--connections) change nothing, it is the receiver"
            );
            (Bottleneck::Connections, text)
        }
        () if line.open && short && total.in_flight >= run.broadcasts() => {
            let text = format!(
                "each of {} sends its next callback when the one before has ended; more of them (--broadcasts) send more",
                run.broadcasts()
            );
            (Bottleneck::Broadcasts, text)
        }
        () if line.open && short => {
            (Bottleneck::Receiver, "its answers held up what was due after them".into())
        }
        () if line.open => match falls_behind(run) {
            Some(text) => (Bottleneck::Receiver, text),
            None => (Bottleneck::None, String::new()),
        },
        () => (Bottleneck::Receiver, format!("its answers, over {open} connections")),
    }
}

/// True if the sender's lateness explains what was not sent in time.
fn explains(total: &Tally, short: bool) -> bool {
    !short || part_sent(&as_if_never_late(total)) >= KEPT
}

/// Reason for a late sender.
fn late(run: &LoadRun, busy: &str) -> String {
    let bursts = &run.line.bursts;
    match bursts.is_empty() {
        true => format!("the operating system scheduled it late: {busy}"),
        false => format!(
            "the callbacks of a burst go out one after the other ({}); its last ones are late: {busy}",
            bursts.join(", ")
        ),
    }
}

/// Requests that had no answer within their time limit, if they are a part of all beyond [`UNANSWERED`].
fn leaves_unanswered(total: &Tally) -> Option<String> {
    let timeouts = total.troubled(TroubleKind::Timeout);
    let attempts = total.sent.saturating_add(total.retries);
    (timeouts > 0 && timeouts.saturating_mul(UNANSWERED) >= attempts)
        .then(|| format!("it left {timeouts} of {attempts} requests without an answer in time"))
}

/// One request of so many without an answer in time makes it the receiver's doing (ours).
const UNANSWERED: u64 = 100;

/// Requests of the second half of the schedule that were left unanswered in it, on top of those of the first half, if that is a part
/// of them beyond [`LEFT`]: the receiver answers fewer than are sent to it. One that is slow and keeps up leaves as many in each half.
fn falls_behind(run: &LoadRun) -> Option<String> {
    let seconds = run.span_s().floor() as u64;
    let half = seconds / 2;
    let of = |from: u64, to: u64| {
        let part = run.seconds.iter().filter(move |second| (from..to).contains(&second.number));
        part.fold((0, 0), |(sent, heard): (u64, u64), second| {
            let answers = second.statuses.values().chain(second.troubles.values());
            (sent + second.sent + second.retries, answers.fold(heard, |heard, n| heard.saturating_add(*n)))
        })
    };
    let (sent, heard) = of(seconds - half, seconds);
    let left = sent.saturating_sub(heard);
    // Where none is answered sooner, the first answers come within the second half, however well it keeps up.
    let shortest = run.total.service.quantile(0.0);
    let tells = half > 0 && shortest < half.saturating_mul(SECOND_NS);
    let grows = tells && left >= LEFT_AT_LEAST && left.saturating_mul(LEFT) > sent;
    grows.then(|| {
        let per_s = |n: u64| n as f64 / half as f64;
        format!("it answered {:.1}/s of {:.1}/s that were sent to it", per_s(heard), per_s(sent))
    })
}

/// True where the receiver answers fewer than are sent to it, and takes so long by itself that the sender's lateness is nothing beside it.
pub(super) fn is_dwarfed(run: &LoadRun) -> bool {
    let [service, lateness] = [&run.total.service, &run.total.lateness].map(|times| times.quantile(0.99));
    falls_behind(run).is_some() && lateness <= service / TENTH
}

/// One request of so many left unanswered in the second half of a schedule makes it the receiver's doing (ours).
const LEFT: u64 = 10;

/// A second, in nanoseconds.
const SECOND_NS: u64 = 1_000_000_000;

/// The fewest unanswered requests that do (ours).
const LEFT_AT_LEAST: u64 = 10;

/// The receiver took many connections late, or the schedule was not kept and it took any late.
fn is_crowded(total: &Tally, short: bool) -> bool {
    let crowded = total.crowded.saturating_add(total.untaken);
    crowded > 0 && (short || crowded.saturating_mul(CROWD) >= total.sent)
}

/// One connection of so many callbacks that was taken late makes it the receiver's doing (ours).
const CROWD: u64 = 100;
