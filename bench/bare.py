"""
The same orders without the hub: a bare loop of what cannot be left out, on the plain driver.

The same rows go into the same tables with the same indexes and pragmas, the same conditional updates
are made, in as many transactions and in batches as large, and as many letters are signed by the same
library. Nothing is judged, looked up or made into values; every statement is written out.

With receipts, each outcome's is checked by the same library and kept, whatever it says.
"""

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import psycopg
from joserfc import jws
from sqlalchemy.engine import make_url

from bench.settling import ISSUER, Elsewhere
from bench.town import LETTERS, NOW, Town
from jiebang.domain.letter import Event
from jiebang.domain.outcome import Outcome, Said
from jiebang.wire.keys import ALGORITHM, Key, public_keys
from jiebang.wire.receipts import sign_receipt

_AT = int(NOW.timestamp() * 1_000_000)
_SECONDS = int(NOW.timestamp())
_TIME = NOW.isoformat()

Row = Sequence[Any]

_ORDER = """
insert into orders (id, kind, platform_id, number, handle, record_kind, label, origin, state, placed_at,
moved_at, due, leave_at, object_until, proof_id, bound_not_before, bound_not_after, attempt)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_STEP = "insert into journal (order_id, entry) values (?, ?)"
_RECEIPT = "insert into receipts (order_id, receipt, kept_at) values (?, ?, ?)"
_LETTER = """
insert into letters (jti, platform_id, urgency, event, said, number, order_id, written_at, leave_at,
unreadable) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_QUERY = "insert into queries (id, number, asked_at, proof_id, order_id) values (?, ?, ?, ?, ?)"
_ASKED = "insert into asked (query_id, platform_id, slow_at) values (?, ?, ?)"
_MOVE = "update orders set state = ?, reason = ?, words = ?, moved_at = ? where id = ? and state = ?"
_ANSWERED = "update asked set answered_at = ? where query_id = ? and platform_id = ?"
_WAITING = """
select jti, event, said, number from letters
where platform_id = ? and leave_at <= ? order by urgency, seq limit ?
"""
_CONFIRM = "delete from letters where platform_id = ? and jti = ?"


@dataclass(frozen=True, slots=True)
class Driver:
    """A connection of the plain driver: how it begins to write, and how it marks a parameter."""

    connection: Any
    begin: str
    mark: str

    @contextmanager
    def transaction(self) -> Iterator[Callable[[str, Sequence[Row]], object]]:
        """Write all or nothing; gives what runs a statement for many rows."""
        cursor = self.connection.cursor()
        cursor.execute(self.begin)
        yield lambda statement, rows: cursor.executemany(statement.replace("?", self.mark), rows)
        cursor.execute("commit")

    def read(self, statement: str, *given: object) -> list[Row]:
        """Read rows."""
        rows: list[Row] = self.connection.execute(statement.replace("?", self.mark), given).fetchall()
        return rows


@contextmanager
def driver(town: Town) -> Iterator[Driver]:
    """Open a town's database without SQLAlchemy, as the hub's own settings have it."""
    url = make_url(town.database.engine.url)
    if url.get_backend_name() == "sqlite":
        connection = sqlite3.connect(url.database or "", isolation_level=None)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma wal_autocheckpoint = 10000")
        connection.execute("pragma foreign_keys = on")
        connection.execute("pragma secure_delete = on")
        yield Driver(connection, "begin immediate", "?")
        connection.close()
    else:
        with psycopg.connect(
            host=str(url.query["host"]), user=url.username, dbname=url.database, autocommit=True
        ) as served:
            yield Driver(served, "begin", "%s")


def settle(town: Town, key: Key, *, bare: Driver, receipts: bool) -> Elsewhere:
    """Do what `bench.settling.settle` does, and nothing that it might do without; gives the same."""
    elsewhere = Elsewhere()
    signing = key.header("secevent+jwt")
    for proof, wanted in town.holders:
        _place(bare, proof.number.e164, platforms=list(town.streams)[: len(wanted)])
    for platform_id in town.streams:
        letters = _deliver(bare, platform_id, signing=signing, key=key)
        while letters:
            signed = _signed(town, platform_id, letters=letters, elsewhere=elsewhere) if receipts else []
            _fulfil(bare, platform_id, letters=letters, receipts=signed)
            _confirm(bare, platform_id, letters=letters)
            looks = _deliver(bare, platform_id, signing=signing, key=key)
            _verify(bare, platform_id, looks=looks, orders=[letter[2]["order_id"] for letter in letters])
            _confirm(bare, platform_id, letters=looks)
            letters = _deliver(bare, platform_id, signing=signing, key=key)
    return elsewhere


