"""
Digits in a column of text, as integers: eight at a time, without a step of Python for any of them.

A text's last eight characters are one machine word, and the eight before them another. Three multiplications
turn a word of digits into their value, and a few comparisons tell that they were digits. Arrow's own casts
take twice as long, and fail for a whole column when one text in it is no number.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from jiebang.recycled.layout import Numbers

LONGEST = 15
_STRIDE = 1 << 14
"""Texts at a time: what is in between stays in a core's nearest caches."""
_PLUS = 0x2B
Signs = npt.NDArray[np.bool_]
_Words = npt.NDArray[np.uint64]
_U = np.uint64
_ZEROS, _SIX, _HIGH = _U(0x3030303030303030), _U(0x0606060606060606), _U(0xF0F0F0F0F0F0F0F0)
_PAIRS, _HUNDREDS, _MILLIONS = _U(0x000000FF000000FF), _U(0x000F424000000064), _U(0x0000271000000001)
_ONE, _EIGHT, _SIXTEEN, _THIRTY_TWO, _SIXTY_THREE = _U(1), _U(8), _U(16), _U(32), _U(63)
_EIGHT_DIGITS = _U(10**8)
_KEEP = np.array([0, *((2**64 - 1) << (64 - 8 * count) & (2**64 - 1) for count in range(1, 9))], dtype=_U)
"""By how many characters of a word belong to the text: its last ones."""


class Digits(NamedTuple):
    """What texts say, each at its place."""

    values: Numbers
    """0 where there are other characters than digits, or more digits than `LONGEST`."""
    lengths: Numbers
    """How many characters there are, without a plus sign."""
    plus: Signs
    """Whether there is a plus sign before them."""


def read_digits(text: pa.StringArray) -> Digits:
    """Read each text that is digits only, after at most one plus sign; a null is an empty text."""
    size = len(text)
    read = Digits(
        np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.bool_)
    )
    _, offsets, octets = text.buffers()
    if not size or octets is None or not octets.size:
        return read
    ends = np.frombuffer(offsets, dtype=np.int32)[text.offset : text.offset + size + 1]
    raw = np.frombuffer(octets, dtype=np.uint8)
    words = raw[: raw.size // 8 * 8].view("<u8")
    if ends[-1] > words.size * 8:
        # The last texts lie in a word that the column has only a part of.
        words = np.append(raw, np.zeros(-raw.size % 8, dtype=np.uint8)).view("<u8")
    for start in range(0, size, _STRIDE):
        stretch = slice(start, start + _STRIDE)
        found = _read(raw, words, ends=ends[start : start + _STRIDE + 1])
        read.values[stretch], read.lengths[stretch], read.plus[stretch] = found
    if text.null_count:
        null = text.is_null().to_numpy(zero_copy_only=False)
        read.values[null], read.plus[null] = 0, False
    return read


def _read(
    raw: npt.NDArray[np.uint8], words: _Words, *, ends: npt.NDArray[np.int32]
) -> tuple[Numbers, Numbers, Signs]:
    lengths = np.diff(ends).astype(np.int64)
    # Where there is no text, what stands there is the next one's.
    plus = raw.take(ends[:-1], mode="clip") == _PLUS
    plus &= lengths > 0
    lengths -= plus
    high, low = _last_sixteen(words, ends[1:].astype(np.int64))
    low &= _KEEP.take(lengths, mode="clip")
    high &= _KEEP.take(lengths - 8, mode="clip")
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
    return value.view(np.int64), lengths, plus


def _last_sixteen(words: _Words, ends: Numbers) -> tuple[_Words, _Words]:
    """Give the digits before each place, wherever it lies: the eight before the last eight, and these."""
    # Sixteen octets lie in three words; of the one in the middle each half of them has a part.
    shift = ((ends & 7) << 3).view(np.uint64)
    index = ends >> 3
    last = words.take(index, mode="clip")
    index -= 1
    middle = words.take(index, mode="clip")
    index -= 1
    first = words.take(index, mode="clip")
    back = _SIXTY_THREE - shift
    return _joined(first, middle, shift=shift, back=back), _joined(middle, last, shift=shift, back=back)


def _joined(one: _Words, other: _Words, *, shift: _Words, back: _Words) -> _Words:
    found = one >> shift
    rest = other << _ONE
    rest <<= back
    found |= rest
    found ^= _ZEROS
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
