//! Steps in an order in which no encoder can have made them: each mistake once, without what follows from it.

use std::time::Duration;

use super::{Action, CapturedCallback, FailureCause, Step};
use crate::duration::show_duration;
use crate::problem::Problem;

/// Problems of steps that an encoder cannot have made.
pub fn check(steps: &[Step]) -> Vec<Problem> {
    if steps.is_empty() {
        return vec![
            Problem::at("broadcast", "the broadcast is empty")
                .help("a short one: `- 0s: push` and `- 10m: drop`"),
        ];
    }
    let mut problems: Vec<Problem> =
        steps.iter().enumerate().filter_map(|(index, step)| without_file(index, step)).collect();
    let backwards = backwards(steps);
    let (actions, air) = actions(steps);
    // Two lines that changed places are one mistake, which their times tell.
    let moved = backwards.is_some() && sorted_is_right(steps);
    problems.extend(backwards);
    problems.extend(actions.into_iter().filter(|_| !moved));
    if air == Air::Pushing && problems.is_empty() {
        let latest = steps.iter().map(|step| step.at).fold(Duration::ZERO, Duration::max);
        let end = latest + Duration::from_secs(600);
        problems.push(
            Problem::at(format!("broadcast[{}]", steps.len() - 1), "the broadcast never ends")
                .label("the stream is still pushed after this step")
                .help(format!("add the last drop, for example `- {}: drop`", show_duration(end))),
        );
    }
    problems
}

/// A captured callback with no file, or two.
fn without_file(index: usize, step: &Step) -> Option<Problem> {
    let Action::Callback(CapturedCallback { given }) = &step.what else { return None };
    given.file().err().map(|title| Problem::at(format!("broadcast[{index}]"), title))
}

/// The first step that does not come after the one before it; later ones nearly always have the same cause.
fn backwards(steps: &[Step]) -> Option<Problem> {
    let pairs = steps.iter().zip(steps.iter().skip(1)).enumerate();
    let mut wrong = pairs.filter(|(_, (before, step))| step.at <= before.at);
    let (index, (before, step)) = wrong.next()?;
    let more: Vec<String> =
        wrong.map(|(_, (before, step))| format!("{} after {}", show(step), show(before))).collect();
    let title = format!("time goes back: {} does not come after {}", show(step), show(before));
    // One line whose time is too late makes the next go back, and no other.
    let too_late = more.is_empty()
        && steps.get(index.wrapping_sub(1)).is_none_or(|earlier| earlier.at < step.at)
        && steps.get(index + 2).is_some_and(|next| next.at <= before.at);
    let help = match too_late {
        true => format!("is {} too late? times count from the start of the broadcast", show(before)),
        false => "times count from the start of the broadcast, not from the step before".to_owned(),
    };
    let more = (!more.is_empty()).then(|| format!("so does {}", more.join(", ")));
    Some(Problem::at(format!("broadcast[{}]", index + 1), title).help(help).helps(more))
}

fn show(step: &Step) -> String {
    show_duration(step.at)
}

/// Actions that nothing before them allows, and what is on the air at the end.
fn actions(steps: &[Step]) -> (Vec<Problem>, Air) {
    let mut problems = Vec::new();
    let mut air = Air::Silent;
    let mut open: Option<OrderMistake> = None;
    for (index, Step { what, .. }) in steps.iter().enumerate() {
        match air.after(what) {
            Ok(next) => air = next,
            Err(_) if open.as_ref().is_some_and(|first| first.explains(index, what)) => {
                (air, open) = (Air::Unknown, None);
            }
            Err(title) => {
                problems.push(Problem::at(format!("broadcast[{index}]"), title));
                // Whatever was meant here, the next step may be right.
                (air, open) = (Air::Unknown, Some(OrderMistake { index, pushed: *what == Action::Push }));
            }
        }
    }
    (problems, air)
}

/// True if the steps are in order once they stand in the order of their times.
fn sorted_is_right(steps: &[Step]) -> bool {
    let mut sorted = steps.to_vec();
    sorted.sort_by_key(|step| step.at);
    let apart = sorted.iter().zip(sorted.iter().skip(1)).all(|(before, step)| before.at < step.at);
    apart && actions(&sorted).0.is_empty()
}

/// The last mistake that was told.
struct OrderMistake {
    index: usize,
    pushed: bool,
}

