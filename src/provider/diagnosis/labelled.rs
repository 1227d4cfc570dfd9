//! Signatures with the words around them in their header: `v0=...`, `t=...,v1=...`, `sha256=...`.

/// The shortest text that can be a signature behind a label.
const SHORTEST: usize = 16;

/// The longest label.
const LONGEST: usize = 32;

/// Forms in which a text may hold a signature: what stands behind a label first, the longest first, then entries of a list, then the
/// text itself.
pub(super) fn forms(text: &str) -> Vec<&str> {
    let quotes = ['"', '\'', '`'];
    let whole = text.trim().trim_matches(quotes);
    let text = behind_label(whole, ':').unwrap_or(whole).trim();
    let entries = || text.split([',', ';', ' ']).map(str::trim).filter(|entry| entry.len() >= SHORTEST);
    let mut labelled: Vec<&str> = entries().filter_map(|entry| behind_label(entry, '=')).collect();
    labelled.sort_by_key(|value| std::cmp::Reverse(value.len()));
    let mut all: Vec<&str> = Vec::new();
    for form in labelled.into_iter().chain(entries()).chain([text, whole]) {
        let form = form.trim_matches(quotes);
        if !all.contains(&form) {
            all.push(form);
        }
    }
    all
}

/// Text behind a label: a short word that is no hexadecimal number. The padding of base64 is none.
fn behind_label(text: &str, by: char) -> Option<&str> {
    let (label, value) = text.split_once(by)?;
    let named = label.len() <= LONGEST
        && label.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        && label.contains(|c: char| !c.is_ascii_hexdigit());
    (named && value.trim().len() >= SHORTEST).then(|| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_found_among_the_words_of_its_header() {
        let hex = "4f909bbd0123456789abcdef4f909bbd";
        for text in [
            format!("v0={hex}"),
            format!("t=1583677345,v1={hex}"),
            format!("t=1583677345000, v1={hex}, v0=0123456789abcdef"),
            format!("x-zm-signature: v0={hex}"),
            format!("X-Hub-Signature-256:sha256={hex}"),
            format!("\"md5={hex}\""),
            format!("v1,{hex}"),
        ] {
            assert_eq!(forms(&text).first(), Some(&hex), "{text}");
        }
        for plain in [hex, "T/CQm9ASNFZ4mrze8T==", "4f:90:9b:bd:01:23:45:67", "a.bc-d.ef_gh-ijkl", "x"] {
            assert_eq!(forms(plain), [plain], "{plain}");
        }
    }
}
