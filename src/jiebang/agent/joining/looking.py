"""Looking into a database: which table has the accounts, and what its columns seem to be. It is only read."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.engine.interfaces import ReflectedColumn

from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.sql.connector import SqlConnector
from jiebang.agent.connectors.sql.store import SqlStore
from jiebang.agent.errors import StoreDown, Trouble
from jiebang.agent.joining import apart
from jiebang.domain.errors import NotANumber
from jiebang.domain.number import SPELLINGS, parse

_NUMBER = re.compile(r"(?:^|_)(?:phone|mobile|msisdn|tel|telephone|cell|cellphone)(?:_?(?:number|no|num))?$")
_ACCOUNTS = re.compile(r"user|account|customer|member|client|profile|subscriber|passenger")
_ID = re.compile(rf"^(?:(?:.*_)?(?:{_ACCOUNTS.pattern})s?_?)?(?:id|uid|uuid|guid)$")
_NAMES: Mapping[str, tuple[str, ...]] = {
    "label": ("nickname", "nick", "display_name", "username", "user_name", "name", "first_name", "email"),
    "bound_at": ("{}_bound_at", "{}_verified_at", "{}_confirmed_at", "bound_at"),
    "created_at": ("created_at", "created", "date_joined", "registered_at", "joined_at", "create_time"),
    "last_used": ("last_login_at", "last_login", "last_seen_at", "last_active_at", "last_used_at"),
    "gone": ("deleted_at", "closed_at", "delete_time", "is_deleted", "deleted", "is_active"),
}
_LOGINS = ("email", "email_address", "username", "user_name", "openid", "unionid")
_SAMPLE = 500
"""Numbers looked at to see how they are written; none of them is shown or kept."""
_SHORTEST = 7
"""Digits; what has fewer is taken for no number."""
_BINARY = (sa.LargeBinary, sa.BINARY, sa.VARBINARY)


def proposals(answers: Mapping[str, Any], *, folder: Path, now: Callable[[], datetime]) -> Mapping[str, str]:
    """
    Propose answers, by the names of questions, from what the database's tables look like.

    `answers` says where it is, and may say the table or columns, from which the others follow. Raises
    `Trouble` when it cannot be reached; gives little where nothing looks like accounts.
    """
    with reached(answers, folder=folder, now=now) as connection:
        inspector = sa.inspect(connection)
        names = [*inspector.get_table_names(), *inspector.get_view_names()]
        tables = {name: inspector.get_columns(name) for name in names if answers.get("table") in {None, name}}
        ranked = sorted(
            (name for name, columns in tables.items() if _has(columns, answers.get("number"))),
            key=lambda name: _rank(name, tables[name]), reverse=True,
        )  # fmt: skip
        if not ranked:
            return {}
        table, columns = ranked[0], tables[ranked[0]]
        column = answers.get("number") or _number_column(connection, table, columns=columns)
        if column is None:
            return {}
        found = {"table": table, "number": column}
        if country := apart.found(connection, {**answers, **found}, columns=columns):
            found |= {"code": country[0], "code_is": country[1].value}
        found |= _columns(columns, number=column, gone=answers.get("gone"))
        if named := _id_column(columns, key=inspector.get_pk_constraint(table)["constrained_columns"]):
            found["id"] = named
        rows = numbers(connection, {**answers, **found})
        if spelled := _spellings(rows, region=answers.get("region") or None):
            found["spellings"] = ",".join(spelled)
        return found


@contextmanager
def reached(
    answers: Mapping[str, Any], *, folder: Path, now: Callable[[], datetime]
) -> Iterator[sa.Connection]:
    """Reach the database as the connector will."""
    said = {
        "type": "sql", "url": answers["url"], "password_env": answers.get("password_env") or None,
        "record": [{"kind": "account", "find": ":spellings", "verify": ":handle",
                    "unbind": ":handle :stored"}],
    }  # fmt: skip
    try:
        store = SqlStore.model_validate(said, context={"folder": folder})
        matching = Matching(spellings=store.spellings, region=None, most=1)
        engine = SqlConnector(store, matching, now=now).database.engine
    except ValidationError as wrong:
        raise Trouble(f"The database's address {wrong.errors()[0]['ctx']['error']}.") from None
    try:
        with engine.connect() as connection:
            yield connection
    except sa.exc.SQLAlchemyError:
        raise StoreDown("The database cannot be reached, so nothing is proposed.") from None
    finally:
        engine.dispose()


def _has(columns: Iterable[ReflectedColumn], name: str | None) -> bool:
    return name is None or name.lower() in {column["name"].lower() for column in columns}


def _rank(table: str, columns: Iterable[ReflectedColumn]) -> tuple[bool, bool, int]:
    """Prefer what has a number, is called like accounts, and knows most of what can be told."""
    known = {column["name"].lower() for column in columns}
    wanted = {name for names in _NAMES.values() for name in names}
    return bool(_called_like_numbers(columns)), bool(_ACCOUNTS.search(table.lower())), len(known & wanted)


def _called_like_numbers(columns: Iterable[ReflectedColumn]) -> list[str]:
    return sorted((column["name"] for column in columns if _NUMBER.search(column["name"].lower())), key=len)


def _number_column(
    connection: sa.Connection, table: str, *, columns: Iterable[ReflectedColumn]
) -> str | None:
    """Prefer the shortest name, but not to one whose column has numbers where the other has none."""
    named = _called_like_numbers(columns)
    filled = (name for name in named if any(map(like_number, texts(connection, table, column=name))))
    return next(filled, next(iter(named), None))


def _id_column(columns: Iterable[ReflectedColumn], *, key: list[str]) -> str | None:
    """Take the key. A view has none, and some tables; of several columns, none alone names an account."""
    if key:
        return key[0] if len(key) == 1 else None
    named = [column["name"] for column in columns if _ID.search(column["name"].lower())]
    return min(named, key=lambda name: (name.lower() != "id", len(name)), default=None)


def _columns(columns: Iterable[ReflectedColumn], *, number: str, gone: str | None) -> dict[str, str]:
    by_name = {column["name"].lower(): column for column in columns}
    found: dict[str, str] = {}
    for what, names in _NAMES.items():
        named = (name.format(number.lower()) for name in names)
        if column := next((by_name[name] for name in named if name in by_name), None):
            found[what] = column["name"]
    # Whether one is there is asked by comparing it with an empty text.
    logins = [
        by_name[name]["name"] for name in _LOGINS
        if name in by_name and isinstance(by_name[name]["type"], sa.String)
    ]  # fmt: skip
    if logins:
        found["other_logins"] = ",".join(logins)
    if gone := gone or found.get("gone"):
        found["gone_is"] = _gone_is(gone.lower(), by_name.get(gone.lower()))
    if not by_name[number.lower()]["nullable"]:
        found["release"] = "empty"
    return found


def _gone_is(name: str, column: ReflectedColumn | None) -> str:
    if name == "is_active":
        return "open"
    if not name.endswith(("_at", "_time")):
        return "closed"
    return "seconds" if column and isinstance(column["type"], sa.Integer) else "instant"


def columns_of(connection: sa.Connection, table: str) -> list[ReflectedColumn]:
    """Describe the columns of a table or a view; none where there is no such table."""
    schema, _, name = table.rpartition(".")
    try:
        return sa.inspect(connection).get_columns(name, schema=schema or None)
    except sa.exc.NoSuchTableError:
        return []


def texts(connection: sa.Connection, table: str, *, column: str) -> list[str]:
    """Give some of what stands in a column and is not empty, as the database compares it."""
    type_, found = _some(connection, table, column=column)
    # A char(20) is filled up with spaces, which count for nothing; to SQLite it is a text like others.
    filled_up = isinstance(type_, sa.CHAR) and connection.dialect.name != "sqlite"
    return [str(one).rstrip(" ") if filled_up else str(one) for one in found]


def is_binary(connection: sa.Connection, table: str, *, column: str) -> bool:
    """Whether a column holds bytes: by its type, or where SQLite knows none, by what stands there."""
    type_, found = _some(connection, table, column=column)
    return isinstance(type_, _BINARY) or any(isinstance(one, bytes) for one in found)


def _some(
    connection: sa.Connection, table: str, *, column: str
) -> tuple[sa.types.TypeEngine[Any] | None, list[object]]:
    """Give a column's type, and what stands in some of its rows; nothing where there is no such column."""
    schema, _, name = table.rpartition(".")
    known = columns_of(connection, table)
    found = next((one for one in known if one["name"].lower() == column.lower()), None)
    if found is None:
        return None, []
    wanted: sa.ColumnClause[Any] = sa.column(found["name"])
    rows = sa.select(wanted).select_from(sa.table(name, schema=schema or None)).where(wanted.is_not(None))
    if isinstance(found["type"], sa.String):
        rows = rows.where(wanted != "")
    return found["type"], [row[0] for row in connection.execute(rows.limit(_SAMPLE))]


