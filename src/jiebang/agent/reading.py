"""
Reading what a letter says, as if the hub meant harm: every value has a shape and a bound, or it is no letter.

One value that cannot be kept would otherwise hold up every letter that came with it.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from jiebang.domain.errors import NotALetter
from jiebang.domain.number import Number
from jiebang.wire.tokens import ReceivedLetter

_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}")
_HANDLE_MOST = 256
"""As many as the hub takes of us."""
_ATTEMPT_MOST = 10**6
_UNFIT = {"Cc", "Cs"}
"""Control characters and halves of characters: no store has them in an id, and some stumble over them."""


def id_in(letter: ReceivedLetter, name: str) -> str:
    """Read an id of the hub's: opaque, and never so long or strange that it cannot be kept."""
    said = letter.said.get(name)
    if not isinstance(said, str) or not _ID.fullmatch(said):
        raise NotALetter
    return said


def handle_in(letter: ReceivedLetter) -> str:
    """Read a handle: it was ours once, and may be anything now."""
    said = letter.said.get("handle")
    if not isinstance(said, str) or not 0 < len(said) <= _HANDLE_MOST:
        raise NotALetter
    if any(unicodedata.category(char) in _UNFIT for char in said):
        raise NotALetter
    return said


def number_in(letter: ReceivedLetter) -> Number:
    """Read the number that the letter is about."""
    if letter.number is None:
        raise NotALetter
    return letter.number


def attempt_in(letter: ReceivedLetter) -> int:
    """Read which attempt it is; a hub from before attempts were counted says none."""
    attempt = letter.said.get("attempt", 1)
    if type(attempt) is not int or not 0 < attempt <= _ATTEMPT_MOST:
        raise NotALetter
    return attempt


def instant_in(said: Mapping[str, Any], name: str) -> datetime | None:
    """Read an instant with its zone, in UTC; `None` when it is not said."""
    text = said.get(name)
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise NotALetter
        return at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise NotALetter from None
