//! The command lines that reports give.

mod audit;

use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderName, HeaderValue};
use secrecy::ExposeSecret;

use super::args::RunArgs;
use super::connection::{trust, trust_of_curl};
use super::expectations::STATE;
use super::{providers, secrets};

pub(super) use super::quoted::quote;
use crate::audit::PLAIN;
use crate::delivery::target::ReceiverUrl;
use crate::duration::show_duration;
use crate::masking::looks_drawn;
use crate::plan::PlannedScenario;
use crate::play::{CommandLines, Planned, Purpose};
use crate::scenario::secretive;

/// The seed of a command line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SeedWord {
    /// The seed of the run: the same ids.
    Same,
    /// Its own: a receiver remembers files.
    Another,
}

/// A scenario that is not in a file.
const FROM_STDIN: &str = "(the scenario came from standard input; keep it in a file)";

/// The command lines that reports give.
pub(super) struct ShellCommands<'a> {
    pub(super) args: &'a RunArgs,
    pub(super) planned: &'a Planned,
}

impl CommandLines for ShellCommands<'_> {
    fn whole(&self) -> String {
        let run = || {
            let paths = self.args.paths.iter().map(|path| format!(" {}", quote(path))).collect::<String>();
            let filter = self.args.filter.as_ref();
            let filter = filter.map_or_else(String::new, |words| format!(" --filter {}", quote(words)));
            (format!("hookreel run{paths}{filter}"), self.editions(None))
        };
        let (command, editions) =
            self.planned.command.clone().map_or_else(run, |command| (command, String::new()));
        let line = self.with_flags(command, &editions, SeedWord::Same);
        line + &self.planned.selection.cases + &self.planned.selection.counts
    }

    fn scenario(&self, play: &PlannedScenario) -> String {
        self.line(self.planned.path(play), Some(play))
    }

    fn callback(&self, play: &PlannedScenario, id: &str) -> String {
        self.by_hand(play, id)
    }

    fn audit(&self, play: &PlannedScenario) -> String {
        self.proposed(play)
    }
}