def like_number(text: str) -> bool:
    """Whether a text is long enough to be a number, written however it may be."""
    return sum(map(str.isdigit, text)) >= _SHORTEST


def numbers(connection: sa.Connection, answers: Mapping[str, Any]) -> list[str]:
    """Give some of the numbers, each with what says in which country it is, where that stands apart."""
    known = {column["name"].lower() for column in columns_of(connection, answers["table"])}
    if answers.get("code") and {answers["code"].lower(), answers["number"].lower()} <= known:
        return apart.texts(connection, answers)
    return texts(connection, answers["table"], column=answers["number"])


def _spellings(rows: Sequence[str], *, region: str | None) -> list[str]:
    """See in which ways numbers are written, the most frequent first; one in a hundred is no slip."""
    counted: Counter[str] = Counter()
    for text in rows:
        counted.update(_ways(text, region=region))
    most = counted.most_common()
    return [spelling for spelling, count in most if count * 100 >= len(rows)]


def _ways(text: str, *, region: str | None) -> list[str]:
    """Which spelling a text is in: the first that fits, since several may look alike."""
    for read in (text, f"+{text}"):
        try:
            number = parse(read, region=region)
        except NotANumber:
            continue
        fits = [spelling for spelling in SPELLINGS if number.spelled(spelling) == text]
        if fits:
            return fits[:1]
    return []
