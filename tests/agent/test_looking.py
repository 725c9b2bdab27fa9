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


async def test_a_column_with_numbers_is_preferred_to_a_shorter_name_without(
    empty_url: str, tmp_path: Path
) -> None:
    wrote = await looked(
        empty_url, tmp_path,
        "create table member (id integer primary key, tel varchar(20) default '', mobile varchar(20))",
        "insert into member (id, mobile) values (1, '13700137000')",
    )  # fmt: skip
    assert ("number mobile" in wrote, "spellings national_digits" in wrote) == (True, True)


async def test_accounts_without_a_number_hide_no_spelling(empty_url: str, tmp_path: Path) -> None:
    wrote = await looked(
        empty_url, tmp_path,
        "create table member (id integer primary key, phone text not null)",
        """with recursive one(id) as (select 1 union all select id + 1 from one where id < 600)
           insert into member select id, '' from one""",
        "insert into member values (601, '13700137000')",
    )  # fmt: skip
    assert "spellings national_digits" in wrote


async def test_what_is_proposed_follows_from_the_column_that_was_said(empty_url: str, tmp_path: Path) -> None:
    wrote = await looked(
        empty_url, tmp_path,
        "create table client (id integer primary key, tel text, tel_bound_at text)",
        "create table member (id integer primary key, mobile text not null, mobile_bound_at text)",
        "insert into member (id, mobile) values (1, '+8613700137000')",
        number="mobile",
    )  # fmt: skip
    for proposed in ("table member", "release empty", "bound_at mobile_bound_at", "spellings e164"):
        assert proposed in wrote


async def test_a_view_is_read_by_the_column_that_looks_like_an_id(empty_url: str, tmp_path: Path) -> None:
    wrote = await looked(
        empty_url, tmp_path,
        "create table person (uid integer primary key, phone text, by_user_id integer, shop_id integer)",
        "create view member as select shop_id, by_user_id, phone, uid as user_id from person",
        table="member",
    )  # fmt: skip
    assert "id user_id" in wrote


async def test_spaces_that_fill_a_column_up_are_no_spelling(empty_url: str, tmp_path: Path) -> None:
    wrote = await looked(
        empty_url, tmp_path,
        "create table member (id integer primary key, phone char(20))",
        "insert into member values (1, '13700137000')",
    )  # fmt: skip
    assert "spellings national_digits" in wrote
    assert "were looked at" not in wrote
