//! Workflow commands of GitHub Actions, which become annotations at the place of a failure. The job summary is
//! [`markdown`].
//!
//! [`markdown`]: super::markdown

use super::results::{Alike, CHECKED, Results, Status};
use super::{Subject, inert};

/// Number of annotations of each kind that GitHub shows for one step; it drops the others.
const MOST: usize = 10;
/// Characters of a message, and of each line of it.
const MESSAGE: usize = 2000;
const LINE: usize = 600;

/// The annotations, a line each; empty where nothing failed and nothing was noted. Failures that say the same are one, at the first of
/// them: GitHub shows ten of a step, and ten times one cause would hide the others.
pub fn of(subject: Subject<'_>) -> String {
    let results = Results::of(subject);
    let alike = results.bad_alike();
    let errors = alike.iter().take(MOST).map(annotation);
    let hidden = alike.len().saturating_sub(MOST);
    let hidden = (hidden > 0).then(|| match hidden {
        1 => "1 more kind of failure; the text report has it".to_owned(),
        more => format!("{more} more kinds of failure; the text report has all of them"),
    });
    // Beside a failure: what it comes from. Of what passed the job summary is enough.
    let overall = results.overall().filter(|_| !alike.is_empty());
    let notes = hidden.into_iter().chain(overall).chain(results.notes.iter().map(|note| inert(note)));
    let notes = notes.take(MOST).map(|note| format!("::notice title=hookreel%3A note::{}\n", data(&note)));
    errors.chain(notes).collect()
}

fn annotation(alike: &Alike<'_>) -> String {
    let (suite, item) = alike.first;
    let mut properties = Vec::new();
    if let Some(place) = &item.place {
        properties.push(format!("file={}", property(&place.file)));
        properties.push(format!("line={}", place.line));
        properties.push(format!("col={}", place.column));
    }
    let title = match item.status {
        _ if item.name == CHECKED => "hookreel".to_owned(),
        Status::Error => format!("not finished: {}: {}", suite.name, item.name),
        _ => format!("{}: {}", suite.name, item.name),
    };
    properties.push(format!("title={}", property(&title)));
    let own = [&item.why, &item.fix].into_iter().map(|(name, text)| (*name, text.as_str()));
    let notes = own.chain([("again", item.again.as_str())]).filter(|(_, text)| !text.is_empty());
    let notes = notes.map(|(name, text)| format!("{name}: {}", inert(text)));
    // The others are named, however long the rest is.
    let others = Some(cut(&inert(&alike.others()), LINE)).filter(|others| !others.is_empty());
    let lines: Vec<String> =
        std::iter::once(inert(&item.reason)).chain(notes).map(|line| cut(&line, LINE)).collect();
    let room = MESSAGE - others.as_ref().map_or(0, |others| others.chars().count() + 1);
    let lines: Vec<String> = std::iter::once(cut(&lines.join("\n"), room)).chain(others).collect();
    format!("::error {}::{}\n", properties.join(","), data(&lines.join("\n")))
}

fn cut(text: &str, most: usize) -> String {
    let short: String = text.chars().take(most).collect();
    if short.len() < text.len() {
        format!("{}...", short.chars().take(most - 3).collect::<String>())
    } else {
        short
    }
}

/// A message by the rules of workflow commands.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property: it ends at a comma or a colon as well.
fn property(text: &str) -> String {
    data(&inert(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn what_ends_a_command_or_a_property_is_written_out() {
        assert_eq!(data("100%\r\n::error::x"), "100%25%0D%0A::error::x");
        assert_eq!(property("a,b:c%\n"), "a%2Cb%3Ac%25\\n");
    }
}
