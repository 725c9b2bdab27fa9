"""Signal: what others are told when a number changes; written once, for every stream to read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache

from jiebang.domain.history import Turn
from jiebang.domain.letter import Event, Letter
from jiebang.domain.number import Number, keyed_text
from jiebang.domain.span import Span
from jiebang.domain.stream import Stream
from jiebang.domain.tenure import Tenures


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One fact for every stream: nobody holds the number any more, or somebody else does."""

    number: Number
    event: Event
    at: Span
    """When it happened, as honestly as the carrier knows it."""

    def holds(self, line: Tenures) -> bool:
        """Whether it is true of its number's tenures; of what was taken back, it is not."""
        if self.event is Event.NUMBER_DISCONNECTED:
            return any(one.until == self.at for one in line)
        return any(one.since == self.at for one in line[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A signal as it is kept: with its place in the order in which signals are told."""

    seq: int
    signal: Signal
    told_at: datetime
    zone: tzinfo = UTC
    """Where the days of the carrier that reported it begin and end."""

    @property
    def id(self) -> str:
        """Name the signal, the same for every platform: what a platform did about it is reported by this."""
        return f"{_PREFIX}{self.seq}"

    @property
    def happened_on(self) -> date | None:
        """The day where its carrier is, of several the one in their middle; `None` where none is known."""
        return _day(self.signal.at, self.zone)


_PREFIX = "sig_"


def signals_of(turns: Iterable[Turn]) -> list[Signal]:
    """Decide what to tell of the turns that numbers have taken, in their order."""
    return [signal for turn in turns if (signal := signal_of(turn)) is not None]


def signal_of(turn: Turn) -> Signal | None:
    """
    Decide what others must be told, from a number's tenures before a change and after it.

    `number-disconnected` when the last tenure has ended and had not before: aging begins. RISC's
    `identifier-recycled` when another tenure has begun: at assignment, never at release, and never
    for a holder who comes back. Nothing else is told.
    """
    number, before, after = turn
    grown = len(after) > len(before)
    if after and after[-1].until is not None:
        ended = grown or (len(after) == len(before) and before[-1].until is None)
        return newest_of(number, after) if ended else None
    return newest_of(number, after) if grown else None


def newest_of(number: Number, line: Tenures) -> Signal | None:
    """Say the newest that there is to tell of a number's tenures; `None` where it has had one holder only."""
    if not line:
        return None
    last = line[-1]
    if last.until is not None:
        return Signal(number=number, event=Event.NUMBER_DISCONNECTED, at=last.until)
    if len(line) == 1:
        return None
    return Signal(number=number, event=Event.IDENTIFIER_RECYCLED, at=last.since)


def doubtful(turns: Iterable[Turn]) -> dict[Number, Tenures]:
    """
    Find the numbers of which something that was told may be true no more, with their tenures as they are now.

    There are few: most turns end the last tenure or begin another, and leave what was as it was.
    """
    found: dict[Number, Tenures] = {}
    for turn in turns:
        if turn.number in found or _undoes(turn):
            found[turn.number] = turn.after
    return found


def _undoes(turn: Turn) -> bool:
    """Whether an end or a beginning is gone with a turn, or may be."""
    _, before, after = turn
    earlier = len(before) - 1
    if earlier < 0:
        return False
    if len(after) <= earlier or after[:earlier] != before[:earlier]:
        return True
    last, same = before[earlier], after[earlier]
    return same.since != last.since or last.until not in {None, same.until}


def letter_of(told: Told, stream: Stream) -> Letter:
    """Write a signal to one stream. Its `jti` follows from both: nothing is kept for each platform."""
    signal = told.signal
    said = {"signal_id": told.id, **_said(signal.event, signal.at, zone=told.zone)}
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
    return keyed_text(f"{stream_id} {number.e164}", secret=secret)


# Days come again and again: a country's numbers are told of by the hundred thousand on each.
@lru_cache(maxsize=1 << 12)
def _said(event: Event, at: Span, *, zone: tzinfo) -> Mapping[str, object]:
    """Write what a letter says besides its signal's name."""
    ends = {"not_before": at.not_before, "not_after": at.not_after}
    happened = {name: None if end is None else end.isoformat() for name, end in ends.items()}
    if event is not Event.NUMBER_DISCONNECTED:
        return {"happened": happened}
    day = _day(at, zone)
    return {"happened": happened, "disconnected_on": None if day is None else day.isoformat()}


def _day(at: Span, zone: tzinfo) -> date | None:
    if at.not_before is None or at.not_after is None:
        return None
    return (at.not_before + (at.not_after - at.not_before) / 2).astimezone(zone).date()


def _seq(name: str) -> int | None:
    return int(name) if name.isascii() and name.isdigit() and len(name) < 19 else None  # noqa: PLR2004 - 63 bits
