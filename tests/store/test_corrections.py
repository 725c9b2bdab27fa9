"""What was decided on a wrong tenure is found when a carrier takes back what it said."""

from dataclasses import replace
from datetime import timedelta

from jiebang.domain.binding import Origin
from jiebang.domain.order import Order
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.flows.load_changes import load_changes
from jiebang.store import orders
from jiebang.store.corrections import misjudged
from jiebang.store.database import Database
from tests.build import BINDING, HISTORY, NOW, ORDER, POLICY, change, on
from tests.memory import CARRIER

LATER = NOW + timedelta(days=1)
PLACED = replace(ORDER, bound=BINDING.bound)
WRONG = HISTORY[2]._replace(kind=ChangeKind.CORRECTED, takes_back=ChangeKind.ASSIGNED)


def decided(database: Database, *placed: Order) -> None:
    """Report a history, and place orders on it."""
    load_changes(database, CARRIER, changes=HISTORY, now=NOW, policy=POLICY)
    with database.write() as connection:
        orders.add(connection, placed)


def found(database: Database, *reported: Change) -> list[tuple[str, Origin]]:
    """Report more, and list what is seen otherwise then."""
    load_changes(database, CARRIER, changes=reported, now=LATER, policy=POLICY)
    with database.read() as connection:
        assert list(misjudged(connection, since=LATER + timedelta(days=1))) == []
        return [(one.order.id, one.origin) for one in misjudged(connection)]


def test_an_order_on_a_tenure_that_was_taken_back_is_listed(database: Database) -> None:
    decided(database, PLACED)
    assert found(database) == []
    assert found(database, WRONG) == [("ord_1", Origin.UNCERTAIN)]


def test_another_day_for_the_same_holder_turns_what_was_inherited_into_own(database: Database) -> None:
    after = replace(PLACED, id="ord_2", handle="new", bound=on(2026, 6, 1), origin=Origin.OWN)
    decided(database, PLACED, after)
    earlier = [one._replace(kind=ChangeKind.CORRECTED, takes_back=one.kind) for one in HISTORY]
    instead = change(ChangeKind.ASSIGNED, on(2020, 1, 1), "present")
    assert found(database, *earlier, instead) == [("ord_1", Origin.OWN)]


def test_what_happens_after_an_order_changes_nothing_about_it(database: Database) -> None:
    decided(database, PLACED)
    assert found(database, change(ChangeKind.DISCONNECTED, on(2026, 11, 25))) == []


def test_a_late_report_of_the_time_before_an_order_counts_as_well(database: Database) -> None:
    decided(database, PLACED)
    assert found(database, change(ChangeKind.DISCONNECTED, on(2026, 11, 1))) == [("ord_1", Origin.UNCERTAIN)]
