//! Workflow commands of GitHub Actions, which become annotations at the place of a failure. The job summary is
//! [`markdown`].
//!
//! [`markdown`]: super::markdown

use super::results::{Item, Results, Status, Suite};
use super::{Subject, inert};

/// Number of annotations of each kind that GitHub shows for one step; it drops the others.
const MOST: usize = 10;
/// Characters of a message.
const MESSAGE: usize = 2000;

/// The annotations, a line each; empty where nothing failed and nothing was noted. That nothing
/// was checked is a warning. The first failure of each kind comes before those that say
/// the same.
pub fn of(subject: Subject<'_>) -> String {
    let results = Results::of(subject);
    let alike = results.bad_alike();
    let firsts = alike.iter().map(|group| annotation(group.first.0, group.first.1, &group.others()));
    // Those without a place in a file would only say it again.
    let others = alike.iter().flat_map(|group| &group.others).filter(|(_, item)| item.place.is_some());
    let others = others.map(|(suite, item)| annotation(suite, item, ""));
    // Beside a failure: what it comes from. Of what passed the job summary is enough.
    let overall = results.overall().filter(|_| !alike.is_empty());
    let notes = overall.chain(results.notes.iter().map(|note| inert(note))).take(MOST);
    // A step that ends with an exit code of its own, and without a word, is a riddle.
    let nothing = results.nothing().filter(|_| alike.is_empty());
    let nothing = nothing.map(|why| format!("::warning title=hookreel::{}\n", data(&inert(&why))));
    let notes = notes.map(|note| format!("::notice title=hookreel%3A note::{}\n", data(&note)));
    firsts.chain(others).take(MOST).chain(nothing).chain(notes).collect()
}

fn annotation(suite: &Suite, item: &Item, alike: &str) -> String {
    let mut properties = Vec::new();
    if let Some(place) = &item.place {
        properties.push(format!("file={}", property(&place.file)));
        properties.push(format!("line={}", place.line));
        properties.push(format!("col={}", place.column));
    }
    let word = if item.status == Status::Error { "not finished: " } else { "" };
    properties.push(format!("title={}", property(&format!("{word}{}: {}", suite.name, item.name))));
    let own = [&item.why, &item.fix].into_iter().map(|(name, text)| (*name, text.as_str()));
    let notes = own.chain([("again", item.again.as_str())]).filter(|(_, text)| !text.is_empty());
    let notes = notes.map(|(name, text)| format!("{name}: {}", inert(text)));
    let alike = Some(inert(alike)).filter(|alike| !alike.is_empty());
    let lines: Vec<String> = std::iter::once(inert(&item.reason)).chain(notes).chain(alike).collect();
    let message: String = lines.join("\n").chars().take(MESSAGE).collect();
    format!("::error {}::{}\n", properties.join(","), data(&message))
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