impl ShellCommands<'_> {
    /// The same scenario again.
    pub(super) fn rerun(&self, path: &str) -> String {
        self.line(path, None)
    }

    fn line(&self, path: &str, play: Option<&PlannedScenario>) -> String {
        if path == "-" {
            return FROM_STDIN.into();
        }
        let run = || (format!("hookreel run {}", quote(path)), self.editions(play));
        // A command of its own names them itself.
        let (command, editions) =
            self.planned.command.clone().map_or_else(run, |command| (command, String::new()));
        let mut line = self.with_flags(command, &editions, SeedWord::Same);
        if self.planned.purpose == Purpose::Audit && !path.is_empty() {
            // Every audit plays a plain callback first; the one after a case comes with that case.
            let after = path.strip_prefix(PLAIN).map(|plain| plain.strip_prefix(" after "));
            let case = after.map_or(Some(path), |after| after).unwrap_or(""); // The first of all is of no case.
            match case.is_empty() {
                true => line.push_str(&self.planned.selection.cases),
                false => line.push_str(&format!(" --case {}", quote(case))),
            }
            line.push_str(&self.planned.selection.counts);
            line.push_str(" -v");
        }
        line
    }

    /// The scenario once, callback by callback, whatever else is done with it.
    pub(super) fn once(&self, path: &str) -> String {
        if path == "-" {
            return FROM_STDIN.into();
        }
        let mut line = format!("hookreel run {}", quote(path));
        if let Some(expect) = &self.args.expects.expect {
            line.push_str(&format!(" --expect {}", quote(expect)));
        }
        self.with_flags(line, &self.editions(None), SeedWord::Same)
    }

    /// The edition of a play where one is asked for; without a play all that are asked for.
    fn editions(&self, play: Option<&PlannedScenario>) -> String {
        self.args.editions.words(play.map(|play| play.revision.name))
    }

    /// A command with everything that says where to, how, and with which key.
    fn with_flags(&self, mut line: String, editions: &str, seed: SeedWord) -> String {
        if let Some(target) = &self.args.receiver.target {
            line.push_str(&format!(" -t {}", address(target, "HOOKREEL_TARGET")));
        }
        for (name, target) in &self.args.receiver.named {
            line.push_str(&format!(" -t {name}={}", address(target, &variable_of(name))));
        }
        line.push_str(editions);
        self.with_circumstances(line, seed)
    }

    /// A command that says where to, with everything that says how, and with which key.
    fn with_circumstances(&self, mut line: String, seed: SeedWord) -> String {
        line.push_str(&providers::flags(self.planned.plays.iter().map(|play| play.provider)));
        self.flags(&mut line, seed);
        let connection = &self.args.receiver.connection;
        for host in &connection.allow_remote {
            line.push_str(&format!(" --allow-remote {}", quote(host)));
        }
        line.push_str(&trust(connection));
        line.push_str(&headers(&connection.headers));
        self.expects(&mut line);
        if let Some(timeout) = self.args.receiver.timeout {
            line.push_str(&format!(" --timeout {}", crate::duration::show_duration(timeout)));
        }
        line.push_str(if connection.insecure { " --insecure" } else { "" });
        self.starts(&mut line);
        line
    }

    /// Appends the flags that start the receiver and wait for it.
    fn starts(&self, line: &mut String) {
        let receiver = &self.args.receiver;
        if let Some(command) = &receiver.exec {
            let shown = match self.secret_in(command) {
                None => quote(command),
                Some(why) => {
                    let holds = format!("the command that starts the receiver (not repeated: {why})");
                    format!("\"{}\"", variable("HOOKREEL_EXEC", &holds))
                }
            };
            line.push_str(&format!(" --exec {shown}"));
        }
        if let Some(bytes) = receiver.exec_memory {
            line.push_str(&format!(" --exec-memory {bytes}"));
        }
        if let Some(wait) = receiver.wait_for {
            line.push_str(&format!(" --wait-for {}", crate::duration::show_duration(wait)));
        }
        if let Some(wanted) = &receiver.wait_http {
            line.push_str(&format!(" --wait-http {}", quote(&wanted.to_string())));
        }
    }

    /// Reason why a command may give a secret away; none = it may be repeated.
    fn secret_in(&self, command: &str) -> Option<String> {
        let holds = |key: &secrecy::SecretString| command.contains(key.expose_secret());
        if self.planned.keys().iter().any(holds) {
            return Some("it holds the key".into());
        }
        secret_in_words(command)
    }

    /// One callback by hand. Signed when the line is run: a signature in a report would be a secret, and soon expired.
    fn by_hand(&self, play: &PlannedScenario, id: &str) -> String {
        let path = self.planned.path(play);
        let callback = play.callbacks.iter().find(|callback| callback.id == id);
        // A callback of this plan has a template.
        let template = callback.map(|callback| play.body_template(callback)).unwrap_or_default();
        let names = || template.head.iter().map(|(name, _)| *name);
        let connection = &self.args.receiver.connection;
        let given =
            |own: &str| connection.headers.iter().any(|(name, _)| name.as_str().eq_ignore_ascii_case(own));
        // One header of the sender's and one of the user's would both be sent.
        // A body alone proves nothing where headers bear the signature.
        let whole = names().next().is_some();
        let typed = given(CONTENT_TYPE.as_str());
        if self.planned.command.is_some() || names().any(given) || whole && typed {
            return self.line(path, Some(play));
        }
        if path == "-" {
            return FROM_STDIN.into();
        }
        let mut line =
            format!("hookreel plan {} --{} {}", quote(path), if whole { "curl" } else { "body" }, quote(id));
        line.push_str(&self.editions(Some(play)));
        line.push_str(&providers::flags([play.provider].into_iter()));
        self.flags(&mut line, SeedWord::Same);
        let Some((target, variable)) = self.target(play) else { return line };
        let content_type = if whole || typed { "" } else { " -H 'content-type: application/json'" };
        let headers = headers(&connection.headers);
        let (trust, url) = (trust_of_curl(connection), address(&target, &variable));
        let curl = format!("curl -sS -i --noproxy '*'{trust}{content_type}{headers}");
        match whole {
            true => format!("{line} --url {url} | {curl} -K -"),
            false => format!("{line} | {curl} --data-binary @- {url}"),
        }
    }

    /// Target of a play, and the variable for an address with secrets; none = the embedded receiver.
    fn target(&self, play: &PlannedScenario) -> Option<(ReceiverUrl, String)> {
        match &play.site {
            Some(site) => Some((ReceiverUrl::parse(site.url.as_deref()?).ok()?, variable_of(&site.name))),
            None => Some((self.args.receiver.target.clone()?, "HOOKREEL_TARGET".into())),
        }
    }

    fn expects(&self, line: &mut String) {
        // The command of an audit names them itself.
        if self.planned.command.is_some() {
            return;
        }
        let expects = &self.args.expects;
        if let Some(url) = &expects.state {
            let shown = ReceiverUrl::parse(url).map_or_else(|_| quote(url), |target| address(&target, STATE));
            line.push_str(&format!(" --state {shown}"));
        }
        if let Some(path) = &expects.state_path {
            line.push_str(&format!(" --state-path {}", quote(path)));
        }
        if let Some(within) = expects.state_within {
            line.push_str(&format!(" --state-within {}", show_duration(within)));
        }
        if let Some(expect) = &expects.expect {
            line.push_str(&format!(" --expect {}", quote(expect)));
        }
    }

    fn flags(&self, line: &mut String, seed: SeedWord) {
        let (args, conditions) = (self.args, &self.planned.conditions);
        if seed == SeedWord::Same && conditions.seed != 1 && !self.planned.fresh {
            line.push_str(&format!(" --seed {}", conditions.seed));
        }
        if let Some(now) = args.time.now {
            line.push_str(&format!(" --now {now}"));
        }
        if conditions.speed != crate::speed::Speed::Max {
            line.push_str(&format!(" --speed {}", conditions.speed));
        }
        line.push_str(&secrets::flags(&args.key));
    }
}

