"""Limits hold for all processes of a hub together, and nothing in the database names whom they are for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jiebang.domain.limit import Limited, TooMuch, Use
from jiebang.flows.count_use import count_use
from jiebang.flows.sweep import sweep
from jiebang.store.database import Database
from tests.build import NOW, NUMBER, POLICY
from tests.memory import picture, together, unchanged

FEW = replace(POLICY, queries_per_day=3, orders_per_day=5)
QUERY = Use(Limited.QUERIES_ON_NUMBER, NUMBER.e164)
DAY = timedelta(days=1)


def use(database: Database, *uses: Use, later: timedelta = timedelta(0)) -> None:
    """Use something up."""
    count_use(database, uses, now=NOW + later, policy=FEW, secret=b"secret")


def test_what_is_too_much_is_refused_until_the_stretch_is_over(database: Database) -> None:
    for _ in range(3):
        use(database, QUERY)
    with pytest.raises(TooMuch), unchanged(database):
        use(database, QUERY)
    use(database, QUERY, later=DAY)


def test_of_several_uses_all_are_counted_or_none(database: Database) -> None:
    with pytest.raises(TooMuch), unchanged(database):
        use(database, QUERY, Use(Limited.ORDERS_ON_NUMBER, NUMBER.e164, times=6))


def test_many_at_once_are_counted_one_by_one(database: Database) -> None:
    came = together(*[lambda: use(database, QUERY)] * 8)
    assert [type(one) for one in came].count(TooMuch) == 5


def test_nobody_is_named_and_the_sweep_forgets(database: Database) -> None:
    use(database, QUERY)
    assert NUMBER.e164 not in str(picture(database))
    sweep(database, now=NOW + DAY, policy=FEW)
    assert picture(database)["tallies"] == []
