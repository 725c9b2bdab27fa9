"""
Ledger: what the agent must not forget, so that an order takes effect once, whatever is killed when.

Facts are stored, each with its instant, and what is to be done next is derived from them. A number and a
handle stay only as long as an order still needs them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from jiebang.agent.ledger_file import LedgerFile
from jiebang.domain.binding import OrderKind
from jiebang.domain.number import Number
from jiebang.domain.order import Denial
from jiebang.domain.outcome import Outcome, Said

_shape = sa.MetaData()
orders = sa.Table(
    "orders", _shape,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text),
    sa.Column("handle", sa.Text, comment="erased when the order is settled"),
    sa.Column("number", sa.Text, comment="erased when the order is settled"),
    sa.Column("act_at", sa.Text, comment="not to be acted on before"),
    sa.Column("heard_at", sa.Text, nullable=False, comment="when the hub last said that the order stands"),
    sa.Column("accepted_at", sa.Text, comment="when the hub was told that it is accepted"),
    sa.Column("ended_at", sa.Text, comment="when the hub said that it stands no more"),
    sa.Column("outcome", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("words", sa.Text),
    sa.Column("acted_at", sa.Text),
    sa.Column("letter", sa.Text, comment="the letter's fingerprint, which receipts name"),
    sa.Column("sent_at", sa.Text, comment="when the hub was told the outcome"),
    sa.Column("attempt", sa.Integer, nullable=False, server_default="1",
              comment="which time it is that the hub orders this"),
    sa.Column("notified_at", sa.Text, comment="when the platform's own address took it, for the owner"),
    sa.Column("begun_at", sa.Text, comment="when the store began to be changed: it is too late to object"),
    sa.Column("taken_at", sa.Text, comment="when this attempt was first heard of"),
    sa.Column("admitted_at", sa.Text, comment="when it was found within the budget, or released by a person"),
    sa.Column("held_at", sa.Text, comment="when it was found beyond the budget"),
    sa.Column("tries", sa.Integer, comment="how often the store did not do it"),
    sa.Column("again_at", sa.Text, comment="until when it is let alone for that"),
)  # fmt: skip
STANDS = sa.and_(orders.c.outcome.is_(None), orders.c.ended_at.is_(None))
"""Orders that are neither settled nor ended."""
SINCE = sa.func.coalesce(orders.c.act_at, orders.c.taken_at, orders.c.heard_at)
"""Since when an order could be acted on, or from when on."""
TO_NOTIFY = sa.and_(
    STANDS, orders.c.act_at.is_not(None), orders.c.notified_at.is_(None),
    orders.c.attempt == sa.literal_column("1"),
)  # fmt: skip
"""Orders that an owner may object to and was not told of; once is enough for every attempt."""
UNTOLD = sa.and_(orders.c.outcome.is_not(None), orders.c.sent_at.is_(None))
"""Orders whose outcome the hub was not told."""
FREE = sa.and_(STANDS, orders.c.held_at.is_(None))
"""Orders that stand and that no person has to release."""
HELD = sa.and_(STANDS, orders.c.held_at.is_not(None))
"""Orders that stand and wait for a person: a hub that was broken into can make them very many."""
# One for each question that is asked every second: none reads what it does not give, but for pauses.
sa.Index("orders_free", SINCE, sqlite_where=FREE)
sa.Index("orders_held", SINCE, sqlite_where=HELD)
sa.Index("orders_to_accept", SINCE, sqlite_where=sa.and_(STANDS, orders.c.accepted_at.is_(None)))
sa.Index("orders_to_notify", orders.c.id, sqlite_where=TO_NOTIFY)
sa.Index("orders_to_tell", orders.c.acted_at, sqlite_where=UNTOLD)
LONGEST_PAUSE = timedelta(minutes=5)
"""An order has days: a store that does not do it needs people, and is not to be bothered every second."""
KEPT = timedelta(days=90)
"""
How long it is known what became of an order. A hub forgets an order's number 30 days after its end unless
its operator has said otherwise, and can order nothing about it any more; this is three times as long.
"""
_MEANT = (orders.c.id == sa.bindparam("order_id"), orders.c.attempt == sa.bindparam("nth"))
"""Which row is written to: while one attempt is being told of, the next may have come in."""
_AFRESH = ("kind", "handle", "number", "act_at", "heard_at", "letter", "attempt", "taken_at")
_ERASED: dict[str, Any] = {"handle": None, "number": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One order, as its letter said it."""

    id: str
    kind: OrderKind
    handle: str = field(repr=False)
    number: Number
    act_at: datetime | None
    heard_at: datetime
    letter: str
    """The fingerprint of the letter that ordered it."""
    attempt: int = 1
    """Which time it is that the hub orders this: more than once where it found that it was not done."""
    admitted: bool = False
    """Whether it was found within the budget already, or released."""
    tries: int = 0
    """How often the store did not do it."""


