"""Before it answers anything, an agent proves on a canary that what it will do works."""

import os
from pathlib import Path

import anyio
import pytest

from jiebang.agent.canary import Verdict, prove_store
from jiebang.agent.config import load
from jiebang.agent.connectors.opening import opened
from jiebang.sandbox.program import installed
from jiebang.wire import keys
from tests.agent.pretender import Pretender
from tests.agent.process import Process
from tests.agent.scim_server import CONFIG, TOKEN, ScimServer
from tests.agent.shop import STATEMENTS, Shop
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio
# Starting a program takes a second, and here the kind of store makes no difference.
ON_SQLITE = pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)


async def failures(path: Path, clock: Clock) -> list[str]:
    """Try to prove the store, and list what failed."""
    config = load(path)
    async with opened(config, now=clock) as connector:
        proofs = [proven async for proven in prove_store(config, connector)]
    return [f"{proven.claim}: {proven.words}" for proven in proofs if proven.verdict is Verdict.FAILED]


async def test_a_sound_shop_is_proven_and_not_changed(shop: Shop, clock: Clock, tmp_path: Path) -> None:
    assert await failures(shop.config(tmp_path), clock) == []
    assert (shop.row(1)["phone"], shop.changes(1)) == ("13700137000", 0)


@pytest.mark.parametrize(
    ("statement", "change", "sentence"),
    [
        ("find", ("in :spellings", "in :spellings or (id = 9 and '13700137000' in :spellings)"),
         "returned 1 records that have another number"),
        ("find", ("phone in", "phone || 'x' in"), "Nothing has the canary's number"),
        ("verify", ("is null", "is not null"), "verify does not see the number"),
        ("verify", ("as handle, phone", "as handle, '+8613700137999'"), "verify does not see the number"),
        ("unbind", ("phone = null", "nickname = 'x'"), "changed 1 rows, and verify sees the number still"),
        ("unbind", ("= :stored", "= 'x' || :stored"), "changed 0 rows"),
        ("unbind", ("phone = :stored", "(phone = :stored or 1 = 1)"),
         "The statement unbind of account changes a record that has another number than :stored"),
        ("deregister", ("phone = :stored", "(phone = :stored or phone is not null)"),
         "The statement deregister of account changes a record that has another number than :stored"),
    ],
)  # fmt: skip
async def test_what_is_unsound_is_found(
    shop: Shop, clock: Clock, tmp_path: Path, *, statement: str, change: tuple[str, str], sentence: str
) -> None:
    shop.add(9, phone="13900139000")
    path = shop.config(tmp_path, **{statement: STATEMENTS[statement].replace(*change)})
    assert sentence in " ".join(await failures(path, clock))
    assert [shop.changes(row) for row in (1, 9)] == [0, 0]


async def test_a_flag_that_does_not_compare_is_found(shop: Shop, clock: Clock, tmp_path: Path) -> None:
    flag = "update customer set nickname = 'flagged' where id = :handle and (phone = :stored or 1 = 1)"
    [failed] = await failures(shop.config(tmp_path, flag=flag), clock)
    assert "flag of account changes a record that has another number than :stored" in failed
    assert (shop.row(1)["nickname"], shop.changes(1)) == ("canary", 0)


async def test_a_missing_canary_is_said(shop: Shop, clock: Clock, tmp_path: Path) -> None:
    shop.run("delete from customer")
    assert "add a record of your own" in (await failures(shop.config(tmp_path), clock))[0]


async def test_an_absent_number_that_is_there_is_said(shop: Shop, clock: Clock, tmp_path: Path) -> None:
    shop.add(9, phone="13700137999")
    assert "A record has canary_absent" in (await failures(shop.config(tmp_path), clock))[0]


async def test_check_shows_what_was_proven(shop: Shop, pretender: Pretender, tmp_path: Path) -> None:
    process = Process(shop.config(tmp_path, hub=pretender.url), "check")
    await process.start()
    assert await process.ended() == 0
    assert process.written.count("proven") >= 8
    assert "the hub grants this platform a token" in process.written
    assert "failed" not in process.written


@ON_SQLITE
async def test_check_fails_when_the_hub_is_not_there(shop: Shop, tmp_path: Path) -> None:
    process = Process(shop.config(tmp_path), "check")
    await process.start()
    assert await process.ended() == 1
    assert "The hub cannot be reached" in process.written


@ON_SQLITE
async def test_run_does_not_start_on_a_store_that_is_unsound(
    shop: Shop, pretender: Pretender, tmp_path: Path
) -> None:
    pretender.ask()
    lies = STATEMENTS["find"].replace("phone in :spellings", "(phone in :spellings or 1 = 1)")
    shop.add(9, phone="13900139000")
    process = Process(shop.config(tmp_path, hub=pretender.url, find=lies))
    await process.start()
    assert await process.ended() == 1
    assert "The agent does not start. Not proven:" in process.written
    assert (pretender.polls, pretender.answers) == ([], [])


@ON_SQLITE
@pytest.mark.parametrize("command", ["run", "check"])
async def test_a_bad_configuration_is_one_sentence(shop: Shop, tmp_path: Path, command: str) -> None:
    path = shop.config(tmp_path)
    path.write_text(path.read_text().replace("par_shop", ""))
    process = Process(path, command)
    await process.start()
    assert await process.ended() == 1
    assert "platform is not right: string should have at least 1 character." in process.written
    assert "Traceback" not in process.written


@ON_SQLITE
async def test_a_missing_key_is_said(shop: Shop, tmp_path: Path) -> None:
    path = shop.config(tmp_path)
    (tmp_path / "agent-key.json").unlink()
    process = Process(path, "check")
    await process.start()
    assert await process.ended() == 1
    assert "jiebang key make" in process.written


async def test_a_scim_server_is_proven_as_far_as_it_can_be_and_that_is_said(
    scim: ScimServer, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SCIM_TOKEN", TOKEN)
    keys.write(keys.make(), tmp_path / "agent-key.json")
    path = tmp_path / "agent.toml"
    path.write_text(CONFIG.format(hub="http://127.0.0.1:9", url=scim.url))
    assert "Nothing has the canary's number" in (await failures(path, clock))[0]
    handle = scim.add("canary", "+8613700137000")
    assert await failures(path, clock) == []
    command = [str(installed("jiebang")), "agent", "check", str(path)]
    checked = await anyio.run_process(command, env={**os.environ, "COLUMNS": "300"}, check=False)
    said = " ".join((checked.stdout + checked.stderr).decode().split())
    assert "and nothing changed. SCIM cannot take a change back, so nothing else was tried. Order it" in said
    # The table and the count below it have one word for it.
    assert "open to deregister or unbind the canary's account" in said
    assert "6 proven, 1 open, 2 failed" in said
    assert scim.numbers(handle) == ["+8613700137000"]
