"""What is locked is opened with the same key, for the same place, and not otherwise."""

import pytest

from jiebang.domain.errors import BadToken
from jiebang.wire.keys import make
from jiebang.wire.safe import Safe

KEY = make()
SAFE = Safe(KEY.secret("entrusted"))
PLACE = "https://shop.example/letters"


def test_what_is_locked_is_given_back_and_cannot_be_read_before() -> None:
    locked = SAFE.lock("Bearer geheim 密", place=PLACE)
    assert "geheim" not in locked
    assert SAFE.unlock(locked, place=PLACE) == "Bearer geheim 密"
    assert SAFE.lock("Bearer geheim 密", place=PLACE) != locked


def test_nothing_else_opens_it() -> None:
    locked = SAFE.lock("Bearer x", place=PLACE)
    head, rest = locked[:-6], locked[-6:]
    for safe, said, place in [
        (SAFE, locked, "https://thief.example/letters"),
        (Safe(KEY.secret("codes")), locked, PLACE),
        (Safe(make().secret("entrusted")), locked, PLACE),
        (SAFE, head + rest[::-1], PLACE),
        (SAFE, "Bearer x", PLACE),
    ]:
        with pytest.raises(BadToken):
            safe.unlock(said, place=place)