/// Reason why the words of a command may give a secret away; none = they may be repeated.
pub(super) fn secret_in_words(command: &str) -> Option<String> {
    let quotes = |c: char| c.is_whitespace() || "'\"`;&|()".contains(c);
    command.split(quotes).find_map(|word| {
        let (name, value) = word.split_once('=').unwrap_or(("", word));
        let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
        let called = !name.is_empty() && (secretive(&name) || sounds_secret(&name));
        let drawn = !name.is_empty() && looks_drawn(value);
        // A user of an address, with its password.
        match called || drawn || value.contains('@') {
            true if name.is_empty() => Some("it may name a user with a password".into()),
            true => Some(format!("the value of {name} may be a secret")),
            false => None,
        }
    })
}

/// Names of variables and flags that sound like a secret, beside those of files.
fn sounds_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    ["pass", "pwd", "auth", "cred", "sign", "dsn", "salt", "cookie"].iter().any(|word| name.contains(word))
}

/// Headers of one's own. A value may be a secret: a variable stands in its place, and the shell stops where it is not set.
fn headers(headers: &[(HeaderName, HeaderValue)]) -> String {
    let mut secrets = 0;
    let header = |(name, value): &(HeaderName, HeaderValue)| match value.to_str() {
        Ok(value) if [CONTENT_TYPE, ACCEPT, USER_AGENT].contains(name) => {
            format!(" -H {}", quote(&format!("{name}: {value}")))
        }
        _ => {
            secrets += 1;
            format!(
                " -H \"{name}: {}\"",
                variable(&format!("HOOKREEL_HEADER_{secrets}"), &format!("the value of {name}"))
            )
        }
    };
    headers.iter().map(header).collect()
}

/// The variable that stands for the address of a target.
fn variable_of(name: &str) -> String {
    format!("HOOKREEL_TARGET_{}", name.replace('-', "_").to_uppercase())
}

/// A variable that the shell demands.
fn variable(name: &str, holds: &str) -> String {
    format!("${{{name}:?set it to {holds}}}")
}

/// A URL that may hold a secret is not repeated: a variable stands in its place, and the shell stops where it is not set.
///
/// `name` is that of the variable.
pub(super) fn address(target: &ReceiverUrl, name: &str) -> String {
    let shown = target.to_string();
    match shown == target.url.as_str() {
        true => quote(&shown),
        false => format!("\"{}\"", variable(name, &format!("the URL {shown} with its secrets"))),
    }
}
