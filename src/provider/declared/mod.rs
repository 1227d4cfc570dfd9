//! Providers that a file declares: a sender without a line of Rust. What a file can say is a closed vocabulary; what it says becomes a
//! [`Provider`] like those that are built in, and is there until the program ends.

mod compile;
mod conduct;
mod edition;
mod form;
mod functions;
mod handshake;
mod messages;
mod place;
mod proof;
mod read_by;
mod recorder;
mod sense;
mod shipped;
mod value;
mod vocabulary;
mod words;

use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use sha2::{Digest, Sha256};

use super::{ALL, Provider};
use crate::callback::Encoding;
use crate::problem::{Problem, Source};
use crate::scenario::Document;
use crate::scenario::schema::{self, OWN, check_shape};

pub use compile::Declared;
pub use form::ProviderFile;
pub use functions::{FUNCTIONS, FunctionWord};
pub use messages::DeclaredMessage;
pub use proof::{SampleDifference, compare};
pub use shipped::{SHIPPED, declare_shipped, declare_shipped_of, shipped};
pub use value::DeclaredValue;

/// Sources of the vocabulary, each with its meaning: values, moments and lengths of time.
pub const SOURCES: [&[(&str, &str)]; 3] =
    [vocabulary::Property::MEANINGS, vocabulary::InstantOf::MEANINGS, vocabulary::LengthOf::MEANINGS];

/// Words that stand for what is known only when a message is sent, each with its meaning.
pub const SEALED: &[(&str, &str)] = &[
    ("signature", "the signature"),
    ("time", "the signed time, in Unix seconds"),
    ("sent_ms", "Unix milliseconds of the attempt, in whole seconds"),
];

/// The file that declares a provider.
#[derive(Debug, PartialEq, Eq)]
pub struct DeclaredBy {
    /// Path, for a person.
    pub file: String,
    /// SHA-256 of its text, in hexadecimal digits.
    pub digest: String,
    /// Unknown points of the sender, as the file says.
    pub missing: Vec<String>,
    /// Origin of its name.
    pub from: DeclaredFrom,
}

/// Origin of the name of a provider file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeclaredFrom {
    /// The program itself: the name of the provider is enough.
    Program,
    /// The command line, for every scenario.
    CommandLine,
    /// A scenario, relative to its own file.
    Scenario,
}

/// Every provider that is known: those that are built in, and those that were declared so far.
static KNOWN: LazyLock<RwLock<Arc<[&'static Provider]>>> = LazyLock::new(|| RwLock::new(ALL.into()));

/// Every provider that is known: those that are built in, and those that were declared.
pub fn known() -> Arc<[&'static Provider]> {
    KNOWN.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The JSON Schema of a provider's file; a test holds that it is the one of [`ProviderFile`].
pub const SCHEMA_TEXT: &str = include_str!("../../../docs/provider.schema.json");

/// Reads a file and makes its provider known.
///
/// # Errors
/// Everything that is wrong with it, and the source to show it in.
pub fn declare(source: Source, from: DeclaredFrom) -> Result<&'static Provider, (Source, Vec<Problem>)> {
    let (name, digest) = (source.name.clone(), Encoding::Hex.write(&Sha256::digest(&source.text)));
    let (file, document) = read(source)?;
    let by = DeclaredBy { file: name, digest, missing: file.missing.clone(), from };
    let provider = match compile::provider(&file, by) {
        Ok(provider) => provider,
        Err(problems) => return Err(shown(document, problems)),
    };
    let wrong = proof::wrong_vectors(&file, &provider);
    if !wrong.is_empty() {
        return Err(shown(document, wrong));
    }
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    let mut all = known.to_vec();
    if let Some(earlier) = all.iter().copied().find(|known| known.name == provider.name) {
        let same = |part: fn(&DeclaredBy) -> &str| earlier.declared.map(part) == provider.declared.map(part);
        if same(|by| &by.digest) {
            return Ok(earlier);
        }
        // A file that was changed while it is watched takes the place of what it was.
        if !same(|by| &by.file) {
            let title = format!("another file declares a provider `{}`", provider.name);
            let by = earlier.declared.map_or("", |by| by.file.as_str());
            let problem = Problem::at("provider", title).label(format!("declared by {by}"));
            return Err(shown(document, vec![problem.help("give one of the two another name")]));
        }
        all.retain(|known| known.name != provider.name);
    }
    let provider: &'static Provider = Box::leak(Box::new(provider));
    all.push(provider);
    *known = all.into();
    Ok(provider)
}

/// Reads a file without making its provider known.
///
/// # Errors
/// Everything that is wrong with its shape, and the source to show it in.
pub fn read(source: Source) -> Result<(ProviderFile, Document), (Source, Vec<Problem>)> {
    let document = Document::declaration(source)?;
    let problems = check_shape(&document, &schema::tree(SCHEMA_TEXT));
    if !problems.is_empty() {
        return Err(shown(document, problems));
    }
    let mut tree = document.tree();
    if let Some(root) = tree.as_object_mut() {
        root.retain(|name, _| !name.starts_with(OWN));
    }
    match serde_path_to_error::deserialize(tree) {
        Ok(file) => Ok((file, document)),
        Err(error) => {
            let problem = Problem::at(error.path().to_string(), error.inner().to_string());
            Err(shown(document, vec![problem]))
        }
    }
}

/// Problems with their places, in the order of the file.
fn shown(document: Document, problems: Vec<Problem>) -> (Source, Vec<Problem>) {
    let mut problems: Vec<_> = problems.into_iter().map(|problem| document.point(problem)).collect();
    problems.sort_by_key(|problem| problem.span.as_ref().map_or(0, |span| span.start));
    problems.dedup();
    (document.source, problems)
}

/// True when a word means a file and not a name.
pub fn is_file(word: &str) -> bool {
    let ends = [".yaml", ".yml", ".json"].iter().any(|end| word.ends_with(end));
    ends || word.contains(['/', '\\']) || word.starts_with('@')
}
