"""
Where a number's block lies, for many numbers at once.

Keys are cut into pages by their first digits: one step leads to a page, and another to the block. Pages
without any block are left out, so that a table for one country is as quick as an array and one for the world
still fits. Where keys are so scattered that it would not, they are searched for.
"""

import numpy as np
import numpy.typing as npt

from jiebang.recycled.layout import BLOCK, Numbers

_SHIFTS = range(6, 25)
_MOST = 1 << 24
"""How many steps the tables may have in all, at eight bytes each."""
_NOWHERE = -(1 << 62)
"""So far below zero that any number added to it stays there, and is clipped to the first place."""


class BlockTable:
    """For each number its place in the list's codes; 0 is the place of what no block covers."""

    def __init__(self, keys: Numbers) -> None:
        """Build from a list's keys, ascending."""
        self._keys = keys
        self._homes = _places(keys)
        self._shift = _best_shift(keys)
        if self._shift is None:
            return
        pages, page_of = np.unique(keys >> self._shift, return_inverse=True)
        width = 1 << self._shift
        # The first page is nobody's: what lies in no page is sent there.
        self._pages = np.zeros(int(pages[-1]) + 2, dtype=np.int64)
        self._pages[pages] = (1 + np.arange(pages.size)) * width
        self._steps = np.full((pages.size + 1) * width, _NOWHERE, dtype=np.int64)
        self._steps[(1 + page_of) * width + (keys & (width - 1))] = self._homes

    def places(self, numbers: Numbers) -> Numbers:
        """Give each number's place; to be taken with `mode="clip"`, so that what is nowhere is at 0."""
        at = numbers // BLOCK
        found = self._searched(at) if self._shift is None else self._stepped(at, self._shift)
        found += numbers
        return found

    def _stepped(self, at: Numbers, shift: int) -> Numbers:
        page = self._pages.take(at >> shift, mode="clip")
        at &= (1 << shift) - 1
        at += page
        found: Numbers = self._steps.take(at, mode="clip")
        return found

    def _searched(self, at: Numbers) -> Numbers:
        if not self._keys.size:
            return np.full(at.size, _NOWHERE, dtype=np.int64)
        home = np.searchsorted(self._keys, at)
        near = self._keys.take(home, mode="clip") == at
        return np.where(near, self._homes.take(home, mode="clip"), _NOWHERE)


def _places(keys: Numbers) -> Numbers:
    """What is to be added to a number to have its place: its block's, less its key."""
    return 1 + (np.arange(keys.size, dtype=np.int64) - keys) * BLOCK


def _best_shift(keys: Numbers) -> int | None:
    """How many bits of a key say its place in a page, for the smallest tables; `None` for none."""
    if not keys.size:
        return None
    sizes: npt.NDArray[np.int64] = np.array([_size(keys, shift) for shift in _SHIFTS])
    best = int(np.argmin(sizes))
    return _SHIFTS[best] if sizes[best] <= max(_MOST, 8 * keys.size) else None


def _size(keys: Numbers, shift: int) -> int:
    pages = keys >> shift
    return int(pages[-1]) + (1 + int(np.count_nonzero(np.diff(pages)))) * (1 << shift)
