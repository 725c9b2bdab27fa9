"""
Numbers whose country stands in a column of its own: they are numbers only when both are put together.

Read without it, a foreigner's number is one of the shop's own country, and that is somebody else's.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import partial
from typing import Any

import phonenumbers
import sqlalchemy as sa

from jiebang.domain.errors import NotANumber
from jiebang.domain.number import parse

_NAMED = re.compile(
    r"(?:(?:phone|mobile|msisdn|tel|telephone|cell|number|login|user|account|member|customer)_?)*"
    r"(?:(?:country|nation|area|calling|country_?calling|dial|dialing|dialling|intl|idd|phone|mobile|tel)_?"
    r"(?:code|prefix|cc)|cc|idd|zone|country)"
)
_SAMPLE = 500
_MARIADB = {"mariadb", "mysql"}


class Apart(StrEnum):
    """What a column says of the country of a number beside it."""

    CALLING = "calling"
    """Its calling code, with or without `+` or `00`: 86, +86, 0086."""
    COUNTRY = "country"
    """Its name in two letters: CN."""


def candidates(columns: Iterable[Mapping[str, Any]]) -> list[str]:
    """List the columns that are called as if they said in which country a number is."""
    return [column["name"] for column in columns if _NAMED.fullmatch(column["name"].lower())]


def whole(answers: Mapping[str, Any], *, backend: str, quote: Callable[[str], str]) -> str:
    """
    Write in SQL what a number is: put together, where a column has its calling code.

    What has a plus sign is whole, and so is what begins with 00, which is written as a plus sign: searched
    for by no spelling, it would never be found. Without a code a number is one of `region`'s, as everywhere.
    """
    number, code = quote(answers["number"]), answers.get("code")
    if not code or answers.get("code_is", Apart.CALLING) != Apart.CALLING:
        return number
    # No calling code begins with a nought.
    if backend in _MARIADB:
        written, calling = f"cast({number} as char)", f"cast({quote(code)} as char)"
        calling = f"trim(leading '0' from trim(leading '+' from {calling}))"
        joined, abroad = f"concat('+', {calling}, {written})", f"concat('+', substr({written}, 3))"
    else:
        written, calling = f"cast({number} as text)", f"ltrim(cast({quote(code)} as text), '+0')"
        joined, abroad = f"'+' || {calling} || {written}", f"'+' || substr({written}, 3)"
    return (
        f"case when substr({written}, 1, 2) = '00' then {abroad}\n"
        f"      when {calling} <> '' and substr({written}, 1, 1) not in ('', '+')\n"
        f"      then {joined}\n      else {written} end"
    )


def own(answers: Mapping[str, Any], *, backend: str, quote: Callable[[str], str]) -> str:
    """
    Write in SQL, where a column names countries, which rows to see: those of `region`, and what is whole.

    The others are left out, since their numbers would be read as `region`'s: none, and not somebody else's.
    """
    if not answers.get("code") or answers.get("code_is") != Apart.COUNTRY:
        return ""
    text = "char" if backend in _MARIADB else "text"
    country = f"upper(coalesce(cast({quote(answers['code'])} as {text}), ''))"
    plus = f"substr(cast({quote(answers['number'])} as {text}), 1, 1) = '+'"
    return f"({country} in ('', '{answers.get('region') or ''}') or {plus})"


def found(
    connection: sa.Connection, answers: Mapping[str, Any], *, columns: Iterable[Mapping[str, Any]]
) -> tuple[str, Apart] | None:
    """Find the column that says in which country each number is, and how; `None` where none surely does."""
    said = answers.get("code")
    names = candidates(columns) if said is None else [said]
    known = {column["name"].lower() for column in columns}
    for kind in Apart:
        for name in names:
            rows = _pairs(connection, answers, code=name) if name.lower() in known else []
            bare = list(filter(_is_bare, rows))
            if bare and 2 * sum(_says(kind, code, text=text) for code, text in bare) > len(bare):
                return name, kind
    return None


def overlooked(
    connection: sa.Connection, answers: Mapping[str, Any], *, columns: Iterable[Mapping[str, Any]]
) -> list[str]:
    """List the columns that may say in which country a number is; none where each number says it itself."""
    return [
        name
        for name in candidates(columns)
        if not (rows := _pairs(connection, answers, code=name)) or any(map(_is_bare, rows))
    ]


def texts(connection: sa.Connection, answers: Mapping[str, Any]) -> list[str]:
    """Give some numbers as they are when both are put together."""
    table, quote, backend = answers["table"], partial(_name, connection), connection.dialect.name
    number, seen = (write(answers, backend=backend, quote=quote) for write in (whole, own))
    text = "char" if backend in _MARIADB else "text"
    asked = f"select cast({number} as {text}) as number from {quote(table)} where {seen or '1 = 1'}"  # noqa: S608 - names, quoted
    limited = f"select number from ({asked}) as written where number <> '' limit {_SAMPLE}"  # noqa: S608 - as above
    rows = connection.execute(sa.text(limited))
    return [str(row[0]) for row in rows]


def index(connection: sa.Connection, answers: Mapping[str, Any]) -> str:
    """Write in SQL what keeps a search for whole numbers fast."""
    backend, table = connection.dialect.name, _name(connection, answers["table"])
    number = " ".join(whole(answers, backend=backend, quote=partial(_name, connection)).split())
    if backend in _MARIADB:
        return f"alter table {table} add number_whole varchar(40) as ({number}), add index (number_whole)"
    return f"create index number_whole on {table} (({number}))"


def _name(connection: sa.Connection, name: str) -> str:
    return ".".join(map(connection.dialect.identifier_preparer.quote, name.split(".")))


def _pairs(connection: sa.Connection, answers: Mapping[str, Any], *, code: str) -> list[tuple[str, str]]:
    """Give some numbers, each after what stands in another column."""
    schema, _, table = answers["table"].rpartition(".")
    wanted: list[sa.ColumnClause[Any]] = [sa.column(code), sa.column(answers["number"])]
    rows = sa.select(*wanted).select_from(sa.table(table, schema=schema or None))
    found = connection.execute(rows.where(wanted[1].is_not(None)).limit(_SAMPLE))
    both = (("" if said is None else str(said).strip(), str(number).strip()) for said, number in found)
    return [(said, number) for said, number in both if number]


def _is_bare(pair: tuple[str, str]) -> bool:
    """Whether a number does not say itself in which country it is."""
    return not pair[1].startswith(("+", "00"))


def _says(kind: Apart, code: str, *, text: str) -> bool:
    if kind is Apart.COUNTRY:
        return code.upper() in phonenumbers.SUPPORTED_REGIONS
    calling = code.lstrip("+0")
    try:
        return parse(f"+{calling}{text}").country == calling
    except NotANumber:
        return False
