"""Has this number changed hands since a day? What may be told of that, and never when it did."""

from collections.abc import Sequence
from enum import StrEnum

from jiebang.domain.errors import Malformed
from jiebang.domain.span import Span
from jiebang.domain.tenure import Change, Tenure, tenures


class DayInTheFuture(Malformed):
    """Nobody can know what will have happened on a day that has not begun."""


class Recycling(StrEnum):
    """What is told of one number and one day (the words of the reassigned-numbers database, and one more)."""

    YES = "yes"
    NO = "no"
    NO_DATA = "no_data"
    UNASSIGNED = "unassigned"


def recycled_since(history: Sequence[Change], day: Span) -> Recycling:
    """
    Say whether a number has come to its present holder after a day.

    `no_data` where nothing is known of the number, `unassigned` where nobody holds it now.
    """
    known = tenures(history)
    if not known:
        return Recycling.NO_DATA
    if known[-1].until is not None:
        return Recycling.UNASSIGNED
    return Recycling.YES if holder_changed(known[-1], day) else Recycling.NO


def holder_changed(tenure: Tenure, since: Span) -> bool:
    """
    Whether the number has come to its present holder after a time, or may have.

    Where the two may have been at the same time, as of a day's assignment and that day, it has not
    (CAMARA number-recycling 0.2: the date of the contract itself is `false`). Where nobody can
    tell, it has: a platform that is told so looks again, and one that is told otherwise does not.
    """
    begun, known = tenure.since.not_after, since.not_after
    return begun is None or known is None or begun > known
