"""
Random histories of several numbers: what happened, how carriers tell of it, and what they get wrong.

Two kinds. Of a *life* it is known what happened, because the reports are drawn from it: told late, twice,
out of order, wrongly and taken back, they must still add up to it. A *muddle* is anything at all that
carriers could say; of it only the domain knows what it comes to.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from hypothesis import strategies as st

from jiebang.domain.number import Number
from jiebang.domain.span import Span, day, instant
from jiebang.domain.tenure import Change, ChangeKind, Tenure
from tests.build import BEIJING
from tests.chance import instants

NUMBERS = [
    Number(f"+{digits}")
    for digits in (8613800138000, 8613800138001, 4930901820, 491512345678, 12015550123)
]  # fmt: skip
"""Of three plans and several lengths; two lie side by side."""
HERE, THERE = "par_carrier", "par_elsewhere"
"""Two carriers, in two time zones."""

_QUIET = (ChangeKind.PORTED, ChangeKind.SUSPENDED, ChangeKind.RESUMED)
_START = datetime(2020, 1, 1, tzinfo=UTC)
_HOLDERS = st.sampled_from(["a", "b", None])
"""What carriers call holders: both say "a" and "b", each of people of its own."""
_SOON = st.integers(0, 60).map(lambda hours: timedelta(hours=hours))
_AWAY = st.integers(4, 40).map(lambda days: timedelta(days=days))
"""Long enough that two assignments to one holder are never told in the same words, which are one fact."""
_RESTED = st.integers(95, 200).map(lambda days: timedelta(days=days))
"""Longer than any country's aging, however a day is read."""


def _day(at: datetime) -> Span:
    return day(at.astimezone(BEIJING).date(), BEIJING)


def _days(at: datetime) -> Span:
    return Span(_day(at - timedelta(days=1)).not_before, _day(at + timedelta(days=1)).not_after)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What truly happened from one assignment to the disconnection after it, if there was one."""

    opened: Change
    quiet: tuple[Change, ...]
    closed: Change | None

    @property
    def rest(self) -> list[Change]:
        """What followed the assignment."""
        return [*self.quiet, *([self.closed] if self.closed else [])]

    @property
    def called(self) -> tuple[str | None, str | None]:
        """Which carrier served the number in the end, and what it called the holder when it took it over."""
        taken_over = [change for change in self.quiet if change.kind is ChangeKind.PORTED]
        last = [self.opened, *taken_over][-1]
        return last.carrier_id, last.holder

    def goes_on_with(self, opened: Change) -> bool:
        """Whether an assignment after it is to the same person, as far as can be known."""
        return opened.holder is not None and self.called == (opened.carrier_id, opened.holder)


Life = Sequence[Stretch]


def tenures_of(life: Life) -> list[Tenure]:
    """Tell a life's tenures from what happened, without a replay: a new one for each other holder."""
    found: list[Tenure] = []
    for nth, one in enumerate(life):
        goes_on = nth > 0 and life[nth - 1].goes_on_with(one.opened)
        since = found.pop().since if goes_on else one.opened.at
        carrier_id, holder = one.called
        until = one.closed.at if one.closed else None
        found.append(Tenure(since=since, until=until, holder=holder, carrier_id=carrier_id))
    return found


@dataclass(frozen=True, slots=True)
class Batch:
    """What one carrier reports at once, in a file or over HTTP."""

    changes: tuple[Change, ...]
    in_a_file: bool = False

    @property
    def carrier_id(self) -> str:
        """Who reports."""
        return self.changes[0].carrier_id or HERE


