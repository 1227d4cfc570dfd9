//! Parts of a text or of bytes.
//!
//! The ends of a part come from a search in the same text, or from a count of bytes that were read into it, so the part is there. Should
//! it not be, it is empty: the search goes on as at the end of the text, and nobody's run ends for it.

use std::slice::SliceIndex;

/// Something of which parts are taken.
pub trait Stretches {
    /// The part; nothing where it is not in there.
    fn stretch<Range: SliceIndex<Self, Output = Self>>(&self, range: Range) -> &Self;

    /// The part, to be changed.
    fn stretch_mut<Range: SliceIndex<Self, Output = Self>>(&mut self, range: Range) -> &mut Self;
}

impl Stretches for str {
    #[inline]
    fn stretch<Range: SliceIndex<Self, Output = Self>>(&self, range: Range) -> &Self {
        self.get(range).unwrap_or_default() // The page above has the reason.
    }

    #[inline]
    fn stretch_mut<Range: SliceIndex<Self, Output = Self>>(&mut self, range: Range) -> &mut Self {
        self.get_mut(range).unwrap_or_default() // The same.
    }
}

impl<T> Stretches for [T] {
    #[inline]
    fn stretch<Range: SliceIndex<Self, Output = Self>>(&self, range: Range) -> &Self {
        self.get(range).unwrap_or_default() // The same.
    }

    #[inline]
    fn stretch_mut<Range: SliceIndex<Self, Output = Self>>(&mut self, range: Range) -> &mut Self {
        self.get_mut(range).unwrap_or_default() // The same.
    }
}

/// The text before the first of some characters; the whole text where there is none.
pub fn before<'a>(text: &'a str, ends: &[char]) -> &'a str {
    text.split_once(ends).map_or(text, |(before, _)| before)
}

/// The first line of a text, without its end.
pub fn first_line(text: &str) -> &str {
    // An empty text has no line.
    text.lines().next().unwrap_or_default()
}

/// True for a character that nobody sees.
pub fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_not_there_is_empty() {
        assert_eq!(("abc".stretch(1..), "abc".stretch(4..), "ä".stretch(1..)), ("bc", "", ""));
        assert_eq!([1, 2, 3].stretch(1..9), &[0; 0]);
        assert_eq!([1, 2, 3].stretch_mut(..2), &mut [1, 2]);
    }

    #[test]
    fn a_text_ends_before_the_first_mark_and_a_line_before_its_end() {
        assert_eq!((before("a.b[c", &['[', '.']), before("a", &['.'])), ("a", "a"));
        assert_eq!((first_line("a b\r\nc"), first_line("a b"), first_line("")), ("a b", "a b", ""));
    }
}
