//! Every finished file must be in the receiver's store exactly once.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::Finding;

/// Compares the files whose callbacks were accepted with what the receiver stored, by file.
pub fn stored_once(announced: &BTreeSet<String>, stored: &BTreeMap<String, u32>, place: &str) -> Finding {
    let missing = announced.iter().filter(|key| !stored.contains_key(*key)).count();
    let twice = stored.values().filter(|count| **count > 1).count();
    let strange = stored.keys().filter(|key| !announced.contains(*key)).count();
    let ok = missing + twice + strange == 0;
    let actual = if ok {
        each_once(stored.len())
    } else {
        format!(
            "{}: {missing} missing, {twice} more than once, {strange} never announced",
            files(stored.len())
        )
    };
    Finding {
        check: super::check::STORED_ONCE.into(),
        ok,
        expected: each_once(announced.len()),
        actual,
        place: place.to_owned(),
        ..Finding::default()
    }
}

fn files(count: usize) -> String {
    if count == 1 { "1 file".into() } else { format!("{count} files") }
}

fn each_once(count: usize) -> String {
    if count == 1 { "1 file, once".into() } else { format!("{count} files, each once") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(announced: &[&str], stored: &[(&str, u32)]) -> bool {
        let announced = announced.iter().map(|key| (*key).to_owned()).collect();
        let stored = stored.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect();
        stored_once(&announced, &stored, "").ok
    }

    #[test]
    fn a_file_that_is_missing_double_or_strange_is_told() {
        assert!(finding(&["a", "b"], &[("a", 1), ("b", 1)]));
        assert!(!finding(&["a", "b"], &[("a", 1)]));
        assert!(!finding(&["a"], &[("a", 2)]));
        assert!(!finding(&["a"], &[("a", 1), ("c", 1)]));
    }
}