class _Line:
    """One number's days, drawn one after the other; its reports come from who serves it."""

    def __init__(self, draw: st.DrawFn, number: Number) -> None:
        self._draw, self._number, self._at, self.carrier_id = draw, number, _START, HERE

    def happens(
        self, kind: ChangeKind, *, after: st.SearchStrategy[timedelta], holder: str | None = None
    ) -> Change:
        """Let something happen, told as exactly as carriers tell: an instant, a day, some days."""
        self._at += self._draw(after)
        told = self._draw(st.sampled_from([instant, _day, _days]))(self._at)
        return Change(number=self._number, kind=kind, at=told, holder=holder, carrier_id=self.carrier_id)

    def moves(self) -> None:
        """Let the other carrier serve it from here on."""
        self.carrier_id = THERE if self.carrier_id == HERE else HERE

    def rests(self, kind: ChangeKind) -> Change:
        """Let something happen that leaves the holder; who takes a number over may say what it calls them."""
        if kind is not ChangeKind.PORTED:
            return self.happens(kind, after=_SOON)
        self.moves()
        return self.happens(kind, after=_SOON, holder=self._draw(_HOLDERS))


@st.composite
def lives(draw: st.DrawFn, number: Number) -> list[Stretch]:
    """
    Draw what truly happens to a number: up to four assignments, some to whoever had it before.

    A number that rests may go back to the other carrier, which assigns it next.
    """
    line, life = _Line(draw, number), list[Stretch]()
    holders = draw(st.lists(_HOLDERS, min_size=1, max_size=4))
    for nth, holder in enumerate(holders):
        if draw(st.booleans()):
            line.moves()
        returns = bool(life) and holder is not None and life[-1].called == (line.carrier_id, holder)
        opened = line.happens(ChangeKind.ASSIGNED, after=_AWAY if returns else _RESTED, holder=holder)
        quiet = tuple(line.rests(kind) for kind in draw(st.lists(st.sampled_from(_QUIET), max_size=2)))
        ends = nth + 1 < len(holders) or draw(st.booleans())
        closed = line.happens(ChangeKind.DISCONNECTED, after=_SOON) if ends else None
        life.append(Stretch(opened, quiet, closed))
    return life


_Slip = Callable[[Stretch, Stretch | None, int, int], list[Change]]
"""How a stretch is told, given the one that follows, how much of it comes before the slip, and some hours."""


def _taken_back(wrong: Change) -> Change:
    return wrong._replace(kind=ChangeKind.CORRECTED, takes_back=wrong.kind)


def _slipped(at: Span, hours: int) -> Span:
    """Move a time by some hours, and to an instant at which nothing truly happens."""
    assert at.not_before is not None
    return instant(at.not_before + timedelta(hours=hours, microseconds=1))


def _late(one: Stretch, *_: object) -> list[Change]:
    """Tell what is of no consequence after everything else; who serves the number is of some."""
    ported = [change for change in one.quiet if change.kind is ChangeKind.PORTED]
    others = [change for change in one.quiet if change.kind is not ChangeKind.PORTED]
    return [one.opened, *ported, *one.rest[len(one.quiet) :], *others]


def _again(one: Stretch, *_: object) -> list[Change]:
    return [one.opened, *one.rest, one.opened, *one.rest]


def _next_first(one: Stretch, following: Stretch | None, *_: int) -> list[Change]:
    """Tell of the next assignment before the disconnection; it cannot be taken in, and is told again."""
    early = following is not None and not one.goes_on_with(following.opened)
    return [one.opened, *one.quiet, *([following.opened] if following and early else []), *one.rest]


def _wrong_holder(one: Stretch, _: Stretch | None, place: int, __: int) -> list[Change]:
    return _wrong_at_first(one, one.opened._replace(holder="wrong"), place)


def _wrong_time(one: Stretch, _: Stretch | None, place: int, hours: int) -> list[Change]:
    # What is kept out is told again; a port by then too late, and whoever took the number over not known.
    ported = [nth for nth, change in enumerate(one.quiet) if change.kind is ChangeKind.PORTED]
    wrong = one.opened._replace(at=_slipped(one.opened.at, hours))
    return _wrong_at_first(one, wrong, min([place, *ported]))


def _wrong_at_first(one: Stretch, wrong: Change, place: int) -> list[Change]:
    """Take the assignment back after some of what followed it; what that kept out is told again."""
    return [wrong, *one.rest[:place], _taken_back(wrong), one.opened, *one.rest]


