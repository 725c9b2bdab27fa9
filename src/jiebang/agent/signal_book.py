"""
Signal book: the part of the ledger that is about signals, so that each takes effect once.

What is to be done to which record is written down before anything is done. Killed in between, the agent does
the rest of its plan; what it finds done already it did itself. Numbers and handles stay only until the hub
was told.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from jiebang.agent.config import Deed
from jiebang.agent.ledger import Ledger, has_come, instant_text
from jiebang.agent.pauses import pause
from jiebang.agent.reading import id_in, instant_in, number_in
from jiebang.domain.errors import NotALetter, NotASpan
from jiebang.domain.letter import Event
from jiebang.domain.number import Number
from jiebang.domain.span import Span
from jiebang.wire.tokens import ReceivedLetter

_shape = sa.MetaData()
_signals = sa.Table(
    "signals", _shape,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("number", sa.Text, comment="erased when the hub was told"),
    sa.Column("happened", sa.Text, nullable=False),
    sa.Column("heard_at", sa.Text, nullable=False),
    sa.Column("planned", sa.Text, comment="what is to be done to which record; erased when the hub was told"),
    sa.Column("cleared", sa.Integer, nullable=False, server_default="0"),
    sa.Column("flagged", sa.Integer, nullable=False, server_default="0"),
    sa.Column("kept", sa.Integer, nullable=False, server_default="0"),
    sa.Column("acted_at", sa.Text),
    sa.Column("sent_at", sa.Text, comment="when the hub was told"),
    sa.Column("admitted_at", sa.Text, comment="when it was found within the budget, or released by a person"),
    sa.Column("held_at", sa.Text, comment="when it was found beyond the budget"),
    sa.Column("dealt", sa.Text, comment="what was done while not everything could be seen; erased as above"),
    sa.Column("tries", sa.Integer, comment="how often the store did not do it"),
    sa.Column("again_at", sa.Text, comment="until when the store is let alone for that"),
)  # fmt: skip
_waits = sa.and_(_signals.c.acted_at.is_(None), _signals.c.held_at.is_(None))
_held = _signals.c.held_at.is_not(None)
_untold = sa.and_(_signals.c.acted_at.is_not(None), _signals.c.sent_at.is_(None))
sa.Index("signals_that_wait", _signals.c.heard_at, sqlite_where=_waits)
sa.Index("signals_held", _signals.c.heard_at, sqlite_where=_held)
sa.Index("signals_to_tell", _signals.c.acted_at, sqlite_where=_untold)
KEPT = timedelta(days=30)
"""How long it is known what was done about a signal: far longer than it may be delivered again by mistake."""
_AGAIN_AT_FIRST, _AGAIN_AT_LAST = timedelta(minutes=1), timedelta(days=1)
"""How soon a store is asked again that could not show everything: after as long as it has been so already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One signal, as its letter said it, and what is to be done about it where that is decided."""

    id: str
    event: Event
    number: Number
    at: Span
    heard_at: datetime
    plan: "Plan | None" = None
    admitted: bool = False
    """Whether it was found within the budget already, or released."""
    tries: int = 0
    """How often the store did not do what was to be done."""
    dealt: Mapping[str, Deed] | None = field(default=None, repr=False)
    """What was done to which records that use the number still, while not everything could be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done to which records, by handle, and how many are left as they are."""

    deeds: Mapping[str, Deed] = field(repr=False)
    kept: int
    whole: bool = True
    """Whether the store could show everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was done about a signal: records let go, marked, and left."""

    cleared: int
    flagged: int
    kept: int


class SignalBook:
    """A table in the ledger's file; each method is one transaction that is on the disk when it returns."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        ledger.lay_out(_shape)

    def take(self, signals: Sequence[Heard]) -> None:
        """
        Write signals down. One that is not settled yet was only delivered again.

        One of which the hub was told comes again on purpose, after the store went back to a backup: it
        is acted on once more, and what it lets go then is added to what it let go before.
        """
        new = insert(_signals)
        again = new.on_conflict_do_update(
            index_elements=["id"],
            set_={"number": new.excluded.number, "heard_at": new.excluded.heard_at,
                  "planned": None, "acted_at": None, "sent_at": None, "admitted_at": None, "held_at": None,
                  "tries": None, "dealt": None, "again_at": None},
            where=_signals.c.sent_at.is_not(None),
        )  # fmt: skip
        rows = [
            {
                "id": heard.id, "event": heard.event.value, "number": heard.number.e164,
                "happened": json.dumps([instant_text(heard.at.not_before), instant_text(heard.at.not_after)]),
                "heard_at": instant_text(heard.heard_at),
            }
            for heard in signals
        ]  # fmt: skip
        self._ledger.write(again, rows)

    def due(self, now: datetime, most: int) -> list[Heard]:
        """Signals that are not acted on yet, or not wholly, and not held or let alone for a while."""
        come = has_come(_signals.c.again_at, now, longest=_AGAIN_AT_LAST)
        wanted = sa.select(_signals).where(_waits, come).order_by(_signals.c.heard_at)
        with self._ledger.engine.connect() as connection:
            return [_heard(row) for row in connection.execute(wanted.limit(most))]

    def plan(self, plans: Mapping[str, Plan]) -> None:
        """Write down what is going to be done, before it is."""
        written = sa.update(_signals).where(_signals.c.id == sa.bindparam("signal_id"))
        rows = [{"signal_id": own, "what": _written(plan)} for own, plan in plans.items()]
        self._ledger.write(written.values(planned=sa.bindparam("what")), rows)

    def put_off(self, signals: Iterable[Heard], now: datetime) -> None:
        """Write down that the store did not do what these ask for: each is let alone for a while."""
        written = sa.update(_signals).where(_signals.c.id == sa.bindparam("signal_id"))
        rows = [
            {
                "signal_id": heard.id,
                "tried": heard.tries + 1,
                "until": instant_text(now + pause(heard.tries)),
            }
            for heard in signals
        ]
        self._ledger.write(written.values(tries=sa.bindparam("tried"), again_at=sa.bindparam("until")), rows)

    def end_pauses(self) -> None:
        """Have every signal acted on again at once."""
        paused = sa.update(_signals).where(_waits, _signals.c.again_at.is_not(None))
        with self._ledger.engine.begin() as connection:
            connection.execute(paused.values(tries=None, again_at=None))

    def admit(self, signal_ids: Iterable[str], now: datetime) -> None:
        """Write down that signals are within the budget."""
        written = sa.update(_signals).where(_signals.c.id == sa.bindparam("signal_id"))
        rows = [{"signal_id": own} for own in signal_ids]
        self._ledger.write(written.values(admitted_at=instant_text(now)), rows)

    def hold(self, signal_ids: Iterable[str], now: datetime) -> None:
        """Write down that signals are beyond the budget: nothing is done about them until a release."""
        written = sa.update(_signals).where(_signals.c.id == sa.bindparam("signal_id"))
        held = written.values(held_at=instant_text(now))
        self._ledger.write(held, [{"signal_id": own} for own in signal_ids])

    def release(self, now: datetime) -> int:
        """Let go of all that is held; gives how many signals that were."""
        held = sa.update(_signals).where(_held)
        with self._ledger.engine.begin() as connection:
            return connection.execute(held.values(held_at=None, admitted_at=instant_text(now))).rowcount

    def held(self) -> int:
        """Count the signals that are held."""
        counted = sa.select(sa.func.count()).select_from(_signals).where(_held)
        with self._ledger.engine.connect() as connection:
            return int(connection.execute(counted).scalar_one())

    def holds_any(self) -> bool:
        """Whether a signal is held."""
        with self._ledger.engine.connect() as connection:
            return connection.execute(sa.select(_signals.c.id).where(_held).limit(1)).first() is not None

    def acted(self, done: Mapping[str, Counts], now: datetime) -> None:
        """Write down what was done, before anybody is told."""
        written = (
            sa.update(_signals)
            .where(_signals.c.id == sa.bindparam("signal_id"))
            .values(cleared=_signals.c.cleared + sa.bindparam("off"), flagged=sa.bindparam("marked"),
                    kept=sa.bindparam("left"), acted_at=instant_text(now))
        )  # fmt: skip
        rows = [
            {"signal_id": own, "off": counts.cleared, "marked": counts.flagged, "left": counts.kept}
            for own, counts in done.items()
        ]
        self._ledger.write(written, rows)

    def acted_in_part(self, done: Sequence[tuple[Heard, Mapping[str, Deed]]], now: datetime) -> None:
        """Write down what was done to which records while not everything could be seen: it is asked again."""
        written = (
            sa.update(_signals)
            .where(_signals.c.id == sa.bindparam("signal_id"))
            .values(cleared=_signals.c.cleared + sa.bindparam("off"), dealt=sa.bindparam("so_far"),
                    again_at=sa.bindparam("at"), tries=None, planned=None, admitted_at=None)
        )  # fmt: skip
        rows = [
            {
                "signal_id": heard.id, "off": [*ends.values()].count(Deed.UNBIND),
                "so_far": json.dumps({**(heard.dealt or {}), **_left(ends)}),
                "at": instant_text(_again(heard, now)),
            }
            for heard, ends in done
        ]  # fmt: skip
        self._ledger.write(written, rows)

    def unsent(self, most: int) -> dict[str, Counts]:
        """What was done and the hub was not told."""
        wanted = sa.select(_signals).where(_untold).order_by(_signals.c.acted_at).limit(most)
        with self._ledger.engine.connect() as connection:
            rows = connection.execute(wanted).all()
        return {row.id: Counts(cleared=row.cleared, flagged=row.flagged, kept=row.kept) for row in rows}

    def sent(self, signal_ids: Iterable[str], now: datetime) -> None:
        """Write down that the hub was told, and erase what is not needed any more."""
        written = sa.update(_signals).where(_signals.c.id == sa.bindparam("signal_id"))
        facts: dict[str, Any] = {"sent_at": instant_text(now), "number": None, "planned": None, "dealt": None}
        self._ledger.write(written.values(facts), [{"signal_id": own} for own in signal_ids])

    def sweep(self, now: datetime) -> None:
        """Forget signals of which the hub was told long ago, or can still not be told; see `KEPT`."""
        before = instant_text(now - KEPT)
        untold = sa.and_(_waits, _signals.c.dealt.is_not(None), _signals.c.heard_at < before)
        with self._ledger.engine.begin() as connection:
            connection.execute(sa.delete(_signals).where(sa.or_(_signals.c.sent_at < before, untold)))

    def drop(self, signal_ids: Iterable[str]) -> None:
        """Forget what can never be acted on."""
        gone = sa.delete(_signals).where(_signals.c.id == sa.bindparam("signal_id"))
        self._ledger.write(gone, [{"signal_id": own} for own in signal_ids])

    def settled(self, signal_ids: Iterable[str]) -> set[str]:
        """Of which of these the hub was told, or which only the book waits for: these can be confirmed."""
        marks = (_signals.c.sent_at, _signals.c.held_at, _signals.c.dealt)
        settled = sa.or_(*(mark.is_not(None) for mark in marks))
        wanted = sa.select(_signals.c.id).where(_signals.c.id.in_(list(signal_ids)), settled)
        with self._ledger.engine.connect() as connection:
            return set(connection.execute(wanted).scalars())


