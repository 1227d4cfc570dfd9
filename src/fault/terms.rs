//! Terms of a fault: its selected callbacks and its parameters.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{ALL, Fault, SenderFacts};
use crate::callback::{Class, PlannedCallback};
use crate::duration::parse_duration;
use crate::number;
use crate::problem::{Problem, did_you_mean};
use crate::scenario::faults::Wanted;

/// A parameter of a fault.
pub struct Param {
    /// Name in scenarios.
    pub name: &'static str,
    /// Default value.
    pub default: &'static str,
    /// Accepted values.
    pub kind: ParamKind,
    /// Purpose, for a person.
    pub meaning: &'static str,
}

/// Accepted values of a parameter.
pub enum ParamKind {
    /// A duration such as `11m`.
    Span,
    /// A whole number from 0 to a largest one.
    Count(u32),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Any text.
    Text,
}

/// Parameters of every fault.
pub static COMMON: &[Param] = &[
    Param {
        name: "on",
        default: "any",
        kind: ParamKind::Text,
        meaning: "an event in the provider's words, or `any`",
    },
    Param {
        name: "nth",
        default: "0",
        kind: ParamKind::Count(100_000),
        meaning: "which of them, from 1; 0 = every one",
    },
    Param {
        name: "chance",
        default: "1",
        kind: ParamKind::Text,
        meaning: "share of them that is hit, above 0 up to 1, drawn by seed",
    },
    Param {
        name: "class",
        default: "own",
        kind: ParamKind::Choice(&["own", "legal", "hostile", "rough", "unprotected"]),
        meaning: "what a correct receiver makes of it, when yours differs",
    },
];

/// The parameters of one fault, complete.
#[derive(Clone, Debug)]
pub struct Args(BTreeMap<&'static str, String>);

impl Args {
    /// A text or a choice.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).expect("a fault reads the parameters that it declares, and they are complete")
    }

    /// A duration.
    pub fn span(&self, name: &str) -> Duration {
        parse_duration(self.text(name)).expect("that it is a duration was made sure when it was read")
    }

    /// Whole seconds of a duration.
    pub fn seconds(&self, name: &str) -> i64 {
        number::seconds(self.span(name))
    }

    /// A whole number.
    pub fn count(&self, name: &str) -> usize {
        self.text(name).parse().expect("that it is a whole number was made sure when it was read")
    }
}

/// A fault and everything that is said about it.
pub struct Spec {
    /// Which.
    pub fault: &'static Fault,
    /// Path of its entry in the scenario.
    pub path: String,
    /// Selected event, in the provider's words; none = any event.
    on: Option<String>,
    /// Number of the selected callback, from 1; none = every one.
    nth: Option<usize>,
    /// Share of the callbacks that gets the fault, 0 to 1.
    chance: f64,
    /// Class that replaces its own.
    pub class: Option<Class>,
    /// Its parameters.
    pub args: Args,
}

impl Spec {
    /// Most callbacks that it makes of each selected one.
    pub(super) fn made(&self) -> usize {
        let counts = self.fault.params.iter().filter(|param| ["copies", "cuts"].contains(&param.name));
        counts.map(|param| self.args.count(param.name)).fold(0, usize::max)
    }

    /// True if chance selects the callbacks.
    pub(super) fn is_drawn(&self) -> bool {
        self.chance < 1.0
    }

    /// The same fault, whatever its chance.
    #[must_use]
    pub fn certain(self) -> Self {
        Self { chance: 1.0, ..self }
    }

