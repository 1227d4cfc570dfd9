//! Rules of a `.gitignore`: the part of gitignore(5) that excludes files which are not scenarios.

use std::rc::Rc;

use crate::stretch::Stretches;

/// The rules of one file, for the paths below its folder.
#[derive(Clone)]
pub(super) struct Ignored(Rc<[Rule]>);

struct Rule {
    /// `!`: what it names is not ignored after all.
    again: bool,
    /// It ends in a slash: folders only.
    folders: bool,
    /// Segments from the folder of the file on; `**` stands for any number of them.
    segments: Vec<String>,
}

impl Ignored {
    /// Reads the text of a `.gitignore`.
    pub(super) fn parse(text: &str) -> Self {
        Self(text.lines().filter_map(rule).collect())
    }

    /// True if a path below its folder is ignored; none = no rule is about it. The last rule decides.
    pub(super) fn ignores(&self, path: &[&str], folder: bool) -> Option<bool> {
        let about = |rule: &&Rule| (folder || !rule.folders) && all_fit(&rule.segments, path);
        self.0.iter().rev().find(about).map(|rule| !rule.again)
    }
}

fn rule(line: &str) -> Option<Rule> {
    let line = line.trim_end_matches(['\r', ' ', '\t']);
    let (again, line) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let folders = line.ends_with('/');
    let pattern = line.trim_end_matches('/');
    let mut segments: Vec<String> =
        pattern.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    // Without a slash inside it is about names at any depth.
    if !pattern.contains('/') {
        segments.insert(0, "**".into());
    }
    (!segments.is_empty()).then_some(Rule { again, folders, segments })
}

/// True if the segments of a pattern fit those of a path. The table of what has fitted so far keeps it from being
/// exponential in the number of `**`.
fn all_fit(pattern: &[String], path: &[&str]) -> bool {
    let mut fits: Vec<bool> = std::iter::once(true).chain(path.iter().map(|_| false)).collect();
    for segment in pattern {
        let mut next = vec![false; fits.len()];
        let mut before = false;
        for (at, slot) in next.iter_mut().enumerate() {
            let here = fits.get(at).copied().unwrap_or(false);
            *slot = if segment == "**" {
                here || before
            } else {
                let fitted = at.checked_sub(1).and_then(|at| Some((fits.get(at)?, path.get(at)?)));
                fitted.is_some_and(|(fits, name)| *fits && fit(segment, name))
            };
            before = *slot;
        }
        fits = next;
    }
    fits.last().copied().unwrap_or(false)
}

/// True if one segment fits a name: `*`, `?`, `[a-z]`, `[!a-z]` and `\`.
fn fit(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // Where the last star stood, and how much of the name it has taken.
    let mut star: Option<(usize, usize)> = None;
    while let Some(c) = name.get(n) {
        match one(&pattern, p, *c) {
            _ if pattern.get(p) == Some(&'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(after) => (p, n) = (after, n + 1),
            None => {
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                (p, n) = (at + 1, taken + 1);
            }
        }
    }
    pattern.stretch(p..).iter().all(|c| *c == '*')
}

/// Index after the part of the pattern that fits the character; none if it does not fit.
fn one(pattern: &[char], at: usize, c: char) -> Option<usize> {
    match pattern.get(at)? {
        '?' => Some(at + 1),
        '\\' => (pattern.get(at + 1) == Some(&c)).then_some(at + 2),
        '[' => {
            let rest = pattern.get(at + 1..)?;
            let not = matches!(rest.first(), Some('!' | '^'));
            let from = usize::from(not);
            let end = rest.iter().skip(from + 1).position(|c| *c == ']')? + from + 1;
            let set = rest.get(from..end)?;
            let range = set.windows(3).any(|w| matches!(w, [a, '-', b] if (*a..=*b).contains(&c)));
            ((range || set.contains(&c)) != not).then_some(at + 1 + end + 1)
        }
        same => (*same == c).then_some(at + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignores(rules: &str, path: &str) -> bool {
        let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        Ignored::parse(rules).ignores(&segments, path.ends_with('/')).unwrap_or(false)
    }

    #[test]
    fn patterns_mean_what_git_says() {
        for (rules, path) in [
            ("*.json", "a.json"),
            ("*.json", "b/c/a.json"),
            ("/a.json", "a.json"),
            ("build/", "build/"),
            ("build/", "x/build/"),
            ("x/*.yaml", "x/a.yaml"),
            ("x/**/a.yaml", "x/a.yaml"),
            ("x/**/a.yaml", "x/y/z/a.yaml"),
            ("**/tmp", "a/b/tmp"),
            ("a?[0-9]", "ab7"),
            ("[!a]b", "cb"),
            ("\\#a", "#a"),
            ("x/**", "x/y/a.yaml"),
            ("!a\na", "a"),
            ("a*b*c*d", "axxbxxcxxd"),
        ] {
            assert!(ignores(rules, path), "{rules} {path}");
        }
        for (rules, path) in [
            ("# a", "# a"),
            ("/a.json", "b/a.json"),
            ("build/", "build"),
            ("x/*.yaml", "x/y/a.yaml"),
            ("x/*.yaml", "y/x/a.yaml"),
            ("a\n!a", "a"),
            ("[!a]b", "ab"),
            ("*.yaml", "a.yml"),
            ("[", "["),
            ("", "a"),
        ] {
            assert!(!ignores(rules, path), "{rules} {path}");
        }
    }

    #[test]
    fn a_pattern_of_stars_is_not_exponential() {
        // A slow one would not come to its end.
        assert!(!ignores(&format!("{}b", "*a".repeat(50)), &"a".repeat(200)));
        assert!(!ignores(&format!("{}b", "**/a/".repeat(50)), "a/".repeat(200).trim_end_matches('/')));
    }
}