def _wrong_end(one: Stretch, _: Stretch | None, __: int, hours: int) -> list[Change]:
    if one.closed is None:
        return [one.opened, *one.rest]
    wrong = one.closed._replace(at=_slipped(one.closed.at, hours))
    return [one.opened, *one.quiet, wrong, _taken_back(wrong), one.closed]


def _never(kind: ChangeKind) -> _Slip:
    """Let either carrier tell of something that never happened, and take it back."""

    def slip(one: Stretch, _: Stretch | None, place: int, hours: int) -> list[Change]:
        beside = [one.opened, *one.rest][min(place, len(one.rest))]
        by = HERE if hours % 2 else THERE
        wrong = beside._replace(
            kind=kind, at=_slipped(beside.at, hours), holder="wrong", carrier_id=by
        )  # fmt: skip
        return [one.opened, *one.rest[:place], wrong, _taken_back(wrong), *one.rest[place:]]

    return slip


_SLIPS: list[_Slip] = [
    lambda one, *_: [one.opened, *one.rest],
    _again, _late, _next_first, _wrong_holder, _wrong_time, _wrong_end,
    _never(ChangeKind.ASSIGNED), _never(ChangeKind.DISCONNECTED), _never(ChangeKind.PORTED),
]  # fmt: skip


@st.composite
def _told(draw: st.DrawFn, life: Life) -> list[Change]:
    """Draw how a life is told: in its order, but for one slip or another on the way."""
    said: list[Change] = []
    for nth, one in enumerate(life):
        slip, place, hours = (
            draw(st.sampled_from(_SLIPS)), draw(st.integers(0, 3)), draw(st.integers(-100, 100))
        )  # fmt: skip
        said += slip(one, life[nth + 1] if nth + 1 < len(life) else None, place, hours)
    return said


@st.composite
def _in_batches(draw: st.DrawFn, said: Iterable[Change]) -> list[Batch]:
    """Cut reports into batches of any size; each is one carrier's."""
    found: list[Batch] = []
    for _, told in groupby(said, key=lambda change: change.carrier_id):
        run = tuple(told)
        while run:
            size = draw(st.integers(1, 8))
            found.append(Batch(run[:size], in_a_file=draw(st.booleans())))
            run = run[size:]
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """What truly happened to each number, and what was reported of it."""

    lives: Mapping[Number, Life]
    batches: list[Batch]


@st.composite
def told_lives(draw: st.DrawFn) -> Told:
    """Draw what happens to up to three numbers, and how it is told, woven together."""
    chosen = draw(st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=3, unique=True))
    lived = {number: draw(lives(number)) for number in chosen}
    left = {number: draw(_told(life)) for number, life in lived.items()}
    turns = draw(st.permutations([number for number, said in left.items() for _ in said]))
    return Told(lived, draw(_in_batches([left[number].pop(0) for number in turns])))


@st.composite
def muddles(draw: st.DrawFn) -> list[Batch]:
    """Draw anything that carriers could say, close together in time; some takes back or repeats the rest."""
    said: list[Change] = []
    kinds = st.sampled_from([*ChangeKind, ChangeKind.ASSIGNED, ChangeKind.DISCONNECTED])
    for what in draw(st.lists(st.sampled_from(["new", "new", "again", "back"]), max_size=20)):
        before = draw(st.sampled_from(said)) if said else None
        if before is None or what == "new":
            kind = draw(kinds)
            takes_back = draw(kinds) if kind is ChangeKind.CORRECTED else None
            said.append(Change(
                number=draw(st.sampled_from(NUMBERS[:3])), kind=kind, takes_back=takes_back,
                at=draw(instants.map(instant) | instants.map(_day)), holder=draw(_HOLDERS),
                carrier_id=draw(st.sampled_from([HERE, HERE, THERE])),
            ))  # fmt: skip
        elif what == "again":
            said.append(before)
        else:
            said.append(_taken_back(before)._replace(holder=draw(st.sampled_from([before.holder, None]))))
    return draw(_in_batches(said))
