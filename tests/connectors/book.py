"""An account store over HTTP that does as a test tells it, and writes down what has reached it."""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

import pytest
import yaml
from aiohttp import web

from jiebang.agent.config import load
from jiebang.agent.connectors.contract import Connector
from jiebang.agent.connectors.opening import opened
from jiebang.domain.number import Number
from tests.agent.turning import Clock

Json: TypeAlias = Any
LINE, OTHER = Number("+8613800138000"), Number("+8613800138001")
REQUESTS = yaml.safe_load("""
access: {type: none}
spellings: [digits]
account:
  id: $.id
  closed: [{path: $.state, value: closed}]
  numbers: {each: "$.phones[*]", value: $.number, bound_at: $.since, take: {contact: $.key}}
  label: $.nick
find:
  steps:
    - {method: GET, path: /people, query: {number: "{number}"}}
  accounts: $.people[*]
read:
  steps:
    - {method: GET, path: "/people/{id}", gone: [404], take: {serial: $.serial}}
unbind:
  steps:
    - {method: DELETE, path: "/people/{id}/phones/{contact}", for_each: number, gone: [404]}
deregister:
  steps:
    - {method: POST, path: "/people/{id}/close", body: {serial: "{serial}", id: "{id}", why: "{id} asked"}}
list:
  steps:
    - {method: GET, path: /people}
  accounts: $.people[*]
""")
_CONFIG = """
hub = "http://127.0.0.1:9"
platform = "par_book"
key_file = "agent-key.json"
ledger = "ledger.db"
region = "CN"
canary = "+8613700137000"
canary_absent = "+8613700137999"
most_records = 4
[connector]
type = "http"
url = "{url}/api"
requests = "requests.yaml"
can = {can}
{more}
"""


@dataclass(frozen=True, slots=True)
class Heard:
    """One request, as it arrived."""

    method: str
    path: str
    """As it stood in the request line."""
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def segments(self) -> list[str]:
        """The path's segments after `/api`, decoded one by one."""
        return [unquote(segment) for segment in self.path.split("?", maxsplit=1)[0].split("/")[2:]]

    @property
    def said(self) -> Json:
        """The body, read."""
        return json.loads(self.body) if self.body else None


def reply(said: Json = None, status: int = 200, **headers: str) -> web.Response:
    """Answer in JSON; an underscore in a header's name is a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.json_response({} if said is None else said, status=status, headers=named)


@dataclass(slots=True)
class Book:
    """People by id; what a test's `lie` gives is answered instead of the truth."""

    people: dict[str, Json] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    lie: Callable[[Heard], web.Response | None] = lambda _: None
    url: str = ""

    def add(self, own_id: str, *numbers: str, **more: Json) -> str:
        """Write somebody in; gives the handle of their account."""
        phones = [
            {"number": number, "key": f"k{at}", "since": 1_700_000_000 + at}
            for at, number in enumerate(numbers)
        ]
        self.people[own_id] = {"id": own_id, "serial": len(self.people) + 7, "phones": phones, **more}
        return f"account-{own_id}"

    def numbers(self, own_id: str) -> list[str]:
        """List somebody's numbers."""
        return [phone["number"] for phone in self.people[own_id]["phones"]]

    def asked(self, method: str, part: str = "") -> list[Heard]:
        """List the requests of one method whose path has some part in it."""
        return [heard for heard in self.heard if heard.method == method and part in heard.path]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Write a request down, and answer it."""
        heard = Heard(
            request.method, request.raw_path, dict(request.query), dict(request.headers), await request.read()
        )
        self.heard.append(heard)
        lie = self.lie(heard)
        return lie if lie is not None else self._truth(heard)

    def _truth(self, heard: Heard) -> web.Response:
        match heard.method, heard.segments:
            case "GET", ["people"]:
                wanted = heard.query.get("number")
                return reply(
                    {"people": [one for one in self.people.values() if wanted is None or _has(one, wanted)]}
                )
            case "GET", ["people", own_id] if own_id in self.people:
                return reply(self.people[own_id])
            case "DELETE", ["people", own_id, "phones", key] if own_id in self.people:
                phones = self.people[own_id]["phones"]
                phones[:] = [phone for phone in phones if phone["key"] != key]
                return web.Response(status=204)
            case "POST", ["people", own_id, "close"] if own_id in self.people:
                self.people[own_id] |= {"state": "closed", "phones": []}
                return reply()
            case _:
                return reply(status=404)


def _has(one: Json, number: str) -> bool:
    return any(phone["number"] == number for phone in one["phones"])


def once(*replies: web.Response, method: str, part: str = "") -> Callable[[Heard], web.Response | None]:
    """Give these answers, one after another, to requests of one method whose path has some part in it."""
    left: Iterator[web.Response] = iter(replies)

    def _lie(heard: Heard) -> web.Response | None:
        return next(left, None) if heard.method == method and part in heard.path else None

    return _lie


@asynccontextmanager
async def listening() -> AsyncIterator[Book]:
    """Run a book on a free port."""
    book = Book()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", book.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    book.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield book
    finally:
        await runner.cleanup()


@pytest.fixture
async def book() -> AsyncIterator[Book]:
    """Run a book for one test."""
    async with listening() as book:
        yield book


def connected(
    book: Book,
    folder: Path,
    clock: Clock,
    *,
    can: Sequence[str] = ("unbind", "deregister"),
    more: str = "",
    **sections: Json,
) -> AbstractAsyncContextManager[Connector]:
    """Open a connector to a book, with some sections of its requests put differently."""
    (folder / "requests.yaml").write_text(yaml.safe_dump(REQUESTS | sections))
    (folder / "agent.toml").write_text(_CONFIG.format(url=book.url, can=list(can), more=more))
    return opened(load(folder / "agent.toml"), now=clock)
