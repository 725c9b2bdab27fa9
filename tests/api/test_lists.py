"""What the hub publishes is served as files, from any byte on, and nothing else is."""

from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from jiebang.app import create
from jiebang.domain.policy import Policy
from jiebang.house import House
from jiebang.recycled.days import NEVER
from jiebang.store.database import Database
from jiebang.wire import keys
from tests.build import NOW
from tests.recycled.made import ONE, Hub

pytestmark = pytest.mark.anyio


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """Open a hub that has published a list, with a secret beside it."""
    hub = Hub(tmp_path / "lists")
    hub.publish({ONE: NEVER})
    (tmp_path / "secret.list").write_text("secret")
    (tmp_path / "lists/.fresh.list").write_text("not yet")
    (tmp_path / "lists/keys.json").write_text("{}")
    house = House(
        database=Database(f"sqlite:///{tmp_path}/hub.db"), policy=Policy(), key=keys.make(),
        issuer="https://hub.example", now=lambda: NOW, secure_cookies=False, list_folder=tmp_path / "lists",
    )  # fmt: skip
    return create(house)


async def fetched(app: FastAPI, path: str, **headers: str) -> httpx2.Response:
    """Fetch from the hub."""
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://hub.example") as client:
        return await client.get(path, headers=headers)


async def test_lists_are_served_from_any_byte_on(app: FastAPI, tmp_path: Path) -> None:
    (path,) = (tmp_path / "lists").glob("2*.list")
    whole = await fetched(app, f"/lists/{path.name}")
    assert (whole.status_code, whole.content) == (200, path.read_bytes())
    rest = await fetched(app, f"/lists/{path.name}", Range="bytes=4000-")
    assert (rest.status_code, rest.content) == (206, path.read_bytes()[4000:])
    assert (await fetched(app, "/lists/latest.jws")).content == (tmp_path / "lists/latest.jws").read_bytes()


@pytest.mark.parametrize(
    "name",
    ["", "secret.list", "..%2Fsecret.list", "%2e%2e/secret.list", ".fresh.list", "keys.json", "x" * 99],
)
async def test_nothing_else_is(app: FastAPI, name: str) -> None:
    assert (await fetched(app, f"/lists/{name}")).status_code in {404, 422}


async def test_a_hub_that_publishes_nothing_serves_nothing(app: FastAPI, tmp_path: Path) -> None:
    for path in (tmp_path / "lists").iterdir():
        path.unlink()
    assert (await fetched(app, "/lists/latest.jws")).status_code == 404
