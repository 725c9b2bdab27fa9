"""What the agent keeps beside itself it must be able to write; where it cannot, a sentence says so."""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from jiebang.agent.config import load
from jiebang.agent.errors import ConfigInvalid, LedgerDown, Trouble
from jiebang.agent.index.file import IndexFile
from jiebang.agent.index.key import IndexKey
from jiebang.agent.ledger import Ledger
from jiebang.agent.loop import check, release, status
from tests.agent.conftest import DeskOpener
from tests.agent.pretender import Pretender
from tests.agent.shop import Shop
from tests.agent.test_orders import turn

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
NOBODY = 65_534
KEY = IndexKey(b"k" * 32)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Make a folder that others can look into."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def powerless() -> Iterator[None]:
    """Be nobody for a while, where the tests are root's, whom no mode keeps out."""
    own = os.geteuid()
    if own == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(own)


@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_a_ledger_of_another_user_is_a_ledger_that_cannot_be_read(folder: Path, mode: int) -> None:
    Ledger(folder / "ledger.db").close()
    (folder / "ledger.db").chmod(mode)
    with (
        powerless(),
        pytest.raises(ConfigInvalid, match=r"written here: Permission denied\. .* as that user"),
    ):
        Ledger(folder / "ledger.db")


def index(path: Path) -> IndexFile:
    """Open an index."""
    return IndexFile(path, KEY, reading="")


@pytest.mark.parametrize(
    ("make", "mode"),
    [(Ledger, 0o555), (Ledger, 0o333), (Ledger, 0o000), (index, 0o555), (index, 0o000)],
)
def test_a_folder_that_nobody_may_write_to_is_told(
    folder: Path, make: Callable[[Path], object], mode: int
) -> None:
    folder.chmod(mode)
    with powerless(), pytest.raises(ConfigInvalid, match=r"db cannot be read and written here: Permission"):
        make(folder / "kept.db")
    folder.chmod(0o755)


async def test_an_index_whose_lock_is_somebody_elses_is_told(folder: Path) -> None:
    opened = index(folder / "index.db")
    (folder / "index.db.lock").touch(mode=0o400)
    with powerless(), pytest.raises(ConfigInvalid, match="Permission denied"), opened.alone():
        pass
    opened.close()


@ON_SQLITE
def test_every_command_says_that_it_may_not(shop: Shop, folder: Path) -> None:
    config = load(shop.config(folder))
    Ledger(config.ledger).close()
    config.ledger.chmod(0o000)
    config.key_file.chmod(0o644)
    with powerless():
        for command in (status, release):
            with pytest.raises(ConfigInvalid, match=r"ledger .* Permission denied"):
                command(config)
        with pytest.raises(ConfigInvalid, match=r"ledger .* Permission denied"):
            asyncio.run(check(config))
    folder.chmod(0o000)
    with powerless():
        with pytest.raises(ConfigInvalid, match=r"ledger .* Permission denied"):
            status(config)
        with pytest.raises(ConfigInvalid, match=r"key_file .* cannot be read: Permission denied"):
            asyncio.run(check(config))
    folder.chmod(0o755)


def _fill(ledger: Ledger) -> None:
    for serial in range(10_000):
        ledger.end({f"ord_other_{serial}": 1}, datetime.now(UTC))


@contextmanager
def no_room(ledger: Ledger) -> Iterator[None]:
    """Let the ledger's file grow no more, and fill what there is of it."""

    def _small(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("pragma max_page_count = 1")

    sa.event.listen(ledger.engine, "connect", _small)
    ledger.engine.dispose()
    with pytest.raises(LedgerDown):
        _fill(ledger)
    yield
    sa.event.remove(ledger.engine, "connect", _small)
    ledger.engine.dispose()


@ON_SQLITE
async def test_while_there_is_no_room_for_the_ledger_nothing_is_done_and_that_is_said(
    shop: Shop, pretender: Pretender, desk_of: DeskOpener
) -> None:
    shop.add(7, phone="13800138000")
    pretender.order("ord_1", "account-7")
    async with desk_of() as desk:
        with no_room(desk.ledger):
            with pytest.raises(
                Trouble, match=r"The ledger \S+ cannot be used now: database or disk is full\."
            ):
                await turn(desk)
            assert (shop.changes(7), pretender.outcomes) == (0, [])
        await turn(desk)
    assert (shop.changes(7), pretender.told("ord_1")) == (1, ["fulfilled"])


def test_a_ledger_that_becomes_another_thing_is_said_to_be_none(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path / "ledger.db")) as ledger:
        ledger.engine.dispose()
        (tmp_path / "ledger.db").write_bytes(b"not a database, and long enough to be one" * 999)
        with pytest.raises(LedgerDown, match="file is not a database"):
            ledger.unsent(most=1)
