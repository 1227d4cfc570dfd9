//! Properties of what follows from any possible broadcast.

use std::collections::BTreeMap;
use std::time::Duration;

use hookreel::lifecycle::draw::Draws;
use hookreel::lifecycle::{Event, Fact, File, RecordingRules, TaskScope, Track, seen, simulate};
use hookreel::scenario::Format;
use hookreel::scenario::broadcast::{Action, Failure, FailureCause, Step, check};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Pushes and gaps in turn, in seconds, beginning with a push.
fn stretches() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(1..5_000_u64, 1..12).prop_map(|mut stretches| {
        if stretches.len() % 2 == 0 {
            stretches.pop();
        }
        stretches
    })
}

fn broadcast(stretches: &[u64]) -> Vec<Step> {
    let mut at = 0;
    let mut steps = vec![Step { at: Duration::ZERO, what: Action::Push }];
    for (index, length) in stretches.iter().enumerate() {
        at += length;
        let what = if index % 2 == 0 { Action::Drop } else { Action::Push };
        steps.push(Step { at: Duration::from_secs(at), what });
    }
    assert!(check(&steps).is_empty());
    steps
}

fn track() -> impl Strategy<Value = Track> {
    let cycle = prop::option::of((60..7_200_u64).prop_map(Duration::from_secs));
    let resume = prop_oneof![Just(0), 1..2_000_u64, Just(2_592_000)].prop_map(Duration::from_secs);
    let task = prop_oneof![Just(TaskScope::Gap), Just(TaskScope::Broadcast)];
    (cycle, resume, task).prop_map(|(cycle, resume, task)| Track { format: Format::Hls, cycle, resume, task })
}

fn rules(tracks: Vec<Track>) -> RecordingRules {
    RecordingRules { tracks, upload_delay: Duration::ZERO, shortest: Duration::ZERO, per_task: false }
}

fn completed(facts: &[Fact]) -> Vec<File> {
    let file = |fact: &Fact| if let Event::FileComplete(file) = fact.event { Some(file) } else { None };
    facts.iter().filter_map(file).collect()
}

