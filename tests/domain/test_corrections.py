"""A carrier takes back what it said: history stays, and is replayed without it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.domain.admission import admit, judge
from jiebang.domain.history import History
from jiebang.domain.recycling import holder_changed
from jiebang.domain.rejections import ChangeRejected, GoesBack, NotHeld, NothingToTakeBack, StillHeld
from jiebang.domain.span import Span, day, instant
from jiebang.domain.tenure import Change, ChangeKind, Tenure, held_at, present, tenures
from jiebang.domain.verdict import Fate
from tests.build import HISTORY, NOW, NUMBER, POLICY, change, on
from tests.chance import chance, instants

ASSIGNED, DISCONNECTED = ChangeKind.ASSIGNED, ChangeKind.DISCONNECTED
ONE, TWO, THREE = on(2019, 1, 7), on(2025, 11, 3), on(2026, 3, 2)


def back(said: Change) -> Change:
    """Take a change back."""
    return said._replace(kind=ChangeKind.CORRECTED, takes_back=said.kind)


def taken(*changes: Change) -> list[Change]:
    """Keep what is admitted of a sequence of reports; all of it must be."""
    history: list[Change] = []
    for one in changes:
        admit(one, history=History(list(history)), now=NOW, policy=POLICY)
        history.append(one)
    return history


FIRST, GONE, NEXT = HISTORY


@pytest.mark.parametrize(
    ("more", "lines"),
    [
        ([back(NEXT)], [Tenure(since=ONE, until=TWO, holder="earlier")]),
        (
            [back(GONE)],  # nobody was disconnected, so it was taken over
            [Tenure(since=ONE, until=THREE, holder="earlier"), Tenure(since=THREE, holder="present")],
        ),
        ([back(FIRST)], [Tenure(since=THREE, holder="present")]),
        ([back(NEXT), back(GONE)], [Tenure(since=ONE, holder="earlier")]),
        ([back(FIRST), back(GONE), back(NEXT)], []),
    ],
)
def test_what_was_taken_back_never_happened(more: list[Change], lines: list[Tenure]) -> None:
    assert tenures(taken(*HISTORY, *more)) == lines


@pytest.mark.parametrize(
    ("instead", "lines"),
    [
        (change(DISCONNECTED, on(2025, 10, 1)), [(ONE, on(2025, 10, 1)), (THREE, None)]),
        (change(ChangeKind.SUSPENDED, on(2025, 10, 1)), [(ONE, THREE), (THREE, None)]),
    ],
)
def test_what_is_said_instead_comes_where_the_other_stood(
    instead: Change, lines: list[tuple[Span, Span | None]]
) -> None:
    found = tenures(taken(*HISTORY, back(GONE), instead))
    assert [(line.since, line.until) for line in found] == lines


def test_another_holder_can_be_named_for_the_same_day() -> None:
    history = taken(FIRST, change(DISCONNECTED, ONE), back(FIRST), FIRST._replace(holder="another"))
    assert tenures(history) == [Tenure(since=ONE, until=ONE, holder="another")]


@pytest.mark.parametrize(
    ("history", "wrong", "refusal"),
    [
        ([], back(FIRST), NothingToTakeBack),
        (HISTORY, back(GONE._replace(at=ONE)), NothingToTakeBack),
        (HISTORY, back(FIRST)._replace(holder="somebody else"), NothingToTakeBack),
        (HISTORY, back(FIRST)._replace(carrier_id="another carrier"), NothingToTakeBack),
        ([*HISTORY, back(GONE)], back(GONE)._replace(holder="again"), NothingToTakeBack),
        ([*HISTORY, back(GONE)], change(DISCONNECTED, on(2018, 1, 1)), GoesBack),
        ([*HISTORY, back(FIRST)], change(DISCONNECTED, on(2018, 1, 1)), NotHeld),
        ([*HISTORY, back(GONE)], change(ASSIGNED, on(2025, 10, 1), "b"), StillHeld),
        (HISTORY, change(DISCONNECTED, on(2025, 10, 1)), GoesBack),  # without a gap, nothing goes back
    ],
)
def test_a_correction_opens_no_more_than_the_place_of_what_it_takes_back(
    history: list[Change], wrong: Change, refusal: type[ChangeRejected]
) -> None:
    with pytest.raises(refusal):
        admit(wrong, history=History(list(history)), now=NOW, policy=POLICY)


def test_who_held_the_number_then_is_judged_by_what_is_known_now() -> None:
    for at, holder in [
        (on(2018, 5, 5), None),
        (on(2020, 5, 5), "earlier"),
        (on(2025, 12, 24), None),
        (on(2026, 5, 5), "present"),
    ]:
        assert at.not_before is not None
        held = held_at(HISTORY, at.not_before)
        assert (held and held.holder) == holder


@pytest.mark.parametrize(
    ("since", "asked", "changed"),
    [
        (THREE, on(2026, 3, 1), True),
        (THREE, THREE, False),
        (instant(NOW), day(NOW.date()), False),
        (
            Span(on(2026, 3, 1).not_before, on(2026, 3, 5).not_after),
            THREE,
            True,
        ),  # nobody can tell
        (THREE, on(2026, 3, 3), False),
    ],
)
def test_a_number_has_changed_hands_unless_it_surely_has_not(
    since: Span, asked: Span, *, changed: bool
) -> None:
    assert holder_changed(Tenure(since=since), asked) == changed


reports = st.lists(
    st.builds(
        change, st.sampled_from([ASSIGNED, DISCONNECTED]), instants.map(instant), st.sampled_from(["a", None])
    ),
    max_size=10,
)


@chance
@given(reports, st.data())
def test_taking_back_the_last_change_is_as_if_it_had_not_been_said(
    told: list[Change], data: st.DataObject
) -> None:
    known: dict[str, list[Change]] = {NUMBER.e164: []}
    verdicts, _ = judge(told, known=known, now=NOW, policy=POLICY)
    history = known[NUMBER.e164]
    assert len(history) == sum(verdict.fate is Fate.RECORDED for verdict in verdicts)
    count = data.draw(st.integers(0, len(history)))
    kept, undone = history[: len(history) - count], history[len(history) - count :]
    assert tenures([*history, *(back(one) for one in reversed(undone))]) == tenures(kept)
    assert present([*history, *(back(one) for one in undone)]) == present(kept)
