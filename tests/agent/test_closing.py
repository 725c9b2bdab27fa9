"""How an account is closed is written in the words of the database, and for what stands in its column."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from jiebang.agent.config import load
from jiebang.agent.connectors.contract import Effect
from jiebang.agent.connectors.opening import opened
from jiebang.agent.errors import StoreRefuses
from jiebang.domain.number import parse
from tests.agent.test_joining import CANARY
from tests.agent.test_looking import looked
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio

LINE = parse("+8613600136000")
TABLE = "create table member (id integer primary key, phone varchar(20), {})"
ROW = "insert into member values ({}, '{}', {})"
CLOSINGS = {
    "deleted_at timestamp null": "null", "deleted_at integer default 0 not null": "0",
    "delete_time bigint": "null", "deleted_at varchar(40)": "null", "closed_at date": "null",
}  # fmt: skip


def closing(url: str) -> list[object]:
    """Read what stands where members' closing is told."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = [row[-1] for row in connection.exec_driver_sql("select * from member order by id")]
    engine.dispose()
    return found


@pytest.mark.parametrize("column", CLOSINGS)
async def test_what_init_writes_closes_an_account_and_finds_it_no_more(
    each_url: str, clock: Clock, tmp_path: Path, column: str
) -> None:
    opening = CLOSINGS[column]
    await looked(
        each_url, tmp_path, TABLE.format(column),
        *(ROW.format(row, f"1360013600{row}", opening) for row in (0, 1)),
        ROW.format(2, "13700137000", opening),
        can="unbind,deregister", region="CN",
    )  # fmt: skip
    async with opened(load(tmp_path / "agent.toml"), now=clock) as connector:
        await connector.check()
        assert await connector.rehearse("account-2", parse(CANARY)) == ""
        assert [one.handle for one in (await connector.find(LINE)).records] == ["account-0"]
        assert await connector.deregister("account-0", LINE) is Effect.DONE
    closed, *others = closing(each_url)
    assert (closed is not None, not isinstance(closed, int) or closed > 1_700_000_000) == (True, True)
    assert others == ([0, 0] if opening == "0" else [None, None])


async def test_a_column_that_is_never_empty_tells_of_no_open_account(empty_url: str, tmp_path: Path) -> None:
    column = "deleted_at timestamp default '1970-01-01' not null"
    wrote = await looked(empty_url, tmp_path, TABLE.format(column))
    assert "The column deleted_at is never null, and the statements take an account for open where" in wrote


@pytest.mark.needs("mariadb")
async def test_a_change_that_does_not_go_with_its_column_is_named_when_it_is_rehearsed(
    empty_mariadb_url: str, clock: Clock, tmp_path: Path
) -> None:
    rows = [ROW.format(2, "13700137000", "null")]
    await looked(empty_mariadb_url, tmp_path, TABLE.format("deleted_at datetime"), *rows, can="deregister")
    path = tmp_path / "agent.toml"
    path.write_text(path.read_text().replace("left(:now, 19)", ":now"))
    async with opened(load(path), now=clock) as connector:
        await connector.check()
        with pytest.raises(StoreRefuses, match="The statement deregister of account does not go with the"):
            await connector.rehearse("account-2", parse(CANARY))
