"""The hub looks at how platforms answer, and notes what it suspects of them, and what no more."""

from datetime import datetime

from jiebang.domain.habit import suspicions
from jiebang.domain.journal import HUB, Entry
from jiebang.domain.policy import Policy
from jiebang.store import habits, journal
from jiebang.store.database import Database


def suspect_platforms(database: Database, *, now: datetime, policy: Policy) -> None:
    """Compare what is suspected with what the days say; what changes goes into the journal."""
    with database.write() as connection:
        habits.forget(connection, before=now - policy.habits_kept)
        known = {(one.platform_id, one.suspicion) for one in habits.suspected(connection)}
        found = {
            (platform_id, one)
            for platform_id, days in habits.everything(connection).items()
            for one in suspicions(days, now, policy=policy)
        }
        for platform_id, one in sorted(found - known):
            habits.suspect(connection, platform_id, of=one, now=now)
        for platform_id, one in sorted(known - found):
            habits.trust(connection, platform_id, of=one)
        changed = [("platform:suspected", one) for one in sorted(found - known)]
        changed += [("platform:trusted", one) for one in sorted(known - found)]
        entries = [
            Entry(at=now, what=what, by=HUB, said={"platform": platform_id, "of": one.value})
            for what, (platform_id, one) in changed
        ]
        journal.write(connection, entries)
