"""A list in use: mapped into memory, asked for one number or for millions."""

import mmap
from bisect import bisect_left
from datetime import date
from pathlib import Path

import numpy as np

from jiebang.recycled.days import NOT_COVERED, day_of
from jiebang.recycled.layout import BLOCK, HEAD_BYTES, Codes, Head, Numbers, read_head
from jiebang.recycled.refusals import NotAList
from jiebang.recycled.table import BlockTable

_STRIDE = 1 << 16
"""Numbers are asked for in stretches that stay in a core's own cache; measured, half as fast without."""


class MappedList:
    """A list, read where it lies. Whether it is as signed is for `manifest.check` to say, before."""

    def __init__(self, file: memoryview) -> None:
        """Lay a list over the bytes of its file; refuses with `NotAList` what is not whole."""
        self.head: Head = read_head(file)
        if len(file) != self.head.size:
            raise NotAList
        self.file = file
        # The two bytes before the first block are zero: the place of whatever no block covers.
        stretch = file[HEAD_BYTES - 2 : self.head.keys_at]
        self.codes: Codes = np.frombuffer(stretch, dtype="<u2")
        self.keys: Numbers = np.frombuffer(file[self.head.keys_at :], dtype="<i8")
        self._table: BlockTable | None = None
        self._code_at = stretch.cast("H")
        self._key_at = file[self.head.keys_at :].cast("q")

    def prepare(self) -> None:
        """Build the table that many numbers are found by; the first to ask for many does so anyway."""
        if self._table is None:
            self._table = BlockTable(self.keys)

    def codes_of(self, numbers: Numbers) -> Codes:
        """Give the day code of each number, an E.164 number as an integer."""
        self.prepare()
        assert self._table is not None  # noqa: S101 - what `prepare` is for
        found = np.empty(numbers.size, dtype=np.uint16)
        for start in range(0, numbers.size, _STRIDE):
            places = self._table.places(numbers[start : start + _STRIDE])
            self.codes.take(places, mode="clip", out=found[start : start + _STRIDE])
        return found

    def code(self, number: int) -> int:
        """Give one number's day code."""
        key = number // BLOCK
        at = bisect_left(self._key_at, key)
        if at == len(self._key_at) or self._key_at[at] != key:
            return NOT_COVERED
        return self._code_at[1 + at * BLOCK + number % BLOCK]

    def changed_on(self, number: int) -> date | None:
        """The day on which a number last became someone else's; `None` when it never did."""
        return day_of(self.code(number))

    def block(self, at: int) -> tuple[int, Codes]:
        """Give the block at a place: its key and its codes."""
        return int(self.keys[at]), self.codes[1 + at * BLOCK : 1 + (at + 1) * BLOCK]


def mapped(path: Path) -> memoryview:
    """Map a file into memory for as long as anything lies over it; an empty one is empty bytes."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            return memoryview(b"")
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
