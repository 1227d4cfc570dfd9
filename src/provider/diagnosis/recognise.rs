//! Whose callback a body is, and of which edition, by its fields.

use serde_json::{Map, Value};

use crate::provider::declared::{declare_shipped_of, known};
use crate::provider::field::{Field, FieldSource};
use crate::provider::{Provider, Revision};

/// Whose callback a body is.
#[derive(Clone, Copy)]
pub struct Recognised {
    /// Who sends such bodies.
    pub provider: &'static Provider,
    /// The edition that fits best; of several the newest.
    pub revision: &'static Revision,
    /// The table of its fields that fits best, among those of the provider.
    pub table: usize,
    /// Share of the fields that are the provider's, in tenths.
    pub tenths: usize,
}

/// Fields that a body must have in common with a provider's, of ten.
const ENOUGH: usize = 6;

/// Fields that it must have in common at least: two may have any name, such as `type` and `data`.
const LEAST: usize = 3;

/// The provider and edition of a request: that of the header that bears its signature, if its fields fit, or else of the fields alone.
/// Senders whose files come with the program are among them.
pub fn recognise_request<'a>(
    headers: impl IntoIterator<Item = &'a String>,
    fields: &Map<String, Value>,
) -> Option<Recognised> {
    let headers: Vec<&String> = headers.into_iter().collect();
    declare_shipped_of(&headers);
    let has = |wanted: &str| headers.iter().any(|name| name.eq_ignore_ascii_case(wanted));
    let signs_so = |provider: &&'static Provider| {
        let mut proofs = provider.revisions.iter().filter_map(|revision| revision.reading.proof.header());
        proofs.any(has) && fits(provider, fields)
    };
    let own: Vec<_> = known().iter().copied().filter(signs_so).collect();
    best(own, fields).or_else(|| recognise(fields))
}

/// The provider and edition whose fields these are; none when they are nobody's.
pub fn recognise(fields: &Map<String, Value>) -> Option<Recognised> {
    best(known().to_vec(), fields)
}

/// Which of these providers the fields fit best.
fn best(mut providers: Vec<&'static Provider>, fields: &Map<String, Value>) -> Option<Recognised> {
    // Of those that fit alike the last one counts: a provider that is built in.
    providers.sort_by_key(|provider| provider.declared.is_none());
    let editions = providers
        .into_iter()
        .flat_map(|provider| provider.revisions.iter().map(move |revision| (provider, revision)));
    let fitting = editions.flat_map(|(provider, revision)| {
        let tables = provider.fields.iter().enumerate();
        tables.map(move |(at, table)| (fit(table, revision, fields), (provider, at), revision))
    });
    // Of those that fit alike the last is the newest.
    let ((known, _), (provider, table), revision) =
        fitting.max_by_key(|((known, missing), ..)| (*known, std::cmp::Reverse(*missing)))?;
    let tenths = 10 * known / fields.len().max(1);
    (tenths >= ENOUGH && known >= LEAST).then_some(Recognised { provider, revision, table, tenths })
}

/// True when the fields are enough of this provider's, whoever's they may be besides.
pub fn fits(provider: &Provider, fields: &Map<String, Value>) -> bool {
    let best = |revision| provider.fields.iter().map(move |table| fit(table, revision, fields).0);
    let known = provider.revisions.iter().flat_map(best).fold(0, usize::max);
    known >= LEAST && 10 * known / fields.len().max(1) >= ENOUGH
}

/// Number of fields that are in the table, and number of fields of the table that are missing.
fn fit(table: &[Field], revision: &Revision, fields: &Map<String, Value>) -> (usize, usize) {
    let mut present = table.iter().filter(|field| field.editions.contains(&revision.edition));
    let known = present.clone().filter(|field| fields.contains_key(field.name)).count();
    // Time and signature are there when there is a key.
    let missing = present.by_ref().filter(|field| {
        !matches!(field.value, FieldSource::Time | FieldSource::Signature) && !fields.contains_key(field.name)
    });
    (known, missing.count())
}
