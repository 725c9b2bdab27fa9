"""What both doors count before a holder may do it."""

from jiebang.domain.limit import Limited, Use
from jiebang.flows.count_use import count_use
from jiebang.house import House


def count(house: House, what: Limited, *, who: str, times: int = 1) -> None:
    """Count that something is done; refuses with `TooMuch`."""
    uses = [Use(what, who, times)]
    count_use(house.database, uses, now=house.now(), policy=house.policy, secret=house.limit_secret)
