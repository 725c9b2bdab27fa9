"""What the portal counts before it lets a holder do it."""

from starlette.requests import Request

from jiebang.counting import count
from jiebang.domain.limit import Limited
from jiebang.portal.pages import house_of
from jiebang.wire.outside import neighbourhood


def count_code(request: Request) -> None:
    """Count that a code is asked for from where the request comes; refuses with `TooMuch`."""
    home = neighbourhood(request.client.host) if request.client else None
    if home is not None:
        count(house_of(request), Limited.CODES_FOR_ADDRESS, who=home)
