"""The statements that a configuration names, each with the parameters that make it safe."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import sqlalchemy as sa

from jiebang.agent.connectors.sql.store import SqlRecord
from jiebang.agent.errors import Unsound
from jiebang.domain.binding import OrderKind

NEEDED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "find": frozenset({"spellings"}),
        "verify": frozenset({"handle"}),
        # Both: a change compares the record with what was read, so that nobody else's number goes.
        "unbind": frozenset({"handle", "stored"}),
        "deregister": frozenset({"handle", "stored"}),
        "flag": frozenset({"handle", "stored"}),
        "list": frozenset({"mark", "most"}),
        "read": frozenset({"handle"}),
    }
)
"""The parameters without which a statement would do more than it should. Changes may also use `:now`."""

FIND_COLUMNS = frozenset({"handle", "number"})
FIND_MAY_HAVE = frozenset({"label", "bound_at", "created_at", "last_used", "other_logins"})
VERIFY_COLUMNS = frozenset({"number"})
LIST_COLUMNS = frozenset({"handle", "number", "mark"})
_NEEDED_COLUMNS = {"find": FIND_COLUMNS, "read": FIND_COLUMNS, "verify": VERIFY_COLUMNS, "list": LIST_COLUMNS}


class Statements:
    """One kind of record's statements; raises `Unsound` when a parameter is missing or not known."""

    def __init__(self, record: SqlRecord) -> None:
        self.record = record
        self.find = _optional("find", record.find, record=record)
        if self.find is not None:
            self.find = self.find.bindparams(sa.bindparam("spellings", expanding=True))
        self.list = _optional("list", record.list, record=record)
        self.read = _optional("read", record.read, record=record)
        self.lists_by_handle = self.list is not None and "handle" in _given(self.list)
        """Whether the list tells rows with one mark apart by their handles."""
        if len(record.list_from) != (self.list is not None) + self.lists_by_handle:
            raise Unsound(
                f"{self.called('list')} needs in list_from the first :mark, and :handle if it has it."
            )
        self.list_begins: dict[str, str] = dict(zip(("mark", "handle"), record.list_from, strict=False))
        self.verify = _statement("verify", record.verify, record=record)
        written = {kind: getattr(record, kind.value) for kind in record.can}
        self.changes = {kind: _statement(kind.value, sql, record=record) for kind, sql in written.items()}
        self.flag = _optional("flag", record.flag, record=record)

    def check_columns(self, name: str, given: Iterable[str]) -> None:
        """Refuse with `Unsound` a statement that lacks a column, or has one that nobody would read."""
        columns = frozenset(given)
        needed = _NEEDED_COLUMNS[name]
        may_have = FIND_MAY_HAVE if needed is FIND_COLUMNS else columns
        if needed - columns:
            raise Unsound(f"{self.called(name)} lacks the column {_listed(needed - columns)}.")
        if columns - needed - may_have:
            unread = columns - needed - may_have
            raise Unsound(f"{self.called(name)} has a column that nobody reads: {_listed(unread)}.")

    def called(self, name: str | OrderKind) -> str:
        """Name a statement as its operator knows it."""
        return _called(name, self.record)


def _statement(name: str, sql: str, *, record: SqlRecord) -> sa.TextClause:
    statement = sa.text(sql)
    given = _given(statement)
    lacking, unknown = NEEDED[name] - given, given - NEEDED[name] - _MAY_HAVE[name]
    if lacking:
        raise Unsound(f"{_called(name, record)} lacks the parameter :{_listed(lacking, ', :')}.")
    if unknown:
        raise Unsound(f"{_called(name, record)} has a parameter that nobody fills: :{_listed(unknown)}.")
    return statement


def _optional(name: str, sql: str | None, *, record: SqlRecord) -> sa.TextClause | None:
    return None if sql is None else _statement(name, sql, record=record)


def _given(statement: sa.TextClause) -> frozenset[str]:
    return frozenset(str(bind.key) for bind in statement._bindparams.values())  # noqa: SLF001 - told nowhere else


_MAY_HAVE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "find": frozenset(),
        "verify": frozenset(),
        "unbind": frozenset({"now"}),
        "deregister": frozenset({"now"}),
        "flag": frozenset({"now"}),
        "list": frozenset({"handle"}),
        "read": frozenset(),
    }
)


def _called(name: str, record: SqlRecord) -> str:
    return f"The statement {name} of {record.kind}"


def _listed(names: Iterable[str], between: str = ", ") -> str:
    return between.join(sorted(names))
