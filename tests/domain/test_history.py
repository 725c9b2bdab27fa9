"""A history that grows makes the tenures that all of it makes, and tells of each turn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.domain.admission import admit
from jiebang.domain.history import History, Turn
from jiebang.domain.rejections import ChangeRejected
from jiebang.domain.span import instant
from jiebang.domain.tenure import Change, ChangeKind, Tenure, tenures
from tests.build import HISTORY, NOW, NUMBER, POLICY, change, on
from tests.chance import chance, closed_spans, instants

FIRST, GONE, NEXT = HISTORY
HELD = Tenure(since=FIRST.at, holder="earlier")
LEFT = Tenure(since=FIRST.at, until=GONE.at, holder="earlier")


@pytest.mark.parametrize(
    ("known", "more", "turn"),
    [
        ([], FIRST, ((), (HELD,))),
        ([FIRST], GONE, ((HELD,), (LEFT,))),
        ([FIRST, GONE], NEXT, ((LEFT,), (LEFT, Tenure(since=NEXT.at, holder="present")))),
        ([FIRST, GONE], NEXT._replace(holder="earlier"), ((LEFT,), (HELD,))),
    ],
)
def test_a_turn_is_what_was_and_what_is(
    known: list[Change], more: Change, turn: tuple[tuple[Tenure, ...], tuple[Tenure, ...]]
) -> None:
    assert History(known).add(more) == Turn(NUMBER, *turn)


@pytest.mark.parametrize("kind", [ChangeKind.PORTED, ChangeKind.SUSPENDED, ChangeKind.RESUMED])
def test_a_change_of_the_line_alone_is_no_turn(kind: ChangeKind) -> None:
    assert History([FIRST]).add(change(kind, on(2024, 5, 6))) is None


kinds = st.sampled_from([kind for kind in ChangeKind if kind is not ChangeKind.CORRECTED])
said = st.builds(change, kinds, instants.map(instant) | closed_spans(), st.sampled_from(["a", "b", None]))
corrections = st.builds(lambda one: one._replace(kind=ChangeKind.CORRECTED, takes_back=one.kind), said)


@chance
@given(st.lists(said | said | corrections, max_size=14), st.integers(0, 14))
def test_however_a_history_grew_its_tenures_are_those_of_all_of_it(told: list[Change], at: int) -> None:
    grown = History([])
    for nth, one in enumerate(told):
        if nth == at:
            grown = History(list(grown.changes))
        before = grown.tenures
        try:
            admit(one, history=grown, now=NOW, policy=POLICY)
        except ChangeRejected:
            continue
        turn = grown.add(one)
        assert grown.tenures == tuple(tenures(grown.changes))
        assert turn in {None, Turn(NUMBER, before, grown.tenures)}
        assert turn is not None or before == grown.tenures
