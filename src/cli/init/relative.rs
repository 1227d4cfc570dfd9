//! Paths from one folder to a file, so that both can be moved together, or checked out elsewhere.

use std::path::{Component, Path, PathBuf};

/// The path of a file from a folder, which need not be there yet; the whole path where there is no way between them.
pub(super) fn between(folder: &Path, file: &Path) -> PathBuf {
    let (folder, file) = (resolved(folder), resolved(file));
    let shared = folder.components().zip(file.components()).take_while(|(one, other)| one == other).count();
    // Two drives of Windows have nothing in common.
    if shared == 0 {
        return file;
    }
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(file.components().skip(shared)).collect()
}

/// The whole path without links in its folders, as far as these are there: `..` behind a link leads elsewhere than it seems.
fn resolved(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = whole.ancestors().skip(1).find_map(|above| Some((above, above.canonicalize().ok()?)));
    let Some((above, real)) = folder else { return whole };
    let rest = whole.strip_prefix(above).unwrap_or(&whole);
    let mut found = real;
    for part in rest.components() {
        match part {
            Component::ParentDir => drop(found.pop()),
            other => found.push(other),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_from_a_folder_that_is_not_there_yet() {
        for (folder, file, expected) in [
            ("hookreel", "acme.yaml", "../acme.yaml"),
            ("new/hookreel", "acme.yaml", "../../acme.yaml"),
            ("new/../hookreel", "vendors/acme.yaml", "../vendors/acme.yaml"),
            ("hookreel", "hookreel/acme.yaml", "acme.yaml"),
        ] {
            let expected: PathBuf = expected.split('/').collect();
            assert_eq!(between(Path::new(folder), Path::new(file)), expected, "{folder} {file}");
        }
    }
}
