"""A holder orders that records lose the number, or that own accounts be closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from jiebang.domain.binding import OrderKind
from jiebang.domain.departure import require_held
from jiebang.domain.errors import NothingTicked
from jiebang.domain.ground import Ground, place
from jiebang.domain.journal import HUB
from jiebang.domain.letter import ordered
from jiebang.domain.order import Order, State
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.domain.tenure import present, tenures
from jiebang.store import ids, mailbox, numbers, orders, parties, proofs, queries
from jiebang.store.database import Database


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the holder wants done about one record in their results."""

    binding_id: str
    kind: OrderKind


def place_orders(
    database: Database, proof: Proof, *, wanted: Sequence[Wanted], now: datetime, policy: Policy
) -> list[Order]:
    """
    Place an order for each wanted record, all or none, and leave the letters.

    Whose a record is, is judged now, by the number's tenures as they are known now. A record that
    has a live order keeps that one, so placing again changes nothing. Refuses with `ProofStale`,
    `NothingTicked`, `NumberLeft`, `UnknownBinding`, `WeakProof`, and what `check_rights` refuses with.
    """
    proof.require(now, policy)
    if not wanted:
        raise NothingTicked
    with database.write() as connection:
        proofs.hold(connection, proof)  # a second tap waits, and finds what the first has placed
        history = numbers.history(connection, proof.number)
        require_held(tenures(history), now)
        tenure = present(history)
        live = orders.live(connection, proof.number)
        found = queries.found_by_ids(connection, [want.binding_id for want in wanted], number=proof.number)
        calendars = parties.calendars(connection, {record.platform_id for record in found})
        standing = dict(live)
        for want, record in zip(wanted, found, strict=True):
            key = (record.platform_id, record.binding.handle)
            if key not in standing or standing[key].state_at(now) is State.EXPIRED:
                origin = record.binding.origin(tenure)
                calendar = calendars[record.platform_id]
                ground = Ground(platform_id=record.platform_id, calendar=calendar, origin=origin, proof=proof)
                standing[key] = place(
                    want.kind, record.binding, order_id=ids.new("ord"), ground=ground, now=now, policy=policy
                )
        placed = [order for key, order in standing.items() if live.get(key) is not order]
        lapsed = [(old, old.expire(now)) for key, old in live.items() if standing[key] is not old]
        orders.move(connection, lapsed, at=now, by=HUB)
        orders.add(connection, placed)
        mailbox.leave(connection, [ordered(order) for order in placed])
    return [standing[record.platform_id, record.binding.handle] for record in found]
