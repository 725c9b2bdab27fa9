"""
Signals to every stream: polled and confirmed in batches of a thousand, against signing them and nothing else.

A hundred thousand numbers are disconnected before two hundred streams. All of it would be twenty million
signatures, a quarter of an hour of them: so every tenth stream is taken, each at another depth of what was
told, and takes two thousand. What is measured is the flow and the signature, as a poll has them, and no HTTP;
what it is held against is the same tokens' payloads, ready made, signed in a loop by the same library.
"""

import base64
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from joserfc import jws

from bench.figures import Figure
from bench.town import NOW, POLICY
from jiebang.domain.cursor import Cursor
from jiebang.domain.number import Number
from jiebang.domain.party import Party, Role
from jiebang.domain.span import instant
from jiebang.domain.stream import SUPPORTED, Stream
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.flows.add_party import add_party
from jiebang.flows.load_changes import load_changes
from jiebang.flows.open_stream import open_stream
from jiebang.flows.poll_letters import Poll, poll_letters
from jiebang.store import cursors, signals
from jiebang.store.database import Database
from jiebang.store.migrate import upgrade
from jiebang.wire.keys import Key, make
from jiebang.wire.tokens import Route, sign_letters
from tests import postgresql

_CHANGES = 100_000
_STREAMS = 200
_SAMPLE = 20
_TAKEN = 2000
_BATCH = 1000
_ROUNDS = 3
_GOAL = 0.5
_ISSUER = "https://hub.example"


@dataclass(frozen=True, slots=True)
class Country:
    """A database in which everything was told, and the streams that are to hear it."""

    database: Database
    streams: list[Stream]
    first: int
    """The place before the first signal."""


def measure(directory: Path) -> Iterator[Figure]:
    """Measure on SQLite, then on a PostgreSQL that writes through to the disk; of each the best counts."""
    yield _compared("SQLite", f"sqlite:///{directory / 'signals.db'}")
    with postgresql.server() as server, ExitStack() as stack:
        yield _compared("PostgreSQL", stack.enter_context(server.database()))


def _compared(name: str, url: str) -> Figure:
    key, country = make(), _told(url)
    ours, theirs = [], []
    for _ in range(_ROUNDS):
        _set_back(country)
        begun = time.perf_counter()
        tokens = [token for stream in country.streams for token in _hear(country, stream, key=key)]
        ours.append(time.perf_counter() - begun)
        payloads = [_payload(token) for token in tokens]
        begun = time.perf_counter()
        for payload in payloads:
            jws.serialize_compact(key.header("secevent+jwt"), payload, key.private)
        theirs.append(time.perf_counter() - begun)
        if len({jws.extract_compact(token.encode()).payload for token in tokens}) != _SAMPLE * _TAKEN:
            raise RuntimeError("a stream did not hear everything once")
    country.database.close()
    hub, loop = min(ours), min(theirs)
    return Figure(
        what=f"signals polled, signed and confirmed a second, {name}",
        measured=f"{_SAMPLE * _TAKEN / hub:,.0f}",
        against=f"the same tokens signed: {_SAMPLE * _TAKEN / loop:,.0f}",
        ratio=loop / hub,
        goal=f"at least {_GOAL}",
        met=loop / hub >= _GOAL,
    )


def _told(url: str) -> Country:
    database = Database(url)
    upgrade(database)
    add_party(database, Party(id="par_carrier", role=Role.CARRIER, name="Carrier", jwks={}), now=NOW)
    streams = []
    for serial in range(_STREAMS):
        party = Party(id=f"par_{serial:03}", role=Role.PLATFORM, name=f"Platform {serial}", jwks={})
        add_party(database, party, now=NOW)
        streams.append(open_stream(database, party.id, events=SUPPORTED, description=None))
    for start in range(0, _CHANGES, _BATCH):
        history = [change for serial in range(start, start + _BATCH) for change in past(serial)]
        load_changes(database, "par_carrier", changes=history, now=NOW, policy=POLICY)
    with database.read() as connection:
        first = signals.newest(connection) - _CHANGES
    return Country(database, streams[:: _STREAMS // _SAMPLE], first)


def past(serial: int) -> Iterator[Change]:
    """A number that was assigned once, and disconnected yesterday."""
    number = Number(f"+86138{serial:08}")
    for kind, days in ((ChangeKind.ASSIGNED, 3000), (ChangeKind.DISCONNECTED, 1)):
        yield Change(number=number, kind=kind, at=instant(NOW - timedelta(days=days)))


def _set_back(country: Country) -> None:
    """Put every stream of the sample at another depth."""
    with country.database.write() as connection:
        for serial, stream in enumerate(country.streams):
            place = country.first + serial * (_CHANGES // _SAMPLE)
            cursors.save(connection, stream.platform_id, cursor=Cursor(place))


def _hear(country: Country, stream: Stream, *, key: Key) -> Iterator[str]:
    """Poll as a platform does: each poll confirms what the one before it gave."""
    route = Route(issuer=_ISSUER, audience=stream.platform_id, stream_id=stream.id)
    confirmed: list[str] = []
    for _ in range(_TAKEN // _BATCH):
        wish = Poll(stream_id=stream.id, confirmed=confirmed, most=_BATCH)
        handed = poll_letters(country.database, stream.platform_id, poll=wish, now=NOW, secret=b"")
        tokens = sign_letters(handed.letters, route, key=key)
        confirmed = list(tokens)
        yield from tokens.values()
    last = Poll(stream_id=stream.id, confirmed=confirmed, most=0)
    poll_letters(country.database, stream.platform_id, poll=last, now=NOW, secret=b"")


def _payload(token: str) -> bytes:
    part = token.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
