"""What is over is written down as over, and what has been kept long enough is erased."""

from datetime import datetime

from jiebang.domain.journal import HUB
from jiebang.domain.letter import order_overdue
from jiebang.domain.policy import Policy
from jiebang.domain.proof import kept
from jiebang.store import (
    choices,
    mailbox,
    orders,
    parties,
    proofs,
    queries,
    sessions,
    signals,
    statements,
    tallies,
    texts,
)
from jiebang.store.database import Database

_BATCH = 500


def sweep(database: Database, *, now: datetime, policy: Policy) -> None:
    """
    Expire overdue orders; erase old answers, idle sessions, old proofs and whatever else is old.

    Whoever writes an order down as expired reminds its platform: that can happen only once for
    each of its deadlines, however many sweep at the same time.
    """
    with database.write() as connection:
        lapsed = [(order, order.expire(now)) for order in orders.overdue(connection, now, most=_BATCH)]
        orders.move(connection, lapsed, at=now, by=HUB)
        mailbox.leave(connection, [order_overdue(order) for _, order in lapsed])
        queries.erase(connection, before=now - policy.answers_kept)
        mailbox.erase_questions(connection, before=now - policy.answers_kept)
        sessions.erase_idle(connection, before=now - policy.session_idle)
        proofs.erase(connection, before=now - kept(policy), of_fronts=now - policy.closed_kept)
        texts.erase(connection, now=now)
        parties.forget_assertions(connection, now)
        choices.erase(connection, before=now - policy.choices_kept)
        statements.erase(connection, before=now - policy.statements_kept)
        tallies.forget(connection, now)
        signals.erase(connection, before=now - policy.signals_kept)
