//! Bodies in chunks (RFC 9112, section 7.1).

use crate::number;
use crate::stretch::Stretches;

/// End of a chunked body.
pub(super) enum Chunks {
    /// The last chunk ends after this many bytes.
    End(usize),
    More,
    /// A chunk size that is not a number.
    Bad,
}

/// Content of the chunks, and the place of their end.
pub(super) fn chunks(mut rest: &[u8]) -> (Vec<u8>, Chunks) {
    let whole = rest.len();
    let mut body = Vec::new();
    loop {
        let (start, size) = match httparse::parse_chunk_size(rest) {
            Ok(httparse::Status::Complete(found)) => found,
            Ok(httparse::Status::Partial) => return (body, Chunks::More),
            Err(_) => return (body, Chunks::Bad),
        };
        let data = rest.stretch(start..);
        let size = number::capped::<usize>(size);
        body.extend_from_slice(data.get(..size).unwrap_or(data));
        let Some(after) = data.get(size..) else { return (body, Chunks::More) };
        if size > 0 {
            rest = match after.strip_prefix(b"\r\n") {
                Some(next) => next,
                None if b"\r\n".starts_with(after) => return (body, Chunks::More),
                None => return (body, Chunks::Bad),
            };
            continue;
        }
        // Trailers are read over.
        let end = if after.starts_with(b"\r\n") {
            Some(2)
        } else {
            after.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
        };
        let end = end.map_or(Chunks::More, |end| Chunks::End(whole - after.len() + end));
        return (body, end);
    }
}
