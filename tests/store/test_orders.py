"""Orders are compared and set: of two who move one, one wins, and every step is kept."""

import traceback
from dataclasses import replace
from datetime import timedelta

import pytest

from jiebang.domain.errors import OrderMoved, UnknownOrder
from jiebang.domain.letter import order_revoked
from jiebang.domain.order import Denial, Order, State
from jiebang.store import mailbox, orders
from jiebang.store.database import Database
from jiebang.store.orders import Step
from tests.build import NOW, NUMBER, ORDER, OTHER_NUMBER, word
from tests.memory import SOCIAL, together, unchanged

TICK = timedelta(microseconds=1)
REVOKED, FULFILLED = ORDER.revoke(NOW), ORDER.fulfil(NOW)


def add(database: Database, *placed: Order) -> None:
    """Write orders down."""
    with database.write() as connection:
        orders.add(connection, placed)


def move(database: Database, before: Order, after: Order) -> None:
    """Leave a letter and move an order, in one transaction."""
    with database.write() as connection:
        mailbox.leave(connection, [order_revoked(before, jti=f"set_{after.state}", now=NOW)])
        orders.move(connection, [(before, after)], at=NOW, by="holder")


def stored(database: Database, order: Order = ORDER) -> Order:
    """Read an order back."""
    with database.read() as connection:
        return orders.get(connection, order.id, number=order.number)


def test_an_order_comes_back_as_it_was_written(database: Database) -> None:
    full = replace(ORDER, object_until=NOW + TICK, proof_id="prf_1", due=NOW + timedelta(days=9999))
    add(database, full)
    assert stored(database) == full


def test_who_comes_second_is_refused_and_leaves_nothing(database: Database) -> None:
    add(database, ORDER)
    move(database, ORDER, REVOKED)
    with unchanged(database), pytest.raises(OrderMoved):
        move(database, ORDER, FULFILLED)
    assert stored(database).state is State.REVOKED


def test_of_two_at_the_same_moment_one_wins(database: Database) -> None:
    add(database, ORDER)
    came_of_it = together(lambda: move(database, ORDER, REVOKED), lambda: move(database, ORDER, FULFILLED))
    assert sorted(map(repr, came_of_it)) == ["None", "OrderMoved()"]
    winner = [State.REVOKED, State.FULFILLED][came_of_it.index(None)]
    assert stored(database).state is winner
    with database.read() as connection:
        assert [step.state for step in orders.timelines(connection, ["ord_1"])["ord_1"]] == [
            State.OPEN,
            winner,
        ]


def test_one_that_has_moved_spoils_the_whole_batch(database: Database) -> None:
    others = [replace(ORDER, id=f"ord_{nth}", handle=str(nth)) for nth in range(2, 6)]
    add(database, ORDER, *others)
    move(database, others[1], others[1].deny(NOW, reason=Denial.NO_MATCH))
    with unchanged(database), pytest.raises(OrderMoved), database.write() as connection:
        orders.move(connection, [(one, one.fulfil(NOW)) for one in [ORDER, *others]], at=NOW, by="holder")


def test_a_batch_of_different_moves_is_made_whole(database: Database) -> None:
    placed = [replace(ORDER, id=f"ord_{nth}", handle=str(nth)) for nth in range(4)]
    moved = [
        placed[0].accept(NOW), placed[1].fulfil(NOW),
        placed[2].deny(NOW, reason=Denial.OTHER, words="ask us"),
        placed[3].deny(NOW, reason=Denial.LEGAL_HOLD),
    ]  # fmt: skip
    add(database, *placed)
    with database.write() as connection:
        orders.move(connection, list(zip(placed, moved, strict=True)), at=NOW, by="holder")
    assert [stored(database, one) for one in placed] == moved


def test_to_move_nothing_is_well(database: Database) -> None:
    with unchanged(database), database.write() as connection:
        orders.move(connection, [], at=NOW, by="holder")
        orders.add(connection, [])


def test_a_record_has_one_live_order_and_the_refusal_holds_no_number(database: Database) -> None:
    add(database, ORDER)
    with unchanged(database), pytest.raises(OrderMoved) as refused:
        add(database, replace(ORDER, id="ord_3", handle="new"), replace(ORDER, id="ord_2"))
    assert NUMBER.e164 not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize("first", [ORDER, ORDER.accept(NOW)], ids=lambda order: order.state)
