"""A holder sees what the hub holds about their number, and has it forgotten."""

import pytest
from sqlalchemy import Table, select

from jiebang.domain.clearance import Clearance
from jiebang.domain.outcome import Said
from jiebang.domain.proof import Proof, Showing
from jiebang.domain.showing import ShownBy
from jiebang.flows.ask_platforms import ask_platforms
from jiebang.flows.believe_front import believe_front
from jiebang.store import clearances, sessions
from jiebang.store import held as told_of
from jiebang.store.columns import NumberText
from jiebang.store.held import TABLES
from jiebang.store.tables import metadata, signals
from tests.build import NOW, NUMBER
from tests.portal.hub import FRONT, INHERITED, SHOP, Hub
from tests.portal.visitor import Visitor

KINDS = {
    "proofs", "sessions", "texts", "queries", "answers", "open_orders", "letters", "changes", "signals",
    "tallies",
}  # fmt: skip


NOTHING = {
    "parties", "assertions", "cursors", "loads", "canaries", "habits", "suspicions",
    "asked", "complaints",  # of a query and of a signal that are counted
    "journal", "nodes", "checkpoints",  # the page says so in words
}  # fmt: skip


def busy(hub: Hub, language: str = "en") -> Visitor:
    """Somebody who has asked and ordered."""
    visitor = Visitor(hub, language).prove()
    path = visitor.ask(SHOP)
    hub.answer(path.removeprefix("/queries/"), SHOP, INHERITED)
    visitor.order(path)
    return visitor


def held(visitor: Visitor) -> set[str]:
    """Which kinds the page tells of."""
    return {part.attributes["data-held"] for part in visitor.get("/held").page.having("data-held")}


def test_every_kind_of_thing_that_is_held_is_told(hub: Hub) -> None:
    assert held(busy(hub)) == KINDS


def test_the_page_counts_in_every_table_that_has_a_column_for_a_number() -> None:
    def numbered(table: Table) -> bool:
        return any(isinstance(column.type, NumberText) for column in table.columns)

    # A canary is a number that nobody holds: there is no holder to tell of it.
    held = {table for table in metadata.sorted_tables if numbered(table) and table.name != "canaries"}
    assert set(TABLES) == held


def test_every_table_is_told_of_or_has_nothing_to_find_by_a_number() -> None:
    counted = {one.name for one in vars(told_of).values() if isinstance(one, Table)}
    assert {table.name for table in metadata.sorted_tables} - counted == NOTHING


def test_what_platforms_say_of_a_signal_is_told_with_it(hub: Hub) -> None:
    with hub.house.database.write() as connection:
        seq = connection.scalars(select(signals.c.seq).where(signals.c.number == NUMBER)).first() or 0
        said = Clearance(cleared=1, flagged=0, kept=0, said_at=NOW)
        clearances.add(connection, SHOP, said=[(seq, said)])
    assert "clearances" in held(busy(hub))


def test_the_page_says_what_is_kept_beside_it(hub: Hub) -> None:
    assert "in its journal, what became of each order" in busy(hub).get("/held").words


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Until 27 Nov 2026 14:30 at the latest."), ("zh", "最迟保留到 2026年11月27日 14:30。")],
)
def test_the_page_says_until_when(hub: Hub, language: str, said: str) -> None:
    assert said in busy(hub, language).get("/held").words


def at_front(hub: Hub) -> Proof:
    """Show the number through a front, and ask."""
    house, now = hub.house, hub.clock.now
    showing = Showing(front_id=FRONT, number=NUMBER, shown_by=ShownBy.NETWORK, jti="one", until=now)
    token = believe_front(house.database, showing, now=now)
    with house.database.read() as connection:
        proof = sessions.find(connection, token, front_id=FRONT)
    ask_platforms(house.database, proof, platform_ids=[SHOP], now=now, policy=house.policy)
    return proof


@pytest.mark.parametrize(
    ("language", "nothing", "said"),
    [
        ("en", "No front has done anything", "南风掌厅 was shown that the number is yours (by the network;"),
        ("zh", "没有代办方就您的号码做过任何事", "南风掌厅 确认了号码归您使用 (网络认证; 仅凭其自述)"),
    ],
)
def test_what_fronts_have_done_is_told_with_their_names(
    hub: Hub, language: str, nothing: str, said: str
) -> None:
    visitor = Visitor(hub, language).prove()
    assert nothing in visitor.get("/held").words
    at_front(hub)
    page = visitor.get("/held")
    assert said in page.words
    assert {one.attributes["data-deed"] for one in page.page.having("data-deed")} == {
        "query:put", "proof:shown",
    }  # fmt: skip


def test_at_the_portal_what_fronts_have_done_is_forgotten_with_the_rest(hub: Hub) -> None:
    at_front(hub)
    Visitor(hub).prove().post("/forget", [("sure", "yes")])
    assert "No front has done anything" in Visitor(hub).prove().get("/held").words


def test_nobody_without_a_proof_is_told_anything(hub: Hub) -> None:
    assert Visitor(hub).get("/held").headers["location"] == "/?said=first"
    assert Visitor(hub).post("/forget", [("sure", "yes")]).headers["location"] == "/?said=first"


def test_without_being_sure_nothing_is_forgotten(hub: Hub) -> None:
    visitor = busy(hub)
    assert visitor.post("/forget").status == 422
    assert held(visitor) == KINDS


def test_what_is_forgotten_is_gone_and_the_open_order_is_still_there(hub: Hub) -> None:
    visitor = busy(hub)
    answer = visitor.post("/forget", [("sure", "yes")])
    assert answer.headers["location"] == "/?said=forgotten"
    assert "It is forgotten" in visitor.get("/?said=forgotten").words
    assert visitor.get("/held").headers["location"] == "/?said=first"
    assert held(Visitor(hub).prove()) == KINDS - {"queries", "answers"}


def test_an_order_that_is_over_is_told_with_its_end_and_goes_with_the_rest(hub: Hub) -> None:
    visitor = busy(hub)
    with hub.house.database.read() as connection:
        order_id = connection.scalars(select(metadata.tables["orders"].c.id)).one()
    hub.settle(order_id, said=Said.DENIED)
    assert {"closed_orders", "receipts"} <= held(visitor)
    assert hub.clock.now == NOW
    visitor.post("/forget", [("sure", "yes")])
    assert held(Visitor(hub).prove()) == {
        "proofs", "sessions", "texts", "changes", "signals", "tallies",
    }  # fmt: skip