def heard_in(letter: ReceivedLetter, now: datetime) -> Heard:
    """Read a signal; raises `NotALetter` when it lacks what it must say."""
    happened = letter.said.get("happened")
    if not isinstance(happened, dict):
        raise NotALetter
    try:
        at = Span(instant_in(happened, "not_before"), instant_in(happened, "not_after"))
    except NotASpan:
        raise NotALetter from None
    return Heard(
        id=id_in(letter, "signal_id"), event=Event(letter.event), number=number_in(letter), at=at,
        heard_at=now,
    )  # fmt: skip


def _heard(row: sa.Row[Any]) -> Heard:
    not_before, not_after = json.loads(row.happened)
    said = json.loads(row.planned) if row.planned else None
    plan = said and Plan(
        deeds={key: Deed(deed) for key, deed in said["deeds"].items()}, kept=said["kept"],
        whole=said.get("whole", True),
    )  # fmt: skip
    dealt = {key: Deed(deed) for key, deed in json.loads(row.dealt).items()} if row.dealt else None
    return Heard(
        id=row.id, event=Event(row.event), number=Number(row.number),
        at=Span(_instant(not_before), _instant(not_after)),
        heard_at=datetime.fromisoformat(row.heard_at), plan=plan, admitted=row.admitted_at is not None,
        tries=row.tries or 0, dealt=dealt,
    )  # fmt: skip


def _written(plan: Plan) -> str:
    return json.dumps({"deeds": dict(plan.deeds), "kept": plan.kept, "whole": plan.whole})


def _left(ends: Mapping[str, Deed]) -> dict[str, Deed]:
    return {handle: deed for handle, deed in ends.items() if deed is not Deed.UNBIND}


def _again(heard: Heard, now: datetime) -> datetime:
    return now + min(max(now - heard.heard_at, _AGAIN_AT_FIRST), _AGAIN_AT_LAST)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
