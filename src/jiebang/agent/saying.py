"""
Saying: the last look at what goes into the agent's log.

No number is ever handed to it. But ids come from the hub, and a hub that means harm could spell a number in
one: so digits in a row are masked.
"""

import re

from structlog.typing import EventDict, WrappedLogger

_DIGITS = re.compile(r"\d{6,}")
"""Shorter than any number that a person has; six digits are what a code has."""


def careful(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Mask every row of digits in a log line (structlog's signature of a processor)."""
    return {name: _DIGITS.sub("…", said) if isinstance(said, str) else said for name, said in line.items()}
