"""MariaDB takes much for the same that is not; and it lets in whoever has the password, for what they may."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jiebang.agent.config import load
from jiebang.agent.connectors.contract import Effect
from jiebang.agent.connectors.opening import opened
from jiebang.agent.errors import StoreRefuses, StoreTrouble, Unsound
from tests import mariadb
from tests.agent.shop import STATEMENTS, Shop
from tests.agent.sql.conftest import Opener
from tests.agent.sql.test_sql import LINE
from tests.agent.test_canary import failures
from tests.agent.turning import Clock

pytestmark = [pytest.mark.anyio, pytest.mark.needs("mariadb")]

BY_NAME = {
    "find": "select nickname as handle, phone as number from customer where phone in :spellings",
    "verify": "select nickname as handle, phone as number from customer where nickname = :handle",
    "unbind": "update customer set phone = null where nickname = :handle and phone = :stored",
    "deregister": "update customer set phone = null where nickname = :handle and phone = :stored",
}


@pytest.fixture(params=["mariadb"])
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """Open a shop on MariaDB alone."""
    shop = Shop(request.getfixturevalue(f"empty_{request.param}_url"))
    yield shop
    shop.close()


@pytest.mark.parametrize("handle", ["7abc", "7 ", " 7", "7.0", "07", "7e0", "7 or 1=1", "0x7", "7\0", "7'"])
async def test_an_id_is_that_text_and_no_other(shop: Shop, connected: Opener, handle: str) -> None:
    shop.add(7, phone="13800138000")
    async with connected() as connector:
        assert not await connector.holds(f"account-{handle}", LINE)
        assert await connector.unbind(f"account-{handle}", LINE) is Effect.GONE
        assert await connector.deregister(f"account-{handle}", LINE) is Effect.GONE
    assert (shop.row(7)["phone"], shop.changes(7)) == ("13800138000", 0)


async def test_an_answer_asks_nothing_to_be_undone(shop: Shop, connected: Opener) -> None:
    shop.add(7, phone="13800138000")
    undone = "show global status like 'Com_rollback'"
    with shop.engine.connect() as operator:
        async with connected() as connector:
            before = operator.exec_driver_sql(undone).one()
            assert [record.handle for record in (await connector.find(LINE)).records] == ["account-7"]
            assert operator.exec_driver_sql(undone).one() == before


async def test_a_statement_that_does_not_go_with_its_values_is_no_server_that_is_down(
    shop: Shop, connected: Opener
) -> None:
    shop.add(7, phone="13800138000")
    # Elsewhere this writes closed-7; here it is an "or" of two numbers, and the text is none.
    closed = (
        "update customer set nickname = 'closed-' || id, phone = null where id = :handle and phone = :stored"
    )
    async with connected(unbind=closed) as connector:
        with pytest.raises(StoreRefuses, match="The statement unbind of account does not go with the values"):
            await connector.unbind("account-7", LINE)
    assert (shop.row(7)["phone"], shop.changes(7)) == ("13800138000", 0)


@pytest.mark.parametrize("handle", ["ANNA", "Anna", "anna ", "änna"])
async def test_a_name_is_those_letters_and_no_others(shop: Shop, connected: Opener, handle: str) -> None:
    shop.add(7, phone="13800138000", nickname="anna")
    async with connected(**BY_NAME) as connector:
        await connector.check()
        assert await connector.unbind(f"account-{handle}", LINE) is Effect.GONE
        assert shop.changes(7) == 0
        assert await connector.unbind("account-anna", LINE) is Effect.DONE


async def test_two_names_that_it_takes_for_one_stay_two(shop: Shop, connected: Opener) -> None:
    shop.add(7, phone="13800138000", nickname="anna")
    shop.add(8, phone="+8613800138000", nickname="Anna")
    async with connected(**BY_NAME) as connector:
        assert {one.handle for one in (await connector.find(LINE)).records} == {
            "account-anna",
            "account-Anna",
        }
        assert await connector.unbind("account-Anna", LINE) is Effect.DONE
    assert (shop.row(7)["phone"], shop.row(8)["phone"]) == ("13800138000", None)


async def test_a_verify_that_does_not_say_whose_row_it_is_is_refused(connected: Opener) -> None:
    verify = STATEMENTS["verify"].replace("id as handle, ", "")
    async with connected(verify=verify) as connector:
        with pytest.raises(Unsound, match="lacks the column handle: MariaDB takes 7x for 7"):
            await connector.check()


@pytest.fixture
def path(shop: Shop, mariadb_server: mariadb.Server, tmp_path: Path) -> Iterator[Path]:
    """Write a configuration with a role of its own, which may only read."""
    mariadb_server.run("create or replace user jiebang@'127.0.0.1' identified by 'a long word'")
    mariadb_server.run(f"grant select on {shop.engine.url.database}.* to jiebang@'127.0.0.1'")
    path = shop.config(tmp_path)
    role, password = "mariadb://jiebang@", 'password_env = "TEST_MARIADB"\nspellings = ['
    text = path.read_text().replace("mariadb+pymysql://root@", role)
    path.write_text(text.replace("spellings = [", password))
    yield path
    mariadb_server.run("drop user jiebang@'127.0.0.1'")


async def test_a_password_opens_what_its_role_may_do(
    shop: Shop, path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add(7, phone="13800138000")
    monkeypatch.setenv("TEST_MARIADB", "a long word")
    async with opened(load(path), now=clock) as connector:
        assert len((await connector.find(LINE)).records) == 1
        with pytest.raises(StoreTrouble, match="does not allow the agent's role"):
            await connector.unbind("account-7", LINE)
    assert shop.changes(7) == 0


async def test_another_password_opens_nothing(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_MARIADB", "another word")
    async with opened(load(path), now=clock) as connector:
        with pytest.raises(StoreTrouble, match="does not allow the agent's role"):
            await connector.find(LINE)


async def test_a_table_without_transactions_is_found_out_on_the_canary(
    shop: Shop, clock: Clock, tmp_path: Path
) -> None:
    shop.run("alter table customer engine = MyISAM")
    assert "What was tried was not rolled back" in " ".join(await failures(shop.config(tmp_path), clock))
