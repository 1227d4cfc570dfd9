//! The command lines that reports give.

use super::args::RunArgs;

use crate::delivery::target::Target;
use crate::play::{CommandLines, Planned, Purpose};

/// A scenario that nobody kept.
const FROM_STDIN: &str = "(the scenario came from standard input; keep it in a file)";

/// The command lines that reports give.
pub(super) struct Words<'a> {
    pub(super) args: &'a RunArgs,
    pub(super) planned: &'a Planned,
}

impl CommandLines for Words<'_> {
    fn scenario(&self, path: &str) -> String {
        self.rerun(path)
    }

    fn callback(&self, path: &str, id: &str) -> String {
        self.by_hand(path, id)
    }
}

impl Words<'_> {
    /// The same scenario again.
    pub(super) fn rerun(&self, path: &str) -> String {
        if path == "-" {
            return FROM_STDIN.into();
        }
        let mut line =
            self.planned.command.clone().unwrap_or_else(|| format!("hookreel run {}", quote(path)));
        if let Some(target) = &self.args.receiver.target {
            line.push_str(&format!(" -t {}", address(target, "HOOKREEL_TARGET")));
        }
        self.flags(&mut line);
        let connection = &self.args.receiver.connection;
        for host in &connection.allow_remote {
            line.push_str(&format!(" --allow-remote {}", quote(host)));
        }
        line.push_str(
            &connection
                .cacert
                .as_ref()
                .map_or_else(String::new, |file| format!(" --cacert {}", quote(&file.display().to_string()))),
        );
        for (name, _) in &connection.headers {
            line.push_str(&format!(" -H '{name}: ...'"));
        }
        if let Some(timeout) = self.args.receiver.timeout {
            line.push_str(&format!(" --timeout {}", crate::duration::show_duration(timeout)));
        }
        line.push_str(if connection.insecure { " --insecure" } else { "" });
        if self.planned.purpose == Purpose::Audit && !path.is_empty() {
            line.push_str(&format!(" --case {} -v", quote(path)));
        }
        line
    }

    /// One callback by hand. Signed when the line is run: a signature in a report would be a secret, and soon expired.
    pub(super) fn by_hand(&self, path: &str, id: &str) -> String {
        if self.planned.command.is_some() {
            return self.rerun(path);
        }
        if path == "-" {
            return FROM_STDIN.into();
        }
        let mut line = format!("hookreel plan {} --body {}", quote(path), quote(id));
        self.flags(&mut line);
        let Some(target) = &self.args.receiver.target else { return line };
        let connection = &self.args.receiver.connection;
        // A value may be a secret.
        let headers: String =
            connection.headers.iter().map(|(name, _)| format!(" -H '{name}: ...'")).collect();
        let trust = match (&connection.cacert, connection.insecure) {
            (_, true) => " -k".into(),
            (Some(file), _) => format!(" --cacert {}", quote(&file.display().to_string())),
            _ => String::new(),
        };
        format!(
            "{line} | curl -sS -i --noproxy '*'{trust} -H 'content-type: application/json'{headers} --data-binary @- {}",
            address(target, "HOOKREEL_TARGET")
        )
    }

    pub(super) fn flags(&self, line: &mut String) {
        let (args, conditions) = (self.args, &self.planned.conditions);
        if conditions.seed != 1 && !self.planned.fresh {
            line.push_str(&format!(" --seed {}", conditions.seed));
        }
        if let Some(now) = args.time.now {
            line.push_str(&format!(" --now {now}"));
        }
        if conditions.speed != crate::speed::Speed::Max {
            line.push_str(&format!(" --speed {}", conditions.speed));
        }
        if let Some(name) = &args.key.secret_env {
            line.push_str(&format!(" --secret-env {}", quote(name)));
        }
        if let Some(file) = &args.key.secret_file {
            line.push_str(&format!(" --secret-file {}", quote(&file.display().to_string())));
        }
    }
}

/// A URL that may hold a secret is not repeated.
///
/// `name` is that of the variable that is to hold it instead.
pub(super) fn address(target: &Target, name: &str) -> String {
    let shown = target.to_string();
    if shown == target.url.as_str() { quote(&shown) } else { format!("\"${name}\"") }
}

/// The text as one word of a shell.
pub(super) fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
