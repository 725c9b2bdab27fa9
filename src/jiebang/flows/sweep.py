"""What is over is written down as over, and what has been kept long enough is erased."""

from datetime import datetime

from jiebang.domain.policy import Policy
from jiebang.store import mailbox, orders, parties, proofs, queries
from jiebang.store.database import Database

_BATCH = 500


def sweep(database: Database, *, now: datetime, policy: Policy) -> None:
    """Expire overdue orders, and erase old answers, proofs with their sessions, and used assertions."""
    with database.write() as connection:
        lapsed = [(order, order.expire(now)) for order in orders.overdue(connection, now, most=_BATCH)]
        orders.move(connection, lapsed, at=now)
        queries.erase(connection, before=now - policy.answers_kept)
        mailbox.erase_questions(connection, before=now - policy.answers_kept)
        proofs.erase(connection, before=now - policy.answers_kept, now=now)
        parties.forget_assertions(connection, now)
