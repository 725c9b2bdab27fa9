"""Limits: how often something is done for one number, from one address, by a front or a platform."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from jiebang.domain.errors import TooSoon
from jiebang.domain.number import keyed_text
from jiebang.domain.policy import Policy

_START = datetime(1970, 1, 1, tzinfo=UTC)


class TooMuch(TooSoon):
    """That was asked for too often in a short while; please try again later."""


class Limited(StrEnum):
    """What there is a limit to, and for whom."""

    CODES_FOR_ADDRESS = "codes_for_address"
    CODES_FOR_FRONT = "codes_for_front"
    ASSERTIONS_BY_FRONT = "assertions_by_front"
    QUERIES_ON_NUMBER = "queries_on_number"
    ORDERS_ON_NUMBER = "orders_on_number"
    EVIDENCE_ON_NUMBER = "evidence_on_number"
    CHECKS_BY_PLATFORM = "checks_by_platform"


ON_NUMBER = (Limited.QUERIES_ON_NUMBER, Limited.ORDERS_ON_NUMBER, Limited.EVIDENCE_ON_NUMBER)
"""What is counted for a number."""

_WITHIN = {
    Limited.CODES_FOR_ADDRESS: timedelta(hours=1),
    Limited.CODES_FOR_FRONT: timedelta(hours=1),
    Limited.ASSERTIONS_BY_FRONT: timedelta(hours=1),
    Limited.QUERIES_ON_NUMBER: timedelta(days=1),
    Limited.ORDERS_ON_NUMBER: timedelta(days=1),
    Limited.EVIDENCE_ON_NUMBER: timedelta(days=1),
    Limited.CHECKS_BY_PLATFORM: timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Use:
    """Somebody does what is limited, so many times."""

    what: Limited
    who: str = field(repr=False)
    """Whose it counts as: a number, an address, a front's or a platform's id."""
    times: int = 1

    def key(self, secret: bytes) -> str:
        """Write for whom it counts as the hub keeps it: keyed, so that the table names nobody."""
        return keyed_text(f"{self.what} {self.who}", secret=secret)

    def until(self, now: datetime) -> datetime:
        """When the stretch of time ends in which it counts; all hubs' clocks cut the same stretches."""
        within = _WITHIN[self.what]
        return _START + ((now - _START) // within + 1) * within

    def check(self, counted: int, *, now: datetime, policy: Policy) -> None:
        """Refuse with `TooMuch` what is more than the policy allows, this use being counted already."""
        if counted > most(self.what, policy):
            raise TooMuch(self.until(now))


def most(what: Limited, policy: Policy) -> int:
    """How much the policy allows."""
    return {
        Limited.CODES_FOR_ADDRESS: policy.codes_per_address,
        Limited.CODES_FOR_FRONT: policy.codes_per_front,
        Limited.ASSERTIONS_BY_FRONT: policy.assertions_per_front,
        Limited.QUERIES_ON_NUMBER: policy.queries_per_day,
        Limited.ORDERS_ON_NUMBER: policy.orders_per_day,
        Limited.EVIDENCE_ON_NUMBER: policy.evidence_per_day,
        Limited.CHECKS_BY_PLATFORM: policy.checks_per_day,
    }[what]
