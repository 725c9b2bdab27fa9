"""What is known of one number: its changes, and the tenures that they make, kept up from change to change."""

from datetime import datetime
from typing import NamedTuple

from jiebang.domain.number import Number
from jiebang.domain.rejections import GoesBack
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

_CORRECTED = ChangeKind.CORRECTED


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

    __slots__ = ("_corrected", "_latest", "changes", "tenures")

    def __init__(self, changes: list[Change]) -> None:
        """Replay what is known; the list is the history's from here on, and grows with it."""
        self.changes = changes
        self.tenures: Tenures = ()
        self._latest: datetime | None = None
        self._corrected = False
        for change in changes:
            self._replay(change)
        if self._corrected:
            self.tenures = tuple(tenures(changes))

    def before(self, change: Change) -> Tenures:
        """
        Say what tenures come before the place where a change belongs.

        Refuses with `GoesBack` one that surely lies before what stands, and fits no gap.
        """
        if self._corrected:
            line = laid_out(self.changes)
            stands = [place for place in line[: place_for(change, line)] if isinstance(place, Change)]
            return tuple(replayed(stands))
        ended = change.at.not_after
        if self._latest is not None and ended is not None and ended < self._latest:
            raise GoesBack
        return self.tenures

    def add(self, change: Change) -> Turn | None:
        """Add a change that can follow; `None` where it leaves every tenure as it was."""
        before = self.tenures
        self.changes.append(change)
        self._replay(change)
        if self._corrected:
            self.tenures = tuple(tenures(self.changes))
        return None if self.tenures is before else Turn(change.number, before, self.tenures)

    def _replay(self, change: Change) -> None:
        begun = change.at.not_before
        if begun is not None and (self._latest is None or begun > self._latest):
            self._latest = begun  # what surely lies before this, goes back
        if change.kind is _CORRECTED:
            self._corrected = True
        self.tenures = continued(self.tenures, change)
