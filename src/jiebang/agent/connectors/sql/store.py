"""What a configuration says of an account store in an SQL database."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from jiebang.agent.fields import FilePath, Part, Patience, Spelling, Zone, beside
from jiebang.domain.binding import OrderKind, RecordClass, RecordKind

_DRIVERS = {
    "sqlite": "sqlite", "postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}  # fmt: skip

_SECRET = ("password", "passwd")
"""How the names end by which drivers take a password in an address's query."""


def _url(text: str, place: ValidationInfo) -> sa.URL:
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError) as unreadable:
        raise ValueError("must be like sqlite:///shop.db or postgresql://agent@host/shop") from unreadable
    backend = url.get_backend_name()
    if backend not in _DRIVERS:
        raise ValueError("must be of sqlite, postgresql, mariadb or mysql")
    if url.password is not None or any(name.endswith(_SECRET) for name in url.query):
        raise ValueError("must hold no password: use password_env or password_file")
    if backend == "sqlite":
        url = url.set(database=str(beside(Path(url.database or ""), place)))
        if not Path(url.database or "").is_file():
            raise ValueError("names a file that is not there")
    return url.set(drivername=_DRIVERS[backend])


class SqlStep(Part):
    """One statement of a change."""

    run: str
    at_most: int = Field(1, ge=1)
    """How many rows it may change; the first statement changes exactly one."""


def _steps(said: object) -> object:
    """Read one statement or a list of them."""
    listed = said if isinstance(said, list) else [said]
    steps: list[object] = [{"run": step} if isinstance(step, str) else step for step in listed]
    if not steps or not all(isinstance(step, dict) for step in steps):
        raise ValueError("must be a statement, or a list of statements")
    if isinstance(steps[0], dict) and "at_most" in steps[0]:
        raise ValueError("has at_most at its first statement, which must change exactly one row")
    return steps


SqlSteps = Annotated[tuple[SqlStep, ...], BeforeValidator(_steps)]


class Released(StrEnum):
    """What `verify` shows in the place of a number that was taken off."""

    NULL = "null"
    EMPTY = "empty"
    """A text without a letter."""
    GONE = "gone"
    """No row."""


class SqlRecord(Part):
    """One kind of record in an SQL store, and the statements that reach it."""

    kind: RecordKind
    record_class: RecordClass = Field(RecordClass.OTHER, alias="class")
    can: frozenset[OrderKind] = frozenset({OrderKind.UNBIND})
    conditions: tuple[str, ...] = ()
    find: str | None = None
    """May be missing where the accounts are listed for an index."""
    verify: str
    unbind: SqlSteps | None = None
    deregister: SqlSteps | None = None
    released: Released | None = None
    """`None`: anything that is no number."""
    flag: str | None = None
    list: str | None = None
    list_from: tuple[str, ...] = Field((), max_length=2)
    """Where the list begins: the first `:mark`, and the first `:handle` for statements that have it."""
    list_by: Literal["place", "change"] = "place"
    """What marks are: places in a list that begins again, or when an account was changed last."""
    read: str | None = None

    @model_validator(mode="after")
    def _can_what_it_says(self) -> Self:
        for kind in OrderKind:
            if (kind in self.can) != (getattr(self, kind.value) is not None):
                raise ValueError(f'needs a statement {kind.value} if, and only if, can has "{kind.value}"')
        if OrderKind.DEREGISTER in self.can and self.kind is not RecordKind.ACCOUNT:
            raise ValueError("can deregister only where its kind is account")
        return self

    @model_validator(mode="after")
    def _is_found_somehow(self) -> Self:
        if (self.list is None) != (self.read is None) or (self.list is None) == bool(self.list_from):
            raise ValueError("needs list, list_from and read together, or none of them")
        if self.list_by == "change" and len(self.list_from) != 2:  # noqa: PLR2004 - a mark and a handle
            raise ValueError("needs two texts in list_from: many records may be changed at once")
        if self.find is None and self.list is None:
            raise ValueError("needs a statement find, or list and read for an index")
        return self


class SqlStore(Part):
    """An account store in an SQL database."""

    type: Literal["sql"]
    url: Annotated[sa.URL, BeforeValidator(_url)]
    password_env: str | None = None
    password_file: FilePath | None = None
    patience: Patience = 10
    spellings: tuple[Spelling, ...] = Field(("e164",), min_length=1)
    timezone: Zone = ZoneInfo("UTC")
    record: tuple[SqlRecord, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_kind_once(self) -> Self:
        if len({record.kind for record in self.record}) < len(self.record):
            raise ValueError("has two records of one kind; their handles could not be told apart")
        return self
