"""A holder takes an order back."""

from datetime import datetime

from jiebang.domain.errors import UnknownOrder
from jiebang.domain.journal import HOLDER
from jiebang.domain.letter import order_revoked
from jiebang.domain.order import Order
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.domain.tenure import present
from jiebang.store import ids, mailbox, numbers, orders
from jiebang.store.database import Database


def revoke_order(database: Database, proof: Proof, *, order_id: str, now: datetime, policy: Policy) -> Order:
    """
    Revoke an order, escalated or live. Its letter is taken back; if it may have left, another one follows.

    Refuses with `ProofStale`, `UnknownOrder`, `OrderEnded`, or `OrderMoved` when the platform was
    faster.
    """
    proof.require(now, policy)
    with database.write() as connection:
        order = orders.get(connection, order_id, number=proof.number)
        tenure = present(numbers.history(connection, proof.number))
        if tenure is not None and tenure.began_after(order.placed_at):
            raise UnknownOrder  # an earlier holder's: not for this one to see or to take back
        revoked = order.revoke(now)
        orders.move(connection, [(order, revoked)], at=now, by=proof.front_id or HOLDER)
        mailbox.withdraw(connection, [order.id])
        if order.leave_at <= now:
            mailbox.leave(connection, [order_revoked(order, jti=ids.new("set"), now=now)])
    return revoked
