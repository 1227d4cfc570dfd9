//! Workflow commands of GitHub Actions, which become annotations at the place of a failure. The job summary is
//! [`markdown`].
//!
//! [`markdown`]: super::markdown

use super::results::{Alike, CHECKED, ENDED_EARLY, Item, Place, Results, Status};
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
    let mut alike = results.bad_alike();
    // That a run ended for what failed in it is no second cause.
    let failed = alike.iter().any(|alike| alike.first.1.status == Status::Failed);
    let end = alike.iter().position(|alike| failed && ended_by_failures(alike.first.1));
    let end = end.map(|at| alike.remove(at).first.1.reason.clone());
    let early = |index: usize| end.as_deref().filter(|_| index == 0);
    let errors = alike.iter().take(MOST).enumerate().map(|(index, alike)| annotation(alike, early(index)));
    let hidden = alike.len().saturating_sub(MOST);
    let hidden = (hidden > 0).then(|| match hidden {
        1 => "1 more kind of failure; the text report has it".to_owned(),
        more => format!("{more} more kinds of failure; the text report has all of them"),
    });
    // Beside a failure: what it comes from. Of what passed the job summary is enough.
    let overall = results.overall().filter(|_| !alike.is_empty());
    // One error says the same.
    let overall = overall.filter(|note| alike.len() > 1 || !note.starts_with(FAILED_ALIKE));
    let embedded = results.embedded().then(|| super::notes::EMBEDDED.to_owned());
    let notes =
        hidden.into_iter().chain(overall).chain(embedded).chain(results.notes.iter().map(|note| inert(note)));
    let notes = notes.take(MOST).map(|note| format!("::notice title=hookreel%3A note::{}\n", data(&note)));
    errors.chain(notes).collect()
}

/// Start of the note that all callbacks failed for one reason.
const FAILED_ALIKE: &str = "failed alike: ";

/// True for a run that was ended for what failed in it: no signal, and no record that lacks lines.
fn ended_by_failures(item: &Item) -> bool {
    let why = item.reason.strip_prefix("stopped early: ").filter(|_| item.name == ENDED_EARLY);
    why.is_some_and(|why| !why.starts_with("SIG") && !why.contains("the record"))
}

/// Annotations of the mistakes in files of the user, from their rendered text: each at its place.
pub fn of_mistakes(rendered: &str) -> String {
    let mut out = String::new();
    let lines: Vec<&str> = rendered.lines().collect();
    for (at, pair) in lines.windows(2).enumerate() {
        let [title, place] = pair else { continue };
        let place = place.trim_start().strip_prefix("--> ").and_then(Place::parse);
        let (Some(title), Some(place)) = (title.strip_prefix("error: "), place) else { continue };
        let block = lines.iter().skip(at + 2).take_while(|line| !line.is_empty());
        let more = block.filter_map(|line| {
            let help = line.trim_start().strip_prefix("= help: ");
            help.or_else(|| line.trim_start().strip_prefix('|')?.split_once("^ ").map(|(_, label)| label))
        });
        let message: Vec<String> =
            std::iter::once(title).chain(more).map(|line| cut(&inert(line), LINE)).collect();
        if out.lines().count() < MOST {
            let properties = places(&place).join(",");
            out.push_str(&format!("::error {properties},title=hookreel::{}\n", data(&message.join("\n"))));
        }
    }
    out
}

fn places(place: &Place) -> Vec<String> {
    let Place { file, line, column } = place;
    vec![format!("file={}", property(file)), format!("line={line}"), format!("col={column}")]
}

fn annotation(alike: &Alike<'_>, early: Option<&str>) -> String {
    let (suite, item) = alike.first;
    let mut properties = Vec::new();
    properties.extend(item.place.iter().flat_map(places));
    let title = match item.status {
        _ if item.name == CHECKED => "hookreel".to_owned(),
        Status::Error => format!("not finished: {}: {}", suite.name, item.name),
        _ => format!("{}: {}", suite.name, item.name),
    };
    properties.push(format!("title={}", property(&title)));
    let own = [&item.why, &item.fix].into_iter().map(|(name, text)| (*name, text.as_str()));
    let notes = own.chain([("again", item.again.as_str())]).filter(|(_, text)| !text.is_empty());
    let notes = notes.map(|(name, text)| format!("{name}: {}", inert(text))).chain(early.map(inert));
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
