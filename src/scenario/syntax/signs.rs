//! Signs of YAML in a text that may not be YAML: brackets, and texts in quotes.

use std::ops::Range;

/// A sign that has a meaning in YAML where it stands: outside of quotes and comments.
pub(super) struct Sign {
    pub(super) of: char,
    pub(super) start: usize,
    /// Brackets around it.
    pub(super) depth: usize,
}

/// The signs of a text, in their order.
pub(super) struct Signs<'a> {
    text: std::iter::Peekable<std::str::CharIndices<'a>>,
    depth: usize,
    before: char,
    /// The last that is no space; of a line that begins, its end.
    solid: char,
    /// Place of a quote that was not closed.
    pub(super) open_quote: Option<usize>,
    /// The last text in quotes.
    pub(super) last_quoted: Option<Range<usize>>,
    /// Texts in double quotes, from one quote to the other.
    pub(super) double_quoted: Vec<Range<usize>>,
}

impl<'a> Signs<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            text: text.char_indices().peekable(),
            depth: 0,
            before: '\n',
            solid: '\n',
            open_quote: None,
            last_quoted: None,
            double_quoted: Vec::new(),
        }
    }

    /// Steps over a text in quotes, of which the first has been read.
    fn skip_quoted(&mut self, start: usize, quote: char) {
        while let Some((end, c)) = self.text.next() {
            match c {
                '\\' if quote == '"' => {
                    self.text.next();
                }
                c if c == quote => {
                    self.last_quoted = Some(start..end);
                    if quote == '"' {
                        self.double_quoted.push(start..end);
                    }
                    return;
                }
                _ => {}
            }
        }
        self.open_quote = Some(start);
    }
}

impl Iterator for Signs<'_> {
    type Item = Sign;

    fn next(&mut self) -> Option<Sign> {
        loop {
            let (start, c) = self.text.next()?;
            let before = std::mem::replace(&mut self.before, c);
            let solid =
                if c == ' ' || c == '\t' { self.solid } else { std::mem::replace(&mut self.solid, c) };
            match c {
                // In the middle of a word it is an apostrophe.
                '"' | '\'' if " \n\t[{,:".contains(before) && "\n[{,:-".contains(solid) => {
                    self.skip_quoted(start, c)
                }
                '#' if before.is_whitespace() => while self.text.next_if(|(_, c)| *c != '\n').is_some() {},
                '{' if before == '$' => {
                    while self.text.next_if(|(_, c)| *c != '}' && *c != '\n').is_some() {}
                    self.text.next_if(|(_, c)| *c == '}');
                }
                '{' | '[' => {
                    self.depth += 1;
                    return Some(Sign { of: c, start, depth: self.depth });
                }
                '}' | ']' => {
                    self.depth = self.depth.saturating_sub(1);
                    return Some(Sign { of: c, start, depth: self.depth });
                }
                '!' if " \n\t[{,:".contains(before) && "\n[{,:-".contains(solid) => {
                    return Some(Sign { of: c, start, depth: self.depth });
                }
                '$' => return Some(Sign { of: c, start, depth: self.depth }),
                _ => {}
            }
        }
    }
}
