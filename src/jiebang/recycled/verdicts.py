"""Verdicts on records: whether the number changed hands after it was bound."""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from jiebang.recycled.bound import NO_DAY
from jiebang.recycled.days import FIRST, NEVER, NOT_COVERED
from jiebang.recycled.layout import Codes, Numbers
from jiebang.recycled.mapped import MappedList


class Verdict(IntEnum):
    """What the list says of one record. The order is that of the summary."""

    CHANGED = 0
    """The number became someone else's on a later day than it was bound."""
    SAME_DAY = 1
    """It was bound on the very day on which the number became someone else's: nobody can tell to whom."""
    NOT_CHANGED = 2
    """It has not changed hands since."""
    NOT_COVERED = 3
    """The list says nothing about this number."""
    NOT_A_NUMBER = 4
    """There can be no such number."""
    NOT_A_DAY = 5
    """The number has changed hands, and the record does not say on which day it was bound."""
    NOT_A_ROW = 6
    """The row has too many values or too few."""


Verdicts = npt.NDArray[np.uint8]


def judge(published: MappedList, numbers: Numbers, *, bound: Codes) -> Verdicts:
    """
    Judge records by their numbers (0: none) and the codes of the days on which they were bound.

    A number that never changed hands has not changed since any day, so its record needs no day.
    """
    codes = published.codes_of(numbers)
    verdicts = np.full(numbers.size, Verdict.NOT_CHANGED, dtype=np.uint8)
    moved = codes >= FIRST
    verdicts[moved & (codes > bound)] = Verdict.CHANGED
    verdicts[moved & (codes == bound)] = Verdict.SAME_DAY
    verdicts[moved & (bound == NO_DAY)] = Verdict.NOT_A_DAY
    verdicts[codes == NOT_COVERED] = Verdict.NOT_COVERED
    verdicts[numbers == 0] = Verdict.NOT_A_NUMBER
    return verdicts


assert NOT_COVERED < NEVER < FIRST  # noqa: S101 - what `judge` counts on
