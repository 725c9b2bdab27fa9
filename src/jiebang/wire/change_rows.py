"""A carrier's words for one change, read: the same in a file's row and in an event's data."""

from datetime import UTC, date, datetime, tzinfo

from jiebang.domain.errors import NotANumber, NotASpan
from jiebang.domain.number import parse
from jiebang.domain.span import Span, day, instant
from jiebang.domain.tenure import Change, ChangeKind

COLUMNS = ("number", "change", "at", "holder")
"""What every row has."""
TAKES_BACK = "takes_back"
"""What a row has besides, in a file with corrections."""
BAD_TIME = "the time must be a day, two days with a slash between, or an instant with its offset from UTC"
"""Why a row is refused whose time cannot be read."""
_LONGEST_HOLDER = 128
_DAYS_KEPT = 100_000
_KINDS = {kind.value: kind for kind in ChangeKind}
_CORRECTED = ChangeKind.CORRECTED
_NAMED = ", ".join(ChangeKind)

At = str | date | datetime


class Reading:
    """How one carrier's changes are read: where its days begin and end, and who it is."""

    def __init__(self, zone: tzinfo, *, carrier_id: str | None = None) -> None:
        """Begin to read; days come again and again, and are worked out once."""
        self._zone, self._carrier_id = zone, carrier_id
        self._spans: dict[At, Span] = {}

    def change(  # noqa: PLR0917 - a row's columns, in their order
        self, number: str, kind: str, at: At, holder: str | None, takes_back: str | None = None
    ) -> Change:
        """Read one change; raises `ValueError` or `NotANumber`, with a reason that repeats nothing."""
        if number[:1] != "+":
            raise NotANumber
        said = _KINDS.get(kind)
        if said is None:
            raise ValueError(f"the change must be one of {_NAMED}")
        if holder and (len(holder) > _LONGEST_HOLDER or not holder.isprintable()):
            raise ValueError(f"the holder must be at most {_LONGEST_HOLDER} printable characters")
        taken = _taken_back(said, takes_back) if takes_back or said is _CORRECTED else None
        span = self._spans.get(at) or self._span(at)
        return Change(parse(number), said, span, holder or None, taken, self._carrier_id)

    def _span(self, at: At) -> Span:
        span = _span(at, self._zone) if isinstance(at, str) else _typed(at, self._zone)
        if len(self._spans) >= _DAYS_KEPT:
            self._spans.clear()
        self._spans[at] = span
        return span


def _taken_back(said: ChangeKind, kind: str | None) -> ChangeKind:
    if said is not _CORRECTED:
        raise ValueError("only a correction takes something back")
    taken = _KINDS.get(kind or "")
    if taken is None or taken is ChangeKind.CORRECTED:
        raise ValueError("a correction must say which change it takes back, and not another correction")
    return taken


def _typed(at: date | datetime, zone: tzinfo) -> Span:
    """Read a time that comes as a date or a timestamp, as columnar files have them."""
    try:
        if not isinstance(at, datetime):
            return day(at, zone)
        if at.tzinfo is not None:
            return instant(at.astimezone(UTC))
    except (NotASpan, OverflowError):
        pass  # refused with the same sentence
    raise ValueError(BAD_TIME)


def _span(text: str, zone: tzinfo) -> Span:
    first, slash, last = text.partition("/")
    try:
        begun = day(date.fromisoformat(first), zone)
        if not slash:
            return begun
        return Span(begun.not_before, day(date.fromisoformat(last), zone).not_after)
    except (NotASpan, ValueError):
        pass  # not a day of the calendar: an instant, or nothing that we can read
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return instant(at.astimezone(UTC))
    except (OverflowError, ValueError):
        pass  # refused with the same sentence
    raise ValueError(BAD_TIME)
