"""A question is put to the platforms that were named, and what comes back is its holder's alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jiebang.domain.binding import Binding, BoundSource, RecordClass, RecordKind
from jiebang.domain.errors import UnknownBinding, UnknownQuery
from jiebang.domain.query import Asked, Query
from jiebang.domain.span import Span
from jiebang.store import queries
from jiebang.store.database import Database
from tests.build import BINDING, NOW, NUMBER, OTHER_NUMBER
from tests.memory import SHOP, SOCIAL, picture, unchanged

QUERY = Query(id="qry_1", number=NUMBER, asked_at=NOW, proof_id="prf_1")
TICK = timedelta(microseconds=1)


def ask(database: Database, query: Query = QUERY, *platforms: str) -> None:
    """Put a query to platforms."""
    with database.write() as connection:
        queries.add(connection, [(query, [asked_of(query, one) for one in platforms or (SHOP, SOCIAL)])])


def asked_of(query: Query, platform: str) -> Asked:
    """A query as it is put to a platform."""
    return Asked(query_id=query.id, platform_id=platform, slow_at=NOW + TICK)


def keep(database: Database, *bindings: Binding, platform: str = SHOP) -> list[queries.Found]:
    """Keep what a platform found, and read all that was."""
    with database.write() as connection:
        queries.keep(connection, platform, answers=[(QUERY.id, bindings)])
        return queries.found(connection, QUERY.id)


def test_a_query_is_found_by_its_number_and_by_no_other(database: Database) -> None:
    ask(database)
    with database.read() as connection:
        assert queries.get(connection, QUERY.id, number=NUMBER) == QUERY
        with pytest.raises(UnknownQuery):
            queries.get(connection, QUERY.id, number=OTHER_NUMBER)
        with pytest.raises(UnknownQuery):
            queries.get(connection, "qry_none", number=NUMBER)


def test_a_second_look_is_no_holders_query(database: Database) -> None:
    ask(database, replace(QUERY, proof_id=None, order_id="ord_1"), SHOP)
    with database.read() as connection, pytest.raises(UnknownQuery):
        queries.get(connection, QUERY.id, number=NUMBER)


def test_a_platform_sees_what_was_put_to_it_only(database: Database) -> None:
    ask(database, QUERY, SHOP)
    with database.write() as connection:
        put = queries.put_to(connection, SHOP, query_ids=[QUERY.id, "qry_none"])
        assert put == {QUERY.id: (QUERY, asked_of(QUERY, SHOP))}
        assert queries.put_to(connection, SOCIAL, query_ids=[QUERY.id]) == {}


def test_one_platforms_answer_is_complete_and_anothers_is_not(database: Database) -> None:
    ask(database)
    with database.write() as connection:
        queries.answered(connection, [QUERY.id], platform_id=SHOP, now=NOW + TICK)
        queries.answered(connection, [], platform_id=SOCIAL, now=NOW + TICK)
    with database.read() as connection:
        stands = {one.platform_id: one.answered_at for one in queries.asked(connection, QUERY.id)}
    assert stands == {SHOP: NOW + TICK, SOCIAL: None}


FULL = Binding(
    handle="h", kind=RecordKind.BLOCK, label="张**", record_class=RecordClass.LENDING,
    bound=Span(NOW - TICK, NOW + TICK), bound_source=BoundSource.ACCOUNT_CREATED, last_used=NOW,
    other_logins=0, can=frozenset(), conditions=("pay 3.50 元", "return the card"),
)  # fmt: skip


@pytest.mark.parametrize("binding", [FULL, BINDING, replace(BINDING, bound=Span(None, None))])
def test_a_binding_comes_back_as_it_was_told(database: Database, binding: Binding) -> None:
    ask(database)
    [found] = keep(database, binding)
    assert (found.platform_id, found.binding) == (SHOP, binding)


def test_a_handle_that_was_named_before_stays_as_it_was(database: Database) -> None:
    ask(database)
    before = keep(database, BINDING)
    assert keep(database, replace(BINDING, label="x"), replace(BINDING, label="y")) == before


def test_two_platforms_may_use_the_same_handle(database: Database) -> None:
    ask(database)
    keep(database, BINDING, replace(BINDING, handle="a"))
    found = keep(database, BINDING, platform=SOCIAL)
    assert [(one.platform_id, one.binding.handle) for one in found] == [
        (SHOP, "a"), (SHOP, "old"), (SOCIAL, "old"),
    ]  # fmt: skip


def test_bindings_are_found_in_the_order_asked_for(database: Database) -> None:
    ask(database)
    found = keep(database, BINDING, replace(BINDING, handle="a"), replace(BINDING, handle="b"))
    wanted = [found[2], found[0], found[2]]
    with database.read() as connection:
        assert queries.found_by_ids(connection, [one.id for one in wanted], number=NUMBER) == wanted


def test_a_binding_in_anothers_results_is_unknown(database: Database) -> None:
    ask(database)
    [found] = keep(database, BINDING)
    with database.read() as connection:
        for ids, number in (([found.id], OTHER_NUMBER), ([found.id, "bnd_none"], NUMBER)):
            with pytest.raises(UnknownBinding):
                queries.found_by_ids(connection, ids, number=number)


def test_what_is_old_is_erased_with_all_that_was_answered(database: Database) -> None:
    ask(database)
    keep(database, BINDING)
    with unchanged(database), database.write() as connection:
        queries.erase(connection, before=NOW)
    with database.write() as connection:
        queries.erase(connection, before=NOW + TICK)
    assert [picture(database)[table] for table in ("queries", "asked", "bindings")] == [[], [], []]
