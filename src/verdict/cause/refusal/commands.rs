//! Command lines within advice, with the sender and the key of what was refused: a line that is shown can be pasted.

use super::RefusedAnswer;
use crate::escape::unquoted;
use crate::provider::{FieldNames, find};

/// Commands of advice that is about any sender.
const SHOW: &str = "hookreel show PROVIDER";
const VERIFY: &str = "hookreel verify --computed SIGNATURE";
/// The type of a sender's messages.
const MEDIA_TYPE: &str = "MEDIA-TYPE";

impl RefusedAnswer<'_> {
    /// Advice with this provider, its file, its edition and its key in the place of words for any.
    pub(super) fn completed(&self, line: &str) -> String {
        let line = &line.replace(MEDIA_TYPE, self.media_type());
        if self.provider.is_empty() {
            return line.clone();
        }
        let file = self.file();
        let show = format!("hookreel show {}", self.provider);
        let line = match line.split_once(SHOW) {
            // Flags stand behind the words that name an event.
            Some((before, rest)) => {
                let (own, rest) = rest.split_once('`').unwrap_or((rest, ""));
                format!("{before}{show}{own}{file}`{rest}")
            }
            None => line.clone(),
        };
        line.replace(VERIFY, &self.verify(&file))
    }

    fn media_type(&self) -> &'static str {
        let known = find(self.provider, "").ok();
        known.map_or(FieldNames::PLAIN.media_type, |provider| provider.newest().reading.media_type)
    }

    /// The command that compares a signature that the receiver computed with the right one.
    fn verify(&self, file: &str) -> String {
        let (audit, _) = self.lines;
        let of = |flag: &str| self.flag(flag);
        let key = ["--secret-env", "--secret-file"].into_iter().map(of).find(|key| !key.is_empty());
        // A variable that is set for one command.
        let before = audit.split_once("hookreel audit ").map_or("", |(before, _)| before);
        format!(
            "{before}hookreel verify {} REQUEST{}{}{file}{} --computed SIGNATURE",
            self.provider,
            of("--revision"),
            of("--method"),
            key.unwrap_or_default() // Without a flag the key is in the environment.
        )
    }

    /// The flag that makes a declared provider known.
    fn file(&self) -> String {
        let declared =
            self.declared.strip_prefix("declared by ").and_then(|rest| rest.rsplit_once(", sha256"));
        let (file, flag) = (declared.map(|(file, _)| file), "--provider-file");
        match file {
            Some(file) if file.starts_with('@') => String::new(),
            Some(file) => format!(" {flag} {}", crate::escape::shell_word(file)),
            None => self.flag(flag),
        }
    }

    /// A flag with its word, as the audit or the repetition was given it; empty where neither was.
    fn flag(&self, flag: &str) -> String {
        let (audit, rerun) = self.lines;
        flag_of(audit, flag).or_else(|| flag_of(rerun, flag)).unwrap_or_default() // See above.
    }
}

/// A flag of a command line with its word, after a space; none where the line has it not, or more than once.
fn flag_of(line: &str, flag: &str) -> Option<String> {
    let begin = format!(" {flag} ");
    let own = unquoted(line);
    let mut places = own.match_indices(&begin).map(|(at, _)| at + begin.len());
    let (at, None) = (places.next()?, places.next()) else { return None };
    let rest = line.get(at..)?;
    let mut quoted = None;
    let end = rest.find(|c: char| {
        match (quoted, c) {
            (None, '\'' | '"') => quoted = Some(c),
            (Some(by), c) if by == c => quoted = None,
            _ => {}
        }
        quoted.is_none() && c == ' '
    });
    let word = rest.get(..end.unwrap_or(rest.len()))?;
    Some(format!("{begin}{word}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_of_the_command_that_starts_the_receiver_is_not_that_of_the_line() {
        let line = "hookreel audit x --secret-env B --exec 'hookreel serve x --secret-env A --method m'";
        assert_eq!(flag_of(line, "--secret-env").as_deref(), Some(" --secret-env B"));
        assert_eq!(flag_of(line, "--method"), None);
    }

    #[test]
    fn a_flag_is_taken_with_its_whole_word() {
        let line = "hookreel run 'a b' --secret-file 'my key.txt' --revision 2024 --method 'it'\\''s'";
        assert_eq!(flag_of(line, "--secret-file").unwrap(), " --secret-file 'my key.txt'");
        assert_eq!(flag_of(line, "--revision").unwrap(), " --revision 2024");
        assert_eq!(flag_of(line, "--method").unwrap(), " --method 'it'\\''s'");
        assert_eq!(flag_of(line, "--secret-env"), None);
        assert_eq!(flag_of("x --revision 1 --revision 2", "--revision"), None);
    }

    #[test]
    fn a_proposed_line_names_the_file_of_a_declared_sender_and_the_key_as_it_was_given() {
        let refused = RefusedAnswer {
            provider: "acme",
            declared: "declared by my acme.yaml, sha256 0123456789ab",
            lines: ("", "hookreel run run.yaml -t http://localhost:9/ --secret-env ACME_KEY"),
            ..RefusedAnswer::default()
        };
        let said = refused.completed(
            "look: `hookreel show PROVIDER` has it; `hookreel verify --computed SIGNATURE` names it",
        );
        let file = "--provider-file 'my acme.yaml'";
        assert_eq!(
            said,
            format!(
                "look: `hookreel show acme {file}` has it; `hookreel verify acme REQUEST {file} --secret-env ACME_KEY --computed \
                 SIGNATURE` names it"
            )
        );
        let audit =
            "HOOKREEL_KEY=\"${HOOKREEL_KEY:?x}\" hookreel audit acme -t http://localhost:9/ --method md5";
        let refused = RefusedAnswer { lines: (audit, ""), declared: "", ..refused };
        let said = refused.completed("`hookreel verify --computed SIGNATURE`");
        assert!(
            said.contains("`HOOKREEL_KEY=\"${HOOKREEL_KEY:?x}\" hookreel verify acme REQUEST --method md5"),
            "{said}"
        );
        let event = refused.completed("`hookreel show PROVIDER ready --formula python` has its check");
        assert!(event.contains("`hookreel show acme ready --formula python`"), "{event}");
    }
}