// A fixed seed: a submission fails for what it changed, not by luck. To search further, raise the cases and let the seed go.
proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn every_complete_has_exactly_one_earlier_begin(stretches in stretches(), track in track(), delay in 0..600_u64) {
        let facts = simulate(&broadcast(&stretches), &RecordingRules { upload_delay: Duration::from_secs(delay), ..rules(vec![track]) });
        let mut begun: BTreeMap<u32, usize> = BTreeMap::new();
        for fact in &facts {
            match fact.event {
                Event::FileBegan(file) => *begun.entry(file.number).or_default() += 1,
                Event::FileComplete(file) => prop_assert_eq!(begun.get(&file.number), Some(&1)),
                _ => {}
            }
        }
        prop_assert_eq!(begun.len(), completed(&facts).len());
        prop_assert!(begun.values().all(|count| *count == 1));
    }

    #[test]
    fn media_time_is_conserved(stretches in stretches(), track in track()) {
        let pushed: u64 = stretches.iter().step_by(2).sum();
        let recorded: Duration = completed(&simulate(&broadcast(&stretches), &rules(vec![track]))).iter().map(|f| f.media).sum();
        prop_assert_eq!(recorded, Duration::from_secs(pushed));
    }

    #[test]
    fn what_a_recorder_sees_is_conserved_and_never_lies_ahead(stretches in stretches(), tracks in prop::collection::vec(track(), 1..3), seed in 0..1000_u64) {
        let draws = Draws::new(seed);
        for track in tracks {
            let plain = simulate(&broadcast(&stretches), &rules(vec![track]));
            let facts = seen(plain.clone(), &draws);
            prop_assert_eq!(&facts, &seen(plain.clone(), &draws));
            let files = completed(&facts);
            prop_assert_eq!(files.len(), completed(&plain).len());
            // The media of all files is what was on the air from first frame to last, whatever cuts it.
            let uncut = Track { cycle: None, resume: Duration::ZERO, ..track };
            let pushes = completed(&seen(simulate(&broadcast(&stretches), &rules(vec![uncut])), &draws));
            let media = |files: &[File]| files.iter().map(|file| file.media).sum::<Duration>();
            prop_assert_eq!(media(&files), media(&pushes));
            prop_assert!(pushes.iter().all(|push| push.media == push.last_frame - push.began));
            for (fact, before) in facts.iter().zip(&plain) {
                prop_assert_eq!((fact.at, fact.format, fact.task), (before.at, before.format, before.task));
                if let (Event::FileComplete(file), Event::FileComplete(plain)) = (&fact.event, &before.event) {
                    prop_assert!(file.recording <= file.began && file.began <= file.wrote && file.wrote < file.last_frame);
                    prop_assert!(file.last_frame <= file.closed && file.closed <= fact.at);
                    prop_assert!(file.media <= file.last_frame - file.began);
                    prop_assert!(plain.media.abs_diff(file.media) < Duration::from_secs(1) * u32::try_from(stretches.len() + 1).unwrap());
                }
            }
        }
    }

    #[test]
    fn with_resume_alone_there_is_a_file_per_gap_beyond_the_window_and_one(stretches in stretches(), resume in 1..2_000_u64) {
        let track = Track { format: Format::Hls, cycle: None, resume: Duration::from_secs(resume), task: TaskScope::Gap };
        let beyond = stretches.iter().skip(1).step_by(2).filter(|gap| **gap > resume).count();
        prop_assert_eq!(completed(&simulate(&broadcast(&stretches), &rules(vec![track]))).len(), beyond + 1);
    }

    #[test]
    fn facts_are_in_the_order_of_time(stretches in stretches(), tracks in prop::collection::vec(track(), 1..4), delay in 0..600_u64) {
        let facts = simulate(&broadcast(&stretches), &RecordingRules { upload_delay: Duration::from_secs(delay), ..rules(tracks) });
        prop_assert!(facts.is_sorted_by_key(|fact| fact.at));
    }

    #[test]
    fn no_file_is_longer_than_its_cycle_or_than_its_span(stretches in stretches(), track in track()) {
        for file in completed(&simulate(&broadcast(&stretches), &rules(vec![track]))) {
            prop_assert!(track.cycle.is_none_or(|cycle| file.media <= cycle));
            prop_assert!(file.media <= file.last_frame - file.began);
            prop_assert!(!file.media.is_zero());
            prop_assert!(file.last_frame <= file.closed);
        }
    }

    #[test]
    fn every_task_that_begins_is_over_after_its_files(stretches in stretches(), track in track()) {
        let facts = simulate(&broadcast(&stretches), &rules(vec![track]));
        let mut open = None;
        for fact in &facts {
            match fact.event {
                Event::TaskBegan => prop_assert_eq!(open.replace(fact.task), None),
                Event::TaskOver => prop_assert_eq!(open.take(), Some(fact.task)),
                Event::Pushed(_) | Event::Dropped(_) => {}
                _ => prop_assert_eq!(open, Some(fact.task)),
            }
        }
        prop_assert_eq!(open, None);
    }

    #[test]
    fn every_push_of_the_stream_has_its_drop(stretches in stretches(), tracks in prop::collection::vec(track(), 1..4)) {
        let facts = simulate(&broadcast(&stretches), &rules(tracks));
        let of = |fact: &Fact| match fact.event { Event::Pushed(activity) | Event::Dropped(activity) => Some(activity), _ => None };
        let activities: Vec<_> = facts.iter().filter_map(of).collect();
        prop_assert_eq!(activities.len(), stretches.len() + 1);
        prop_assert!(activities.chunks(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn every_pause_is_followed_by_a_resume_or_by_the_end_of_the_task(stretches in stretches(), track in track()) {
        let facts = simulate(&broadcast(&stretches), &rules(vec![track]));
        let mut paused = false;
        for fact in facts.iter().filter(|fact| fact.format.is_some()) {
            match fact.event {
                Event::Paused => prop_assert!(!std::mem::replace(&mut paused, true)),
                Event::Resumed => prop_assert!(std::mem::take(&mut paused)),
                Event::TaskOver => paused = false,
                // What was recorded before the pause can be complete during it.
                Event::FileComplete(_) => {}
                _ => prop_assert!(!paused),
            }
        }
    }

    #[test]
    fn once_per_task_keeps_one_begin_and_one_end_of_each(stretches in stretches(), resume in 1..2_000_u64) {
        let track = |format| Track { format, cycle: None, resume: Duration::from_secs(resume), task: TaskScope::Gap };
        let both = RecordingRules { per_task: true, ..rules(vec![track(Format::Hls), track(Format::Mp4)]) };
        let facts = simulate(&broadcast(&stretches), &both);
        let alone = simulate(&broadcast(&stretches), &rules(vec![track(Format::Hls)]));
        let tasks = |facts: &[Fact], event: &Event| facts.iter().filter(|fact| fact.event == *event).count();
        for event in [Event::TaskBegan, Event::TaskOver] {
            prop_assert_eq!(tasks(&facts, &event), tasks(&alone, &event));
        }
        prop_assert_eq!(completed(&facts).len(), 2 * completed(&alone).len());
    }

    #[test]
    fn a_failed_pull_loses_the_open_file_and_nothing_else(stretches in stretches(), track in track(), at in 0..4_999_u64) {
        let mut steps = broadcast(&stretches);
        let at = Duration::from_millis(at * 1000 + 500).min(steps[1].at - Duration::from_millis(1));
        let failure = Failure { cause: FailureCause::Pull, message: None };
        steps.insert(1, Step { at, what: Action::Fail(failure) });
        prop_assert!(check(&steps).is_empty());
        let facts = simulate(&steps, &rules(vec![track]));
        let began = facts.iter().filter(|fact| matches!(fact.event, Event::FileBegan(_))).count();
        let lost = facts.iter().filter(|fact| matches!(fact.event, Event::Failed(_, Some(_)))).count();
        prop_assert_eq!(facts.iter().filter(|fact| matches!(fact.event, Event::Failed(..))).count(), 1);
        prop_assert_eq!(began, completed(&facts).len() + lost);
    }
}

/// The rules of the design, told as the events that a person would write down.
fn told(steps: &[(u64, Action)], track: Track) -> Vec<String> {
    let steps: Vec<Step> =
        steps.iter().map(|(at, what)| Step { at: Duration::from_secs(*at), what: what.clone() }).collect();
    let facts = simulate(&steps, &rules(vec![track]));
    facts
        .iter()
        .filter(|fact| fact.format.is_some())
        .map(|fact| {
            let what = match &fact.event {
                Event::TaskBegan => "task".into(),
                Event::FileBegan(file) => format!("begin {}", file.number),
                Event::FileComplete(file) => format!("complete {} of {}s", file.number, file.media.as_secs()),
                Event::TaskOver => "over".into(),
                Event::Failed(..) => "failed".into(),
                Event::Paused => "paused".into(),
                Event::Resumed => "resumed".into(),
                Event::TooShort(length) => format!("no file of {}s", length.as_secs()),
                Event::Pushed(_) | Event::Dropped(_) => "of the stream".into(),
            };
            format!("{} {what}", fact.at.as_secs())
        })
        .collect()
}

fn hls(cycle: Option<u64>, resume: u64, task: TaskScope) -> Track {
    Track {
        format: Format::Hls,
        cycle: cycle.map(Duration::from_secs),
        resume: Duration::from_secs(resume),
        task,
    }
}

use Action::{Drop, Push};

#[test]
fn a_gap_as_long_as_the_window_leaves_no_trace_and_a_longer_one_does() {
    let track = hls(None, 60, TaskScope::Gap);
    let within = told(&[(0, Push), (100, Drop), (160, Push), (200, Drop)], track);
    let expected = [
        "0 task",
        "0 begin 1",
        "100 paused",
        "160 resumed",
        "200 paused",
        "260 complete 1 of 140s",
        "260 over",
    ];
    assert_eq!(within, expected);
    let beyond = told(&[(0, Push), (100, Drop), (161, Push), (200, Drop)], track);
    let expected = [
        "0 task",
        "0 begin 1",
        "100 paused",
        "160 complete 1 of 100s",
        "160 over",
        "161 task",
        "161 begin 2",
        "200 paused",
        "260 complete 2 of 39s",
        "260 over",
    ];
    assert_eq!(beyond, expected);
}

#[test]
fn a_stream_that_ends_exactly_at_the_cycle_leaves_no_empty_file() {
    let facts = told(&[(0, Push), (120, Drop)], hls(Some(60), 30, TaskScope::Gap));
    let expected = [
        "0 task",
        "0 begin 1",
        "60 complete 1 of 60s",
        "60 begin 2",
        "120 complete 2 of 60s",
        "120 paused",
        "150 over",
    ];
    assert_eq!(facts, expected);
}

#[test]
fn gaps_do_not_count_towards_the_cycle() {
    let facts = told(&[(0, Push), (40, Drop), (50, Push), (80, Drop)], hls(Some(60), 30, TaskScope::Gap));
    let expected = [
        "0 task",
        "0 begin 1",
        "40 paused",
        "50 resumed",
        "70 complete 1 of 60s",
        "70 begin 2",
        "80 paused",
        "110 complete 2 of 10s",
        "110 over",
    ];
    assert_eq!(facts, expected);
}

#[test]
fn without_resume_a_drop_ends_the_file_at_once_and_the_last_drop_the_task() {
    let facts = told(&[(0, Push), (40, Drop), (50, Push), (80, Drop)], hls(None, 0, TaskScope::Broadcast));
    let expected =
        ["0 task", "0 begin 1", "40 complete 1 of 40s", "50 begin 2", "80 complete 2 of 30s", "80 over"];
    assert_eq!(facts, expected);
}

#[test]
fn thirty_days_of_waiting_cost_nothing() {
    let month = 30 * 24 * 3600;
    let facts = told(&[(0, Push), (40, Drop)], hls(None, month, TaskScope::Gap));
    assert_eq!(facts.last().unwrap(), &format!("{} over", month + 40));
}

#[test]
fn a_failed_upload_stands_where_the_complete_would() {
    let failure = Action::Fail(Failure { cause: FailureCause::Upload, message: None });
    let facts = told(&[(0, Push), (30, failure), (100, Drop)], hls(Some(60), 0, TaskScope::Broadcast));
    assert_eq!(
        facts,
        ["0 task", "0 begin 1", "60 failed", "60 begin 2", "100 complete 2 of 40s", "100 over"]
    );
}
