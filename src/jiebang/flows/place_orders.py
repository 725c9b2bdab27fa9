"""A holder orders that records lose the number, or that own accounts be closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from jiebang.domain.binding import OrderKind
from jiebang.domain.calendar import Calendar
from jiebang.domain.departure import require_held
from jiebang.domain.errors import NothingTicked
from jiebang.domain.ground import Ground, place
from jiebang.domain.journal import HUB, Entry
from jiebang.domain.letter import ordered
from jiebang.domain.order import Order, State
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.domain.sim import SILENT, Sim, SimSwapped, SimUnchecked
from jiebang.domain.tenure import Tenure, present, tenures
from jiebang.store import ids, journal, mailbox, numbers, orders, parties, proofs, queries, texts
from jiebang.store.database import Database
from jiebang.store.queries import Found


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the holder wants done about one record in their results."""

    binding_id: str
    kind: OrderKind


def place_orders(
    database: Database,
    proof: Proof,
    *,
    wanted: Sequence[Wanted],
    now: datetime,
    policy: Policy,
    sim: Sim = SILENT,
) -> list[Order]:
    """
    Place an order for each wanted record, all or none, and leave the letters.

    Whose a record is, is judged as of now; one with a live order keeps that. Refuses with `ProofStale`,
    `NothingTicked`, `NumberLeft`, `UnknownBinding`, `WeakProof`, what `check_rights` refuses with; a closing
    with `ProofNotFresh`, `SimSwapped` or `SimUnchecked`: `sim` is what the door has heard of the SIM.
    """
    proof.require(now, policy)
    if not wanted:
        raise NothingTicked
    if any(want.kind is OrderKind.DEREGISTER for want in wanted):
        _check_closing(database, proof, sim=sim, now=now, policy=policy)
    with database.write() as connection:
        proofs.hold(connection, proof)  # a second tap waits, and finds what the first has placed
        tenure = _held(connection, proof, now=now)
        live = orders.live(connection, proof.number)
        found = queries.found_by_ids(connection, [want.binding_id for want in wanted], number=proof.number)
        calendars = parties.calendars(connection, {record.platform_id for record in found})
        standing = dict(live)
        for want, record in zip(wanted, found, strict=True):
            key = (record.platform_id, record.binding.handle)
            if key not in standing or standing[key].state_at(now) is State.EXPIRED:
                ground = _ground(proof, record, tenure=tenure, calendar=calendars[record.platform_id])
                standing[key] = place(
                    want.kind, record.binding, order_id=ids.new("ord"), ground=ground, now=now, policy=policy
                )
        placed = [order for key, order in standing.items() if live.get(key) is not order]
        lapsed = [(old, old.expire(now)) for key, old in live.items() if standing[key] is not old]
        orders.move(connection, lapsed, at=now, by=HUB)
        _keep(connection, placed, sim=sim, now=now, policy=policy)
    return [standing[record.platform_id, record.binding.handle] for record in found]


def _held(connection: Connection, proof: Proof, *, now: datetime) -> Tenure | None:
    """The number's present tenure, as far as it is known; refuses with `NumberLeft` one that is left."""
    history = numbers.history(connection, proof.number)
    require_held(tenures(history), now)
    return present(history)


def _keep(
    connection: Connection, placed: Sequence[Order], *, sim: Sim, now: datetime, policy: Policy
) -> None:
    """Keep new orders with their letters; of each closing its reminder too, and what was heard of the SIM."""
    orders.add(connection, placed)
    mailbox.leave(connection, [ordered(order) for order in placed])
    closing = [order for order in placed if order.kind is OrderKind.DEREGISTER]
    texts.leave_reminders(connection, closing, policy=policy)
    journal.write(connection, [_checked(sim, now, policy=policy, order_id=one.id) for one in closing])


def _check_closing(database: Database, proof: Proof, *, sim: Sim, now: datetime, policy: Policy) -> None:
    """Refuse an old proof, and what the SIM speaks against; that is kept, although nothing else is."""
    proof.require_fresh(now, policy)
    try:
        sim.require_settled(now, policy)
    except (SimSwapped, SimUnchecked):
        with database.write() as connection:
            journal.write(connection, [_checked(sim, now, policy=policy)])
        raise


def _checked(sim: Sim, now: datetime, *, policy: Policy, order_id: str | None = None) -> Entry:
    said = {"changed": sim.change(now, policy).value}
    return Entry(at=now, what="sim:checked", by=HUB, order_id=order_id, said=said)


def _ground(proof: Proof, record: Found, *, tenure: Tenure | None, calendar: Calendar) -> Ground:
    origin = record.binding.origin(tenure)
    return Ground(platform_id=record.platform_id, calendar=calendar, origin=origin, proof=proof)
