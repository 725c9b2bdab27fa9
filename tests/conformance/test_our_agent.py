"""Our own agent passes: as a process, on each kind of database, with and without cleaning by itself."""

import json
from pathlib import Path

import pytest

from jiebang.sandbox.conformance.conform import CHECKS
from jiebang.sandbox.program import free_port
from jiebang.wire import keys
from tests.agent.shop import Shop
from tests.conformance.trying import ONE, PROGRAM, TWO, fallen, inspection_in, tried

CLEAN = '\n[clean]\non_disconnected = "ignore"\non_recycled = "unbind"\n'


def ready(shop: Shop, folder: Path, *, port: int, **parts: str) -> Path:
    """Configure the shop's agent, and publish its key."""
    config = shop.config(folder, hub=f"http://127.0.0.1:{port}", **parts)
    public = keys.read(folder / "agent-key.json").public_set()
    (folder / "public.json").write_text(json.dumps(public))
    return config


def put_back(shop: Shop) -> None:
    """Make the test accounts anew, and leave the canary."""
    shop.run("delete from customer where id > 1")
    shop.run("delete from consent")
    shop.add(2, phone=ONE[3:], nickname="晚秋")
    shop.add(3, phone=TWO[3:], nickname="知远", phone_bound_at="2021-03-01 12:00:00", email="z@shop.example")
    shop.consent(4, TWO)


@pytest.mark.anyio
async def test_our_agent_passes_on_every_database(empty_url: str, tmp_path: Path) -> None:
    shop, port = Shop(empty_url), free_port()
    config = ready(shop, tmp_path, port=port, clean=CLEAN)

    async def restore() -> None:
        put_back(shop)

    letters = 10_000 if empty_url.startswith("sqlite") else 500
    inspection = inspection_in(tmp_path, port=port, letters=letters, burst=200)
    found = await tried([PROGRAM, "agent", "run", config], inspection, folder=tmp_path, restore=restore)
    shop.close()
    assert fallen(found) == {}
    tried_too = [check.name for check in CHECKS if not check.required]
    assert [found[check].verdict for check in tried_too] == ["passed"] * len(tried_too)


@pytest.fixture
def anyio_backend() -> str:
    """Run coroutines on asyncio, as the agent does."""
    return "asyncio"
