"""`jiebang agent try` shows what would be answered and done about a number, and changes nothing."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from jiebang.agent.config import load
from jiebang.agent.connectors.opening import opened
from jiebang.agent.trial import Trial, Tried, attempt
from jiebang.cli import app
from jiebang.cli.agent_shown import none_shown
from jiebang.domain.number import Number
from jiebang.wire import keys
from tests.agent.scim_server import CONFIG, TOKEN, ScimServer
from tests.agent.shop import STATEMENTS, Shop
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
NUMBER, ALONE = Number("+8613800138000"), Number("+8613500135111")
"""The second is nobody's at the server that other tests share."""


def snapshot(shop: Shop) -> dict[str, list[Any]]:
    """Read every row of every table."""
    with shop.engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        return {
            name: [tuple(row) for row in connection.execute(sa.text(f"select * from {name}"))]  # noqa: S608 - names that the database gave
            for name in tables
        }


async def tried(path: Path, clock: Clock, *, number: Number = NUMBER) -> Trial:
    """Try a number."""
    config = load(path)
    async with opened(config, now=clock) as connector:
        return await attempt(connector, number, clean=config.clean)


@pytest.fixture
def number_everywhere(shop: Shop) -> None:
    """Let the number be in two accounts and on a marketing list."""
    shop.add(2, phone="13800138000", nickname="小满", email="x", phone_bound_at="2020-01-02T03:04:05")
    shop.add(3, phone="+8613800138000", nickname="someone")
    shop.consent(1, "138 0013 8000")


@pytest.mark.usefixtures("number_everywhere")
async def test_every_record_is_shown_masked_and_rehearsed_and_nothing_is_changed(
    shop: Shop, clock: Clock, tmp_path: Path
) -> None:
    before = snapshot(shop)
    found = await tried(shop.config(tmp_path), clock)
    labels = {one.binding["handle"]: one.binding["label"] for one in found.rehearsals}
    assert labels == {"account-2": "小***", "account-3": "so***", "subscription-1": "s***"}
    assert {one.tried for one in found.rehearsals} == {Tried.REHEARSED}
    assert (found.complete, found.strangers) == (True, 0)
    assert snapshot(shop) == before


@pytest.mark.usefixtures("number_everywhere")
async def test_a_change_that_would_not_work_is_shown(shop: Shop, clock: Clock, tmp_path: Path) -> None:
    wrong = STATEMENTS["unbind"].replace("id = :handle", "id < 99 and :handle is not null")
    shop.add(4, phone="+86 138 0013 8000")
    path = shop.config(tmp_path, unbind=wrong.replace("phone = :stored", ":stored is not null"))
    before = snapshot(shop)
    found = await tried(path, clock)
    assert {one.tried for one in found.rehearsals if one.binding["kind"] == "account"} == {Tried.FAILED}
    assert snapshot(shop) == before


async def test_what_a_store_cannot_take_back_is_not_tried(
    scim: ScimServer, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SCIM_TOKEN", TOKEN)
    keys.write(keys.make(), tmp_path / "agent-key.json")
    (tmp_path / "agent.toml").write_text(CONFIG.format(hub="http://127.0.0.1:9", url=scim.url))
    handle = scim.add("tried", ALONE.e164)
    before = scim.call("GET", "/Users")
    found = await tried(tmp_path / "agent.toml", clock, number=ALONE)
    assert [(one.binding["handle"], one.tried) for one in found.rehearsals] == [(handle, Tried.UNTRIED)]
    assert scim.call("GET", "/Users") == before
    scim.call("DELETE", "/Users/" + handle.removeprefix("account-"))


@ON_SQLITE
@pytest.mark.usefixtures("number_everywhere")
async def test_the_number_is_read_from_standard_input_and_never_shown(shop: Shop, tmp_path: Path) -> None:
    path = shop.config(tmp_path, clean='\n[clean]\non_recycled = "unbind"\n')
    before = snapshot(shop)
    said = await _try(path, "-", typed="138 0013 8000\n")
    assert "+86 ··· 00" in said
    assert "13800138000" not in said.replace(" ", "")
    assert "小***" in said
    assert "小满" not in said
    assert "it: unbind" in said
    assert snapshot(shop) == before
    assert not (tmp_path / "ledger.db").exists()


@ON_SQLITE
@pytest.mark.parametrize(
    ("number", "sentence"),
    [("+8613800138999", "no record uses it"), ("12", "not a number that can exist")],
)
async def test_a_number_without_records_and_what_is_no_number_are_told_apart(
    shop: Shop, tmp_path: Path, number: str, sentence: str
) -> None:
    assert sentence in await _try(shop.config(tmp_path), number)


@pytest.mark.parametrize(
    ("complete", "indexed", "sentence"),
    [
        (True, True, "no record uses it"),
        (True, False, "no record uses it"),
        (False, False, "parts it did not"),
    ],
)
def test_none_and_none_seen_so_far_are_told_apart(*, complete: bool, indexed: bool, sentence: str) -> None:
    trial = Trial(number=NUMBER, complete=complete, strangers=0, rehearsals=())
    assert sentence in none_shown(trial, indexed=indexed)


async def _try(path: Path, number: str, *, typed: str = "") -> str:
    words = ["agent", "try", str(path), number]
    done = await asyncio.to_thread(CliRunner().invoke, app, words, input=typed, env={"COLUMNS": "200"})
    return done.output
