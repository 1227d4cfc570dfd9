//! Settings of the sender from the command line.

use clap::Args;

use crate::cli::exit::Refused;
use crate::cli::shell_commands::quote;
use crate::plan::PlannedScenario;
use crate::problem::did_you_mean;
use crate::provider::declared::known;
use crate::provider::signature::compared_setting;
use crate::provider::{Provider, ProviderSetting, Revision};
use crate::scenario::units::Word;
use crate::scenario::{Environment, Loaded, ProviderChoice, filled_and_taken};

/// Settings of the provider instead of the scenarios' own.
#[derive(Args, Clone, Default)]
pub(in crate::cli) struct SettingArgs {
    /// Setting of the provider instead of its default: `api_key=APIabc`, or `token=${TOKEN}` from the environment; see `hookreel
    /// list providers`. Repeatable.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(in crate::cli) setting: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE, for example api_key=APIabc".into()),
    }
}

/// Settings with what the environment holds, and what was taken from there.
type FilledSettings<'a> = (Vec<(&'a str, String)>, Vec<String>);

impl SettingArgs {
    /// Puts them into every choice of a provider that has them.
    ///
    /// # Errors
    /// No provider of these scenarios has one of them, or it cannot be set to that, or a variable is not set.
    pub(in crate::cli) fn apply(
        &self,
        loaded: &mut [Loaded],
        environment: &Environment,
    ) -> Result<(), Refused> {
        if self.setting.is_empty() {
            return Ok(());
        }
        let (settings, all_taken) = self.filled(environment)?;
        let choices = loaded.iter().flat_map(|loaded| loaded.scenario.provider.choices());
        let names: Vec<String> = choices.map(|(_, choice)| choice.name).collect();
        let mut providers = known().to_vec();
        providers.retain(|provider| names.iter().any(|name| name == provider.name));
        for (name, value) in &settings {
            let of = |provider: &&'static Provider| setting(provider, name);
            let Some(found) = providers.iter().find_map(of) else { return Err(unknown(name, &providers)) };
            if let Some(expected) = found.takes.refusal(value) {
                let near = did_you_mean(value, found.takes.words().iter().copied());
                let near = near.map_or_else(String::new, |near| format!("; {near}"));
                return Err(Refused::usage(format!("--setting {name}: {expected}{near}")));
            }
        }
        for loaded in loaded {
            loaded.scenario.provider.change(|choice| put(&settings, choice, &providers));
            loaded.document.take(&all_taken);
        }
        Ok(())
    }

    /// The settings with what the environment holds, and what was taken from there.
    fn filled(&self, environment: &Environment) -> Result<FilledSettings<'_>, Refused> {
        let (mut settings, mut all_taken) = (Vec::new(), Vec::new());
        for (name, text) in &self.setting {
            let (value, taken) = filled_and_taken(text, environment).map_err(|problem| {
                let help = problem.help.first().map_or_else(String::new, |help| format!("; {help}"));
                Refused::usage(format!("--setting {name}: {}{help}", problem.title))
            })?;
            settings.push((name.as_str(), value));
            all_taken.extend(taken);
        }
        Ok((settings, all_taken))
    }

    /// The value of a setting as it was typed, with its variables.
    pub(in crate::cli) fn written(&self, name: &str) -> Option<&str> {
        self.setting.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Names that a receiver of this edition compares: issuers of tokens, or hosts that are signed; none = it reads none, or takes
    /// any.
    ///
    /// # Errors
    /// A setting says nothing to a receiver.
    pub(in crate::cli) fn compared(
        &self,
        provider: &'static Provider,
        revision: &Revision,
        environment: &Environment,
    ) -> Result<Vec<String>, Refused> {
        // No setting has an empty name.
        let own = compared_setting(revision).unwrap_or_default();
        if let Some((name, _)) = self.setting.iter().find(|(name, _)| name != own) {
            let expected = match own {
                "" => format!("there is none that a receiver of {} reads", provider.name),
                own => format!("a receiver of {} reads `{own}` alone", provider.name),
            };
            return Err(Refused::usage(format!("--setting {name}: {expected}")));
        }
        let given: Vec<String> = self.filled(environment)?.0.into_iter().map(|(_, value)| value).collect();
        let usual = setting(provider, own).map(|setting| setting.default.to_owned());
        let usual = usual.filter(|name| !name.is_empty());
        Ok(if given.is_empty() { usual.into_iter().collect() } else { given })
    }

    /// The flags as they are repeated on a command line.
    pub(in crate::cli) fn words(&self) -> String {
        self.setting.iter().map(|(name, value)| word(name, value)).collect()
    }
}

fn put(settings: &[(&str, String)], choice: &mut ProviderChoice, providers: &[&'static Provider]) {
    let Some(provider) = providers.iter().find(|provider| provider.name == choice.name) else { return };
    for (name, value) in settings.iter().filter(|(name, _)| setting(provider, name).is_some()) {
        choice.settings.insert((*name).to_owned(), Word(value.clone()));
    }
}

/// The flags for the settings of a play that are not their defaults, each as it is written somewhere.
pub(in crate::cli) fn words_of(play: &PlannedScenario, written: impl Fn(&str, &str) -> String) -> String {
    let defaults = play.provider.settings.iter();
    let own = defaults.filter_map(|setting| {
        let value = play.settings.get(setting.name)?;
        (value != setting.default).then(|| word(setting.name, &written(setting.name, value)))
    });
    own.collect()
}

fn word(name: &str, value: &str) -> String {
    format!(" --setting {}", quote(&format!("{name}={value}")))
}

fn setting(provider: &'static Provider, name: &str) -> Option<&'static ProviderSetting> {
    provider.settings.iter().find(|setting| setting.name == name)
}

fn unknown(name: &str, providers: &[&'static Provider]) -> Refused {
    let names = || providers.iter().flat_map(|provider| provider.settings).map(|setting| setting.name);
    let all: Vec<&str> = providers.iter().map(|provider| provider.name).collect();
    let near = did_you_mean(name, names()).map_or_else(String::new, |near| format!("; {near}"));
    let expected: Vec<&str> = names().collect();
    let expected = match expected.as_slice() {
        [] => "it has none".to_owned(),
        some => format!("expected one of {}", some.join(", ")),
    };
    Refused::usage(format!("--setting: {} has no setting `{name}`; {expected}{near}", all.join(", ")))
}
