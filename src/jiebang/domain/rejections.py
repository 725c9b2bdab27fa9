"""Why a carrier's change is not taken: the branch of the tree in `errors.py` that carriers read."""

from jiebang.domain.errors import Refusal


class ChangeRejected(Refusal):
    """The change contradicts what is known."""


class InTheFuture(ChangeRejected):
    """The change lies in the future."""


class GoesBack(ChangeRejected):
    """The change lies before one that was already reported for this number."""


class StillHeld(ChangeRejected):
    """The number was assigned while somebody still held it."""


class StillAging(ChangeRejected):
    """The number was assigned before its aging period was over."""


class NotHeld(ChangeRejected):
    """Only a number that somebody holds can be ported, suspended, resumed or disconnected."""


class NothingToTakeBack(ChangeRejected):
    """There is no such change of this carrier's that could be taken back."""
