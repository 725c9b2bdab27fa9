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
    }
)
"""The parameters without which a statement would do more than it should. Changes may also use `:now`."""

FIND_COLUMNS = frozenset({"handle", "number"})
FIND_MAY_HAVE = frozenset({"label", "bound_at", "created_at", "last_used", "other_logins"})
VERIFY_COLUMNS = frozenset({"number"})


class Statements:
    """One kind of record's statements; raises `Unsound` when a parameter is missing or not known."""

    def __init__(self, record: SqlRecord) -> None:
        self.record = record
        self.find = _statement("find", record.find, record=record).bindparams(
            sa.bindparam("spellings", expanding=True)
        )
        self.verify = _statement("verify", record.verify, record=record)
        written = {kind: getattr(record, kind.value) for kind in record.can}
        self.changes = {kind: _statement(kind.value, sql, record=record) for kind, sql in written.items()}
        self.flag = None if record.flag is None else _statement("flag", record.flag, record=record)

    def check_columns(self, name: str, given: Iterable[str]) -> None:
        """Refuse with `Unsound` a statement that lacks a column, or has one that nobody would read."""
        columns = frozenset(given)
        needed, may_have = (
            (FIND_COLUMNS, FIND_MAY_HAVE) if name == "find" else (VERIFY_COLUMNS, frozenset[str]())
        )
        if needed - columns:
            raise Unsound(f"{self.called(name)} lacks the column {_listed(needed - columns)}.")
        if name == "find" and columns - needed - may_have:
            unread = columns - needed - may_have
            raise Unsound(f"{self.called(name)} has a column that nobody reads: {_listed(unread)}.")

    def called(self, name: str | OrderKind) -> str:
        """Name a statement as its operator knows it."""
        return _called(name, self.record)


def _statement(name: str, sql: str, *, record: SqlRecord) -> sa.TextClause:
    statement = sa.text(sql)
    given = frozenset(str(bind.key) for bind in statement._bindparams.values())  # noqa: SLF001 - told nowhere else
    lacking, unknown = NEEDED[name] - given, given - NEEDED[name] - _MAY_HAVE[name]
    if lacking:
        raise Unsound(f"{_called(name, record)} lacks the parameter :{_listed(lacking, ', :')}.")
    if unknown:
        raise Unsound(f"{_called(name, record)} has a parameter that nobody fills: :{_listed(unknown)}.")
    return statement


_MAY_HAVE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "find": frozenset(),
        "verify": frozenset(),
        "unbind": frozenset({"now"}),
        "deregister": frozenset({"now"}),
        "flag": frozenset({"now"}),
    }
)


def _called(name: str, record: SqlRecord) -> str:
    return f"The statement {name} of {record.kind}"


def _listed(names: Iterable[str], between: str = ", ") -> str:
    return between.join(sorted(names))
