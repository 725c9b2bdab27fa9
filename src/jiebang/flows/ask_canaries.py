"""Platforms are asked, now and then, about numbers that nobody holds."""

from collections.abc import Callable
from datetime import datetime, timedelta

from jiebang.domain.letter import bindings_asked
from jiebang.domain.policy import Policy
from jiebang.domain.query import Query
from jiebang.store import habits, ids, mailbox, parties, queries, tallies
from jiebang.store.database import Database

_ROUND = timedelta(minutes=1)
_DAY = timedelta(days=1)


def ask_canaries(database: Database, *, now: datetime, policy: Policy, chance: Callable[[], float]) -> int:
    """
    Ask each platform with the chance that a minute has of a day's questions; returns how many were asked.

    `chance` gives numbers from nought to one, by chance. To a platform the question is like any other.
    Of all processes one asks in a minute.
    """
    with database.write() as connection:
        numbers = habits.all_canaries(connection)
        minute = now.replace(second=0, microsecond=0) + _ROUND
        if not numbers or tallies.count(connection, "canaries", until=minute, times=1) > 1:
            return 0
        share = policy.canaries_per_day * (_ROUND / _DAY)
        chosen = [party.id for party in parties.platforms(connection) if chance() < share]
        calendars = parties.calendars(connection, chosen)
        for platform_id in chosen:
            number = numbers[int(chance() * len(numbers))]
            query = Query(id=ids.new("qry"), number=number, asked_at=now)
            asked = query.put_to(platform_id, calendar=calendars[platform_id], policy=policy)
            queries.add(connection, [(query, [asked])])
            mailbox.leave(connection, [bindings_asked(query, asked, jti=ids.new("set"))])
    return len(chosen)
