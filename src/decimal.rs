//! Decimal digits, written into room that is there already.

/// Writes the last decimal digits of a number, as many as there is room for. A load does nothing more often.
pub fn write_digits(mut number: u64, out: &mut [u8]) {
    const EIGHT: u64 = 100_000_000;
    let (first, eights) = out.as_rchunks_mut::<8>();
    for places in eights.iter_mut().rev() {
        *places = eight_digits(number % EIGHT);
        number /= EIGHT;
    }
    if first.is_empty() {
        return;
    }
    let digits = eight_digits(number % EIGHT);
    for (place, digit) in first.iter_mut().rev().zip(digits.into_iter().rev()) {
        *place = digit;
    }
}

/// The eight digits of a number below 10^8, all at once: halves of four digits, then quarters of two, then single digits, each in a
/// lane of the word of its own. A multiplication and a shift divide every lane; the numbers in the lanes are small enough for that to
/// be exact.
fn eight_digits(number: u64) -> [u8; 8] {
    let halves = (number / 10_000) | (number % 10_000) << 32;
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let quarters = hundreds | (halves - hundreds * 100) << 16;
    let tens = ((quarters * 103) >> 10) & 0x000f_000f_000f_000f;
    let digits = tens | (quarters - tens * 10) << 8;
    (digits | 0x3030_3030_3030_3030).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digits_fill_the_room_there_is() {
        for (number, room, text) in [
            (0, 3, "000"),
            (7, 1, "7"),
            (1_234_567, 4, "4567"),
            (1_234_567, 5, "34567"),
            (u64::MAX, 20, "18446744073709551615"),
        ] {
            let mut out = vec![b'x'; room];
            write_digits(number, &mut out);
            assert_eq!(out, text.as_bytes());
        }
        for number in (0..100_000_000).step_by(997).chain(0..20_000).chain([99_999_999]) {
            assert_eq!(eight_digits(number), *format!("{number:08}").as_bytes());
        }
    }
}
