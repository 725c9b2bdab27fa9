"""What carriers report, who joins, and what is swept away when its time is over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jiebang.domain.errors import BadToken, PartyExists
from jiebang.domain.order import State
from jiebang.domain.span import instant
from jiebang.domain.tenure import Change, ChangeKind, present
from jiebang.flows.add_party import add_party
from jiebang.flows.load_changes import load_changes
from jiebang.flows.sweep import sweep
from jiebang.flows.use_assertion import use_assertion
from jiebang.store import numbers, orders
from jiebang.store.database import Database
from tests.build import BINDING, HISTORY, NOW, NUMBER, OTHER_NUMBER, POLICY, change, on
from tests.flows.holder import answered, ordered, proven, settle, stored
from tests.memory import CARRIER, PARTIES, SHOP, changed, picture, together, unchanged

SAID = [one._replace(carrier_id=CARRIER) for one in HISTORY]
TICK = timedelta(microseconds=1)
KEPT = POLICY.answers_kept
ASSIGNED, DISCONNECTED = ChangeKind.ASSIGNED, ChangeKind.DISCONNECTED


def load(database: Database, changes: Sequence[Change]) -> list[str]:
    """Load a batch; gives how each change was judged, and why it was refused."""
    verdicts = load_changes(database, CARRIER, changes=changes, now=NOW, policy=POLICY)
    return [one.refusal.code if one.refusal else one.fate.value for one in verdicts]


def test_a_history_is_taken_in_and_loading_it_again_changes_nothing(database: Database) -> None:
    assert load(database, HISTORY) == ["recorded"] * 3
    with unchanged(database):
        assert load(database, HISTORY) == ["already"] * 3
    with database.read() as connection:
        assert numbers.history(connection, NUMBER) == SAID


BAD = [
    (change(ASSIGNED, on(2026, 11, 25), "x"), "in_the_future"),
    (change(DISCONNECTED, on(2019, 1, 6)), "goes_back"),
    (change(ASSIGNED, on(2020, 1, 1), "x"), "still_held"),
    (change(DISCONNECTED, on(2020, 1, 1))._replace(number=OTHER_NUMBER), "not_held"),
]


@pytest.mark.parametrize(("bad", "code"), BAD)
def test_a_bad_change_is_refused_and_the_others_are_kept(database: Database, bad: Change, code: str) -> None:
    batch = [HISTORY[0], bad, *HISTORY[1:]]
    assert load(database, batch) == ["recorded", code, "recorded", "recorded"]
    with database.read() as connection:
        assert numbers.history(connection, NUMBER) == SAID
        assert numbers.history(connection, OTHER_NUMBER) == []


def test_a_batch_of_bad_changes_changes_nothing(database: Database) -> None:
    load(database, HISTORY[:1])
    with unchanged(database):
        assert load(database, [bad for bad, _ in BAD]) == [code for _, code in BAD]


def test_a_change_is_judged_after_those_before_it_in_its_batch(database: Database) -> None:
    early = change(ASSIGNED, on(2025, 11, 4), "x")
    assert load(database, [*HISTORY[:2], early, early, *HISTORY]) == [
        "recorded", "recorded", "still_aging", "still_aging", "already", "already", "recorded",
    ]  # fmt: skip


def test_the_same_file_loaded_by_two_at_once_is_loaded_once(database: Database) -> None:
    came_of_it = together(lambda: load(database, HISTORY), lambda: load(database, HISTORY))
    assert [one for one in came_of_it if isinstance(one, BaseException)] == []
    assert len(picture(database)["changes"]) == 3


def test_a_holder_who_returns_on_the_day_is_the_holder(database: Database) -> None:
    cut_off = on(2020, 1, 1).not_before
    assert cut_off is not None
    gone = change(DISCONNECTED, instant(cut_off + timedelta(hours=12)))
    back = change(ASSIGNED, on(2020, 1, 1), "earlier")
    assert load(database, [HISTORY[0], gone, back, HISTORY[1]]) == ["recorded"] * 4


def test_the_same_words_are_the_same_fact_whatever_was_said_between(database: Database) -> None:
    day_of = on(2020, 1, 1)
    batch = [change(ASSIGNED, day_of, "h"), change(DISCONNECTED, day_of)]
    assert load(database, [*batch, *batch]) == ["recorded", "recorded", "already", "already"]
    with database.read() as connection:
        assert present(numbers.history(connection, NUMBER)) is None


@pytest.mark.parametrize(
    "more",
    [
        [change(ASSIGNED, instant(datetime(2020, 1, 1, 9, tzinfo=UTC)), "h")],
        [change(ChangeKind.CORRECTED, on(2020, 1, 1))._replace(takes_back=DISCONNECTED)],
    ],
    ids=["to the instant", "taken back"],
)
def test_a_line_that_came_back_on_the_day_is_told_in_other_words(
    database: Database, more: list[Change]
) -> None:
    batch = [change(ASSIGNED, on(2020, 1, 1), "h"), change(DISCONNECTED, on(2020, 1, 1)), *more]
    assert load(database, [*batch, *batch]) == ["recorded"] * 3 + ["already"] * 3
    with database.read() as connection:
        holds = present(numbers.history(connection, NUMBER))
    assert holds is not None
    assert holds.holder == "h"


def test_a_party_joins_once(database: Database) -> None:
    late = replace(PARTIES[0], id="par_late")
    add_party(database, late, now=NOW)
    with unchanged(database), pytest.raises(PartyExists):
        add_party(database, replace(late, name="x"), now=NOW)


def test_an_assertion_is_good_for_one_use(database: Database) -> None:
    use_assertion(database, SHOP, jti="one", until=NOW)
    with unchanged(database), pytest.raises(BadToken):
        use_assertion(database, SHOP, jti="one", until=NOW)
    use_assertion(database, SHOP, jti="two", until=NOW)


@pytest.mark.parametrize(("after", "state"), [(-TICK, State.OPEN), (timedelta(0), State.EXPIRED)])
def test_a_sweep_writes_down_what_is_overdue(database: Database, after: timedelta, state: State) -> None:
    _, [order] = ordered(database)
    for _ in range(2):
        sweep(database, now=order.due + after, policy=POLICY)
    assert stored(database, order).state is state
    with database.read() as connection:
        steps = [step.state for step in orders.timelines(connection, [order.id])[order.id]]
    assert steps == list(dict.fromkeys([State.OPEN, state]))


def test_a_sweep_expires_a_backlog_of_any_size_in_the_end(database: Database) -> None:
    _, placed = ordered(database, *(replace(BINDING, handle=f"h{nth}") for nth in range(501)))
    for _ in range(2):
        sweep(database, now=placed[0].due, policy=POLICY)
    assert {stored(database, order).state for order in placed} == {State.EXPIRED}


def test_what_is_settled_does_not_expire(database: Database) -> None:
    _, [order] = ordered(database)
    settle(database, order.id)
    sweep(database, now=order.due, policy=POLICY)
    assert stored(database, order).state is State.FULFILLED


def test_until_its_time_is_over_nothing_is_erased(database: Database) -> None:
    proof = proven(database)
    answered(database, proof, replace(BINDING, label="王**五", handle="secret-handle"))
    before = picture(database)
    sweep(database, now=NOW + KEPT, policy=POLICY)
    assert changed(before, picture(database)) == {"texts", "sessions"}


def test_after_72_hours_nothing_of_the_answers_is_left_anywhere(database: Database) -> None:
    proof = proven(database)
    answered(database, proof, replace(BINDING, label="王**五", handle="secret-handle"))
    assert timedelta(hours=72) == KEPT
    sweep(database, now=NOW + KEPT + TICK, policy=POLICY)
    after = picture(database)
    for table in ("queries", "asked", "bindings", "proofs", "sessions", "texts", "letters"):
        assert after[table] == [], table
    kept = str(after)
    assert "王**五" not in kept
    assert "secret-handle" not in kept


def test_an_order_outlives_the_answer_that_it_rests_on(database: Database) -> None:
    _, [order] = ordered(database)
    sweep(database, now=NOW + KEPT + TICK, policy=POLICY)
    assert stored(database, order) == order
    assert settle(database, order.id, now=NOW + KEPT + TICK) == ["recorded"]


def test_used_assertions_are_forgotten_once_they_are_too_old_to_be_used(database: Database) -> None:
    use_assertion(database, SHOP, jti="one", until=NOW)
    sweep(database, now=NOW, policy=POLICY)
    assert len(picture(database)["assertions"]) == 1
    sweep(database, now=NOW + TICK, policy=POLICY)
    assert picture(database)["assertions"] == []
