"""What a database's rows say against the answers: told once, when all have been given. They are only read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from jiebang.agent.connectors.matching import Matching
from jiebang.agent.joining import apart
from jiebang.agent.joining.looking import columns_of, is_binary, like_number, numbers, reached
from jiebang.domain.number import SPELLINGS

_COLUMNS = ("id", "number", "code", "label", "bound_at", "created_at", "last_used", "gone")
_CONCAT = {"mariadb", "mysql"}
_AS_TEXT = {
    "sqlite": ("lower(hex({id}))", "lower(hex({id})) = :handle"),
    "postgresql": ("encode({id}, 'hex')", "{id} = decode(:handle, 'hex')"),
    "mariadb": ("lower(hex({id}))", "{id} = unhex(:handle)"),
    "mysql": ("lower(hex({id}))", "{id} = unhex(:handle)"),
}
"""How each database writes bytes as a text, and compares them with one."""


def remarks(answers: Mapping[str, Any], *, folder: Path, now: Callable[[], datetime]) -> list[str]:
    """
    Say what these answers are not enough for, each in a sentence that holds no number.

    Raises `Trouble` when the database cannot be reached.
    """
    with reached(answers, folder=folder, now=now) as connection:
        said = list(_missing(connection, answers))
        said += [] if said else [*_apart(connection, answers), *_never_open(connection, answers)]
        rows = numbers(connection, answers)
        binary = is_binary(connection, answers["table"], column=answers["id"])
        dialect = connection.dialect.name
    matching = Matching(spellings=answers["spellings"], region=answers["region"] or None, most=1)
    said += [_binary(answers["id"], dialect)] if binary else []
    return [*said, *_unfound(rows, matching, column=answers["number"], code=answers["code"])]


def _missing(connection: sa.Connection, answers: Mapping[str, Any]) -> Iterator[str]:
    """Name the table, or the columns, that the answers speak of and the database has not."""
    table = answers["table"]
    known = {column["name"].lower() for column in columns_of(connection, table)}
    if not known:
        yield f"The database has no table {table}; correct it in each statement of the file."
        return
    named = [*(answers[name] for name in _COLUMNS), *answers["other_logins"]]
    missing = ", ".join(name for name in named if name and name.lower() not in known)
    if missing:
        yield f"The table {table} has no column {missing}; correct it in each statement of the file."


def _apart(connection: sa.Connection, answers: Mapping[str, Any]) -> Iterator[str]:
    """Say what a country that stands in a column of its own needs, or what may be one and was not named."""
    code, number, table = answers["code"], answers["number"], answers["table"]
    if not code:
        columns = columns_of(connection, table)
        for name in apart.overlooked(connection, answers, columns=columns):
            yield (
                f"The column {name} may say in which country each {number} is, and it is not read: a number"
                " abroad may be taken for the same digits at home, and come off another's account. If so,"
                f" write all anew with --overwrite --say code={name}; see docs/run/agent.md."
            )
    elif answers["code_is"] == apart.Apart.COUNTRY:
        yield (
            f"Only accounts for which {code} says {answers['region'] or 'nothing'} are seen, and those whose"
            " number has a plus sign. See docs/run/agent.md for how to write those of other countries."
        )
    else:
        yield (
            f"A number is what {code} and {number} say together. To find it fast the database needs:"
            f" {apart.index(connection, answers)}"
        )
        if connection.dialect.name in _CONCAT:
            yield "Then let each statement name number_whole in the place of what begins with case."


def _never_open(connection: sa.Connection, answers: Mapping[str, Any]) -> Iterator[str]:
    """Say that no account would be found, where an open one is told by an instant that none can lack."""
    gone, columns = answers["gone"], columns_of(connection, answers["table"])
    column = next((one for one in columns if one["name"].lower() == gone.lower()), None)
    if column and answers["gone_is"] == "instant" and not column["nullable"]:
        yield (
            f"The column {gone} is never null, and the statements take an account for open where it is: write"
            " in each what stands there while an account is open."
        )


def _binary(column: str, dialect: str) -> str:
    written, compared = (sql.format(id=column) for sql in _AS_TEXT[dialect])
    return (
        f"The column {column} is binary, and a handle is a text: let find and verify select {written} as"
        f" handle, and let verify, unbind and deregister compare {compared}."
    )


def _unfound(rows: Sequence[str], matching: Matching, *, column: str, code: str) -> Iterator[str]:
    """Count the numbers that cannot be read, and those that no spelling finds."""
    anyhow = replace(matching, spellings=SPELLINGS)
    numbers = [text for text in rows if anyhow.read(text)]
    unread = sum(like_number(text) and anyhow.read(text) is None for text in rows)
    if unread and matching.region is None:
        yield (
            f"{unread} of {len(numbers) + unread} numbers that were looked at cannot be read, so their"
            " records would stay unseen: say as region in which country numbers without a country code are."
        )
    elif unread and code:
        yield (
            f"{unread} of {len(numbers) + unread} numbers that were looked at cannot be read with what {code}"
            " says before them, so their records would stay unseen: look at what stands there."
        )
    unseen = sum(not _is_found(text, matching) for text in numbers)
    if unseen:
        yield (
            f"{unseen} of {len(numbers)} numbers that were looked at can be found by none of the spellings,"
            " so their records would stay unseen: add the spelling that they are in, keep an [index], or let"
            f" find compare a cleaned column, such as replace(replace({column}, '-', ''), ' ', '') in"
            ' :spellings, with what is left among the spellings, as "national_digits"; see docs/run/agent.md.'
        )


def _is_found(text: str, matching: Matching) -> bool:
    number = matching.read(text)
    return number is not None and text in matching.spelled(number)