impl OrderMistake {
    /// True if a mistake is the other half of this one: two steps that changed places give `push, push, drop, drop`.
    fn explains(&self, index: usize, action: &Action) -> bool {
        index <= self.index + 2 && self.pushed != (*action == Action::Push)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Air {
    Silent,
    Pushing,
    /// The encoder pushes, but nothing records any more.
    Lost,
    /// Something was wrong before, and nobody knows what was meant.
    Unknown,
}

impl Air {
    fn after(self, action: &Action) -> Result<Self, &'static str> {
        match (self, action) {
            (air, Action::Callback(_)) => Ok(air),
            (Self::Silent | Self::Unknown, Action::Push) => Ok(Self::Pushing),
            (_, Action::Push) => Err("a push while the stream is already pushed; a `drop` must come first"),
            (Self::Silent, Action::Drop) => Err("a drop before any push; nothing is on the air here"),
            (_, Action::Drop) => Ok(Self::Silent),
            (Self::Silent, Action::Fail(_)) => {
                Err("a failure while nothing is on the air; put it between a push and its drop")
            }
            (Self::Lost, Action::Fail(_)) => {
                Err("the pull has failed already; nothing records until the next push")
            }
            (Self::Pushing, Action::Fail(failure)) => {
                Ok(if failure.cause == FailureCause::Pull { Self::Lost } else { Self::Pushing })
            }
            (Self::Unknown, Action::Fail(_)) => Ok(Self::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paths of the problems of steps such as `0 push`, in minutes.
    fn wrong(steps: &str) -> Vec<String> {
        let step = |text: &str| {
            let (minutes, action) = text.trim().split_once(' ').unwrap();
            let step = serde_json::json!({ format!("{minutes}m"): match action {
                "fail" => serde_json::json!({"fail": "pull"}),
                word => serde_json::json!(word),
            }});
            serde_json::from_value::<Step>(step).unwrap()
        };
        let steps: Vec<Step> = steps.split(',').map(step).collect();
        check(&steps).into_iter().map(|problem| problem.path).collect()
    }

    #[test]
    fn a_mistake_in_the_order_is_told_without_what_follows_from_it() {
        for (steps, places) in [
            ("0 push, 9 drop", [].as_slice()),
            ("0 drop, 5 push, 9 drop", &[0]),
            ("0 drop, 5 drop", &[0]),
            ("0 drop, 5 push, 6 push, 9 drop", &[0]),
            ("0 fail, 9 drop", &[0]),
            ("0 fail, 5 push, 9 drop", &[0]),
            ("0 push, 1 push, 2 drop", &[1]),
            ("0 push, 1 push, 2 push, 3 drop", &[1]),
            ("0 push, 1 push, 2 drop, 3 drop", &[1]),
            ("0 push, 1 push, 2 drop, 3 push, 4 push, 5 drop", &[1, 4]),
            ("0 push, 1 drop, 2 drop, 3 push, 4 drop", &[2]),
            ("0 push, 1 fail, 2 fail, 3 drop", &[2]),
            ("0 push, 1 drop, 2 drop, 3 drop, 4 drop", &[2, 4]),
            ("0 push", &[0]),
            ("0 push, 90 drop, 20 push, 30 drop, 40 push, 50 drop", &[2]),
            ("0 push, 10 drop, 5 push, 9 drop, 3 push, 4 drop", &[2]),
            ("0 push, 20 push, 10 drop, 30 drop", &[2]),
            ("0 push, 20 push, 10 push, 30 drop", &[2, 1]),
        ] {
            let expected: Vec<String> = places.iter().map(|index| format!("broadcast[{index}]")).collect();
            assert_eq!(wrong(steps), expected, "{steps}");
        }
    }

    #[test]
    fn a_line_that_is_too_late_is_asked_about() {
        let minutes = |minutes: &[u64]| {
            let what = [Action::Push, Action::Drop].into_iter().cycle();
            let steps = minutes.iter().zip(what);
            let steps: Vec<Step> =
                steps.map(|(at, what)| Step { at: Duration::from_secs(60 * at), what }).collect();
            check(&steps).remove(0).help
        };
        assert_eq!(
            minutes(&[0, 90, 20, 30]),
            ["is 1h30m too late? times count from the start of the broadcast"]
        );
        let since = "times count from the start of the broadcast, not from the step before";
        assert_eq!(minutes(&[0, 10, 5, 20]), [since]);
        assert_eq!(minutes(&[0, 10, 5, 10, 5, 20]), [since, "so does 5m after 10m"]);
    }
}
