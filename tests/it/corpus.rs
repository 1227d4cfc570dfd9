//! The corpus of the fuzz targets, replayed: what was once found stays mended.

use std::collections::BTreeSet;

use crate::stage::file;

#[path = "../fuzz/targets.rs"]
#[expect(unreachable_pub, reason = "fuzz/ builds the same file as a library")]
mod targets;

use targets::{ALL, LONGEST};

#[test]
fn every_file_of_the_corpus_keeps_its_promise() {
    for (name, _) in ALL {
        let mut files: Vec<_> = std::fs::read_dir(file("tests/corpus").join(name))
            .unwrap_or_else(|error| panic!("the target {name} has no corpus: {error}"))
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        assert!(files.len() >= 3, "{name} has only {} files", files.len());
        for path in files {
            let bytes = std::fs::read(&path).unwrap();
            let played = std::panic::catch_unwind(|| targets::run(name, &bytes));
            assert!(played.is_ok(), "{name} breaks its promise on {}", path.display());
        }
    }
}

#[test]
fn the_corpus_is_small_and_every_target_is_built() {
    let names: BTreeSet<String> = ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    let entries = std::fs::read_dir(file("tests/corpus")).unwrap();
    let folders: BTreeSet<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(folders, names);
    let (mut files, mut bytes) = (0, 0);
    for name in &names {
        for entry in std::fs::read_dir(file("tests/corpus").join(name)).unwrap() {
            let length = entry.unwrap().metadata().unwrap().len();
            assert!(length <= LONGEST as u64, "{name}: a file of {length} bytes");
            (files, bytes) = (files + 1, bytes + length);
        }
    }
    assert!(files <= 200 && bytes <= 1 << 20, "{files} files, {bytes} bytes");
    let manifest = std::fs::read_to_string(file("fuzz/Cargo.toml")).unwrap();
    for name in names {
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "fuzz/Cargo.toml does not build {name}");
    }
}