def _signed(
    town: Town, platform_id: str, *, letters: Sequence[Row], elsewhere: Elsewhere
) -> list[tuple[str, str]]:
    """Take receipts, each with the order it is about, and check their signatures."""
    key = town.keys[platform_id]
    with elsewhere.counted():
        given = [
            (
                said["order_id"],
                sign_receipt(_outcome(said["order_id"]), platform=platform_id, hub=ISSUER, key=key),
            )
            for _, _, said, _ in letters
        ]
    keys = public_keys(key.public_set())
    for _, receipt in given:
        json.loads(jws.deserialize_compact(receipt, keys, algorithms=[ALGORITHM]).payload)
    return given


def _outcome(order_id: str) -> Outcome:
    return Outcome(order_id=order_id, said=Said.FULFILLED, at=NOW, letter="0" * 64)


def _place(bare: Driver, number: str, *, platforms: Sequence[str]) -> None:
    named = [(_id("ord"), platform_id) for platform_id in platforms]
    with bare.transaction() as write:
        write(
            _ORDER,
            [
                (
                    order_id, "unbind", platform_id, number, "account", "account", "林**", "inherited",
                    "open", _AT, _AT, _AT, _AT, None, "prf_1", _AT, _AT, 1,
                )
                for order_id, platform_id in named
            ],
        )  # fmt: skip
        write(_STEP, [_step(order_id, "open", by="holder") for order_id, _ in named])
        said = {"handle": "account", "due": NOW.isoformat(), "kind": "account", "origin": "inherited"}
        write(
            _LETTER,
            [
                _letter(platform_id, Event.UNBIND_ORDERED, said={"order_id": order_id, **said}, number=number)
                for order_id, platform_id in named
            ],
        )


def _deliver(bare: Driver, platform_id: str, *, signing: dict[str, Any], key: Key) -> list[Row]:
    letters: list[Row] = [
        (jti, event, said if isinstance(said, dict) else json.loads(said), number)
        for jti, event, said, number in bare.read(_WAITING, platform_id, _AT, LETTERS)
    ]
    for jti, event, said, number in letters:
        claims = {
            "iss": ISSUER, "aud": platform_id, "jti": jti, "iat": _SECONDS,
            "sub_id": {"format": "phone_number", "phone_number": number}, "events": {event: said},
        }  # fmt: skip
        jws.serialize_compact(signing, json.dumps(claims), key.private)
    return letters


def _fulfil(
    bare: Driver, platform_id: str, *, letters: Sequence[Row], receipts: Sequence[tuple[str, str]]
) -> None:
    looks = [(_id("qry"), said["order_id"], number) for _, _, said, number in letters]
    with bare.transaction() as write:
        write(_MOVE, [("fulfilled", None, None, _AT, order_id, "open") for _, order_id, _ in looks])
        digests = {order_id: sha256(receipt.encode()).hexdigest() for order_id, receipt in receipts}
        steps = [
            _step(order_id, "fulfilled", by=platform_id, receipt=digests.get(order_id))
            for _, order_id, _ in looks
        ]
        write(_STEP, steps)
        if receipts:
            write(_RECEIPT, [(*one, _AT) for one in receipts])
        write(_QUERY, [(query_id, number, _AT, None, order_id) for query_id, order_id, number in looks])
        write(_ASKED, [(query_id, platform_id, _AT) for query_id, _, _ in looks])
        said = {"answer_by": NOW.isoformat()}
        write(
            _LETTER,
            [
                _letter(platform_id, Event.BINDINGS_ASKED, said={"query_id": query_id, **said}, number=number)
                for query_id, _, number in looks
            ],
        )


def _verify(bare: Driver, platform_id: str, *, looks: Sequence[Row], orders: Sequence[str]) -> None:
    with bare.transaction() as write:
        write(_ANSWERED, [(_AT, said["query_id"], platform_id) for _, _, said, _ in looks])
        write(_MOVE, [("verified", None, None, _AT, order_id, "fulfilled") for order_id in orders])
        write(_STEP, [_step(order_id, "verified", by="hub") for order_id in orders])


def _confirm(bare: Driver, platform_id: str, *, letters: Sequence[Row]) -> None:
    with bare.transaction() as write:
        write(_CONFIRM, [(platform_id, letter[0]) for letter in letters])


def _step(order_id: str, state: str, *, by: str, receipt: str | None = None) -> Row:
    entry = {"at": _TIME, "by": by, "order_id": order_id, "state": state, "what": "order:moved"}
    if state == "fulfilled":
        entry["said_at"] = _TIME
    if receipt is not None:
        entry["receipt"] = receipt
    return order_id, json.dumps(entry)


def _letter(platform_id: str, event: Event, *, said: dict[str, str], number: str) -> Row:
    order_id = said.get("order_id")
    urgency = 1 if event is Event.BINDINGS_ASKED else 2
    return (
        _id("set"), platform_id, urgency, event.value, json.dumps(said), number, order_id, _AT, _AT, False,
    )  # fmt: skip


def _id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_urlsafe(15)}"
