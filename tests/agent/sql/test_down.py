"""A database that cannot, or not now: the order waits, the operator reads why, and nothing is half done."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from jiebang.agent.config import load
from jiebang.agent.connectors.contract import Effect
from jiebang.agent.connectors.opening import opened
from jiebang.agent.desk import Desk
from jiebang.agent.dispatch import deal_with
from jiebang.agent.errors import StoreDown, UnknownRecord
from jiebang.agent.mailbox import Mailbox
from tests.agent.conftest import DeskOpener
from tests.agent.pretender import NUMBER, Pretender
from tests.agent.shop import STATEMENTS, Shop
from tests.agent.sql.conftest import Opener
from tests.agent.turning import Clock
from tests.systems.shop import gated, unwritable

pytestmark = pytest.mark.anyio

SERVED = ["postgresql", pytest.param("mariadb", marks=pytest.mark.needs("mariadb"))]
READ_ONLY = {
    "postgresql": "alter database {name} set default_transaction_read_only = {said}",
    "mariadb": "set global tx_read_only = {said}",
}
PHONE = "13800138000"


@pytest.fixture(autouse=True)
def customer(shop: Shop) -> None:
    """Register the customer whom the orders are about."""
    shop.add(7, phone=PHONE)


async def turn(desk: Desk) -> tuple[list[str], str]:
    """Take what waits at the hub and deal with it; gives what is done, and why the rest waits."""
    with capture_logs() as lines:
        dealt = await deal_with((await Mailbox(desk.hub).poll()).letters, desk)
    return dealt.done, " ".join(line["why"] for line in lines if line["event"] == "agent:order:waits")


@contextmanager
def read_only(shop: Shop) -> Iterator[None]:
    """Let nobody write for a while."""
    backend, name = shop.engine.dialect.name, shop.engine.url.database or ""
    if backend == "sqlite":
        with unwritable(Path(name)):
            yield
        return
    with shop.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as operator:
        operator.exec_driver_sql(READ_ONLY[backend].format(name=name, said="on"))
        yield
        operator.exec_driver_sql(READ_ONLY[backend].format(name=name, said="off"))


async def test_a_store_that_can_only_be_read_makes_orders_wait(
    shop: Shop, desk_of: DeskOpener, pretender: Pretender
) -> None:
    jti = pretender.order("ord_1", "account-7")
    with read_only(shop):
        async with desk_of() as desk:
            assert len((await desk.connector.find(NUMBER)).records) == 1
            assert await turn(desk) == ([], "The account store can only be read at present.")
    assert (shop.row(7)["phone"], pretender.told("ord_1")) == (PHONE, [])
    async with desk_of() as desk:
        assert await turn(desk) == ([jti], "")
    assert (shop.changes(7), pretender.told("ord_1")) == (1, ["fulfilled"])


async def test_a_lock_that_is_held_makes_orders_wait(
    shop: Shop, desk_of: DeskOpener, pretender: Pretender
) -> None:
    jti = pretender.order("ord_1", "account-7")
    async with desk_of() as desk:
        with shop.engine.connect() as other:
            other.execute(sa.text("update customer set nickname = 'busy' where id = 7"))
            done, why = await turn(desk)
            other.rollback()
        assert (done, "held what was to be changed for too long" in why) == ([], True)
        assert await turn(desk) == ([jti], "")
    assert shop.changes(7) == 1


ROLES = {
    "postgresql": ("create role {role} login connection limit 1",
                   "grant all on all tables in schema public to {role}", "drop owned by {role}"),
    "mariadb": ("create user {role}@'127.0.0.1' with max_user_connections 1",
                "grant all on {name}.* to {role}@'127.0.0.1'", "select 1"),
}  # fmt: skip


@pytest.fixture
def narrow(shop: Shop) -> Iterator[Shop]:
    """Give the agent a role that may have one connection and no more."""
    backend, name = shop.engine.dialect.name, shop.engine.url.database or ""
    role = f"narrow_{name}"
    *making, giving_up = (statement.format(role=role, name=name) for statement in ROLES[backend])
    for statement in making:
        shop.run(statement)
    shop.url = shop.engine.url.set(username=role).render_as_string()
    yield shop
    shop.run(giving_up)
    shop.run(f"drop user {role}" + ("@'127.0.0.1'" if backend == "mariadb" else ""))


@pytest.mark.parametrize("shop", SERVED, indirect=True)
async def test_a_store_without_a_connection_left_makes_orders_wait(
    narrow: Shop, desk_of: DeskOpener, pretender: Pretender
) -> None:
    jti = pretender.order("ord_1", "account-7")
    crowd = sa.create_engine(narrow.url)
    async with desk_of() as desk:
        with crowd.connect():
            assert await turn(desk) == ([], "The account store has no connection, or no room, left.")
        crowd.dispose()
        assert narrow.changes(7) == 0
        assert await turn(desk) == ([jti], "")
    assert narrow.changes(7) == 1


@pytest.mark.parametrize("shop", SERVED, indirect=True)
async def test_a_connection_that_is_cut_in_the_middle_of_a_change_leaves_nothing(
    shop: Shop, connected: Opener
) -> None:
    gate, shop.url = gated(shop.engine.url)
    assert gate is not None
    shop.consent(7, "1")
    two = '["{unbind}", "update consent set channel = null where id = :handle"]'.format(**STATEMENTS)  # noqa: S608 - a test's own words
    async with connected(unbind=two) as store:
        with shop.engine.connect() as other:
            # The first statement is done and the second waits for this when the line is cut.
            other.execute(sa.text("update consent set channel = 'busy'"))
            changing = asyncio.create_task(store.unbind("account-7", NUMBER))
            await asyncio.sleep(0.3)
            gate.cut()
            with pytest.raises(StoreDown):
                await changing
            other.rollback()
        assert (shop.row(7)["phone"], shop.changes(7)) == (PHONE, 0)
        assert await store.unbind("account-7", NUMBER) is Effect.DONE
    gate.close()
    assert shop.changes(7) == 1


def moved(path: Path, place: Path) -> None:
    """Give a file another place, and whatever is there already none."""
    path.replace(place)


def is_there(path: Path) -> bool:
    """Whether there is such a file."""
    return path.exists()


@pytest.mark.parametrize("shop", ["sqlite"], indirect=True)
async def test_a_file_that_is_gone_is_not_made_anew(shop: Shop, connected: Opener, tmp_path: Path) -> None:
    path = Path(shop.engine.url.database or "")
    async with connected() as connector:
        assert await connector.holds("account-7", NUMBER)
        moved(path, tmp_path / "elsewhere.db")
        for _ in range(2):
            with pytest.raises(StoreDown):
                await connector.unbind("account-7", NUMBER)
            assert not is_there(path)
        moved(tmp_path / "elsewhere.db", path)
        assert await connector.unbind("account-7", NUMBER) is Effect.DONE
    assert shop.changes(7) == 1


@pytest.mark.parametrize("shop", ["sqlite"], indirect=True)
async def test_a_file_that_was_put_in_the_place_of_another_is_the_one_that_is_changed(
    shop: Shop, connected: Opener, tmp_path: Path
) -> None:
    path = Path(shop.engine.url.database or "")
    async with connected() as connector:
        assert await connector.holds("account-7", NUMBER)
        shutil.copy(path, tmp_path / "restored.db")
        moved(tmp_path / "restored.db", path)
        assert await connector.unbind("account-7", NUMBER) is Effect.DONE
    shop.engine.dispose()
    assert (shop.row(7)["phone"], shop.changes(7)) == (None, 1)


@pytest.mark.parametrize(
    "handle", ["account-no number", "account-7\0", "account-" + "9" * 40, "account-\ud83d"]
)
async def test_an_id_that_no_record_can_have_is_denied_at_once(
    shop: Shop, connected: Opener, handle: str
) -> None:
    async with connected() as connector:
        for change in (connector.unbind, connector.deregister):
            try:
                assert await change(handle, NUMBER) is Effect.GONE
            except UnknownRecord:
                # Half a letter is none anywhere; PostgreSQL refuses even to compare the others.
                assert shop.engine.dialect.name == "postgresql" or handle.endswith("\ud83d")
    assert (shop.row(7)["phone"], shop.changes(7)) == (PHONE, 0)


@pytest.mark.parametrize("shop", ["postgresql"], indirect=True)
async def test_the_hub_hears_that_there_is_no_such_record(desk_of: DeskOpener, pretender: Pretender) -> None:
    jti = pretender.order("ord_1", "account-seven")
    async with desk_of() as desk:
        assert await turn(desk) == ([jti], "")
    assert [(said["outcome"], said["reason"]) for said in pretender.outcomes] == [("denied", "no_match")]


SLEEPS = {"postgresql": "exists (select 1 from pg_sleep(30))", "mariadb": "sleep(30) = 0"}
RUNNING = {
    "postgresql": "select count(*) from pg_stat_activity where state = 'active' and query like '%sleep(30)%'",
    "mariadb": "select count(*) from information_schema.processlist where info like '%sleep(30)%'",
}


async def at_rest(shop: Shop) -> bool:
    """Whether no statement sleeps in the database, or soon none does, but the one that asks."""
    asks = RUNNING[shop.engine.dialect.name].replace("%", "%%")
    # Within one transaction PostgreSQL shows what it showed at the first look, again and again.
    with shop.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as operator:
        for _ in range(30):
            if operator.exec_driver_sql(asks).scalar_one() == 1:
                return True
            await asyncio.sleep(0.1)
    return False


@pytest.mark.parametrize("shop", SERVED, indirect=True)
async def test_a_statement_that_nobody_waits_for_any_more_does_not_go_on(
    shop: Shop, clock: Clock, tmp_path: Path
) -> None:
    backend = shop.engine.dialect.name
    path = shop.config(tmp_path, find=STATEMENTS["find"].replace("deleted_at is null", SLEEPS[backend]))
    path.write_text(path.read_text().replace("[connector]\n", "[connector]\npatience = 1\n"))
    async with opened(load(path), now=clock) as connector:
        with pytest.raises(StoreDown):
            await connector.find(NUMBER)
        assert await at_rest(shop)
