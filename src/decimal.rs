//! Digits, written into room that is there already.

/// Writes the last decimal digits of a number, as many as there is room for. A load does nothing more often.
pub fn write_digits(number: u64, out: &mut [u8]) {
    const EIGHT: u64 = 100_000_000;
    // A time in seconds has ten.
    if let Ok([tens, ones, rest @ ..]) = <&mut [u8; 10]>::try_from(&mut *out) {
        let first = number / EIGHT;
        (*tens, *ones) = (digit(first / 10), digit(first));
        *rest = eight_digits(number % EIGHT);
        return;
    }
    in_eights::<EIGHT>(number, out, eight_digits);
}

/// The last decimal digit of a number.
fn digit(number: u64) -> u8 {
    let [digit, ..] = (number % 10).to_le_bytes();
    b'0' + digit
}

/// The same in hexadecimal digits.
pub fn write_hexadecimal(number: u64, out: &mut [u8]) {
    in_eights::<0x1_0000_0000>(number, out, eight_hexadecimal);
}

/// Writes eight digits at a time, of which so many different ones there are, the last ones first.
fn in_eights<const EIGHT: u64>(mut number: u64, out: &mut [u8], digits: impl Fn(u64) -> [u8; 8]) {
    let (first, eights) = out.as_rchunks_mut::<8>();
    for places in eights.iter_mut().rev() {
        *places = digits(number % EIGHT);
        number /= EIGHT;
    }
    if first.is_empty() {
        return;
    }
    for (place, digit) in first.iter_mut().rev().zip(digits(number % EIGHT).into_iter().rev()) {
        *place = digit;
    }
}

/// The eight hexadecimal digits of a number below 2^32, each in a lane of its own: halves, quarters, digits. Six more than nine is a lane
/// that overflows into its upper half; such a digit is a letter.
fn eight_hexadecimal(number: u64) -> [u8; 8] {
    let halves = (number | number << 16) & 0x0000_ffff_0000_ffff;
    let quarters = (halves | halves << 8) & 0x00ff_00ff_00ff_00ff;
    let digits = (quarters | quarters << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    let letters = ((digits + 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101;
    (digits + 0x3030_3030_3030_3030 + letters * u64::from(b'a' - b'0' - 10)).to_be_bytes()
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
            (1_700_000_089, 10, "1700000089"),
            (987_654_321_012, 10, "7654321012"),
            (u64::MAX, 20, "18446744073709551615"),
        ] {
            let mut out = vec![b'x'; room];
            write_digits(number, &mut out);
            assert_eq!(out, text.as_bytes());
        }
        let mut out = [b'x'; 10];
        write_hexadecimal(0xfed_cba9_8765_4321, &mut out);
        assert_eq!(&out, b"a987654321");
        for number in
            (0..100_000_000).step_by(997).chain(0..20_000).chain([99_999_999, 0xffff_ffff, 0x9a9a_af09])
        {
            assert_eq!(
                eight_digits(number % 100_000_000),
                *format!("{:08}", number % 100_000_000).as_bytes()
            );
            assert_eq!(eight_hexadecimal(number), *format!("{number:08x}").as_bytes());
        }
    }
}
