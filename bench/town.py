"""
A town for the measurements of orders: platforms, and holders of second-hand numbers who have asked them.

Its size is that of the existing service, as the ministry was quoted in 2025: 260 million requests to
unbind from 4.3 million people, 60 from each. A platform's agent takes a hundred letters in a poll.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from jiebang.domain.binding import Binding, BoundSource, OrderKind, RecordClass, RecordKind
from jiebang.domain.number import Number
from jiebang.domain.party import Party, Role
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.domain.query import Query
from jiebang.domain.span import instant
from jiebang.domain.stream import SIGNALS, SUPPORTED
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.flows.add_party import add_party
from jiebang.flows.load_changes import load_changes
from jiebang.flows.open_stream import open_stream
from jiebang.flows.place_orders import Wanted
from jiebang.store import parties, proofs, queries, sessions
from jiebang.store.database import Database
from jiebang.store.migrate import upgrade
from jiebang.wire.keys import Key, make

HOLDERS = 100
PLATFORMS = 60
LETTERS = 100
"""Letters in one poll, answers and outcomes in one call: as the agent makes them."""

POLICY = Policy()
NOW = datetime.now(UTC)
_BOUND = instant(NOW - timedelta(days=2000))
_PAST = (
    (ChangeKind.ASSIGNED, 3000, "earlier"),
    (ChangeKind.DISCONNECTED, 700, None),
    (ChangeKind.ASSIGNED, 300, "present"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A database in which everything is there to be ordered, and who is about to order it."""

    database: Database
    streams: dict[str, str]
    """Each platform's stream, by their ids."""
    holders: list[tuple[Proof, list[Wanted]]]
    keys: dict[str, Key]
    """Each platform's, by their ids."""

    @property
    def orders(self) -> int:
        """How many orders there will be."""
        return sum(len(wanted) for _, wanted in self.holders)


def built(database_url: str) -> Town:
    """Lay the tables out in an empty database, and let everybody move in."""
    database = Database(database_url)
    upgrade(database)
    add_party(database, Party(id="par_carrier", role=Role.CARRIER, name="Carrier", jwks={}), now=NOW)
    platforms = list(_platforms(database))
    streams = {platform_id: stream_id for platform_id, stream_id, _ in platforms}
    holders = [_proof(serial) for serial in range(HOLDERS)]
    past = [change for proof in holders for change in _past(proof.number)]
    load_changes(database, "par_carrier", changes=past, now=NOW, policy=POLICY)
    return Town(
        database=database, streams=streams, holders=_asked(database, holders, platforms=list(streams)),
        keys={platform_id: key for platform_id, _, key in platforms},
    )  # fmt: skip


def _platforms(database: Database) -> Iterator[tuple[str, str, Key]]:
    for serial in range(PLATFORMS):
        key = make()
        party = Party(
            id=f"par_{serial:03}", role=Role.PLATFORM, name=f"Platform {serial}", jwks=key.public_set(),
            timezone="Asia/Shanghai", country="CN",
        )  # fmt: skip
        add_party(database, party, now=NOW)
        events = tuple(event for event in SUPPORTED if event not in SIGNALS)
        stream = open_stream(database, party.id, events=events, description=None)
        yield party.id, stream.id, key


def _proof(serial: int) -> Proof:
    return Proof(id=f"prf_{serial}", number=Number(f"+86138{serial:08}"), started_at=NOW, proven_at=NOW)


def _past(number: Number) -> Iterator[Change]:
    for kind, days, holder in _PAST:
        yield Change(number=number, kind=kind, at=instant(NOW - timedelta(days=days)), holder=holder)


def _asked(
    database: Database, holders: list[Proof], *, platforms: list[str]
) -> list[tuple[Proof, list[Wanted]]]:
    """Ask, answer, and tick everything, without the letters that this would take: they are not measured."""
    asked = [
        Query(id=f"qry_{proof.id}", number=proof.number, asked_at=NOW, proof_id=proof.id) for proof in holders
    ]
    with database.write() as connection:
        for proof in holders:
            proofs.keep(connection, proof)
            sessions.open_for(connection, proof.id)
        calendars = parties.calendars(connection, platforms)
        put = [
            (
                query,
                [query.put_to(one, calendar=calendars[one], policy=POLICY) for one in platforms],
            )
            for query in asked
        ]
        queries.add(connection, put)
        told = [(query.id, [_record(f"account-{query.proof_id}")]) for query in asked]
        for platform_id in platforms:
            queries.keep(connection, platform_id, answers=told)
        found = [queries.found(connection, query.id) for query in asked]
    ticked = [[Wanted(record.id, OrderKind.UNBIND) for record in records] for records in found]
    return list(zip(holders, ticked, strict=True))


def _record(handle: str) -> Binding:
    return Binding(
        handle=handle, kind=RecordKind.ACCOUNT, label="林**", record_class=RecordClass.SHOPPING,
        bound=_BOUND, bound_source=BoundSource.NATIVE,
    )  # fmt: skip
