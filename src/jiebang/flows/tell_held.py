"""A holder wants to know what the hub holds about their number."""

from datetime import datetime, timedelta

from jiebang.domain import proof as domain
from jiebang.domain.forgetting import Held, HeldKind, Secrets
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.store import held
from jiebang.store.database import Database

_TOLD = timedelta(0)
"""Of what has its own end beside it."""


def tell_held(
    database: Database, proof: Proof, *, now: datetime, policy: Policy, secrets: Secrets
) -> list[Held]:
    """
    Tell what there is of each kind, and until when the newest of it is kept; refuses with `ProofStale`.

    The secrets key what is remembered under a hash: choices, tallies, and the subjects that streams are
    limited to. Not told is what names no number and is found by none: the journal, and what is left of
    an order that is forgotten.
    """
    proof.require(now, policy)
    kept: dict[HeldKind, timedelta] = {
        HeldKind.PROOFS: domain.kept(policy),
        HeldKind.DEEDS: policy.closed_kept,
        HeldKind.SESSIONS: policy.session_idle,
        HeldKind.TEXTS: _TOLD,
        HeldKind.QUERIES: policy.answers_kept,
        HeldKind.ANSWERS: policy.answers_kept,
        HeldKind.CLOSED_ORDERS: policy.closed_kept,
        HeldKind.CHOICES: policy.choices_kept,
        HeldKind.STATEMENTS: policy.statements_kept,
        HeldKind.SIGNALS: policy.signals_kept,
        HeldKind.CLEARANCES: policy.signals_kept,
        HeldKind.TALLIES: _TOLD,
    }
    with database.read() as connection:
        found = held.about(connection, proof.number, secrets=secrets)
    return [
        Held(kind=kind, count=count, until=newest + kept[kind] if newest and kind in kept else None)
        for kind in HeldKind
        for count, newest in (found[kind],)
        if count
    ]
