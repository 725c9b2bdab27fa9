"""Proofs, and the texts with their codes that wait to be sent. No code is stored anywhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from jiebang.domain.errors import ProofStale, UnknownProof
from jiebang.domain.number import Number
from jiebang.domain.proof import Proof
from jiebang.domain.showing import ShownBy
from jiebang.store.tables import proofs, texts

TEXTS = "texts"
"""The bell's name for a text that waits to be sent."""


def add(connection: Connection, proof: Proof, *, good_until: datetime) -> None:
    """Begin a proof, and leave the text with its code for the worker to send."""
    keep(connection, proof)
    connection.execute(
        insert(texts).values(proof_id=proof.id, good_until=good_until, leased_until=proof.started_at)
    )
    connection.info.setdefault("rung", set()).add(TEXTS)


def keep(connection: Connection, proof: Proof) -> None:
    """Write a new proof down, for which no code has to be sent."""
    connection.execute(insert(proofs).values(id=proof.id, **_columns(proof)))


def get(connection: Connection, proof_id: str, *, lock: bool = False) -> Proof:
    """
    Find a proof; refuses with `UnknownProof`.

    `lock` holds all proofs of its number until the transaction ends, so that tries at its codes,
    and whatever else is done by them, come one after the other.
    """
    if lock:
        its_number = select(proofs.c.number).where(proofs.c.id == proof_id).scalar_subquery()
        of_number = select(proofs.c.id).where(proofs.c.number == its_number)
        connection.execute(of_number.order_by(proofs.c.id).with_for_update())
    row = connection.execute(select(proofs).where(proofs.c.id == proof_id)).one_or_none()
    if row is None:
        raise UnknownProof
    return _proof(row)


def hold(connection: Connection, proof: Proof) -> None:
    """
    Hold a number's proofs until the transaction ends, while something is begun by one of them.

    Refuses with `ProofStale` when it has ended in the meantime, as when the number has left its holder.
    """
    try:
        get(connection, proof.id, lock=True)
    except UnknownProof as ended:
        raise ProofStale from ended


def of_number(connection: Connection, number: Number, *, since: datetime) -> list[Proof]:
    """The proofs begun for a number since an instant, oldest first."""
    wanted = select(proofs).where(proofs.c.number == number, proofs.c.started_at >= since)
    return [_proof(row) for row in connection.execute(wanted.order_by(proofs.c.started_at))]


def save(connection: Connection, proof: Proof) -> None:
    """Write a proof back after a try."""
    connection.execute(update(proofs).where(proofs.c.id == proof.id).values(**_columns(proof)))


def carry_over(connection: Connection, tried: Proof) -> None:
    """Count a wrong try at one code for all codes of its number that can still be tried."""
    open_too = update(proofs).where(
        proofs.c.number == tried.number, proofs.c.proven_at.is_(None), proofs.c.locked_until.is_(None)
    )
    connection.execute(open_too.values(wrong=tried.wrong, locked_until=tried.locked_until))


def lease_texts(connection: Connection, *, now: datetime, until: datetime, most: int) -> list[Proof]:
    """Take texts to send that no living worker has; after `until` another worker may take them."""
    due = select(texts.c.proof_id).where(texts.c.leased_until <= now, texts.c.good_until > now).limit(most)
    taken = update(texts).where(texts.c.proof_id.in_(due.with_for_update(skip_locked=True)))
    ids = connection.scalars(taken.values(leased_until=until).returning(texts.c.proof_id)).all()
    return [_proof(row) for row in connection.execute(select(proofs).where(proofs.c.id.in_(ids)))]


def settle_texts(connection: Connection, proof_ids: Sequence[str]) -> None:
    """Strike off texts that were sent."""
    connection.execute(delete(texts).where(texts.c.proof_id.in_(proof_ids)))


def erase(connection: Connection, *, before: datetime, now: datetime) -> None:
    """Erase texts whose code is no longer good, and proofs begun before an instant with their sessions."""
    connection.execute(delete(texts).where(texts.c.good_until <= now))
    connection.execute(delete(proofs).where(proofs.c.started_at < before))


def end(connection: Connection, number: Number, *, before: datetime | None = None) -> None:
    """
    End the proofs of a number, all or those begun before an instant, with their sessions.

    Whoever is doing something by one of them, and holds it, is waited for: what they did is seen after this.
    """
    ended = delete(proofs).where(proofs.c.number == number)
    connection.execute(ended if before is None else ended.where(proofs.c.started_at < before))


def _columns(proof: Proof) -> dict[str, object]:
    return {
        "number": proof.number,
        "started_at": proof.started_at,
        "wrong": proof.wrong,
        "locks": proof.locks,
        "locked_until": proof.locked_until,
        "proven_at": proof.proven_at,
        "shown_by": proof.shown_by.value,
        "front_id": proof.front_id,
        "asserted": proof.asserted,
    }


def _proof(row: Row[Any]) -> Proof:
    return Proof(
        id=row.id, number=row.number, started_at=row.started_at, wrong=row.wrong, locks=row.locks,
        locked_until=row.locked_until, proven_at=row.proven_at,
        shown_by=ShownBy(row.shown_by), front_id=row.front_id, asserted=row.asserted,
    )  # fmt: skip
