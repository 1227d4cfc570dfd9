use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

const ALONE: Share = Share { index: 0, of: 1 };

fn spread(count: u64) -> Places {
    Places { count, phase: Phase::Spread }
}

fn together(count: u64) -> Places {
    Places { count, phase: Phase::Together }
}

fn part(callbacks: u32) -> BroadcastShare {
    BroadcastShare { callbacks, length: 60, in_order: true }
}

#[test]
fn arrivals_go_round_the_broadcasts_and_each_tells_its_callbacks_in_order() {
    let mut broadcasts = Broadcasts::new(vec![part(2)], together(2), ALONE);
    let mut told = Vec::new();
    for due in 0..6 {
        let slot = broadcasts.arrive(due).unwrap();
        let call = broadcasts.begin(slot, 1000, |_, _| None).unwrap();
        told.push((call.broadcast.number, call.callback));
        assert_eq!(call.broadcast.began, 940);
        assert_eq!(broadcasts.end(slot), None);
    }
    assert_eq!(told, [(1, 0), (2, 0), (1, 1), (2, 1), (3, 0), (4, 0)]);
}

#[test]
fn what_comes_while_the_one_before_it_is_under_way_waits_and_is_sent_in_order() {
    let mut broadcasts = Broadcasts::new(vec![part(9)], spread(1), ALONE);
    let slot = broadcasts.arrive(10).unwrap();
    broadcasts.begin(slot, 0, |_, _| None).unwrap();
    assert_eq!([broadcasts.arrive(20), broadcasts.arrive(30)], [None, None]);
    assert_eq!(broadcasts.queued(), 2);
    assert_eq!(broadcasts.end(slot), Some(20));
    assert_eq!(broadcasts.begin(slot, 0, |_, _| None).unwrap().callback, 1);
    assert_eq!(broadcasts.arrive(40), None);
    assert_eq!(broadcasts.end(slot), Some(30));
    broadcasts.begin(slot, 0, |_, _| None).unwrap();
    assert_eq!(broadcasts.end(slot), Some(40));
    broadcasts.begin(slot, 0, |_, _| None).unwrap();
    assert_eq!((broadcasts.end(slot), broadcasts.queued()), (None, 0));
}

/// Numbers of broadcasts, parts and callbacks that a sender sends for `arrivals` arrivals, in order.
fn sent(parts: &[BroadcastShare], places: Places, share: Share, arrivals: u64) -> Vec<(u64, u32, u32)> {
    let mut broadcasts = Broadcasts::new(parts.to_vec(), places, share);
    let one = |due| {
        let slot = broadcasts.arrive(due).unwrap();
        let call = broadcasts.begin(slot, 0, |_, _| None).unwrap();
        broadcasts.end(slot);
        (call.broadcast.number, call.part, call.callback)
    };
    (0..arrivals).map(one).collect()
}

/// Number of occurrences of each callback of each part.
fn counts(sent: &[(u64, u32, u32)]) -> BTreeMap<(u32, u32), u64> {
    let mut counts = BTreeMap::new();
    sent.iter().for_each(|(_, part, callback)| *counts.entry((*part, *callback)).or_default() += 1);
    counts
}

/// A fault that sends a callback twice makes five of four.
#[test]
fn a_broadcast_with_more_callbacks_than_its_part_starts_at_each_of_them() {
    for (places, arrivals) in [(1000, 300), (1000, 1000), (20, 20)] {
        let mut broadcasts = Broadcasts::new(vec![part(4)], spread(places), ALONE);
        let mut counts = [0_u64; 5];
        for due in 0..arrivals {
            let slot = broadcasts.arrive(due).unwrap();
            let call = broadcasts.begin(slot, 0, |_, _| Some(5)).unwrap();
            counts[call.callback as usize] += 1;
        }
        let even = arrivals / 5;
        assert!(counts.iter().all(|count| count.abs_diff(even) <= 2 + even / 20), "{places}: {counts:?}");
    }
}