class Ledger(LedgerFile):
    """
    One SQLite file; each method is one transaction that is on the disk when it returns.

    What is to be done is read a part at a time, `most` orders: there may be more than memory holds.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.lay_out(_shape)

    def take(self, entries: Sequence[Entry]) -> None:
        """
        Write orders down.

        One that is known already was only delivered again: it still stands, and what the hub was told is
        told once more. One that is ordered for another time begins anew: it was not done, whatever the
        ledger says.
        """
        new = insert(orders)
        again = new.on_conflict_do_update(
            index_elements=["id"],
            set_={
                "heard_at": new.excluded.heard_at,
                "letter": new.excluded.letter,
                "accepted_at": None,
                "sent_at": None,
            },
            where=new.excluded.attempt == orders.c.attempt,
        )
        afresh = new.on_conflict_do_update(
            index_elements=["id"],
            set_={column.name: None for column in orders.c if column.nullable}
            | {name: new.excluded[name] for name in _AFRESH},
            where=new.excluded.attempt > orders.c.attempt,
        )
        rows = [
            {
                "id": entry.id, "kind": entry.kind.value, "handle": entry.handle, "number": entry.number.e164,
                "act_at": instant_text(entry.act_at), "heard_at": instant_text(entry.heard_at),
                "letter": entry.letter, "attempt": entry.attempt, "taken_at": instant_text(entry.heard_at),
            }
            for entry in entries
        ]  # fmt: skip
        # In this order: what was begun anew must not be taken for what was only delivered again.
        self.write(again, rows)
        self.write(afresh, rows)

    def end(self, attempts: Mapping[str, int], now: datetime) -> None:
        """
        Write down that orders stand no more, known or not: a revocation may come before its order.

        They are given by id, each with the attempt at which it ended.
        """
        new = insert(orders)
        # What came of an attempt before is nothing that this one came to.
        outcome = sa.case((new.excluded.attempt == orders.c.attempt, orders.c.outcome))
        known = new.on_conflict_do_update(
            index_elements=["id"],
            set_={
                "ended_at": new.excluded.ended_at,
                "attempt": new.excluded.attempt,
                "outcome": outcome,
                **_ERASED,
            },
            where=new.excluded.attempt >= orders.c.attempt,
        )
        rows = [
            {"id": order_id, "heard_at": instant_text(now), "ended_at": instant_text(now), "attempt": attempt}
            for order_id, attempt in attempts.items()
        ]
        self.write(known, rows)

    def to_accept(self, now: datetime, *, most: int) -> list[Entry]:
        """Orders that have to wait, of which the hub was not told that they are accepted."""
        waits = sa.or_(orders.c.act_at > instant_text(now), orders.c.held_at.is_not(None))
        return self.entries(STANDS, waits, orders.c.accepted_at.is_(None), most=most)

    def due(
        self, now: datetime, *, most: int, past: int = 0, among: Iterable[str] | None = None,
        notified: bool = False,
    ) -> list[Entry]:  # fmt: skip
        """
        Orders whose time to be acted on has come, and that are not held; those that came first, first.

        Those that are let alone for a while are left out, and so many are passed over as the caller has seen
        and could not settle. Where it cares for some only, it gives their ids. Where `notified`, those who
        could object have been told of.
        """
        at = instant_text(now)
        come = [FREE, at >= SINCE, has_come(orders.c.again_at, now, longest=LONGEST_PAUSE)]
        if among is not None:
            come.append(orders.c.id.in_(list(among)))
        if notified:
            come.append(sa.not_(TO_NOTIFY))
        return self.entries(*come, most=most, past=past)

    def accepted(self, entries: Iterable[Entry], now: datetime) -> None:
        """Write down that the hub took `accepted`: the orders still stand."""
        at = instant_text(now)
        attempts = {entry.id: entry.attempt for entry in entries}
        self.note(attempts, {"accepted_at": at, "heard_at": at})

    def acted(self, outcomes: Sequence[Outcome]) -> None:
        """Write down what came of orders, before anybody is told."""
        statement = (
            sa.update(orders)
            .where(*_MEANT)
            .values(outcome=sa.bindparam("said"), reason=sa.bindparam("why"), words=sa.bindparam("explained"),
                    acted_at=sa.bindparam("at"))
        )  # fmt: skip
        rows = [
            {
                "order_id": done.order_id, "nth": done.attempt or 1, "said": done.said.value,
                "at": instant_text(done.at), "why": done.reason and done.reason.value,
                "explained": done.words,
            }
            for done in outcomes
        ]  # fmt: skip
        self.write(statement, rows)

    def unsent(self, *, most: int) -> list[Outcome]:
        """Outcomes of which the hub was not told."""
        wanted = sa.select(orders).where(UNTOLD).order_by(orders.c.acted_at).limit(most)
        with self.engine.connect() as connection:
            return [
                Outcome(
                    order_id=row.id, said=Said(row.outcome), at=_instant(row.acted_at),
                    reason=Denial(row.reason) if row.reason else None, words=row.words, letter=row.letter,
                    attempt=row.attempt,
                )
                for row in connection.execute(wanted)
            ]  # fmt: skip

    def sent(self, outcomes: Iterable[Outcome], now: datetime) -> None:
        """Write down that the hub was told, and erase what is not needed any more."""
        attempts = {done.order_id: done.attempt or 1 for done in outcomes}
        self.note(attempts, {"sent_at": instant_text(now), **_ERASED})

    def settled(self, order_ids: Iterable[str], now: datetime) -> set[str]:
        """Which of these orders' letters can be confirmed: nothing is owed for those that have to wait."""
        late = sa.or_(orders.c.act_at > instant_text(now), orders.c.held_at.is_not(None))
        waits = sa.and_(late, orders.c.accepted_at.is_not(None))
        wanted = sa.select(orders.c.id).where(
            orders.c.id.in_(list(order_ids)),
            sa.or_(orders.c.sent_at.is_not(None), orders.c.ended_at.is_not(None), waits),
        )
        with self.engine.connect() as connection:
            return set(connection.execute(wanted).scalars())

    def sweep(self, now: datetime) -> None:
        """Forget orders that were settled or ended long ago; see `KEPT`."""
        before = instant_text(now - KEPT)
        told = sa.and_(orders.c.outcome.is_not(None), orders.c.sent_at < before)
        ended = sa.and_(orders.c.outcome.is_(None), orders.c.ended_at < before)
        with self.engine.begin() as connection:
            connection.execute(sa.delete(orders).where(sa.or_(told, ended)))

    def entries(
        self, *conditions: sa.ColumnElement[bool], most: int, past: int = 0,
        by: sa.ColumnElement[str] = SINCE,
    ) -> list[Entry]:  # fmt: skip
        """Orders that are as these conditions on their table say: those that came due first, first."""
        wanted = sa.select(orders).where(*conditions).order_by(by).limit(most).offset(past)
        with self.engine.connect() as connection:
            rows = connection.execute(wanted)
            return [
                Entry(
                    id=row.id, kind=OrderKind(row.kind), handle=row.handle, number=Number(row.number),
                    act_at=_instant(row.act_at) if row.act_at else None, heard_at=_instant(row.heard_at),
                    letter=row.letter, attempt=row.attempt, admitted=row.admitted_at is not None,
                    tries=row.tries or 0,
                )
                for row in rows
            ]  # fmt: skip

    def note(self, attempts: Mapping[str, int], facts: dict[str, Any]) -> None:
        """Write facts down about orders, given by id with the attempt that they belong to."""
        statement = sa.update(orders).where(*_MEANT).values(facts)
        self.write(statement, [{"order_id": own, "nth": nth} for own, nth in attempts.items()])


def has_come(until: sa.Column[Any], now: datetime, *, longest: timedelta) -> sa.ColumnElement[bool]:
    """Whether a pause is over; whatever is further ahead than any is long began while the clock was."""
    return sa.or_(until.is_(None), until <= instant_text(now), until > instant_text(now + longest))


def instant_text(at: datetime | None) -> str | None:
    """One width and one zone, so that texts compare as their instants do."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="microseconds")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
