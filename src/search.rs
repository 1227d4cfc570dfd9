//! The search for the highest rate that holds: given what the steps so far showed, which rate next. Pure.
//!
//! The rate doubles for as long as steps hold. Then what lies between the highest that held and the lowest that did not is
//! halved, by factors, until it is narrow. A step that does not hold is tried once more before it counts.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

/// Largest ratio between the lowest failed rate and the highest passed one at the end of a search.
pub const NARROW: f64 = 1.05;

/// The most steps of a search, second tries among them.
pub const MOST_STEPS: usize = 64;

/// The highest rate that a search tries (ours): above it a sender of one machine measures itself.
pub const HIGHEST: f64 = 1_000_000.0;

/// The fastest rate of a load, per second.
pub const FASTEST: f64 = 10_000_000.0;

/// Result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Showed {
    /// All that must hold, held.
    Held,
    /// Something did not hold.
    Failed,
    /// The sender fell behind its schedule: nothing about the receiver.
    SenderBehind,
    /// The receiver was not there.
    Gone,
    /// Every callback failed alike: refused, or left without an answer.
    Refused,
}

/// A step that is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchStep {
    /// Callbacks per second.
    pub rate: f64,
    /// Result of the step.
    pub showed: Showed,
}

/// Bounds of the limit, as far as known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bracket {
    /// The highest rate that held.
    pub held: Option<f64>,
    /// The lowest step that did not, twice.
    pub broke: Option<SearchStep>,
}

impl Bracket {
    /// Bounds from the steps of a search, in their order.
    pub fn of(steps: &[SearchStep]) -> Self {
        let mut bracket = Self::default();
        let mut before: Option<SearchStep> = None;
        for step in steps {
            let first = before.filter(|before| before.rate == step.rate);
            match step.showed {
                Showed::Held => bracket.held = Some(step.rate),
                // A receiver that has gone, or refuses everything, is not asked again.
                Showed::Gone | Showed::Refused => bracket.broke = Some(*step),
                _ => {
                    // Of two tries, one at which the sender fell behind says nothing, and the other counts.
                    let failed = first.is_some_and(|first| first.showed == Showed::Failed);
                    let showed = if failed { Showed::Failed } else { step.showed };
                    bracket.broke = first.map(|_| SearchStep { showed, ..*step }).or(bracket.broke);
                }
            }
            before = Some(*step);
        }
        bracket
    }
}

/// The rate of the next step of a search that begins at `first`; none = the search is over.
pub fn next(first: f64, steps: &[SearchStep]) -> Option<f64> {
    if steps.len() >= MOST_STEPS {
        return None;
    }
    match (Bracket::of(steps), steps.last()) {
        (_, Some(SearchStep { showed: Showed::Gone | Showed::Refused, .. })) => None,
        (Bracket { broke, .. }, Some(last))
            if last.showed != Showed::Held && broke.is_none_or(|broke| broke.rate != last.rate) =>
        {
            Some(last.rate)
        }
        (Bracket { held: None, broke: None }, _) => Some(first),
        (Bracket { held: None, broke: Some(_) }, _) => None,
        (Bracket { held: Some(held), broke: None }, _) => (held < HIGHEST).then(|| (held * 2.0).min(HIGHEST)),
        (Bracket { held: Some(held), broke: Some(broke) }, _) => between(held, broke.rate),
    }
}

