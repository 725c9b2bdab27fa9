"""Which HTTP status says which refusal."""

from jiebang.domain.errors import (
    Conflict,
    Malformed,
    NotAllowed,
    NothingTicked,
    Refusal,
    TooSoon,
    Unknown,
    Unproven,
)

_STATUS: tuple[tuple[type[Refusal], int], ...] = (
    (Malformed, 422),
    (NothingTicked, 422),
    (Unknown, 404),
    (Unproven, 422),
    (NotAllowed, 403),
    (Conflict, 409),
    (TooSoon, 429),
)


def status_of(refusal: Refusal) -> int:
    """Give the HTTP status of a refusal."""
    return next((status for kind, status in _STATUS if isinstance(refusal, kind)), 400)
