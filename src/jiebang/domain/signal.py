"""Signal: what others are told when a number changes; written once, for every stream to read."""

import hmac
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from jiebang.domain.letter import Event, Letter
from jiebang.domain.number import Number
from jiebang.domain.span import Span
from jiebang.domain.stream import Stream
from jiebang.domain.tenure import Change, ChangeKind, Tenure, tenures

_QUIET = frozenset({ChangeKind.PORTED, ChangeKind.SUSPENDED, ChangeKind.RESUMED})
"""The line changed, the holder did not: nobody is told."""
_SUBJECT_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One fact for every stream: nobody holds the number any more, or somebody else does."""

    number: Number
    event: Event
    at: Span
    """When it happened, as honestly as the carrier knows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A signal as it is kept: with its place in the order in which signals are told."""

    seq: int
    signal: Signal
    told_at: datetime

    @property
    def id(self) -> str:
        """Name the signal, the same for every platform: what a platform did about it is reported by this."""
        return f"{_PREFIX}{self.seq}"

    @property
    def happened_on(self) -> date | None:
        """
        The day that its carrier named, or the day in UTC of an instant; `None` where neither is known.

        The middle of a day is on the same day in UTC, whatever the carrier's zone.
        """
        at = self.signal.at
        if at.not_before is None or at.not_after is None:
            return None
        return (at.not_before + (at.not_after - at.not_before) / 2).date()


_PREFIX = "sig_"


def signal_between(before: Sequence[Tenure], after: Sequence[Tenure]) -> tuple[Event, Span] | None:
    """
    Decide what others must be told, from a number's tenures before a change and after it.

    `number-disconnected` when the last tenure has ended and had not before: aging begins. RISC's
    `identifier-recycled` when another tenure has begun: at assignment, never at release, and never
    for a holder who comes back. Nothing else is told.
    """
    if not after:
        return None
    last, grown = after[-1], len(after) > len(before)
    if last.until is not None:
        held = grown or (len(after) == len(before) and before[-1].until is None)
        return (Event.NUMBER_DISCONNECTED, last.until) if held else None
    if not grown or len(after) == 1 or _returned(after[-2], last):
        return None
    return Event.IDENTIFIER_RECYCLED, last.since


def signals_of(new: Iterable[Change], histories: Mapping[str, Sequence[Change]]) -> list[Signal]:
    """
    Decide what to tell of new changes, each judged with those before it.

    `histories`, by number in E.164, end with them. Of a number's first change nothing is told.
    """
    by_number: dict[Number, int] = defaultdict(int)
    loud: set[Number] = set()
    for change in new:
        by_number[change.number] += 1
        if change.kind not in _QUIET:
            loud.add(change.number)
    return [
        signal for number in by_number if number in loud and len(histories[number.e164]) > 1
        for signal in _signals(number, histories[number.e164], new=by_number[number])
    ]  # fmt: skip


def letter_of(told: Told, stream: Stream) -> Letter:
    """Write a signal to one stream. Its `jti` follows from both: nothing is kept for each platform."""
    signal = told.signal
    said: dict[str, object] = {"signal_id": told.id, "happened": _as_json(signal.at)}
    if signal.event is Event.NUMBER_DISCONNECTED:
        day = told.happened_on
        said["disconnected_on"] = None if day is None else day.isoformat()
    return Letter(
        jti=f"{stream.id}.{told.seq}", platform_id=stream.platform_id, event=signal.event, said=said,
        written_at=told.told_at, leave_at=told.told_at, number=signal.number,
    )  # fmt: skip


def seqs_of(jtis: Iterable[str], stream: Stream) -> list[int]:
    """Find, among letters that a platform speaks of, the signals of this stream."""
    start = f"{stream.id}."
    named = (jti.removeprefix(start) for jti in jtis if jti.startswith(start))
    return [seq for name in named if (seq := _seq(name)) is not None]


def seq_of(signal_id: str) -> int | None:
    """Find a signal's place by its name; `None` where it can be no signal's."""
    return _seq(signal_id.removeprefix(_PREFIX)) if signal_id.startswith(_PREFIX) else None


def subject_of(number: Number, stream_id: str, *, secret: bytes) -> str:
    """
    Write a number as the hub keeps it that a stream was limited to: keyed, and for this stream alone.

    Whoever reads the table without the hub's key learns neither whom a platform knows, nor whom two
    platforms both know. Without a key a hash would hide nothing: there are few numbers.
    """
    digest = hmac.digest(secret, f"{stream_id} {number.e164}".encode(), "sha256")
    return urlsafe_b64encode(digest[:_SUBJECT_BYTES]).decode().rstrip("=")


def _signals(number: Number, history: Sequence[Change], *, new: int) -> Iterable[Signal]:
    known = len(history) - new
    before = tenures(history[:known])
    for end in range(known + 1, len(history) + 1):
        after = tenures(history[:end])
        found = signal_between(before, after)
        if found is not None:
            yield Signal(number=number, event=found[0], at=found[1])
        before = after


def _returned(earlier: Tenure, later: Tenure) -> bool:
    return later.holder is not None and later.holder == earlier.holder


def _as_json(span: Span) -> dict[str, str | None]:
    return {
        "not_before": None if span.not_before is None else span.not_before.isoformat(),
        "not_after": None if span.not_after is None else span.not_after.isoformat(),
    }


def _seq(name: str) -> int | None:
    return int(name) if name.isascii() and name.isdigit() and len(name) < 19 else None  # noqa: PLR2004 - 63 bits
