"""Choice: what a holder has decided about a record without ordering anything; remembered for the tenure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from jiebang.domain.binding import Origin
from jiebang.domain.errors import NotAllowed


class NotInDoubt(NotAllowed):
    """The dates show whose this record is; nobody has to say it."""


class Choice(StrEnum):
    """What a holder can decide."""

    MINE = "mine"
    """An uncertain record is theirs: nothing happens to it. It does not become certain by that."""
    MOVED = "moved"
    """They have put another number in the place of this one, at the platform itself."""
    KEPT = "kept"
    """They know that the record stays on a number that they give up."""


_OPEN = {
    Choice.MINE: frozenset({Origin.UNCERTAIN}),
    Choice.MOVED: frozenset({Origin.OWN, Origin.UNCERTAIN}),
    Choice.KEPT: frozenset({Origin.OWN, Origin.UNCERTAIN}),
}
"""Of whose records each can be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A choice about one record, and when it was made."""

    platform_id: str
    handle: str
    choice: Choice
    at: datetime


def standing(chosen: Chosen | None, *, ordered_at: datetime | None) -> Choice | None:
    """What a holder has said of a record stands until they order something about it."""
    if chosen is None or (ordered_at is not None and chosen.at <= ordered_at):
        return None
    return chosen.choice


def check_choice(choice: Choice, origin: Origin) -> None:
    """Refuse with `NotInDoubt` to decide what is not theirs to decide, and to call mine what is certain."""
    if choice not in choices(origin):
        raise NotInDoubt


def choices(origin: Origin) -> frozenset[Choice]:
    """What can be said of a record, by whose it is."""
    return frozenset(choice for choice, origins in _OPEN.items() if origin in origins)
