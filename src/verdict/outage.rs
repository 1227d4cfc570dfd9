//! Times in which the receiver took no connections.

use std::collections::BTreeMap;
use std::fmt;

use crate::record::TroubleKind;
use crate::record::load::Second;

/// A time in which the receiver took no connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// The second in which it began, counted from 0.
    pub from: u64,
    /// The last second of it, where the receiver answered again later.
    pub to: Option<u64>,
    /// Number of callbacks by trouble.
    pub troubles: BTreeMap<TroubleKind, u64>,
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let troubles: Vec<String> =
            self.troubles.iter().map(|(kind, n)| format!("{} ×{n}", kind.words())).collect();
        let until = self.to.map_or_else(String::new, |to| format!(" to second {to}"));
        write!(f, "receiver gone from second {}{until} ({})", self.from, troubles.join(", "))
    }
}

/// The outages of a run in which the receiver answered at all. Some refused connections in a second of answers are none.
pub fn outages(seconds: &[Second]) -> Vec<Outage> {
    let all = |counts: &mut dyn Iterator<Item = &u64>| counts.copied().fold(0, u64::saturating_add);
    let answers = |second: &Second| all(&mut second.statuses.values());
    let refused = |second: &Second| -> BTreeMap<TroubleKind, u64> {
        let kinds = second.troubles.iter().filter(|(kind, n)| is_absence(**kind) && **n > 0);
        kinds.map(|(kind, n)| (*kind, *n)).collect()
    };
    let Some(first) = seconds.iter().position(|second| answers(second) > 0) else { return Vec::new() };
    let (mut found, mut open) = (Vec::new(), None::<(Outage, bool)>);
    for second in seconds.iter().skip(first) {
        let troubles = refused(second);
        if troubles.is_empty() {
            if answers(second) > 0 {
                close(&mut found, open.take());
            }
            continue;
        }
        let mostly = all(&mut troubles.values()) > answers(second);
        let (outage, gone) = open.get_or_insert_with(|| {
            (Outage { from: second.number, to: None, troubles: BTreeMap::new() }, false)
        });
        *gone |= mostly;
        outage.to = Some(second.number);
        for (kind, n) in troubles {
            let count = outage.troubles.entry(kind).or_default();
            *count = count.saturating_add(n);
        }
    }
    let back = seconds.iter().rev().find(|second| answers(second) > 0).map_or(0, |second| second.number);
    close(
        &mut found,
        open.map(|(outage, gone)| {
            // In its last second the receiver may have come back.
            let to = outage.to.filter(|to| outage.from < back && *to <= back);
            (Outage { to, ..outage }, gone)
        }),
    );
    found
}

fn close(found: &mut Vec<Outage>, open: Option<(Outage, bool)>) {
    found.extend(open.filter(|(_, gone)| *gone).map(|(outage, _)| outage));
}

/// Nobody is there, or takes no connection.
fn is_absence(kind: TroubleKind) -> bool {
    matches!(kind, TroubleKind::Connect | TroubleKind::NotTaken | TroubleKind::Dns | TroubleKind::Tls)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seconds: &[(u64, u64)]) -> Vec<String> {
        let second = |(number, (answers, refused)): (u64, &(u64, u64))| Second {
            number,
            statuses: [(200, *answers)].into(),
            troubles: [(TroubleKind::Connect, *refused)].into(),
            ..Second::default()
        };
        let seconds: Vec<Second> = (0..).zip(seconds).map(second).collect();
        outages(&seconds).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_receiver_that_is_gone_is_told_with_the_second_and_the_count() {
        let gone = run(&[(200, 0), (200, 0), (200, 0), (105, 95), (0, 200), (0, 200), (0, 200), (0, 200)]);
        assert_eq!(gone, ["receiver gone from second 3 (connection refused ×895)"]);
        let back = run(&[(200, 0), (105, 95), (0, 200), (150, 5), (200, 0)]);
        assert_eq!(back, ["receiver gone from second 1 to second 3 (connection refused ×300)"]);
        let twice = run(&[(9, 0), (0, 9), (9, 0), (0, 9)]);
        assert_eq!(twice.len(), 2, "{twice:?}");
        assert!(twice[1].contains("from second 3 ("), "{twice:?}");
    }

    #[test]
    fn a_few_refused_connections_among_answers_and_a_receiver_that_never_was_are_no_outage() {
        assert!(run(&[(200, 0), (190, 10), (200, 0)]).is_empty());
        assert!(run(&[(0, 200), (0, 200)]).is_empty());
        assert!(run(&[]).is_empty());
    }
}
