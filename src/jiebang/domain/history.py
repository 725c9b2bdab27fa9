"""What is known of one number: its changes, and the tenures that they make, kept up from change to change."""

from typing import NamedTuple

from jiebang.domain.number import Number
from jiebang.domain.rejections import GoesBack
from jiebang.domain.span import Span
from jiebang.domain.tenure import (
    Change,
    ChangeKind,
    Tenures,
    continued,
    laid_out,
    place_for,
    replayed,
    tenures,
)


class Turn(NamedTuple):
    """What a change has made of its number's tenures: who is to be told what follows from these alone."""

    number: Number
    before: Tenures
    after: Tenures


class History:
    """
    A number's changes in the order of their reports, replayed into tenures.

    Each change is replayed once, when it is added: a country's carriers report by the million. Only
    where a carrier has taken something back, all of the history is laid out anew.
    """

    __slots__ = ("_begins_last", "_corrected", "changes", "tenures")

    def __init__(self, changes: list[Change]) -> None:
        """Replay what is known; the list is the history's from here on, and grows with it."""
        self.changes = changes
        self.tenures: Tenures = tuple(tenures(changes))
        self._corrected = False
        self._begins_last: Span | None = None
        for change in changes:
            self._note(change)

    def before(self, change: Change) -> Tenures:
        """
        Say what tenures come before the place where a change belongs.

        Refuses with `GoesBack` one that surely lies before what stands, and fits no gap.
        """
        if self._corrected:
            line = laid_out(self.changes)
            stands = [place for place in line[: place_for(change, line)] if isinstance(place, Change)]
            return tuple(replayed(stands))
        if self._begins_last is not None and change.at.surely_before(self._begins_last):
            raise GoesBack
        return self.tenures

    def add(self, change: Change) -> Turn | None:
        """Add a change that can follow; `None` where it leaves every tenure as it was."""
        before = self.tenures
        self.changes.append(change)
        self._note(change)
        self.tenures = tuple(tenures(self.changes)) if self._corrected else continued(before, change)
        return None if self.tenures is before else Turn(change.number, before, self.tenures)

    def _note(self, change: Change) -> None:
        """Keep what tells at once whether another change goes back."""
        self._corrected = self._corrected or change.kind is ChangeKind.CORRECTED
        last = self._begins_last
        if last is None or _begins_after(change.at, last):
            self._begins_last = change.at


def _begins_after(span: Span, other: Span) -> bool:
    return span.not_before is not None and (other.not_before is None or span.not_before > other.not_before)
