"""A number's history is replayed into tenures, and what contradicts it is not taken in."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.domain.admission import admit, aging
from jiebang.domain.history import History
from jiebang.domain.number import parse
from jiebang.domain.policy import Policy
from jiebang.domain.rejections import ChangeRejected, GoesBack, InTheFuture, NotHeld, StillAging, StillHeld
from jiebang.domain.span import Span, day, instant
from jiebang.domain.tenure import Change, ChangeKind, Tenure, present, tenures
from tests.build import HISTORY, NOW, NUMBER, POLICY, change, on
from tests.chance import chance, instants

ASSIGNED, DISCONNECTED = ChangeKind.ASSIGNED, ChangeKind.DISCONNECTED
UNBROKEN = [ChangeKind.PORTED, ChangeKind.SUSPENDED, ChangeKind.RESUMED]
TICK = timedelta(microseconds=1)
RESTLESS = Policy(aging={}, aging_elsewhere=timedelta(0))
ONE, TWO, THREE = on(2019, 1, 7), on(2025, 11, 3), on(2026, 3, 2)
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("history", "lines"),
    [
        ([], []),
        ([change(DISCONNECTED, ONE)], []),
        ([change(ChangeKind.PORTED, ONE)], []),
        ([change(ASSIGNED, ONE, "a")], [Tenure(since=ONE, holder="a")]),
        ([change(ASSIGNED, ONE, "a"), change(ASSIGNED, TWO, "a")], [Tenure(since=ONE, holder="a")]),
        (
            [change(ASSIGNED, ONE, "a"), change(ASSIGNED, TWO, "b")],
            [Tenure(since=ONE, until=TWO, holder="a"), Tenure(since=TWO, holder="b")],
        ),
        (
            [change(ASSIGNED, ONE), change(ASSIGNED, TWO)],  # who they are is not known: not the same
            [Tenure(since=ONE, until=TWO), Tenure(since=TWO)],
        ),
        (
            [change(ASSIGNED, ONE, "a"), change(DISCONNECTED, TWO), change(ASSIGNED, THREE, "a")],
            [Tenure(since=ONE, holder="a")],  # who comes back has never gone
        ),
        (
            [change(ASSIGNED, ONE, "a"), change(DISCONNECTED, TWO), change(DISCONNECTED, THREE)],
            [Tenure(since=ONE, until=TWO, holder="a")],
        ),
        (
            [change(ASSIGNED, ONE, "a"), change(DISCONNECTED, ONE), change(ASSIGNED, ONE, "b")],
            [Tenure(since=ONE, until=ONE, holder="a"), Tenure(since=ONE, holder="b")],
        ),
        (
            [change(DISCONNECTED, ONE), change(ASSIGNED, TWO, "a")],
            [Tenure(since=TWO, holder="a")],
        ),
    ],
)
def test_a_history_is_replayed_into_tenures(history: list[Change], lines: list[Tenure]) -> None:
    assert tenures(history) == lines


HERE, THERE = "par_here", "par_there"


def by(carrier: str, kind: ChangeKind, at: Span, holder: str | None = None) -> Change:
    """What one of two carriers says of the number."""
    return change(kind, at, holder)._replace(carrier_id=carrier)


OPENED = by(HERE, ASSIGNED, ONE, "x")
MOVED = by(THERE, ChangeKind.PORTED, on(2022, 2, 2), "y")
UNNAMED = MOVED._replace(holder=None)


@pytest.mark.parametrize(
    ("line", "again", "same"),
    [
        ([OPENED], by(HERE, ASSIGNED, THREE, "x"), True),
        ([OPENED], by(THERE, ASSIGNED, THREE, "x"), False),  # a reference of its own, to somebody else
        ([OPENED, MOVED], by(THERE, ASSIGNED, THREE, "y"), True),
        ([OPENED, MOVED], by(THERE, ASSIGNED, THREE, "x"), False),
        ([OPENED, MOVED], by(HERE, ASSIGNED, THREE, "x"), False),
        ([OPENED, UNNAMED], by(THERE, ASSIGNED, THREE, "x"), False),
        ([OPENED, UNNAMED], by(THERE, ASSIGNED, THREE), False),
        ([OPENED, by(HERE, ChangeKind.PORTED, TWO)], by(HERE, ASSIGNED, THREE, "x"), True),
        ([OPENED, MOVED, by(HERE, ChangeKind.PORTED, TWO, "z")], by(HERE, ASSIGNED, THREE, "z"), True),
    ],
)
def test_a_reference_is_the_carriers_own_and_the_one_who_takes_the_number_over_brings_its_own(
    line: list[Change], again: Change, *, same: bool
) -> None:
    gone = by(line[-1].carrier_id or HERE, DISCONNECTED, TWO)
    assert (len(tenures([*line, gone, again])) == 1) is same


@pytest.mark.parametrize(("at", "known"), [(TWO, "y"), (THREE, "x")])
def test_a_port_comes_before_an_end_that_it_may_have_come_before(at: Span, known: str) -> None:
    gone = by(HERE, DISCONNECTED, TWO)
    assert [one.holder for one in tenures([OPENED, gone, MOVED._replace(at=at)])] == [known]


def test_a_ported_number_need_not_rest_for_whom_its_new_carrier_knows() -> None:
    soon = by(THERE, ASSIGNED, on(2025, 11, 4), "y")
    gone = History([OPENED, MOVED, by(THERE, DISCONNECTED, TWO)])
    admit(soon, history=gone, now=NOW, policy=POLICY)
    with pytest.raises(StillAging):
        admit(soon._replace(carrier_id=HERE), history=gone, now=NOW, policy=POLICY)


@chance
@given(st.lists(st.tuples(st.integers(0, len(HISTORY)), st.sampled_from(UNBROKEN)), max_size=6))
def test_porting_and_suspension_leave_every_tenure_whole(more: list[tuple[int, ChangeKind]]) -> None:
    history = list(HISTORY)
    for place, kind in more:
        beside = history[min(place, len(history) - 1)]
        history.insert(place, change(kind, beside.at, "somebody else"))
    assert tenures(history) == tenures(HISTORY)


@pytest.mark.parametrize(("reported", "holder"), [(0, None), (1, "earlier"), (2, None), (3, "present")])
def test_who_holds_the_number_is_who_was_assigned_it_last(reported: int, holder: str | None) -> None:
    held = present(HISTORY[:reported])
    assert (held and held.holder) == holder


def test_a_day_and_an_instant_in_it_come_in_the_order_in_which_they_were_reported() -> None:
    gone = [change(ASSIGNED, ONE, "a"), change(DISCONNECTED, instant(NOON))]
    back = change(ASSIGNED, THREE, "a")
    admit(back, history=History(list(gone)), now=NOW, policy=POLICY)
    assert present([*gone, back]) == Tenure(since=ONE, holder="a")


@pytest.mark.parametrize(
    ("history", "change_", "refusal"),
    [
        ([], change(ASSIGNED, instant(NOW + TICK), "a"), InTheFuture),
        ([], change(ASSIGNED, on(2026, 11, 25), "a"), InTheFuture),
        ([], change(ASSIGNED, Span(None, NOW), "a"), InTheFuture),
        (HISTORY[:1], change(DISCONNECTED, on(2019, 1, 6)), GoesBack),
        (HISTORY[:1], change(DISCONNECTED, instant(datetime(2019, 1, 6, 15, tzinfo=UTC))), GoesBack),
        (HISTORY[:1], change(ASSIGNED, TWO, "b"), StillHeld),
        ([change(ASSIGNED, ONE)], change(ASSIGNED, TWO), StillHeld),
        (HISTORY[:2], change(ASSIGNED, on(2025, 11, 4), "b"), StillAging),
        ([], change(DISCONNECTED, ONE), NotHeld),
        *((HISTORY[:2], change(kind, THREE), NotHeld) for kind in [*UNBROKEN, DISCONNECTED]),
    ],
)
def test_what_contradicts_is_rejected_with_its_reason(
    history: Sequence[Change], change_: Change, refusal: type[ChangeRejected]
) -> None:
    with pytest.raises(refusal):
        admit(change_, history=History(list(history)), now=NOW, policy=POLICY)


@pytest.mark.parametrize(
    ("history", "change_"),
    [
        ([], change(ASSIGNED, instant(NOW), "a")),
        ([], change(ASSIGNED, on(2026, 11, 24), "a")),  # the day is not over; it has begun
        (HISTORY[:1], change(DISCONNECTED, ONE)),
        (HISTORY[:1], change(ASSIGNED, TWO, "earlier")),
        (HISTORY[:2], change(ASSIGNED, on(2025, 11, 4), "earlier")),  # somebody comes back: no rest
        *((HISTORY, change(kind, THREE)) for kind in [*UNBROKEN, DISCONNECTED]),
    ],
)
def test_what_can_follow_is_taken_in(history: Sequence[Change], change_: Change) -> None:
    admit(change_, history=History(list(history)), now=NOW, policy=POLICY)


NUMBERS = {"86": "+8613800138055", "1": "+12015550123", "44": "+442079460018"}


@pytest.mark.parametrize(("country", "rest"), [("86", 90), ("1", 45), ("44", 45)])
def test_a_number_rests_as_long_as_its_country_wants_to_the_instant(country: str, rest: int) -> None:
    assert aging(country, POLICY) == timedelta(days=rest)
    number = parse(NUMBERS[country])
    line = [change(ASSIGNED, ONE, "a"), change(DISCONNECTED, instant(NOON))]
    history = [one._replace(number=number) for one in line]
    over = NOON + timedelta(days=rest)
    ready = change(ASSIGNED, instant(over), "b")._replace(number=number)
    admit(ready, history=History(list(history)), now=NOW, policy=POLICY)
    early = ready._replace(at=instant(over - TICK))
    with pytest.raises(StillAging):
        admit(early, history=History(list(history)), now=NOW, policy=POLICY)


def test_days_are_read_as_kindly_as_they_can_be() -> None:
    gone = HISTORY[:2]  # on 3 November 2025: 90 days later is 1 February 2026
    admit(change(ASSIGNED, on(2026, 2, 1), "b"), history=History(list(gone)), now=NOW, policy=POLICY)
    ninety_days_after_its_first_instant = instant(datetime(2026, 1, 31, 16, tzinfo=UTC))
    back = change(ASSIGNED, ninety_days_after_its_first_instant, "b")
    admit(back, history=History(list(gone)), now=NOW, policy=POLICY)
    with pytest.raises(StillAging):
        admit(change(ASSIGNED, on(2026, 1, 31), "b"), history=History(list(gone)), now=NOW, policy=POLICY)


def test_a_change_must_not_lie_before_any_that_is_known() -> None:
    known = [change(ASSIGNED, instant(NOON), "a"), change(ChangeKind.PORTED, THREE)]
    with pytest.raises(GoesBack):
        admit(
            change(DISCONNECTED, instant(NOON - TICK)), history=History(list(known)), now=NOW, policy=POLICY
        )


reports = st.lists(
    st.tuples(
        st.sampled_from(ChangeKind),
        instants.map(instant) | instants.map(lambda at: day(at.date())),
        st.sampled_from(["a", "b", None]),
    ),
    max_size=12,
)


@chance
@given(reports)
def test_what_was_admitted_replays_as_it_was_reported(
    told: list[tuple[ChangeKind, Span, str | None]],
) -> None:
    history: list[Change] = []
    held = False
    for kind, at, holder in told:
        one = Change(number=NUMBER, kind=kind, at=at, holder=holder)
        try:
            admit(one, history=History(list(history)), now=NOW, policy=RESTLESS)
        except ChangeRejected:
            continue
        history.append(one)
        held = {ASSIGNED: True, DISCONNECTED: False}.get(kind, held)
    assert (present(history) is not None) == held
    lines = tenures(history)
    ends = [line.until for line in lines[:-1]]
    assert None not in ends
    assert not any(line.since.surely_before(end) for end, line in zip(ends, lines[1:], strict=True) if end)
