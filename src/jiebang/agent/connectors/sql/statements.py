"""The statements that a configuration names, each with the parameters that make it safe."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.compiler import ExpandedState, SQLCompiler

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
        # What follows in the same transaction: the first statement has compared.
        "further": frozenset({"handle"}),
    }
)
"""The parameters without which a statement would do more than it should. Changes may also use `:now`."""

FIND_COLUMNS = frozenset({"handle", "number"})
FIND_MAY_HAVE = frozenset({"label", "bound_at", "created_at", "last_used", "other_logins"})
VERIFY_COLUMNS = frozenset({"number"})


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a change, and how many rows it may change; the first one changes exactly one."""

    sql: sa.TextClause
    at_most: int


class Statements:
    """One kind of record's statements; raises `Unsound` when a parameter is missing or not known."""

    def __init__(self, record: SqlRecord) -> None:
        self.record = record
        self.find = _statement("find", record.find, record=record).bindparams(
            sa.bindparam("spellings", expanding=True)
        )
        self._searches: dict[int, ExpandedState] = {}
        self.verify = _statement("verify", record.verify, record=record)
        written: dict[OrderKind, tuple[SqlStep, ...]] = {
            kind: getattr(record, kind.value) for kind in record.can
        }
        self.changes = {kind: _steps(kind, steps, record=record) for kind, steps in written.items()}
        self.flag = None if record.flag is None else _statement("flag", record.flag, record=record)

    def search(
        self, dialect: sa.Dialect, spelled: Sequence[str]
    ) -> tuple[str, dict[str, str] | tuple[str, ...]]:
        """
        Give `find` as the driver takes it, and its parameters: the number, in so many spellings.

        It is written out once for each count: for SQLAlchemy to do so takes longer than to ask.
        """
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
        needed, may_have = (
            (FIND_COLUMNS, FIND_MAY_HAVE) if name == "find" else (VERIFY_COLUMNS, frozenset[str]())
        )
        if needed - columns:
            raise Unsound(f"{self.called(name)} lacks the column {_listed(needed - columns)}.")
        if name == "find" and columns - needed - may_have:
            unread = columns - needed - may_have
            raise Unsound(f"{self.called(name)} has a column that nobody reads: {_listed(unread)}.")

    def writing(self) -> Iterator[tuple[str, sa.TextClause]]:
        """Give every statement that changes anything, and its name."""
        for kind, steps in self.changes.items():
            for place, step in enumerate(steps, 1):
                yield (self.called(kind) if place == 1 else f"{self.called(kind)} ({place})"), step.sql
        if self.flag is not None:
            yield self.called("flag"), self.flag

    def called(self, name: str | OrderKind) -> str:
        """Name a statement as its operator knows it."""
        return _called(name, self.record)


def run(
    connection: sa.Connection, steps: Sequence[Step], *, filled: Mapping[str, object], called: str
) -> int:
    """
    Run a change's statements one after another; gives how many rows the first changed.

    Stops after a first that did not change one row. Raises `Ambiguous` where a further one changed too many.
    """
    first, *further = steps
    changed = count_changed(connection.execute(first.sql, filled))
    for place, step in enumerate(further, 2) if changed == 1 else ():
        more = count_changed(connection.execute(step.sql, filled))
        if more > step.at_most:
            raise Ambiguous(f"{called} ({place}) changed {more} rows; nothing was kept.")
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
    given = frozenset(str(bind.key) for bind in statement._bindparams.values())  # noqa: SLF001 - told nowhere else
    needed, may_have = NEEDED[needs or name], _MAY_HAVE[needs or name]
    lacking, unknown = needed - given, given - needed - may_have
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
        "further": frozenset({"stored", "now"}),
    }
)


def _called(name: str, record: SqlRecord) -> str:
    return f"The statement {name} of {record.kind}"


def _listed(names: Iterable[str], between: str = ", ") -> str:
    return between.join(sorted(names))