proptest! {
    #[test]
    fn any_number_of_senders_put_the_same_broadcasts_on_the_air_as_one(
        each in 1_u64..6, of in 1_u64..6, callbacks in prop::collection::vec(1_u32..7, 1..4), rounds in 1_u64..20,
        spread: bool,
    ) {
        let parts: Vec<BroadcastShare> = callbacks.into_iter().map(part).collect();
        let phase = if spread { Phase::Spread } else { Phase::Together };
        let places = Places { count: each * of, phase };
        let alone: BTreeSet<_> = sent(&parts, places, ALONE, each * of * rounds).into_iter().collect();
        let shares = (0..of).map(|index| Share { index, of });
        let together: BTreeSet<_> = shares.flat_map(|share| sent(&parts, places, share, each * rounds)).collect();
        prop_assert_eq!(together, alone);
    }

    #[test]
    fn every_callback_occurs_in_proportion_from_the_start_and_none_twice(
        count in 1_u64..2000, callbacks in prop::collection::vec(1_u32..30, 1..4), arrivals in 1_u64..3000,
    ) {
        let parts: Vec<BroadcastShare> = callbacks.iter().map(|callbacks| part(*callbacks)).collect();
        let course = f64::from(callbacks.iter().sum::<u32>());
        let sent = sent(&parts, spread(count), ALONE, arrivals);
        let distinct: BTreeSet<_> = sent.iter().collect();
        prop_assert_eq!(distinct.len(), sent.len());
        let even = arrivals as f64 / course;
        // Few places are in few broadcasts, and each sends one callback after the other.
        let rough = 3.0 + if (count as f64) < course { arrivals as f64 / count as f64 } else { course / 4.0 };
        let counts = counts(&sent);
        for (index, part) in parts.iter().enumerate() {
            for callback in 0..part.callbacks {
                let seen = counts.get(&(index as u32, callback)).copied().unwrap_or_default() as f64;
                prop_assert!((seen - even).abs() <= rough, "{index}/{callback}: {seen}, not {even}");
            }
        }
    }

    #[test]
    fn each_broadcast_sends_its_callbacks_in_order_without_a_gap(
        count in 1_u64..20, callbacks in prop::collection::vec(1_u32..9, 1..4), arrivals in 1_u64..400,
    ) {
        let parts: Vec<BroadcastShare> = callbacks.into_iter().map(part).collect();
        let mut last = BTreeMap::new();
        for (number, part, callback) in sent(&parts, spread(count), ALONE, arrivals) {
            if let Some(before) = last.insert(number, (part, callback)) {
                prop_assert_eq!((part, callback), (before.0, before.1 + 1));
            }
        }
    }
}

#[test]
fn the_first_quarter_of_the_places_already_sends_every_event_in_proportion() {
    for count in [50, 100, 400] {
        let seen = counts(&sent(&[part(4)], spread(1000), ALONE, count));
        assert!(seen.len() == 4 && seen.values().all(|n| n.abs_diff(count / 4) <= 1), "{seen:?}");
    }
    let halves = counts(&sent(&[part(4)], spread(1000), Share { index: 1, of: 2 }, 100));
    assert!(halves.values().all(|n| (24..=26).contains(n)), "one of two senders: {halves:?}");
}

#[test]
fn a_broadcast_with_other_callbacks_starts_as_far_in_its_course() {
    let mut broadcasts = Broadcasts::new(vec![part(4)], spread(4), ALONE);
    let mut first = Vec::new();
    for slot in 0..4 {
        first.push(broadcasts.begin(slot, 0, |_, _| Some(2)).unwrap().callback);
        broadcasts.end(slot);
    }
    first.sort_unstable();
    assert_eq!(first, [0, 0, 1, 1]);
}

#[test]
fn a_place_on_the_air_takes_little_memory() {
    assert!(size_of::<PlaceOnAir>() <= 48 && size_of::<WaitingBroadcast>() == 16);
}
