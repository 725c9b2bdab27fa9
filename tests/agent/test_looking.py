"""A database that `jiebang agent init` looks into is read as its operator would read it."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from jiebang.agent.config import load
from jiebang.agent.connectors.opening import opened
from jiebang.domain.number import parse
from tests.agent.test_joining import CANARY, SAID, typed
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio


async def looked(url: str, folder: Path, *statements: str, **said: str) -> str:
    """Lay out a database, and write a configuration for it; gives what was said of it."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()
    answers = {**SAID, "hub": "https://hub.example", "url": url.replace("+psycopg", ""), **said}
    code, wrote = await typed(folder, "init", "--accounts", "sql", said=answers)
    assert code == 0, wrote
    return wrote


async def test_an_empty_text_is_no_way_to_sign_in(empty_url: str, clock: Clock, tmp_path: Path) -> None:
    wrote = await looked(
        empty_url, tmp_path,
        """create table member (
            id integer primary key, phone text, email text not null default '', openid text,
            unionid integer)""",
        "insert into member (id, phone) values (1, '13700137000')",
        "insert into member (id, phone, email, openid) values (2, '13700137000', 'x@example.com', '7')",
    )  # fmt: skip
    assert ("other_logins email,openid" in wrote, "unionid" in wrote) == (True, False)
    async with opened(load(tmp_path / "agent.toml"), now=clock) as connector:
        records = (await connector.find(parse(CANARY))).records
    assert {record.handle: record.other_logins for record in records} == {"account-1": 0, "account-2": 2}
