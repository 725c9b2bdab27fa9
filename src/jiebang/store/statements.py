"""What leavers have said to their carriers."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from jiebang.domain.leaving import Statement
from jiebang.domain.number import Number
from jiebang.store.tables import statements


def keep(connection: Connection, said: Statement, *, carrier_id: str) -> None:
    """Keep a statement; a newer one about the same number stands instead of the older."""
    erase_of(connection, said.number)
    connection.execute(
        insert(statements).values(
            number=said.number, carrier_id=carrier_id, asked=said.asked, answered=said.answered,
            freed=said.freed, moved=said.moved, kept=said.kept, said_at=said.said_at,
        )
    )  # fmt: skip


def of_carrier(connection: Connection, carrier_id: str, *, since: datetime, most: int) -> list[Statement]:
    """What was said to a carrier since an instant, oldest first."""
    wanted = select(statements).where(statements.c.carrier_id == carrier_id, statements.c.said_at >= since)
    rows = connection.execute(wanted.order_by(statements.c.said_at, statements.c.seq).limit(most))
    return [
        Statement(
            number=row.number, asked=row.asked, answered=row.answered, freed=row.freed, moved=row.moved,
            kept=row.kept, said_at=row.said_at,
        )
        for row in rows
    ]  # fmt: skip


def of_number(connection: Connection, number: Number, *, since: datetime | None = None) -> datetime | None:
    """When something was said about a number; `since` leaves out what an earlier holder has said."""
    said_at = connection.scalar(select(statements.c.said_at).where(statements.c.number == number))
    return None if said_at is None or (since is not None and said_at < since) else said_at


def erase_of(connection: Connection, number: Number, *, before: datetime | None = None) -> None:
    """Take back what was said about a number, at any time or before an instant."""
    said = delete(statements).where(statements.c.number == number)
    connection.execute(said if before is None else said.where(statements.c.said_at < before))


def erase(connection: Connection, *, before: datetime) -> None:
    """Erase what was said before an instant."""
    connection.execute(delete(statements).where(statements.c.said_at < before))