/// A rate that people can read, in the middle; none where there is nothing left to find.
fn between(held: f64, broke: f64) -> Option<f64> {
    let middle = (held * broke).sqrt();
    let unit = 10_f64.powf((middle.log10()).floor() - 2.0);
    let read = (middle / unit).round() * unit;
    // The unit may be a fraction that binary numbers do not have: to nine digits it is what was meant.
    let read: f64 = format!("{read:.9}").parse().unwrap_or(middle);
    (broke > held * NARROW && held < read && read < broke).then_some(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Searches what is held up to `limit`, by a sender that keeps up to `sender`. A step that would hold fails the first
    /// time when `flaky` says so.
    fn search(first: f64, (limit, sender): (f64, f64), flaky: &[bool]) -> Vec<SearchStep> {
        let mut steps: Vec<SearchStep> = Vec::new();
        let mut chances = flaky.iter().cycle();
        while let Some(rate) = next(first, &steps) {
            let again = steps.last().is_some_and(|last| last.rate == rate);
            let showed = match () {
                () if rate > sender => Showed::SenderBehind,
                () if rate > limit => Showed::Failed,
                () if !again && *chances.next().unwrap() => Showed::Failed,
                () => Showed::Held,
            };
            steps.push(SearchStep { rate, showed });
        }
        steps
    }

    #[test]
    fn the_rate_doubles_and_then_the_gap_is_halved() {
        let steps = search(100.0, (1260.0, f64::MAX), &[false]);
        let rates: Vec<f64> = steps.iter().map(|step| step.rate).collect();
        assert_eq!(
            rates,
            [100.0, 200.0, 400.0, 800.0, 1600.0, 1600.0, 1130.0, 1340.0, 1340.0, 1230.0, 1280.0, 1280.0]
        );
        let broke = Some(SearchStep { rate: 1280.0, showed: Showed::Failed });
        assert_eq!(Bracket::of(&steps), Bracket { held: Some(1230.0), broke });
    }

    #[test]
    fn of_two_tries_the_one_that_the_receiver_failed_counts() {
        let broke = |tries: [Showed; 2]| {
            let steps = tries.map(|showed| SearchStep { rate: 100.0, showed });
            Bracket::of(&steps).broke.map(|broke| broke.showed)
        };
        assert_eq!(broke([Showed::Failed, Showed::SenderBehind]), Some(Showed::Failed));
        assert_eq!(broke([Showed::SenderBehind, Showed::Failed]), Some(Showed::Failed));
        assert_eq!(broke([Showed::SenderBehind, Showed::SenderBehind]), Some(Showed::SenderBehind));
        assert_eq!(
            Bracket::of(&[SearchStep { rate: 100.0, showed: Showed::Failed }]).broke,
            None,
            "tried once"
        );
    }

    #[test]
    fn what_does_not_hold_at_the_lowest_rate_is_tried_twice_and_no_lower() {
        let steps = search(100.0, (99.0, f64::MAX), &[false]);
        assert_eq!(steps.iter().map(|step| step.rate).collect::<Vec<_>>(), [100.0, 100.0]);
        assert_eq!(Bracket::of(&steps).held, None);
    }

    #[test]
    fn a_sender_that_falls_behind_is_told_apart_from_a_receiver_that_fails() {
        let showed = |limits| {
            let bracket = Bracket::of(&search(100.0, limits, &[false]));
            (bracket.held.is_some(), bracket.broke.unwrap().showed)
        };
        assert_eq!(showed((f64::MAX, 5000.0)), (true, Showed::SenderBehind));
        // What the sender cannot do at 6400 hides nothing of what the receiver cannot do at 3500.
        assert_eq!(showed((3500.0, 5000.0)), (true, Showed::Failed));
        assert_eq!(showed((f64::MAX, 50.0)), (false, Showed::SenderBehind));
    }

    #[test]
    fn a_receiver_that_has_gone_ends_the_search() {
        let held = SearchStep { rate: 100.0, showed: Showed::Held };
        let gone = SearchStep { rate: 200.0, showed: Showed::Gone };
        assert_eq!(next(100.0, &[held, gone]), None);
        assert_eq!(Bracket::of(&[held, gone]), Bracket { held: Some(100.0), broke: Some(gone) });
    }

    #[test]
    fn a_receiver_without_a_limit_is_tried_up_to_the_highest_rate_of_a_search() {
        let steps = search(100.0, (f64::MAX, f64::MAX), &[false]);
        assert_eq!(Bracket::of(&steps), Bracket { held: Some(HIGHEST), broke: None });
        assert_eq!(steps.len(), 15);
        // A first rate above it is tried as it was asked for, and no other.
        assert_eq!(search(HIGHEST * 2.0, (f64::MAX, f64::MAX), &[false]).len(), 1);
    }

    proptest! {
        #[test]
        fn the_answer_is_never_above_the_limit_and_at_most_five_percent_below_it(
            first in 0.5..5000.0_f64, factor in 1.0..2000.0_f64,
            flaky in prop::collection::vec(any::<bool>(), 1..40),
        ) {
            let limit = first * factor;
            let steps = search(first, (limit, f64::MAX), &flaky);
            let bracket = Bracket::of(&steps);
            let held = bracket.held.unwrap();
            prop_assert!(held <= limit && held >= limit.min(HIGHEST) * 0.95, "{held} of {limit}");
            prop_assert!(bracket.broke.is_none_or(|broke| broke.rate > limit && broke.showed == Showed::Failed));
            prop_assert!(steps.len() <= MOST_STEPS);
        }

        #[test]
        fn no_receiver_is_asked_more_often_than_the_most_steps(
            first in 0.000_001..10_000_000.0_f64, shown in prop::collection::vec(0_usize..4, 100),
        ) {
            let kinds = [Showed::Held, Showed::Held, Showed::Failed, Showed::SenderBehind];
            let mut steps: Vec<SearchStep> = Vec::new();
            while let Some(rate) = next(first, &steps) {
                let tries = steps.iter().filter(|step| step.rate == rate).count();
                prop_assert!(tries < 2, "{rate} a third time");
                steps.push(SearchStep { rate, showed: kinds[shown[steps.len()]] });
            }
            prop_assert!(steps.len() <= MOST_STEPS);
        }
    }
}
