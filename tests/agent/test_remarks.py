"""What the first configuration would leave out of sight is said when it is written."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.agent.conftest import DeskOpener
from tests.agent.pretender import Pretender
from tests.agent.shop import STATEMENTS, Shop
from tests.agent.test_joining import typed
from tests.agent.test_orders import turn

pytestmark = pytest.mark.anyio
SAID = {"hub": "https://hub.example", "canary": "+14155552671", "canary_absent": "+14155552670"}
DASHES = ("415-555-2672", "415.555.2673", "+14155552674", "(415) 555-2675", "4155552676")
CLEANED = "replace(replace(replace(phone, '-', ''), '.', ''), ' ', '')"


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
