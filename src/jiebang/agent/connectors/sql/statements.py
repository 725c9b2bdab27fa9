"""The statements that a configuration names, each with the parameters that make it safe."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.compiler import ExpandedState, SQLCompiler

from jiebang.agent.connectors.sql.database import named
from jiebang.agent.connectors.sql.store import SqlRecord, SqlStep
from jiebang.agent.errors import Ambiguous, Unsound
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
        # What follows in the same transaction: the first statement has compared.
        "further": frozenset({"handle"}),
    }
)
"""The parameters without which a statement would do more than it should. Changes may also use `:now`."""

FIND_COLUMNS = frozenset({"handle", "number"})
FIND_MAY_HAVE = frozenset({"label", "bound_at", "created_at", "last_used", "other_logins"})
VERIFY_COLUMNS = frozenset({"number"})
LIST_COLUMNS = frozenset({"handle", "number", "mark"})
_NEEDED_COLUMNS = {"find": FIND_COLUMNS, "read": FIND_COLUMNS, "verify": VERIFY_COLUMNS, "list": LIST_COLUMNS}


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a change, and how many rows it may change; the first one changes exactly one."""

    sql: sa.TextClause
    at_most: int


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
        self._searches: dict[int, ExpandedState] = {}
        self.verify = _statement("verify", record.verify, record=record)
        written: dict[OrderKind, tuple[SqlStep, ...]] = {
            kind: getattr(record, kind.value) for kind in record.can
        }
        self.changes = {kind: _steps(kind, steps, record=record) for kind, steps in written.items()}
        self.flag = _optional("flag", record.flag, record=record)

    def search(
        self, dialect: sa.Dialect, spelled: Sequence[str]
    ) -> tuple[str, dict[str, str] | tuple[str, ...]]:
        """
        Give `find` as the driver takes it, and its parameters: the number, in so many spellings.

        It is written out once for each count: for SQLAlchemy to do so takes longer than to ask. Raises
        `Unsound` where there is no `find`: such a store needs an index.
        """
        if self.find is None:
            raise Unsound(f"{self.called('find')} is missing, and there is no index.")
        if len(spelled) not in self._searches:
            compiled = self.find.compile(dialect=dialect)
            assert isinstance(compiled, SQLCompiler)  # noqa: S101 - what a statement compiles to
            given = {"spellings": list(spelled)}
            self._searches[len(spelled)] = compiled.construct_expanded_state(given)
        search = self._searches[len(spelled)]
        named = dict(zip(search.parameter_expansion["spellings"], spelled, strict=True))
        if search.positiontup is None:
            return search.statement, named
        return search.statement, tuple(named[name] for name in search.positiontup)

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

    def writing(self) -> Iterator[tuple[str, sa.TextClause]]:
        """Give every statement that changes anything, and its name."""
        for kind, steps in self.changes.items():
            for place, step in enumerate(steps, 1):
                yield (self.called(kind) if place == 1 else f"{self.called(kind)} ({place})"), step.sql
        if self.flag is not None:
            yield self.called("flag"), self.flag

    def comparing(self) -> Iterator[tuple[str, sa.TextClause]]:
        """Give every statement that must leave a record alone that has another number, and its name."""
        for kind, (first, *_) in self.changes.items():
            yield self.called(kind), first.sql
        if self.flag is not None:
            yield self.called("flag"), self.flag

    def called(self, name: str | OrderKind) -> str:
        """Name a statement as its operator knows it."""
        return _called(name, self.record)


def run(
    connection: sa.Connection,
    steps: Sequence[Step],
    *,
    spelled: Sequence[object],
    filled: Mapping[str, object],
    called: str,
) -> int:
    """
    Run a change's statements one after another; gives how many rows the first changed.

    Each that compares is run for every spelling: the number may stand in one place in this, in another in
    that. So a spelling may find no row, and none may find more than it may with one. Where the first
    changes nothing, nothing further is done. Raises `Ambiguous` where one changed too many.
    """
    each = [{**filled, "stored": stored} for stored in spelled]
    changed = 0
    for place, step in enumerate(steps, 1):
        name = called if place == 1 else f"{called} ({place})"
        for one in each if "stored" in _given(step.sql) else each[:1]:
            with named(name):
                rows = count_changed(connection.execute(step.sql, one))
            if rows > step.at_most:
                raise Ambiguous(f"{name} changed {rows} rows; nothing was kept.")
            changed += rows if place == 1 else 0
        if not changed:
            break
    return changed


def count_changed(done: sa.CursorResult[Any]) -> int:
    """Count the rows that a statement changed: those that it returns, where it returns any."""
    return len(done.all()) if done.returns_rows else done.rowcount


def _steps(kind: OrderKind, written: Sequence[SqlStep], *, record: SqlRecord) -> tuple[Step, ...]:
    first, *further = written
    return (
        Step(_statement(kind.value, first.run, record=record), first.at_most),
        *(Step(_statement(kind.value, step.run, record=record, needs="further"), step.at_most)
          for step in further),
    )  # fmt: skip


def _statement(name: str, sql: str, *, record: SqlRecord, needs: str = "") -> sa.TextClause:
    statement = sa.text(sql)
    given = _given(statement)
    needed, may_have = NEEDED[needs or name], _MAY_HAVE[needs or name]
    lacking, unknown = needed - given, given - needed - may_have
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
        "further": frozenset({"stored", "now"}),
    }
)


def _called(name: str, record: SqlRecord) -> str:
    return f"The statement {name} of {record.kind}"


def _listed(names: Iterable[str], between: str = ", ") -> str:
    return between.join(sorted(names))
