"""
CAMARA's check over HTTP, one process, against an empty FastAPI endpoint with the same models.

Both are asked by the same client over the same number of connections, one after the other and again.
"""

import asyncio
import json
import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import quantiles

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from bench.figures import Figure
from jiebang.app import create
from jiebang.cli.terminal import speak_json
from jiebang.domain.number import Number
from jiebang.domain.party import Party, Role
from jiebang.domain.policy import Policy
from jiebang.domain.span import day
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.flows.add_party import add_party
from jiebang.flows.load_changes import load_changes
from jiebang.house import House
from jiebang.sandbox.program import free_port
from jiebang.sandbox.web import is_up
from jiebang.store.database import Database
from jiebang.store.migrate import upgrade
from jiebang.wire import keys
from jiebang.wire.carriers import CHECKS
from jiebang.wire.oauth import Grant, sign_access_token

_NUMBERS = 20_000
_ASKED = 6_000
_CONNECTIONS = 16
_ROUNDS = 3
_GOAL = 0.5
_PATH = CHECKS[0].path
_ISSUER = "https://hub.example"


class Asked(BaseModel):
    """What is asked."""

    model_config = ConfigDict(alias_generator=to_camel)

    number: str = Field(alias="phoneNumber", pattern=r"^\+[1-9][0-9]{4,14}$")
    specified_date: date


class Said(BaseModel):
    """What is said."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    recycled: bool = Field(alias="phoneNumberRecycled")


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast answers came."""

    per_second: float
    p99: float


def measure(directory: Path) -> Iterator[Figure]:
    """Ask both, in turns, and keep the best of each."""
    house, token = _house(directory)
    house.database.close()
    context = multiprocessing.get_context("fork")
    ports = free_port(), free_port()
    served = [
        context.Process(target=_serve_hub, args=(directory, ports[0]), daemon=True),
        context.Process(target=_serve_empty, args=(ports[1],), daemon=True),
    ]
    for one in served:
        one.start()
    try:
        for port, path in zip(ports, ("/healthz", "/openapi.json"), strict=True):
            while not is_up(f"http://127.0.0.1:{port}{path}"):
                time.sleep(0.05)
        rounds = [[asyncio.run(_ask(port, token)) for port in ports] for _ in range(_ROUNDS)]
    finally:
        for one in served:
            one.terminate()
            one.join()
    here, bare = (max(times, key=lambda rate: rate.per_second) for times in zip(*rounds, strict=True))
    yield Figure(
        what="CAMARA check over HTTP, one process",
        measured=f"{here.per_second:,.0f}/s, p99 {here.p99 * 1000:.1f} ms",
        against=f"empty FastAPI endpoint: {bare.per_second:,.0f}/s, p99 {bare.p99 * 1000:.1f} ms",
        ratio=here.per_second / bare.per_second,
        goal=f"at least {_GOAL}",
        met=here.per_second / bare.per_second >= _GOAL,
    )


def _number(nth: int) -> Number:
    return Number(f"+86138{nth:08}")


def _house(directory: Path) -> tuple[House, str]:
    database = Database(f"sqlite:///{directory / 'hub.db'}")
    upgrade(database)
    house = House(
        database=database, policy=Policy(), key=keys.read_or_make(directory / "key.json"), issuer=_ISSUER,
        now=lambda: datetime.now(UTC), secure_cookies=True,
    )  # fmt: skip
    now = house.now()
    add_party(database, Party(id="par_c", role=Role.CARRIER, name="c", jwks={"keys": []}), now=now)
    changes = [
        Change(number=_number(nth), kind=kind, at=day(on), holder=holder)
        for nth in range(_NUMBERS)
        for kind, on, holder in (
            (ChangeKind.ASSIGNED, date(2018, 1, 1), "a"),
            (ChangeKind.DISCONNECTED, date(2023, 1, 1), None),
            (ChangeKind.ASSIGNED, date(2024, 1, 1), "b"),
        )
    ]
    load_changes(database, "par_c", changes=changes, now=now, policy=house.policy)
    grant = Grant(party_id="par_p", scopes=frozenset({CHECKS[0].scope}))
    life = timedelta(minutes=10)
    return house, sign_access_token(grant, _ISSUER, key=house.key, now=now, life=life)


def _serve_hub(directory: Path, port: int) -> None:
    house = House(
        database=Database(f"sqlite:///{directory / 'hub.db'}"), policy=Policy(),
        key=keys.read_or_make(directory / "key.json"), issuer=_ISSUER, now=lambda: datetime.now(UTC),
        secure_cookies=True,
    )  # fmt: skip
    with (directory / "log").open("w") as log:
        _say_into(log.fileno())
        speak_json()
        uvicorn.run(create(house), port=port, access_log=False, log_level="warning")


def _say_into(file: int) -> None:
    import os  # noqa: PLC0415 - only in the process that is served from

    os.dup2(file, 1)
    os.dup2(file, 2)


def _serve_empty(port: int) -> None:
    app = FastAPI()

    @app.post(_PATH)
    async def check(said: Asked) -> Said:
        return Said(recycled=said.specified_date.year > 0)

    uvicorn.run(app, port=port, access_log=False, log_level="warning")


async def _ask(port: int, token: str) -> Rate:
    """Ask over several connections that stay open, with a client that costs little."""
    took: list[float] = []

    async def one(first: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for nth in range(first, _ASKED, _CONNECTIONS):
            asked = {"phoneNumber": _number(nth).e164, "specifiedDate": "2020-01-01"}
            body = json.dumps(asked).encode()
            head = (
                f"POST {_PATH} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nx-correlator: c\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            begun = time.perf_counter()
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            said = await reader.readexactly(length)
            took.append(time.perf_counter() - begun)
            if not answer.startswith(b"HTTP/1.1 200") or b"true" not in said:
                raise RuntimeError((answer + said).decode())
        writer.close()
        await writer.wait_closed()

    begun = time.perf_counter()
    await asyncio.gather(*(one(first) for first in range(_CONNECTIONS)))
    return Rate(_ASKED / (time.perf_counter() - begun), quantiles(took, n=100)[98])
