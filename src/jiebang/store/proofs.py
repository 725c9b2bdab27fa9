"""Proofs. No code is stored anywhere."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from jiebang.domain.errors import ProofStale, UnknownProof
from jiebang.domain.number import Number
from jiebang.domain.proof import Proof
from jiebang.domain.showing import ShownBy
from jiebang.store.tables import proofs, sessions
from jiebang.store.tables.holders import not_by_front


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
    return proof_of(row)


def hold(connection: Connection, proof: Proof) -> None:
    """
    Hold a number's proofs until the transaction ends, while something is begun by one of them.

    Refuses with `ProofStale` when it has ended in the meantime, as when the number has left its holder,
    or was forgotten.
    """
    try:
        get(connection, proof.id, lock=True)
    except UnknownProof as ended:
        raise ProofStale from ended
    stands = select(sessions.c.proof_id).where(sessions.c.proof_id == proof.id)
    if connection.scalar(stands) is None:
        raise ProofStale


def of_number(connection: Connection, number: Number, *, since: datetime) -> list[Proof]:
    """The proofs begun for a number since an instant, oldest first."""
    wanted = select(proofs).where(proofs.c.number == number, proofs.c.started_at >= since)
    return [proof_of(row) for row in connection.execute(wanted.order_by(proofs.c.started_at))]


def save(connection: Connection, proof: Proof) -> None:
    """Write a proof back after a try."""
    connection.execute(update(proofs).where(proofs.c.id == proof.id).values(**_columns(proof)))


def carry_over(connection: Connection, tried: Proof) -> None:
    """Count what came of a try at one code for all codes of its number that are neither used nor locked."""
    open_too = update(proofs).where(
        proofs.c.number == tried.number, proofs.c.proven_at.is_(None), proofs.c.locked_until.is_(None)
    )
    connection.execute(open_too.values(wrong=tried.wrong, locked_until=tried.locked_until))


def by_fronts(connection: Connection, number: Number, *, since: datetime | None = None) -> list[Proof]:
    """The proofs of a number that fronts were given; `since` leaves out those of an earlier holder."""
    wanted = select(proofs).where(proofs.c.number == number, ~not_by_front)
    if since is not None:
        wanted = wanted.where(proofs.c.started_at >= since)
    return [proof_of(row) for row in connection.execute(wanted.order_by(proofs.c.started_at))]


def erase(connection: Connection, *, before: datetime, of_fronts: datetime) -> None:
    """
    Erase proofs begun before an instant, with their sessions and texts.

    Those that fronts were given are kept longer, to find what was done by them: `of_fronts` is for them.
    """
    connection.execute(delete(proofs).where(not_by_front, proofs.c.started_at < before))
    connection.execute(delete(proofs).where(proofs.c.started_at < of_fronts))


def end(connection: Connection, number: Number, *, before: datetime | None = None) -> None:
    """
    End the proofs of a number, all or those begun before an instant, with their sessions.

    Whoever is doing something by one of them, and holds it, is waited for: what they did is seen after this.
    """
    ended = delete(proofs).where(proofs.c.number == number)
    connection.execute(ended if before is None else ended.where(proofs.c.started_at < before))


def end_remembering(connection: Connection, number: Number) -> None:
    """End the proofs of a number, and keep those that fronts were given, to find what was done by them."""
    its_own = select(proofs.c.id).where(proofs.c.number == number)
    connection.execute(delete(sessions).where(sessions.c.proof_id.in_(its_own)))
    connection.execute(delete(proofs).where(proofs.c.number == number, not_by_front))


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


def proof_of(row: Row[Any]) -> Proof:
    """Read a proof from a row of its table."""
    return Proof(
        id=row.id, number=row.number, started_at=row.started_at, wrong=row.wrong, locks=row.locks,
        locked_until=row.locked_until, proven_at=row.proven_at,
        shown_by=ShownBy(row.shown_by), front_id=row.front_id, asserted=row.asserted,
    )  # fmt: skip
