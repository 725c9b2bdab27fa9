"""What the portal counts before it lets a holder do it."""

from starlette.requests import Request

from jiebang.domain.limit import Limited, Use
from jiebang.flows.count_use import count_use
from jiebang.portal.pages import house_of
from jiebang.wire.outside import neighbourhood


def count(request: Request, what: Limited, *, who: str, times: int = 1) -> None:
    """Count that something is done; refuses with `TooMuch`."""
    house = house_of(request)
    uses = [Use(what, who, times)]
    count_use(house.database, uses, now=house.now(), policy=house.policy, secret=house.limit_secret)


def count_code(request: Request) -> None:
    """Count that a code is asked for from where the request comes; refuses with `TooMuch`."""
    home = neighbourhood(request.client.host) if request.client else None
    if home is not None:
        count(request, Limited.CODES_FOR_ADDRESS, who=home)
