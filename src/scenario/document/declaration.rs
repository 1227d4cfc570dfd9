//! The file of a declared provider: the same tree with places, in which nothing is filled in.

use super::{Document, Filler, Node, Problem, Secrets, Source, read};
use crate::scenario::hiding::hide_vectors;

/// Characters of the shortest key of a vector that is kept out of messages.
const SHORTEST: usize = 6;

impl Document {
    /// Reads YAML. `${NAME}` stands for itself: the file says the same to everybody.
    ///
    /// # Errors
    /// The first syntax error.
    pub fn declaration(source: Source) -> Result<Self, (Source, Vec<Problem>)> {
        let (source, raw) = read(source)?;
        let mut filler =
            Filler { text: &source.text, environment: None, problems: Vec::new(), taken: Vec::new() };
        let mut root: Node = filler.fill(raw, super::AliasPlace::Outside);
        let (text, keys) = hide_vectors(&mut root, &source.text);
        let secrets = Secrets::default();
        // A shorter one is a part of other words, and no secret.
        keys.iter().filter(|key| key.len() >= SHORTEST).for_each(|key| secrets.key(key));
        Ok(Self { source: Source { text, ..source }, root, taken: Vec::new(), secrets })
    }
}
