"""
Digits in a column of text, as integers: eight at a time, without a step of Python for any of them.

A text's last eight characters are one machine word, and the eight before them another. Three multiplications
turn a word of digits into their value, and a few comparisons tell that they were digits. Arrow's own casts
take twice as long, and fail for a whole column when one text in it is no number.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from jiebang.recycled.layout import Numbers

LONGEST = 15
_STRIDE = 1 << 14
"""Texts at a time: what is in between stays in a core's nearest caches."""
_PLUS = 0x2B
_Words = npt.NDArray[np.uint64]
_U = np.uint64
_ZEROS, _SIX, _HIGH = _U(0x3030303030303030), _U(0x0606060606060606), _U(0xF0F0F0F0F0F0F0F0)
_PAIRS, _HUNDREDS, _MILLIONS = _U(0x000000FF000000FF), _U(0x000F424000000064), _U(0x0000271000000001)
_ONE, _EIGHT, _SIXTEEN, _THIRTY_TWO, _SIXTY_THREE = _U(1), _U(8), _U(16), _U(32), _U(63)
_EIGHT_DIGITS = _U(10**8)
_KEEP = np.array([0, *((2**64 - 1) << (64 - 8 * count) & (2**64 - 1) for count in range(1, 9))], dtype=_U)
"""By how many characters of a word belong to the text: its last ones."""


def read_digits(text: pa.StringArray) -> tuple[Numbers, Numbers]:
    """
    Read each text that is digits only, after at most one plus sign; 0 for every other.

    Gives how many digits there are as well; more than `LONGEST` are not read.
    """
    size = len(text)
    found, lengths = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    _, offsets, octets = text.buffers()
    if not size or octets is None or not octets.size:
        return found, lengths
    ends = np.frombuffer(offsets, dtype=np.int32)[text.offset : text.offset + size + 1]
    raw = np.frombuffer(octets, dtype=np.uint8)
    words = (raw if raw.size % 8 == 0 else np.append(raw, np.zeros(-raw.size % 8, dtype=np.uint8))).view(
        "<u8"
    )
    for start in range(0, size, _STRIDE):
        stretch = slice(start, start + _STRIDE)
        found[stretch], lengths[stretch] = _read(raw, words, ends=ends[start : start + _STRIDE + 1])
    if text.null_count:
        found[text.is_null().to_numpy(zero_copy_only=False)] = 0
    return found, lengths


def _read(
    raw: npt.NDArray[np.uint8], words: _Words, *, ends: npt.NDArray[np.int32]
) -> tuple[Numbers, Numbers]:
    lengths = np.diff(ends).astype(np.int64)
    # Where there is no text, what stands there is the next one's.
    lengths -= (raw.take(ends[:-1], mode="clip") == _PLUS) & (lengths > 0)
    last = ends[1:].astype(np.int64)
    last -= 8
    low = _digits_at(words, last, count=lengths)
    last -= 8
    high = _digits_at(words, last, count=lengths - 8)
    # A digit's octet is below ten: no upper half, also after six is added.
    wrong = low + _SIX
    wrong |= low
    wrong |= high
    wrong |= high + _SIX
    wrong &= _HIGH
    value = _value(high)
    value *= _EIGHT_DIGITS
    value += _value(low)
    value[(wrong != 0) | (lengths > LONGEST)] = 0
    return value.view(np.int64), lengths


def _digits_at(words: _Words, at: Numbers, *, count: Numbers) -> _Words:
    """Give the eight digits from each place on, wherever it lies; 0 for those before the last `count`."""
    shift = ((at & 7) << 3).view(np.uint64)
    index = at >> 3
    found: _Words = words.take(index, mode="clip")
    found >>= shift
    index += 1
    rest = words.take(index, mode="clip")
    rest <<= _ONE
    rest <<= _SIXTY_THREE - shift
    found |= rest
    found ^= _ZEROS
    found &= _KEEP.take(count, mode="clip")
    return found


def _value(digits: _Words) -> _Words:
    """Give the value of eight digits; the first is in the lowest octet."""
    value = digits * _U(10)
    value += digits >> _EIGHT
    upper = value >> _SIXTEEN
    upper &= _PAIRS
    upper *= _MILLIONS
    value &= _PAIRS
    value *= _HUNDREDS
    value += upper
    value >>= _THIRTY_TWO
    return value
