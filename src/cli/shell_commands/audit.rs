//! The audit that a run proposes: against the same receiver, as the sender of the scenario is set up.

use secrecy::ExposeSecret;
use serde_json::{Map, Value};

use super::{SeedWord, ShellCommands, address, quote, variable};
use crate::cli::args::words_of;
use crate::cli::secrets::is_sample;
use crate::plan::PlannedScenario;
use crate::problem::Aim;
use crate::provider::declared::DeclaredFrom;
use crate::scenario::Document;
use crate::stretch::Stretches;

impl ShellCommands<'_> {
    /// The command that audits the receiver of a play; empty where there is none to audit.
    pub(super) fn proposed(&self, play: &PlannedScenario) -> String {
        // Neither an audit nor one callback by itself is followed by one, and our own receiver needs none.
        if self.planned.command.is_some() {
            return String::new();
        }
        let Some((target, name)) = self.target(play) else { return String::new() };
        let document = self.planned.loaded.get(play.scenario).map(|loaded| &loaded.document);
        // A play has its document.
        let tree = document.map(Document::tree).unwrap_or_default();
        let (before, key) = self.key(play, document);
        let mut line = format!("{before}hookreel audit {}", play.provider.name);
        // A scenario names the file of its provider itself; an audit has no scenario.
        let own = play.provider.declared.filter(|by| by.from == DeclaredFrom::Scenario);
        line.extend(own.map(|by| format!(" --provider-file {}", quote(&by.file))));
        line.push_str(&format!(" -t {}", address(&target, &name)));
        line.push_str(&self.edition(play, &tree));
        line.push_str(&words_of(play, |name, value| self.setting(play, name, value)));
        if self.args.expects.expect.is_none() {
            let taken = document.map_or(&[][..], Document::taken);
            line.push_str(&expected(&tree, taken));
        }
        self.with_circumstances(line, SeedWord::Another) + &key
    }

    /// The value of a setting as it was typed: with the name of a variable where its value may be a secret.
    fn setting(&self, play: &PlannedScenario, name: &str, value: &str) -> String {
        let typed = self.args.editions.settings.written(name).map(str::to_owned);
        let Some(loaded) = self.planned.loaded.get(play.scenario).filter(|_| typed.is_none()) else {
            return typed.unwrap_or_else(|| value.to_owned());
        };
        let document = &loaded.document;
        let own = loaded.scenario.provider.choices().into_iter().find(|(_, choice)| {
            choice.name == play.provider.name && choice.settings.get(name).is_some_and(|own| own.0 == value)
        });
        let path = own.map_or_else(String::new, |(path, _)| format!("{path}.settings.{name}"));
        let taken = document.taken().iter().any(|taken| value.contains(taken.as_str()));
        // A setting of a declared provider may be whatever it signs with; those of the others are public.
        if !(taken || play.provider.declared.is_some() && document.hides(&path)) {
            return value.to_owned();
        }
        let written = document.source.text.stretch(document.locate(&path, Aim::Value));
        let written = written.trim_matches(['"', '\'']);
        match written.contains("${") {
            true => written.to_owned(),
            false => format!("${{HOOKREEL_SETTING_{}}}", name.replace('-', "_").to_uppercase()),
        }
    }

    /// Revision and method, where the newest and its own are not those that are played.
    fn edition(&self, play: &PlannedScenario, tree: &Value) -> String {
        let mut words = self.args.editions.words_for(play.provider);
        if self.args.editions.revision.is_empty() && play.revision.name != play.provider.newest().name {
            words.push_str(&format!(" --revision {}", quote(play.revision.name)));
        }
        let method = tree.pointer("/signing/method").and_then(Value::as_str);
        if let Some(method) = method.filter(|_| self.args.editions.method.is_none()) {
            words.push_str(&format!(" --method {}", quote(method)));
        }
        words
    }

    /// What stands before and behind the command so that it has the key of the scenario, where no flag names one.
    fn key(&self, play: &PlannedScenario, document: Option<&Document>) -> (String, String) {
        let given = self.args.key.secret_env.is_some() || self.args.key.secret_file.is_some();
        let Some(signing) = play.signing.as_ref().filter(|signing| !given && !is_sample(&signing.key)) else {
            return Default::default();
        };
        let site = play.site.as_ref().map(|site| format!("{}.key", site.path));
        let written = |place: &str| {
            let document = document?;
            let text = document.source.text.get(document.locate(place, Aim::Value))?;
            text.trim_matches(['"', '\'']).strip_prefix("${")?.strip_suffix('}')
        };
        let places = [site.as_deref().unwrap_or("signing.keys[0].key"), "signing.key"];
        let inner = places.into_iter().find_map(written);
        let (name, default) = inner.map_or(("", ""), |inner| inner.split_once(":-").unwrap_or((inner, "")));
        if name == OWN && default.is_empty() {
            return Default::default();
        }
        if !name.is_empty() && default != signing.key.expose_secret() {
            return (String::new(), format!(" --secret-env {name}"));
        }
        let holds = format!("the key of {}", self.planned.path(play));
        (format!("{OWN}=\"{}\" ", variable(OWN, &holds)), String::new())
    }
}

/// The variable that a key is taken from where no flag names another.
const OWN: &str = "HOOKREEL_KEY";

/// What the scenario expects of answers, as `--expect` takes it.
fn expected(tree: &Value, taken: &[String]) -> String {
    let Some(expect) = tree.get("expect").and_then(Value::as_object) else { return String::new() };
    let kept = expect.iter().filter(|(name, _)| ["accept", "reject", "within"].contains(&name.as_str()));
    let kept: Map<String, Value> = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    let text = Value::Object(kept.clone()).to_string();
    // What comes from the environment may be a secret.
    let secret = taken.iter().any(|value| text.contains(value.as_str()));
    if kept.is_empty() || secret { String::new() } else { format!(" --expect {}", quote(&text)) }
}
