"""What a database's rows say against the answers: told once, when all have been given. They are only read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jiebang.agent.connectors.matching import Matching
from jiebang.agent.joining.looking import reached, texts

_SHORTEST = 7
"""Digits; what has fewer is taken for no number."""


def remarks(answers: Mapping[str, Any], *, folder: Path, now: Callable[[], datetime]) -> list[str]:
    """
    Say what would not be found with these answers, each in a sentence that holds no number.

    Raises `Trouble` when the database cannot be reached, or has no such table and column.
    """
    with reached(answers, folder=folder, now=now) as connection:
        rows = texts(connection, answers["table"], column=answers["number"])
    region = answers["region"] or None
    matching = Matching(spellings=answers["spellings"], region=region, most=1)
    return [*_unfound(rows, matching, column=answers["number"])]


def _unfound(rows: Sequence[str], matching: Matching, *, column: str) -> Iterator[str]:
    """Count the numbers that cannot be read, and those that no spelling finds."""
    numbers = [(text, number) for text in rows if (number := matching.read(text))]
    unread = sum(matching.read(text) is None and sum(map(str.isdigit, text)) >= _SHORTEST for text in rows)
    if unread and matching.region is None:
        yield (
            f"{unread} of {len(numbers) + unread} numbers that were looked at cannot be read, so their"
            " records would stay unseen: say as region in which country numbers without a country code are."
        )
    otherwise = sum(text not in matching.spelled(number) for text, number in numbers)
    if otherwise:
        yield (
            f"{otherwise} of {len(numbers)} numbers that were looked at can be found by none of the"
            " spellings, so their records would stay unseen: keep an [index], or let find compare a cleaned"
            f" column, such as replace(replace({column}, '-', ''), ' ', '') in :spellings, and have what is"
            ' left among the spellings, such as "national_digits"; see docs/run/agent.md.'
        )
