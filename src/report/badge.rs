//! A badge for a page: the name, and how many passed or failed, as an image.

use super::Subject;
use super::results::{Results, Status};

const HEIGHT: usize = 20;
/// Height of a letter's line, and the width that a letter takes at most.
const LETTER: usize = 7;
/// Beside a text.
const ROOM: usize = 6;

/// The image as SVG. Its texts are words and numbers of ours.
pub fn of(subject: Subject<'_>) -> String {
    let results = Results::of(subject);
    let (passed, failed) = (results.count(Status::Passed), results.count(Status::Failed));
    let (text, colour) = match results.verdict.as_str() {
        "passed" => (format!("{passed} passed"), "#2c7a36"),
        "failed" => (format!("{failed} of {} failed", passed + failed), "#b3261e"),
        other => (other.to_owned(), "#6b6b6b"),
    };
    let (name, words) = ("hookreel", text.as_str());
    let [left, right] = [name, words].map(|text| text.len() * LETTER + 2 * ROOM);
    let width = left + right;
    let (first, second) = (left / 2, left + right / 2);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" role="img" aria-label="{name}: {words}">
<title>{name}: {words}</title>
<rect width="{left}" height="{HEIGHT}" fill="#3d3d3d"/>
<rect x="{left}" width="{right}" height="{HEIGHT}" fill="{colour}"/>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{first}" y="14">{name}</text>
<text x="{second}" y="14">{words}</text>
</g>
</svg>
"##
    )
}
