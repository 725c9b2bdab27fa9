"""What holders have chosen about records, by a keyed hash of their number: the number itself is not kept."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from jiebang.domain.choice import Choice, Chosen
from jiebang.store.among import among
from jiebang.store.tables import choices


def keep(connection: Connection, number_hash: str, *, made: Sequence[Chosen]) -> None:
    """Remember choices; a newer one about the same record stands instead of the older."""
    for one in made:
        connection.execute(
            delete(choices).where(
                choices.c.number_hash == number_hash,
                choices.c.platform_id == one.platform_id,
                choices.c.handle == one.handle,
            )
        )
    rows = [
        {
            "number_hash": number_hash, "platform_id": one.platform_id, "handle": one.handle,
            "choice": one.choice.value, "chosen_at": one.at,
        }
        for one in made
    ]  # fmt: skip
    connection.execute(insert(choices), rows)


def remembered(connection: Connection, hashes: Iterable[str]) -> set[str]:
    """Of these numbers, by their hashes, those of whose records anything was chosen."""
    wanted = select(choices.c.number_hash).where(among(connection, choices.c.number_hash, values=hashes))
    return set(connection.scalars(wanted))


def erase_of(connection: Connection, number_hash: str, *, before: datetime | None = None) -> None:
    """Forget what was chosen about a number's records, all or before an instant."""
    chosen = delete(choices).where(choices.c.number_hash == number_hash)
    connection.execute(chosen if before is None else chosen.where(choices.c.chosen_at < before))


def erase(connection: Connection, *, before: datetime) -> None:
    """Forget what was chosen before an instant."""
    connection.execute(delete(choices).where(choices.c.chosen_at < before))


def of_number(
    connection: Connection, number_hash: str, *, since: datetime | None = None
) -> dict[tuple[str, str], Chosen]:
    """A number's choices by platform and handle; `since` leaves out those of an earlier holder."""
    wanted = select(choices).where(choices.c.number_hash == number_hash)
    if since is not None:
        wanted = wanted.where(choices.c.chosen_at >= since)
    return {
        (row.platform_id, row.handle): Chosen(
            platform_id=row.platform_id, handle=row.handle, choice=Choice(row.choice), at=row.chosen_at
        )
        for row in connection.execute(wanted)
    }
