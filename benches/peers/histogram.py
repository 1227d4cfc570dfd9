"""The times of a record: HdrHistogram's V2 format, compressed, in Base64, read here without its library."""

import base64
import struct
import zlib

# Of three digits: so many steps, of which each octave after the first uses the upper half.
HALF = 1024


def steps(text):
    """(highest time of the step in nanoseconds, count), in order."""
    if not text:
        return
    plain = zlib.decompress(base64.b64decode(text)[8:])
    length, _, digits, lowest = struct.unpack(">IIIQ", plain[4:24])
    assert (digits, lowest, length) == (3, 1, len(plain) - 40), "it is no histogram of hookreel's"
    index = 0
    for number in numbers(plain[40:]):
        if number < 0:
            index -= number
            continue
        if number:
            octave = max(index // HALF - 1, 0)
            place = index - octave * HALF
            yield ((place + 1) << octave) - 1, number
        index += 1


def numbers(data):
    """Zigzag numbers of seven bits a byte, the least first; a ninth byte has eight."""
    number, shift = 0, 0
    for byte in data:
        last = shift == 56
        number |= (byte if last else byte & 0x7F) << shift
        shift += 7
        if last or byte < 0x80:
            yield (number >> 1) ^ -(number & 1)
            number, shift = 0, 0
