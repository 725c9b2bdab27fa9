"""A holder has the hub forget their number, now."""

from datetime import datetime

from jiebang.domain.deed import DeedKind, done
from jiebang.domain.journal import HOLDER
from jiebang.domain.number import keyed
from jiebang.domain.order import State
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.store import choices, forgotten, journal, mailbox, orders, proofs, queries, statements
from jiebang.store.database import Database

_MOST = 10_000


def forget_number(database: Database, proof: Proof, *, now: datetime, policy: Policy, secret: bytes) -> None:
    """
    Erase all that no open order needs: questions and answers, orders that are over, proofs and sessions.

    The holder is signed out by it. What a carrier has reported stays, and so do orders that are not over,
    their second looks among them. Escalated ones are taken back: nothing else may ever end them, and their
    platforms, which say that they are done, need no word of it. What fronts did is forgotten at the portal
    only: no front wipes its own traces away. Refuses with `ProofStale`.
    """
    proof.require(now, policy)
    by = proof.front_id or HOLDER
    with database.write() as connection:
        proofs.hold(connection, proof)
        kept = queries.second_looks(connection, proof.number)
        mailbox.withdraw_questions(connection, proof.number, keeping=kept)
        queries.erase_of(connection, proof.number, keeping=kept)
        unsettled = orders.unsettled(connection, before={proof.number: now})
        escalated = [order for order in unsettled if order.state is State.ESCALATED]
        orders.move(connection, [(order, order.revoke(now)) for order in escalated], at=now, by=by)
        ended = orders.closed(connection, number=proof.number, most=_MOST)
        forgotten.forget(connection, ended, secret=secret, now=now)
        choices.erase_of(connection, keyed(proof.number, secret=secret))
        statements.erase_of(connection, proof.number)
        end = proofs.end if proof.front_id is None else proofs.end_remembering
        end(connection, proof.number)
        journal.write(connection, [done(proof, DeedKind.NUMBER_FORGOTTEN, at=now, orders=len(ended))])
