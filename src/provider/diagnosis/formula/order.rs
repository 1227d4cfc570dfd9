//! Parts in another order than the formula's, and what may stand between them.

use super::{ALL_PARTS, FORMULA, Formula, FormulaTerm, JOIN, ORDER, term, text};
use crate::provider::diagnosis::spelling::Deviation;
use crate::provider::signature::{Signature, SignedPart};

pub(super) const SEPARATORS: [(&str, &str); 14] = [
    ("&", "`&`"),
    (":", "`:`"),
    ("|", "`|`"),
    (",", "`,`"),
    ("-", "`-`"),
    ("_", "`_`"),
    (".", "`.`"),
    ("+", "`+`"),
    ("/", "`/`"),
    (";", "`;`"),
    ("#", "`#`"),
    ("=", "`=`"),
    (" ", "a space"),
    ("\n", "a newline"),
];

/// The right parts in another order.
pub(super) fn orders(signature: &Signature, time_field: &str) -> Vec<Deviation<Formula>> {
    let mut all = Vec::new();
    let right = signature.message;
    let mut add = |message: &[SignedPart], what: String| {
        let fix = if what.ends_with("left out") { ALL_PARTS } else { ORDER };
        all.push(Deviation::new(Formula::of(message.iter().map(term).collect()), what, fix));
    };
    // The two callbacks of one platform have the time at different ends.
    let mut rotated = right.to_vec();
    if let [.., SignedPart::Time] = rotated.as_slice() {
        rotated.rotate_right(1);
        add(&rotated, "the time stands first, as in the recording callback".into());
        rotated.rotate_left(1);
    }
    if let [SignedPart::Time, ..] = rotated.as_slice() {
        rotated.rotate_left(1);
        add(&rotated, "the time stands last, as in the push callback".into());
        let url = |part: &SignedPart| matches!(part, SignedPart::Field(name) if name.ends_with("_url"));
        let push: Vec<SignedPart> = rotated.iter().copied().filter(|part| !url(part)).collect();
        add(&push, "it is signed in the field order of the push callback".into());
    }
    let name = |part: &SignedPart| match part {
        SignedPart::Key => "key".to_owned(),
        SignedPart::Time => "time".to_owned(),
        SignedPart::Field(name) => (*name).to_owned(),
        SignedPart::Body => "body".to_owned(),
        SignedPart::Id => "id".to_owned(),
        SignedPart::Host => "host".to_owned(),
        SignedPart::Text(text) => format!("`{text}`"),
        _ => "text".to_owned(),
    };
    for (a, b) in pairs(right.len()) {
        let mut swapped = right.to_vec();
        swapped.swap(a, b);
        if let (Some(first), Some(second)) = (right.get(a), right.get(b)) {
            add(&swapped, format!("{} and {} are swapped", name(first), name(second)));
        }
    }
    for (n, part) in right.iter().enumerate().filter(|_| right.len() > 2) {
        let without: Vec<SignedPart> =
            right.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, part)| *part).collect();
        add(&without, format!("{} was left out", name(part)));
    }
    let reversed: Vec<SignedPart> = right.iter().rev().copied().collect();
    add(&reversed, "the parts are signed in the opposite order".into());
    let mut sorted = right.to_vec();
    sorted.sort_by(|a, b| {
        let field = |part| if matches!(part, &SignedPart::Time) { time_field.to_owned() } else { name(part) };
        field(a).cmp(&field(b))
    });
    add(&sorted, "the parts are signed in the alphabetical order of their names".into());
    all
}

/// Every pair of places.
fn pairs(length: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..length).flat_map(move |a| (a + 1..length).map(move |b| (a, b)))
}

/// The right parts with something between or around them.
pub(super) fn joined(right: &Formula, time_field: &str) -> Vec<Deviation<Formula>> {
    let mut all = Vec::new();
    let last = right.terms.len().saturating_sub(1);
    for (separator, name) in SEPARATORS {
        let terms = right.terms.iter().enumerate().flat_map(|(n, term)| {
            [Some(term.clone()), (n < last).then(|| text(separator))].into_iter().flatten()
        });
        all.push(Deviation::new(
            Formula::of(terms.collect()),
            format!("the parts were joined with {name} between them"),
            JOIN,
        ));
    }
    let name = |term: &FormulaTerm| match term {
        FormulaTerm::Time => time_field.to_owned(),
        FormulaTerm::Field(name) => name.clone(),
        _ => "key".to_owned(),
    };
    let mut sorted = right.terms.clone();
    sorted.sort_by_key(name);
    for (terms, order) in [(&right.terms, ""), (&sorted, ", in the alphabetical order of the names")] {
        for between in ["&", ""] {
            let named = terms.iter().enumerate().flat_map(|(n, term)| {
                [text(format!("{}{}=", if n > 0 { between } else { "" }, name(term))), term.clone()]
            });
            all.push(Deviation::new(
                Formula::of(named.collect()),
                format!("the parts were signed with their names, as name=value{between}name=value{order}"),
                JOIN,
            ));
        }
    }
    if !right.terms.contains(&FormulaTerm::Key) {
        let before = [FormulaTerm::Key].into_iter().chain(right.terms.iter().cloned());
        all.push(Deviation::new(Formula::of(before.collect()), "the key was put before the parts", FORMULA));
        let after = right.terms.iter().cloned().chain([FormulaTerm::Key]);
        all.push(Deviation::new(Formula::of(after.collect()), "the key was put behind the parts", FORMULA));
    }
    all
}