    /// Reads what a scenario says.
    ///
    /// # Errors
    /// Every name that is unknown and every value that does not fit.
    pub fn read(wanted: &Wanted) -> Result<Self, Vec<Problem>> {
        let names = || ALL.iter().map(|fault| fault.name);
        let Some(fault) = ALL.iter().find(|fault| fault.name == wanted.name) else {
            let problem = Problem::at(wanted.path.clone(), format!("there is no fault `{}`", wanted.name));
            let problem =
                problem.label("see `hookreel list faults`").helps(did_you_mean(&wanted.name, names()));
            return Err(vec![if wanted.terms.is_empty() { problem } else { problem.on_key() }]);
        };
        let params = || fault.params.iter().chain(COMMON);
        let mut problems = Vec::new();
        for (key, value) in &wanted.terms {
            let path = format!("{}.{key}", wanted.path);
            let Some(param) = params().find(|param| param.name == key) else {
                let title = format!("the fault `{}` has no parameter `{key}`", fault.name);
                let known = params().map(|param| param.name).collect::<Vec<_>>().join(", ");
                let problem = Problem::at(path, title).on_key().label(format!("expected one of {known}"));
                problems.push(problem.helps(did_you_mean(key, params().map(|param| param.name))));
                continue;
            };
            if let Err(expected) = param.kind.check(value) {
                let title = format!("`{key}` cannot be set to that");
                problems.push(Problem::at(path, title).label(format!("expected {expected}")));
            }
        }
        let text =
            |param: &Param| wanted.terms.get(param.name).cloned().unwrap_or_else(|| param.default.to_owned());
        let all: BTreeMap<&str, String> = params().map(|param| (param.name, text(param))).collect();
        let args = Args(all);
        let chance = args.text("chance").parse().ok().filter(|share| *share > 0.0 && *share <= 1.0);
        if chance.is_none() {
            let path = format!("{}.chance", wanted.path);
            let expected = "expected a number above 0, up to 1; 0 would hit no callback";
            problems.push(Problem::at(path, "`chance` cannot be set to that").label(expected));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            fault,
            path: wanted.path.split_inclusive(']').next().map_or_else(String::new, str::to_owned),
            on: Some(args.text("on").to_owned()).filter(|on| on != "any"),
            nth: Some(args.count("nth")).filter(|nth| *nth > 0),
            // It meets every callback, unless the scenario says otherwise.
            chance: chance.unwrap_or(1.0),
            class: class(args.text("class")),
            args,
        })
    }

    /// The places of the callbacks it is put on.
    ///
    /// # Errors
    /// There are none, so the fault would test nothing.
    pub(crate) fn choose(
        &self,
        callbacks: &[PlannedCallback],
        sender: &SenderFacts<'_>,
    ) -> Result<Vec<usize>, String> {
        if let Some(on) = &self.on
            && !sender.events.iter().any(|kind| kind.is(on))
        {
            let near = did_you_mean(on, sender.events.iter().map(|kind| kind.name));
            let near = near.map_or_else(String::new, |near| format!("; {near}"));
            return Err(format!("there is no event `{on}`{near}"));
        }
        let means = |callback: &PlannedCallback| match &self.on {
            None => true,
            Some(on) => sender.events.iter().any(|kind| kind.name == callback.event && kind.is(on)),
        };
        let places =
            || callbacks.iter().enumerate().filter(|(_, callback)| means(callback)).map(|(at, _)| at);
        let chosen: Vec<usize> = match self.nth {
            Some(nth) => places().nth(nth - 1).into_iter().collect(),
            None => places().collect(),
        };
        if chosen.is_empty() {
            let what = self.on.as_deref().unwrap_or("callback");
            let plural = if what == "callback" { "callbacks" } else { what };
            return Err(match (self.nth, places().count()) {
                (None, _) | (_, 0) => format!("this scenario has no {what}: the fault would test nothing"),
                (Some(nth), 1) => {
                    format!("nth: {nth}, but this scenario has only 1 {what}: the fault would test nothing")
                }
                (Some(nth), count) => {
                    format!(
                        "nth: {nth}, but this scenario has only {count} {plural}: the fault would test nothing"
                    )
                }
            });
        }
        let faulty = |at: &usize| {
            let id = callbacks.get(*at).map_or("", |callback| callback.id.as_str());
            #[expect(clippy::cast_precision_loss, reason = "a million steps are exact")]
            let drawn = sender.draws.named(id).below(1_000_000) as f64 / 1_000_000.0;
            drawn < self.chance
        };
        Ok(chosen.into_iter().filter(faulty).collect())
    }
}

impl ParamKind {
    fn check(&self, value: &str) -> Result<(), String> {
        match self {
            Self::Span => parse_duration(value).map(|_| ()).map_err(|_| "a duration such as 90s".to_owned()),
            Self::Count(most) => match value.parse::<u32>() {
                Ok(count) if count <= *most => Ok(()),
                _ => Err(format!("a whole number from 0 to {most}")),
            },
            Self::Choice(words) if words.contains(&value) => Ok(()),
            Self::Choice(words) => {
                let near = did_you_mean(value, words.iter().copied());
                Err(format!(
                    "one of {}{}",
                    words.join(", "),
                    near.map_or_else(String::new, |near| format!("; {near}"))
                ))
            }
            Self::Text => Ok(()),
        }
    }
}

fn class(word: &str) -> Option<Class> {
    match word {
        "legal" => Some(Class::Legal),
        "hostile" => Some(Class::Hostile),
        "rough" => Some(Class::Rough),
        "unprotected" => Some(Class::Unprotected),
        _ => None,
    }
}
