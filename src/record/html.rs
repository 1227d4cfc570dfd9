//! HTML pages as answers: what they say, without how they look.

/// Elements of a page that say nothing of a failure: from a begin to its end.
const SILENT: [(&str, &str); 4] =
    [("<style", "</style>"), ("<script", "</script>"), ("<meta", ">"), ("<link", ">")];

/// A page without its style, its scripts and its metadata; none where it has none of them, or is not a page. Frameworks put the error
/// behind thousands of bytes of style.
pub(super) fn spoken(body: &str) -> Option<String> {
    let lower = body.to_ascii_lowercase();
    let begin = lower.trim_start();
    if !begin.starts_with("<!doctype html") && !begin.starts_with("<html") {
        return None;
    }
    let (mut out, mut at) = (String::new(), 0);
    let next = |from: usize| {
        let found =
            SILENT.iter().filter_map(|(begin, end)| Some((lower.get(from..)?.find(begin)? + from, *end)));
        found.min()
    };
    while let Some((from, end)) = next(at) {
        out.push_str(body.get(at..from)?);
        // A page that was cut within an element has nothing behind it.
        at = lower.get(from..)?.find(end).map_or(body.len(), |length| from + length + end.len());
    }
    (at > 0).then(|| out + body.get(at..).unwrap_or_default()) // The rest may be empty.
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_kept_without_its_style_and_scripts_and_anything_else_as_it_is() {
        let page = "<!DOCTYPE html><head><META charset=x><title>Ärger</title><style>a{}</style></head>é<script>x()</script>!";
        assert_eq!(spoken(page).unwrap(), "<!DOCTYPE html><head><title>Ärger</title></head>é!");
        assert_eq!(spoken("<html><style>never ends").unwrap(), "<html>");
        assert_eq!(spoken("<html><p>plain"), None);
        assert_eq!(spoken(r#"{"code":"<style>"}"#), None);
    }
}
