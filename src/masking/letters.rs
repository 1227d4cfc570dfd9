//! A text as its letters and digits, each with its place.

/// The letters and digits of a text, in lower case.
pub(super) struct Letters {
    pub(super) letters: Vec<u8>,
    /// The first byte of each in the text, and the first behind it.
    places: Vec<(usize, usize)>,
    /// True if there may be escapes among them.
    pub(super) escaped: bool,
}

impl Letters {
    /// Letters as they stand in the text.
    pub(super) fn of(text: &str) -> Self {
        let mut all = Self::with_room(text.len());
        for (at, byte) in text.bytes().enumerate() {
            all.escaped |= matches!(byte, b'%' | b'\\' | b'&');
            all.push(byte, (at, at + 1));
        }
        all
    }

    /// Letters with the escapes undone: `%41`, `\u0041`, `\x41`, `&#65;`, `&#x41;`.
    pub(super) fn undone(text: &str) -> Self {
        let mut all = Self::with_room(text.len());
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let (letter, length) = match byte {
                b'%' | b'\\' | b'&' => escape(bytes, at).unwrap_or((*byte, 1)),
                _ => (*byte, 1),
            };
            all.push(letter, (at, at + length));
            at += length;
        }
        all
    }

    fn with_room(size: usize) -> Self {
        Self { letters: Vec::with_capacity(size), places: Vec::with_capacity(size), escaped: false }
    }

    fn push(&mut self, byte: u8, place: (usize, usize)) {
        if byte.is_ascii_alphanumeric() {
            self.letters.push(byte.to_ascii_lowercase());
            self.places.push(place);
        }
    }

    /// The bytes of the text that these letters take.
    pub(super) fn range(&self, first: usize, behind: usize) -> std::ops::Range<usize> {
        let start = self.places.get(first).map_or(0, |place| place.0);
        let end = behind.checked_sub(1).and_then(|last| self.places.get(last));
        start..end.map_or(start, |place| place.1)
    }
}

/// The character that an escape stands for, and the bytes that it takes.
fn escape(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let rest = bytes.get(at..)?;
    let number = |digits: &[u8], radix| u8::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok();
    match rest {
        [b'%', b'2', b'5', high, low, ..] if high.is_ascii_hexdigit() => {
            Some((number(&[*high, *low], 16)?, 5))
        }
        [b'%', high, low, ..] => Some((number(&[*high, *low], 16)?, 3)),
        [b'\\', b'u', b'0', b'0', high, low, ..] => Some((number(&[*high, *low], 16)?, 6)),
        [b'\\', b'x', high, low, ..] => Some((number(&[*high, *low], 16)?, 4)),
        [b'&', b'#', digits @ ..] => {
            let length = digits.iter().take(8).position(|byte| *byte == b';')?;
            let digits = digits.get(..length)?;
            let value = match digits {
                [b'x' | b'X', digits @ ..] => number(digits, 16)?,
                digits => number(digits, 10)?,
            };
            Some((value, length + 3))
        }
        // An escaped newline and the like is not a letter.
        [b'\\', b'n' | b't' | b'r', ..] => Some((b' ', 2)),
        _ => None,
    }
}
