"""
Where a number's block lies, for many numbers at once.

Keys come in clusters (a country, an operator's range), and within a cluster a key leads to its block by one
step into a table. Gaps between clusters are left out as far as memory allows: one hub's country is one
cluster, and the whole world still fits.
"""

import numpy as np
import numpy.typing as npt

from jiebang.recycled.layout import BLOCK, Numbers

_WIDEST_GAP = 1 << 16
_MOST = 1 << 22
"""How many steps a table may have, at eight bytes each, before narrower gaps are left out as well."""
_NOWHERE = -(1 << 62)
"""So far below zero that any number added to it stays there, and is clipped to the first place."""


class BlockTable:
    """For each number its place in the list's codes; 0 is the place of what no block covers."""

    def __init__(self, keys: Numbers) -> None:
        """Build from a list's keys, ascending."""
        starts, ends = _clusters(keys)
        lengths = ends - starts + 3  # one step more on either side, where nothing is
        firsts = np.concatenate(([0], np.cumsum(lengths)))
        self._starts = starts
        self._shift = firsts[:-1] - starts + 1
        self._last = firsts[1:] - 1
        self._steps = np.full(int(firsts[-1]) or 1, _NOWHERE, dtype=np.int64)
        if keys.size:
            home = np.searchsorted(starts, keys, side="right") - 1
            self._steps[keys + self._shift[home]] = 1 + (np.arange(keys.size) - keys) * BLOCK

    def places(self, numbers: Numbers) -> Numbers:
        """Give each number's place; to be taken with `mode="clip"`, so that what is nowhere is at 0."""
        at = numbers // BLOCK
        if self._starts.size == 1:
            at += self._shift[0]
        elif self._starts.size:
            home = np.searchsorted(self._starts, at, side="right")
            home -= 1
            at += self._shift.take(home, mode="clip")
            np.minimum(at, self._last.take(home, mode="clip"), out=at)
        found: Numbers = self._steps.take(at, mode="clip")
        found += numbers
        return found


def _clusters(keys: Numbers) -> tuple[Numbers, Numbers]:
    """Find the first and the last key of each cluster, so that the table stays in its bounds."""
    gaps = np.diff(keys)
    gap = _WIDEST_GAP
    while True:
        breaks: npt.NDArray[np.intp] = np.flatnonzero(gaps > gap)
        starts = keys[np.concatenate(([0], breaks + 1))] if keys.size else keys
        ends = keys[np.concatenate((breaks, [keys.size - 1]))] if keys.size else keys
        if gap == 1 or int((ends - starts + 3).sum()) <= max(_MOST, 4 * keys.size):
            return starts, ends
        gap //= 2
