"""Somebody is about to do what is limited: it is counted, and refused where it is too much."""

from collections.abc import Sequence
from datetime import datetime

from jiebang.domain.limit import Use
from jiebang.domain.policy import Policy
from jiebang.store import tallies
from jiebang.store.database import Database


def count_use(
    database: Database, uses: Sequence[Use], *, now: datetime, policy: Policy, secret: bytes
) -> None:
    """
    Count uses, all or none; refuses with `TooMuch`, which says until when, and then counts nothing.

    A door counts before it calls the flow that does it, and the same whether or not that flow will
    refuse: so that nobody learns from a limit what is known of a number.
    """
    with database.write() as connection:
        for use in uses:
            counted = tallies.count(connection, use.key(secret), until=use.until(now), times=use.times)
            use.check(counted, now=now, policy=policy)
