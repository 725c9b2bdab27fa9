"""
Signals posted to fifty receivers on loopback (RFC 8935), against bare posts of the same tokens.

Both post from this process to one receiving process, which answers 202 and does nothing. The bare loop has
its tokens ready; of its rounds the best counts. Receivers are fifty addresses of that process.
"""

import asyncio
import time
from collections.abc import Iterator
from ipaddress import ip_network
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

import aiohttp
import httptools
import uvloop

from bench.figures import Figure
from bench.signals import past
from bench.town import NOW, POLICY
from jiebang.domain.party import Party, Role
from jiebang.domain.stream import SUPPORTED, Push, Stream
from jiebang.flows.add_party import add_party
from jiebang.flows.load_changes import load_changes
from jiebang.flows.open_stream import open_stream
from jiebang.flows.poll_letters import Poll, poll_letters
from jiebang.house import House
from jiebang.pushing import push_once, push_session
from jiebang.store.database import Database
from jiebang.store.migrate import upgrade
from jiebang.wire.keys import make
from jiebang.wire.outside import Outside
from jiebang.wire.tokens import Route, sign_letters

_RECEIVERS = 50
_LETTERS = 400
"""Letters to each receiver."""
_UNDER_WAY = 200
_ROUNDS = 3
_GOAL = 0.5


def measure(directory: Path) -> Iterator[Figure]:
    """Post everything once through the hub, and once in a bare loop."""
    ours, theirs = get_context("spawn").Pipe()
    receiver = get_context("spawn").Process(target=_receive, args=(theirs,), daemon=True)
    receiver.start()
    try:
        yield asyncio.run(_compared(directory, url=f"http://127.0.0.1:{ours.recv()}"))
    finally:
        receiver.terminate()


async def _compared(directory: Path, *, url: str) -> Figure:
    house = _house(f"sqlite:///{directory / 'pushing.db'}")
    streams = _streams(house, url)
    history = [change for serial in range(_LETTERS) for change in past(serial)]
    load_changes(house.database, "par_carrier", changes=history, now=NOW, policy=POLICY)
    tokens = [(stream, token) for stream in streams for token in _tokens(house, stream)]
    bare = []
    for _ in range(_ROUNDS):
        async with _session() as session:
            begun = time.perf_counter()
            await _bare(session, tokens)
            bare.append(time.perf_counter() - begun)
    async with push_session(house) as session:
        begun = time.perf_counter()
        await push_once(house, session)
        hub = time.perf_counter() - begun
    if any(_tokens(house, stream) for stream in streams):
        raise RuntimeError("not every letter was taken")
    return Figure(
        what=f"letters pushed to {_RECEIVERS} receivers a second, SQLite",
        measured=f"{len(tokens) / hub:,.0f}",
        against=f"bare aiohttp posts: {len(tokens) / min(bare):,.0f}",
        ratio=min(bare) / hub,
        goal=f"at least {_GOAL}",
        met=min(bare) / hub >= _GOAL,
    )


def _house(url: str) -> House:
    database = Database(url)
    upgrade(database)
    add_party(database, Party(id="par_carrier", role=Role.CARRIER, name="Carrier", jwks={}), now=NOW)
    return House(
        database=database, policy=POLICY, key=make(), issuer="https://hub.example", now=lambda: NOW,
        secure_cookies=True, outside=Outside(opened=[ip_network("127.0.0.0/8")]),
    )  # fmt: skip


def _streams(house: House, url: str) -> list[Stream]:
    opened = []
    for serial in range(_RECEIVERS):
        party = Party(id=f"par_{serial:03}", role=Role.PLATFORM, name=f"Platform {serial}", jwks={})
        add_party(house.database, party, now=NOW)
        to = f"{url}/{serial}"
        push = Push(url=to, locked=house.safe.lock("Bearer of a letter", place=to))
        opened.append(open_stream(house.database, party.id, events=SUPPORTED, description=None, push=push))
    return opened


def _tokens(house: House, stream: Stream) -> list[str]:
    wish = Poll(stream_id=stream.id, most=_LETTERS)
    handed = poll_letters(house.database, stream.platform_id, poll=wish, now=NOW, secret=b"")
    route = Route(issuer=house.issuer, audience=stream.platform_id, stream_id=stream.id)
    return list(sign_letters(handed.letters, route, key=house.key).values())


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


async def _bare(session: aiohttp.ClientSession, tokens: list[tuple[Stream, str]]) -> None:
    room = asyncio.Semaphore(_UNDER_WAY)

    async def post(stream: Stream, token: str) -> None:
        headers = {"Content-Type": "application/secevent+jwt", "Accept": "application/json"}
        async with (
            room,
            session.post(stream.push.url if stream.push else "", data=token, headers=headers) as answer,
        ):
            if not answer.ok:
                raise RuntimeError("a receiver did not take a letter")

    await asyncio.gather(*(post(stream, token) for stream, token in tokens))


class _Door(asyncio.Protocol):
    """Takes whatever comes, with as little work as can be."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with a connection."""
        # Any loop's transport that can write; uvloop's is of no class that asyncio knows.
        self.transport = cast("asyncio.WriteTransport", transport)
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Take a letter."""
        self.transport.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")


def _receive(told: Connection) -> None:
    """Take everything, in a process of its own."""

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_Door, "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(serve())