@pytest.mark.parametrize(
    "second", [{"handle": "new"}, {"platform_id": SOCIAL}, {"number": OTHER_NUMBER}], ids=str
)
def test_another_record_may_have_another(database: Database, first: Order, second: dict[str, str]) -> None:
    add(database, first, replace(ORDER, id="ord_2", **second))  # type: ignore[arg-type]  # a number among texts
    with database.read() as connection:
        assert len(orders.live(connection, first.number)) == (1 if "number" in second else 2)


@pytest.mark.parametrize(
    "over", [State.FULFILLED, State.VERIFIED, State.DENIED, State.REVOKED, State.EXPIRED, State.CONTRADICTED]
)
def test_a_record_whose_order_is_over_may_have_a_new_one(database: Database, over: State) -> None:
    add(database, replace(ORDER, state=over))
    add(database, replace(ORDER, id="ord_2"))
    with database.read() as connection:
        assert list(orders.live(connection, NUMBER)) == [(ORDER.platform_id, ORDER.handle)]


def test_somebody_elses_order_is_unknown(database: Database) -> None:
    add(database, ORDER)
    with database.read() as connection:
        with pytest.raises(UnknownOrder):
            orders.get(connection, ORDER.id, number=OTHER_NUMBER)
        with pytest.raises(UnknownOrder):
            orders.get(connection, "ord_none", number=NUMBER)
        assert orders.of_platform(connection, SOCIAL, order_ids=[ORDER.id]) == {}
        assert orders.of_platform(connection, ORDER.platform_id, order_ids=[ORDER.id]) == {ORDER.id: ORDER}


def test_steps_are_kept_in_their_order_with_both_clocks(database: Database) -> None:
    add(database, ORDER)
    accepted = ORDER.accept(NOW)
    said = NOW - timedelta(hours=3)
    with database.write() as connection:
        orders.move(
            connection,
            [(ORDER, accepted)],
            at=NOW + TICK,
            by="par_1",
            told={ORDER.id: word(ORDER.id, at=said)},
        )
    with database.write() as connection:
        orders.move(connection, [(accepted, accepted.revoke(NOW))], at=NOW + 2 * TICK, by="holder")
    with database.read() as connection:
        assert orders.timelines(connection, [ORDER.id]) == {
            ORDER.id: [
                Step(order_id=ORDER.id, state=State.OPEN, at=NOW, by="holder"),
                Step(order_id=ORDER.id, state=State.IN_PROGRESS, at=NOW + TICK, by="par_1", said_at=said),
                Step(order_id=ORDER.id, state=State.REVOKED, at=NOW + 2 * TICK, by="holder"),
            ]
        }


def three(database: Database) -> list[Order]:
    """Write three orders down, each due and placed a second after the one before."""
    second = timedelta(seconds=1)
    placed = [
        replace(ORDER, id=f"ord_{nth}", handle=str(nth), placed_at=NOW + nth * second, due=NOW + nth * second)
        for nth in range(3)
    ]
    add(database, *reversed(placed))
    return placed


@pytest.mark.parametrize(
    ("after", "most", "wanted"),
    [(-TICK, 9, 0), (timedelta(0), 9, 1), (timedelta(9), 9, 3), (timedelta(9), 2, 2)],
)
def test_what_is_overdue_is_found_oldest_first(
    database: Database, after: timedelta, most: int, wanted: int
) -> None:
    placed = three(database)
    add(database, replace(ORDER, id="ord_9", handle="9", state=State.DENIED, due=NOW))
    with database.read() as connection:
        assert orders.overdue(connection, NOW + after, most=most) == placed[:wanted]


@pytest.mark.parametrize(("since", "wanted"), [(None, 3), (0, 3), (1, 2), (3, 0)])
def test_a_numbers_orders_are_read_newest_first(database: Database, since: int | None, wanted: int) -> None:
    placed = three(database)
    at = None if since is None else NOW + timedelta(seconds=since)
    with database.read() as connection:
        assert orders.of_number(connection, NUMBER, since=at) == placed[::-1][:wanted]
        assert orders.of_number(connection, OTHER_NUMBER) == []
