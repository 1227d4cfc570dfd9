//! The editions that scenarios are played in, instead of their own.

use clap::Args;

use super::settings::SettingArgs;

use crate::cli::exit::Refused;
use crate::plan::editions::{Editions, Revisions, find};
use crate::problem::did_you_mean;
use crate::provider::declared::known;
use crate::provider::{Provider, Revision, standard_webhooks};
use crate::scenario::{Loaded, Method};

/// The word for every revision that there is.
const EVERY: &str = "all";

/// The editions that scenarios are played in, instead of their own.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Revision and method")]
pub(in crate::cli) struct EditionArgs {
    /// Revisions of the vendor's messages, instead of those in the scenarios: `2021-05`, `2021-05,2024`, `all`. A scenario
    /// that a revision cannot play is skipped, with the reason.
    #[arg(long, value_name = "REVISION,...", value_delimiter = ',')]
    pub(in crate::cli) revision: Vec<String>,
    /// Method instead of the scenarios' own: md5, hmac-sha256, standard-webhooks or none.
    #[arg(long, value_name = "METHOD")]
    pub(in crate::cli) method: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) settings: SettingArgs,
}

impl EditionArgs {
    /// Requested editions.
    ///
    /// # Errors
    /// Every name that is not known.
    pub(in crate::cli) fn read(&self) -> Result<Editions, Refused> {
        self.read_for(&known())
    }

    /// The same where these providers send: only revisions of theirs are proposed.
    fn read_for(&self, senders: &[&'static Provider]) -> Result<Editions, Refused> {
        let unknown = |name: &String| unknown_revision(name, senders);
        let mut wrong: Vec<String> = self.revision.iter().filter_map(unknown).collect();
        let method = self.method.as_deref().map(Method::named);
        if let (Some(None), Some(name)) = (method, &self.method) {
            let names = Method::ALL.map(|method| method.to_string());
            let near = hint(did_you_mean(name, names.iter().map(String::as_str)));
            wrong.push(format!(
                "--method: there is no method `{name}`; expected one of {}{near}",
                names.join(", ")
            ));
        }
        if !wrong.is_empty() {
            return Err(refused(&wrong));
        }
        let revisions = match self.revision.as_slice() {
            [] => None,
            names if names.iter().any(|name| name == EVERY) => Some(Revisions::All),
            names => Some(Revisions::Named(names.to_vec())),
        };
        Ok(Editions { revisions, method: method.flatten() })
    }

    /// The same for these scenarios: a method must be one of an edition that they are going to be played in.
    ///
    /// # Errors
    /// A name is not known, or no edition knows the method.
    pub(in crate::cli) fn of(&self, loaded: &[Loaded]) -> Result<Editions, Refused> {
        let named: Vec<String> = loaded
            .iter()
            .flat_map(|loaded| loaded.scenario.provider.choices())
            .map(|(_, choice)| choice.name)
            .collect();
        let mut senders = known().to_vec();
        senders.retain(|provider| named.iter().any(|name| name == provider.name));
        let editions = self.read_for(&senders)?;
        let Some(method) = editions.method.filter(|method| *method != Method::None) else {
            return Ok(editions);
        };
        let mut told: Vec<(&Provider, &Revision)> = Vec::new();
        for choice in loaded.iter().flat_map(|loaded| loaded.scenario.provider.choices()) {
            let provider = known().iter().copied().find(|provider| provider.name == choice.1.name);
            for (provider, revision) in
                provider.into_iter().flat_map(|p| editions.of(p, &choice.1).into_iter().map(move |r| (p, r)))
            {
                if !told.iter().any(|(p, r)| (p.name, r.name) == (provider.name, revision.name)) {
                    told.push((provider, revision));
                }
            }
        }
        if told.is_empty()
            || told
                .iter()
                .any(|(_, revision)| standard_webhooks::under(revision, method).signature(method).is_some())
        {
            return Ok(editions);
        }
        let wrong: Vec<String> = told
            .iter()
            .map(|(provider, revision)| {
                let known: Vec<String> = revision
                    .signatures
                    .iter()
                    .map(|(method, _)| method.to_string())
                    .chain([Method::StandardWebhooks.to_string(), "none".into()])
                    .collect();
                let (provider, revision) = (provider.name, revision.name);
                format!(
                    "--method: {provider} {revision} does not sign with {method}; expected {}",
                    known.join(" or ")
                )
            })
            .collect();
        Err(refused(&wrong))
    }

    /// The flags as they are repeated on a command line, for one revision if it is one of several.
    pub(in crate::cli) fn words(&self, revision: Option<&str>) -> String {
        match revision.filter(|_| !self.revision.is_empty()) {
            Some(one) => self.flags(vec![one.to_owned()]) + &self.settings.words(),
            None => self.flags(self.revision.clone()) + &self.settings.words(),
        }
    }

    /// The same for a command about one provider: of the named revisions, those that it has.
    pub(in crate::cli) fn words_for(&self, provider: &Provider) -> String {
        let has = |name: &&String| {
            *name == EVERY || provider.revisions.iter().any(|revision| revision.name == **name)
        };
        self.flags(self.revision.iter().filter(has).cloned().collect())
    }

    fn flags(&self, revisions: Vec<String>) -> String {
        let mut words = String::new();
        if !revisions.is_empty() {
            words.push_str(&format!(" --revision {}", revisions.join(",")));
        }
        self.method.iter().for_each(|method| words.push_str(&format!(" --method {method}")));
        words
    }
}

fn refused(wrong: &[String]) -> Refused {
    Refused::usage(format!("{}; nothing was sent", wrong.join("\n  ")))
}

fn hint(near: Option<String>) -> String {
    near.map_or_else(String::new, |near| format!("; {near}"))
}

/// Problem of the name of a revision, if there is one.
fn unknown_revision(name: &str, senders: &[&'static Provider]) -> Option<String> {
    if name == EVERY || find(name).next().is_some() {
        return None;
    }
    let of = |provider: &Provider| {
        let names: Vec<&str> = provider.revisions.iter().map(|revision| revision.name).collect();
        format!("{} ({})", names.join(", "), provider.name)
    };
    let names = || senders.iter().flat_map(|provider| provider.revisions).map(|revision| revision.name);
    let near = hint(did_you_mean(name, names().chain([EVERY])));
    let listed: Vec<String> = senders.iter().map(|provider| of(provider)).collect();
    Some(format!(
        "--revision: there is no revision `{name}`; expected {}, or {EVERY}{near}",
        listed.join(", ")
    ))
}
