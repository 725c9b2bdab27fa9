"""How platforms answer, what is suspected of them, and the canary numbers that they are asked about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from jiebang.domain.habit import Habit, Suspicion
from jiebang.domain.number import Number
from jiebang.store.add_up import add_up
from jiebang.store.among import among
from jiebang.store.insert_new import insert_new
from jiebang.store.tables import canaries, habits, suspicions


@dataclass(frozen=True, slots=True)
class Suspected:
    """Something that is suspected of a platform."""

    platform_id: str
    suspicion: Suspicion
    since: datetime


def add(connection: Connection, habit: Habit) -> None:
    """Add to what is counted of a platform's day."""
    key = {"platform_id": habit.platform_id, "day": habit.day}
    more = {
        "answered": habit.answered, "with_records": habit.with_records, "canaries": habit.canaries,
    }  # fmt: skip
    connection.execute(add_up(connection, habits, key=key, more=more))


def everything(connection: Connection) -> dict[str, list[Habit]]:
    """All that is counted, by platform, oldest first."""
    found: dict[str, list[Habit]] = {}
    for row in connection.execute(select(habits).order_by(habits.c.day)):
        habit = Habit(
            platform_id=row.platform_id, day=row.day, answered=row.answered,
            with_records=row.with_records, canaries=row.canaries,
        )  # fmt: skip
        found.setdefault(row.platform_id, []).append(habit)
    return found


def forget(connection: Connection, *, before: datetime) -> None:
    """Forget old days."""
    connection.execute(delete(habits).where(habits.c.day < before))


def suspected(connection: Connection) -> list[Suspected]:
    """All that is suspected now."""
    rows = connection.execute(select(suspicions).order_by(suspicions.c.since, suspicions.c.platform_id))
    return [Suspected(row.platform_id, Suspicion(row.suspicion), row.since) for row in rows]


def suspect(connection: Connection, platform_id: str, *, of: Suspicion, now: datetime) -> None:
    """Begin to suspect a platform of something."""
    row = {"platform_id": platform_id, "suspicion": of.value, "since": now}
    connection.execute(insert(suspicions).values(row))


def trust(connection: Connection, platform_id: str, *, of: Suspicion) -> None:
    """Suspect it no more."""
    given_up = delete(suspicions).where(
        suspicions.c.platform_id == platform_id, suspicions.c.suspicion == of.value
    )
    connection.execute(given_up)


def add_canaries(connection: Connection, numbers: Iterable[Number]) -> int:
    """Add numbers that nobody holds; returns how many were new."""
    return insert_new(connection, canaries, rows=[{"number": number} for number in numbers])


def drop_canaries(connection: Connection, numbers: Iterable[Number]) -> int:
    """Drop numbers that somebody may hold after all; returns how many were there."""
    named = among(connection, canaries.c.number, values=numbers)
    return connection.execute(delete(canaries).where(named)).rowcount


def all_canaries(connection: Connection) -> list[Number]:
    """All numbers that nobody holds, as the operator says."""
    return list(connection.scalars(select(canaries.c.number).order_by(canaries.c.number)))
