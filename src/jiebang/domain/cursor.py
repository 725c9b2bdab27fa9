"""Cursor: how far a stream has come in what is told to every stream, though it confirms out of order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

Stretch: TypeAlias = tuple[int, int]
"""Signals from one number to another, both included."""

MOST_STRETCHES = 10_000
"""As many confirmations as one poll may hold, were no two of them neighbours."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """
    Everything up to `seq` is settled, and so are the stretches ahead of it, in ascending order.

    What lies between is handed over first, lowest first: so there are never more gaps than one poll
    has letters, however often a platform leaves some unconfirmed.
    """

    seq: int = 0
    ahead: tuple[Stretch, ...] = ()

    def settle(self, seqs: Iterable[int]) -> "Cursor":
        """
        Take confirmations, in whatever order they come; the same again changes nothing.

        Of more stretches than can be kept, those furthest ahead are forgotten: they come again.
        """
        fresh = {(seq, seq) for seq in seqs if seq > self.seq}
        return _closed(self.seq, sorted([*self.ahead, *fresh]))

    def gaps(self) -> Iterator[tuple[int, int | None]]:
        """Give what is not settled: after one number and before another, which is `None` at the end."""
        after = self.seq
        for first, last in self.ahead:
            yield after, first
            after = last
        yield after, None

    def read(self, waiting: Sequence[int], *, until: int) -> "Cursor":
        """
        Take note that, up to a number, nothing is unsettled but what waits, in ascending order.

        What is between them was confirmed, or is not for this stream, or never was.
        """
        edges = [self.seq, *waiting, until + 1]
        between = [(low + 1, high - 1) for low, high in pairwise(edges) if high - low > 1]
        beyond = [(max(first, until + 1), last) for first, last in self.ahead if last > until]
        return _closed(self.seq, [*between, *beyond])


def _closed(seq: int, stretches: Iterable[Stretch]) -> Cursor:
    """Join what touches, and let the cursor go as far as it can."""
    joined: list[Stretch] = []
    for first, last in stretches:
        if first <= seq + 1:
            seq = max(seq, last)
        elif joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return Cursor(seq, tuple(joined[:MOST_STRETCHES]))
