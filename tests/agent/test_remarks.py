"""What the first configuration would leave out of sight is said when it is written."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from jiebang.agent.config import load
from jiebang.agent.connectors.opening import opened
from jiebang.domain.number import parse
from tests.agent.conftest import DeskOpener
from tests.agent.pretender import Pretender
from tests.agent.shop import STATEMENTS, Shop
from tests.agent.sql.conftest import EACH
from tests.agent.test_joining import CANARY, typed
from tests.agent.test_looking import looked
from tests.agent.test_orders import turn
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio
SAID = {"hub": "https://hub.example", "canary": "+14155552671", "canary_absent": "+14155552670"}
DASHES = ("415-555-2672", "415.555.2673", "+14155552674", "(415) 555-2675", "4155552676")
CLEANED = "replace(replace(replace(phone, '-', ''), '.', ''), ' ', '')"

BINARY = {
    "sqlite": ("create table member (id binary(2) primary key, phone text)",
               "insert into member values (x'0b0c', '13700137000')"),
    "postgresql": ("create table member (id bytea primary key, phone text)",
                   "insert into member values ('\\x0b0c', '13700137000')"),
    "mariadb": ("create table member (id binary(2) primary key, phone varchar(20))",
                "insert into member values (x'0b0c', '13700137000')"),
}  # fmt: skip


async def remarked(url: str, folder: Path, *, numbers: tuple[str, ...], region: str) -> str:
    """Write a configuration for accounts that have these numbers; gives what is said of it."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table customer (id integer primary key, phone text)")
        for row in enumerate(numbers):
            connection.execute(sa.text("insert into customer values (:0, :1)"), {"0": row[0], "1": row[1]})
    engine.dispose()
    said = {**SAID, "url": url.replace("+psycopg", ""), "region": region}
    code, wrote = await typed(folder, "init", "--accounts", "sql", said=said)
    assert code == 0, wrote
    return wrote


async def test_numbers_that_no_spelling_finds_are_counted_and_none_is_shown(
    empty_url: str, tmp_path: Path
) -> None:
    wrote = await remarked(empty_url, tmp_path, numbers=("", *DASHES), region="US")
    assert "2 of 5 numbers that were looked at can be found by none of the spellings" in wrote
    assert "replace(replace(phone, '-', ''), ' ', '') in :spellings" in wrote
    assert "2672" not in wrote


async def test_numbers_that_are_found_are_not_spoken_of(empty_url: str, tmp_path: Path) -> None:
    wrote = await remarked(empty_url, tmp_path, numbers=("", *DASHES[2:], "none"), region="US")
    assert "were looked at" not in wrote


async def test_numbers_that_need_a_country_are_counted(empty_url: str, tmp_path: Path) -> None:
    wrote = await remarked(empty_url, tmp_path, numbers=DASHES, region="")
    assert "4 of 5 numbers that were looked at cannot be read" in wrote
    assert "can be found by none" not in wrote


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"table": "people", "number": "phone"}, "The database has no table people; "),
        ({"table": "customer", "number": "tel", "label": "Nick", "id": "ID", "other_logins": "phone,email"},
         "The table customer has no column tel, Nick, email; "),
    ],
)  # fmt: skip
async def test_what_the_database_has_not_is_named(
    empty_url: str, tmp_path: Path, said: dict[str, str], sentence: str
) -> None:
    engine = sa.create_engine(empty_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table customer (id integer primary key, phone text)")
    engine.dispose()
    url = empty_url.replace("+psycopg", "")
    code, wrote = await typed(tmp_path, "init", "--accounts", "sql", said={**SAID, "url": url, **said})
    assert (code, sentence in " ".join(wrote.split())) == (0, True), wrote


@pytest.mark.parametrize("typed_so", ["138-0013-8000", "138.00 13.8000"])
async def test_a_find_that_compares_a_cleaned_column_frees_a_number_as_it_stands_there(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, typed_so: str
) -> None:
    shop.add(7, phone=typed_so)
    find = STATEMENTS["find"].replace("where phone in", f"where {CLEANED} in")
    pretender.ask("qry_1")
    pretender.order("ord_1", "account-7")
    async with desk_of(find=find) as desk:
        await turn(desk)
    assert [one["handle"] for one in pretender.answers[0]["bindings"]] == ["account-7"]
    assert shop.row(7)["phone"] is None


@pytest.mark.parametrize("database", EACH)
async def test_a_binary_id_is_told_with_what_has_to_be_written(
    request: pytest.FixtureRequest, clock: Clock, tmp_path: Path, database: str
) -> None:
    url = request.getfixturevalue(f"empty_{database}_url")
    wrote = await looked(url, tmp_path, *BINARY[database])
    told = re.search(r"column id is binary.* select (.*) as handle, .* compare (.*)\.$", wrote, re.MULTILINE)
    assert told is not None, wrote
    path = tmp_path / "agent.toml"
    path.write_text(
        path.read_text().replace("id as handle", f"{told[1]} as handle").replace("id = :handle", told[2])
    )
    async with opened(load(path), now=clock) as connector:
        await connector.check()
        (record,) = (await connector.find(parse(CANARY))).records
        assert record.handle == "account-0b0c"
        assert await connector.rehearse(record.handle, parse(CANARY)) == ""


async def test_an_id_that_is_not_binary_is_not_spoken_of(empty_url: str, tmp_path: Path) -> None:
    wrote = await remarked(empty_url, tmp_path, numbers=DASHES, region="US")
    assert "is binary" not in wrote


async def test_a_binary_id_is_told_before_there_is_one(empty_url: str, tmp_path: Path) -> None:
    type_ = "blob" if empty_url.startswith("sqlite") else "bytea"
    table = f"create table member (id {type_} primary key, phone text)"
    assert "The column id is binary" in await looked(empty_url, tmp_path, table)


async def test_an_id_that_is_not_there_hides_nothing(empty_url: str, tmp_path: Path) -> None:
    table = "create table member (line integer, phone text)"
    wrote = await looked(empty_url, tmp_path, table, "insert into member values (1, '137-0013-7000')")
    assert "1 of 1 numbers that were looked at can be found by none" in wrote
