"""Where a number's country stands in a column of its own, it is read with it, and no stranger's comes off."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from jiebang.agent.config import load
from jiebang.agent.connectors.contract import Effect
from jiebang.agent.connectors.opening import opened
from jiebang.domain.number import parse
from tests.agent.test_looking import looked
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio

HOME, ABROAD = parse("+8615123456789"), parse("+4915123456789")
TABLE = "create table passenger (id integer primary key, {columns}, nickname varchar(40))"
AS_TEXT = "{name} varchar(20), phone varchar(20)"
ROW = "insert into passenger values ({}, {}, '{}', '')"


def canary(code: str) -> str:
    """Write the canary's row, with what stands in the column beside its number."""
    return ROW.format(1, code, "13700137000")


def phones(url: str) -> dict[int, object]:
    """Read every passenger's number."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(sa.text("select id, phone from passenger order by id")).all()
    engine.dispose()
    return {row[0]: row[1] for row in found}


@pytest.mark.parametrize(
    ("columns", "codes"),
    [
        (AS_TEXT.format(name="country_code"), ("'86'", "'49'")),
        (AS_TEXT.format(name="area_code"), ("'+86'", "'+49'")),
        (AS_TEXT.format(name="phone_cc"), ("'0086'", "'0049'")),
        ("calling_code integer, phone bigint", ("86", "49")),
    ],
)
async def test_a_number_abroad_is_not_the_same_digits_at_home(
    each_url: str, clock: Clock, tmp_path: Path, columns: str, codes: tuple[str, str]
) -> None:
    wrote = await looked(
        each_url, tmp_path, TABLE.format(columns=columns), canary(codes[0]),
        ROW.format(2, codes[1], "15123456789"),
        can="unbind,deregister",
    )  # fmt: skip
    assert "code_is calling, label nickname, id id, spellings e164." in wrote
    async with opened(load(tmp_path / "agent.toml"), now=clock) as connector:
        await connector.check()
        assert await connector.rehearse("account-1", parse("+8613700137000")) == ""
        at_home = await connector.find(HOME)
        assert (at_home.records, at_home.strangers) == ((), 0)
        assert await connector.unbind("account-2", HOME) is Effect.GONE
        assert [one.handle for one in (await connector.find(ABROAD)).records] == ["account-2"]
        assert await connector.unbind("account-2", ABROAD) is Effect.DONE
    assert [str(phone) for phone in phones(each_url).values()] == ["13700137000", "None"]


async def test_what_has_no_code_or_is_whole_is_read_as_it_stands(
    each_url: str, clock: Clock, tmp_path: Path
) -> None:
    rows = [
        (2, "'49'", "+8613600136000"),
        (3, "null", "13600136001"),
        (4, "''", "13600136002"),
        (5, "'49'", "008613600136003"),
        (6, "null", "008613600136004"),
        (7, "'86'", ""),
    ]
    await looked(
        each_url, tmp_path, TABLE.format(columns=AS_TEXT.format(name="cc")), canary("'86'"),
        *(ROW.format(*row) for row in rows),
        code="cc",
    )  # fmt: skip
    async with opened(load(tmp_path / "agent.toml"), now=clock) as connector:
        for row in range(2, 7):
            number = parse(f"+861360013600{row - 2}")
            assert [one.handle for one in (await connector.find(number)).records] == [f"account-{row}"]
            assert await connector.unbind(f"account-{row}", number) is Effect.DONE


@pytest.mark.parametrize("home", ["'CN'", "'cn'", "null", "''"])
async def test_where_countries_are_named_those_of_others_are_left_out(
    each_url: str, clock: Clock, tmp_path: Path, home: str
) -> None:
    wrote = await looked(
        each_url, tmp_path, TABLE.format(columns=AS_TEXT.format(name="country_code")),
        canary("'CN'"), ROW.format(2, home, "15123456780"),
        ROW.format(3, "'DE'", "15123456789"),
        ROW.format(4, "'DE'", "+8615123456781"),
    )  # fmt: skip
    assert "Only accounts for which country_code says CN are seen" in wrote
    async with opened(load(tmp_path / "agent.toml"), now=clock) as connector:
        await connector.check()
        assert not await connector.holds("account-3", HOME)
        found = [await connector.find(parse(f"+861512345678{end}")) for end in (0, 1, 9)]
        assert [len(one.records) for one in found] == [1, 1, 0]
        assert await connector.unbind("account-2", parse("+8615123456780")) is Effect.DONE


async def test_numbers_that_are_kept_as_numbers_are_left_out_with_their_countries(
    each_url: str, clock: Clock, tmp_path: Path
) -> None:
    wrote = await looked(
        each_url, tmp_path, TABLE.format(columns="country varchar(2), phone bigint"), canary("'CN'"),
        ROW.format(2, "'DE'", "15123456789"),
    )  # fmt: skip
    assert "code_is country, label nickname, id id, spellings national_digits" in wrote
    async with opened(load(tmp_path / "agent.toml"), now=clock) as connector:
        await connector.check()
        assert await connector.rehearse("account-1", parse("+8613700137000")) == ""
        assert (await connector.find(HOME)).records == ()


async def test_what_keeps_the_search_fast_is_told_in_the_databases_words(
    each_url: str, tmp_path: Path
) -> None:
    wrote = await looked(
        each_url, tmp_path, TABLE.format(columns=AS_TEXT.format(name="country_code")), canary("86")
    )
    told = re.search(r"the database needs: (.*)$", wrote, re.MULTILINE)
    assert told is not None, wrote
    engine = sa.create_engine(each_url)
    with engine.connect() as connection:
        connection.execute(sa.text(told[1]))
        # Made once, it is there: there can be no other of its name.
        with pytest.raises(sa.exc.DBAPIError, match="number_whole"):
            connection.execute(sa.text(told[1]))
        connection.rollback()
    engine.dispose()


@pytest.mark.parametrize("rows", [[], [ROW.format(1, "'010'", "13700137000")]])
async def test_a_column_that_may_say_the_country_and_is_not_read_is_told(
    empty_url: str, tmp_path: Path, rows: list[str]
) -> None:
    wrote = await looked(empty_url, tmp_path, TABLE.format(columns=AS_TEXT.format(name="area_code")), *rows)
    assert "The column area_code may say in which country each phone is" in wrote
    assert "code area_code" not in wrote


async def test_beside_numbers_that_say_their_country_nothing_else_does(
    empty_url: str, tmp_path: Path
) -> None:
    row = ROW.format(1, "'86'", "+8613700137000")
    wrote = await looked(empty_url, tmp_path, TABLE.format(columns=AS_TEXT.format(name="area_code")), row)
    assert "area_code" not in wrote


async def test_what_is_said_to_be_no_country_is_not_taken_for_one(empty_url: str, tmp_path: Path) -> None:
    wrote = await looked(
        empty_url,
        tmp_path,
        TABLE.format(columns=AS_TEXT.format(name="zone")),
        canary("86"),
        code="",
    )
    assert ("spellings national_digits" in wrote, "code zone" in wrote) == (True, False)


async def test_a_column_that_is_said_is_read_before_there_is_a_number(empty_url: str, tmp_path: Path) -> None:
    table = TABLE.format(columns=AS_TEXT.format(name="abroad"))
    await looked(empty_url, tmp_path, table, code="abroad")
    assert "ltrim(cast(abroad as text), '+0')" in (tmp_path / "agent.toml").read_text()
