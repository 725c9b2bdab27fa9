"""
Account stores in SQL databases: the statements come from the configuration, the care from here.

Whatever changes anything compares the record with what was just read, expects to change exactly one row,
looks again in the same transaction, and only then keeps it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)

from jiebang.agent.connectors import instants
from jiebang.agent.connectors.contract import Effect, Found, Page, Record
from jiebang.agent.connectors.labels import masked
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.sql.listing import Listing
from jiebang.agent.connectors.sql.statements import Statements
from jiebang.agent.connectors.sql.store import SqlStore
from jiebang.agent.errors import Ambiguous, StoreDown, StoreRefuses, UnknownRecord, Unsound, Unsupported
from jiebang.agent.secrets import secret
from jiebang.domain.binding import OrderKind
from jiebang.domain.number import Number

# Python would begin SQLite's transactions by guessing from a statement's first word; `_begin` does it here.
_CONNECT: Mapping[str, dict[str, Any]] = {
    "sqlite": {"isolation_level": None, "timeout": 2},
    "postgresql": {"connect_timeout": 5, "application_name": "jiebang-agent"},
}
_BEGIN = {"sqlite": "begin immediate", "postgresql": "set local lock_timeout = '2s'"}
"""Neither waits longer than two seconds for the shop itself: the order comes again."""
_POSTGRESQL_WIDTH = 4


class SqlConnector:
    """An account store in an SQL database, reached by named statements."""

    def __init__(self, store: SqlStore, matching: Matching, *, now: Callable[[], datetime]) -> None:
        self.engine = _engine(store)
        self.matching = matching
        self.zone = store.timezone
        self.now = now
        self.statements = {record.kind.value: Statements(record) for record in store.record}
        self.width = _POSTGRESQL_WIDTH if self.engine.dialect.name == "postgresql" else 1

    async def check(self) -> None:
        """Run each statement for a record that cannot exist: it must have its columns, and do nothing."""
        await asyncio.to_thread(self._check)

    async def find(self, number: Number) -> Found:
        """Find the records that use the number, in one connection for all kinds."""
        return await asyncio.to_thread(self._find, number)

    def pages(self, mark: str | None) -> AsyncIterator[Page]:
        """List the accounts of all kinds; see `Listing`."""
        listed = list(self.statements.values())
        return Listing(connecting=self._connected, statements=listed, zone=self.zone, now=self.now).pages(
            mark
        )

    async def read(self, handle: str, number: Number) -> Record | None:
        """Read this one record by the statement `read`."""
        return await asyncio.to_thread(self._read, handle, number)

    async def holds(self, handle: str, number: Number) -> bool:
        """Whether this record uses the number now."""
        return await asyncio.to_thread(self._holds, handle, number)

    async def unbind(self, handle: str, number: Number) -> Effect:
        """Run the statement `unbind` on exactly one row."""
        return await asyncio.to_thread(self._change, handle, number, kind=OrderKind.UNBIND)

    async def deregister(self, handle: str, number: Number) -> Effect:
        """Run the statement `deregister` on exactly one row."""
        return await asyncio.to_thread(self._change, handle, number, kind=OrderKind.DEREGISTER)

    async def flag(self, handle: str, number: Number) -> Effect:
        """Run the statement `flag` on exactly one row."""
        return await asyncio.to_thread(self._flag, handle, number)

    async def rehearse(self, handle: str, number: Number) -> bool:
        """Run every change on one row, look whether it took, and roll it back."""
        statements, _ = self._record(handle)
        for kind in statements.changes:
            await asyncio.to_thread(self._change, handle, number, kind=kind, keep=False)
        if statements.flag is not None:
            await asyncio.to_thread(self._flag, handle, number, keep=False)
        return True

    async def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()

    def _check(self) -> None:
        for statements in self.statements.values():
            with self._connected() as connection:
                self._check_kind(statements, connection)

    def _check_kind(self, statements: Statements, connection: sa.Connection) -> None:
        nothing: dict[str, Any] = {"handle": None, "stored": None}
        for name, statement, filled in (
            ("find", statements.find, {"spellings": [None]}),
            ("verify", statements.verify, nothing),
            ("read", statements.read, nothing),
            ("list", statements.list, statements.list_begins | {"most": 0}),
        ):
            if statement is None:
                continue
            with _explained(statements.called(name)):
                found = connection.execute(statement, filled)
            statements.check_columns(name, found.keys())
            if found.first() is not None:
                raise Unsound(f"{statements.called(name)} finds rows where there can be none.")
        changes: dict[str, sa.TextClause] = {kind.value: sql for kind, sql in statements.changes.items()}
        if statements.flag is not None:
            changes["flag"] = statements.flag
        for kind, change in changes.items():
            _begin(connection)
            with _explained(statements.called(kind)):
                changed = connection.execute(change, nothing | {"now": self._now()}).rowcount
            connection.rollback()
            if changed != 0:
                raise Unsound(f"{statements.called(kind)} changes rows where there can be none.")

    def _find(self, number: Number) -> Found:
        records: list[Record] = []
        seen = 0
        with self._connected() as connection:
            for statements in self.statements.values():
                if statements.find is None:
                    raise Unsound(f"{statements.called('find')} is missing, and there is no index.")
                rows = connection.execute(
                    statements.find, {"spellings": self.matching.spelled(number)}
                ).mappings()
                # One more than the cap is enough to know; a store may hold millions.
                taken = rows.fetchmany(self.matching.most + 1)
                self.matching.check_cap(len(taken))
                seen += len(taken)
                own = [row for row in taken if self.matching.same(row["number"], number)]
                records += [self._as_record(statements, row) for row in own]
        if len({record.handle for record in records}) < len(records):
            raise Ambiguous("The store gave one record twice for one number; nothing was answered.")
        return Found(records=tuple(records), strangers=seen - len(records))

    def _read(self, handle: str, number: Number) -> Record | None:
        statements, own_id = self._record(handle)
        if statements.read is None:
            raise Unsound(f"{statements.called('read')} is missing.")
        with self._connected() as connection:
            rows = connection.execute(statements.read, {"handle": own_id}).mappings()
            taken = rows.fetchmany(self.matching.most + 1)
        self.matching.check_cap(len(taken))
        own = [row for row in taken if self.matching.same(row["number"], number)]
        if len(own) > 1 or any(str(row["handle"]) != own_id for row in taken):
            raise Ambiguous(f"{statements.called('read')} gives another record, or one twice.")
        return self._as_record(statements, own[0]) if own else None

    def _as_record(self, statements: Statements, row: sa.RowMapping) -> Record:
        kind = statements.record
        used = instants.read(row.get("last_used"), zone=self.zone)
        logins = row.get("other_logins")
        return Record(
            handle=f"{kind.kind}-{row['handle']}", kind=kind.kind, record_class=kind.record_class,
            label=masked(row.get("label")),
            bound=instants.bound(row.get("bound_at"), row.get("created_at"), zone=self.zone),
            last_used=used[0] if used else None,
            other_logins=max(0, int(logins)) if isinstance(logins, int) else None,
            can=kind.can, conditions=kind.conditions,
        )  # fmt: skip

    def _holds(self, handle: str, number: Number) -> bool:
        statements, own_id = self._record(handle)
        with self._connected() as connection:
            return bool(self._stored(connection, statements, own_id=own_id, number=number))

    def _change(self, handle: str, number: Number, *, kind: OrderKind, keep: bool = True) -> Effect:
        """
        Compare and change one row, and look again before it is kept; `keep=False` is a rehearsal.

        Where the record has the number in several spellings, each is one row, and all go or none does.
        """
        statements, own_id = self._record(handle)
        if kind not in statements.changes:
            raise Unsupported
        with self._connected() as connection:
            spelled = self._stored(connection, statements, own_id=own_id, number=number)
            if not spelled:
                return Effect.GONE
            _begin(connection)
            changed = [
                connection.execute(
                    statements.changes[kind], {"handle": own_id, "stored": stored, "now": self._now()}
                ).rowcount
                for stored in spelled
            ]
            off = not self._stored(connection, statements, own_id=own_id, number=number)
            if set(changed) == {1} and off:
                connection.commit() if keep else connection.rollback()
                return Effect.DONE
            connection.rollback()
            # No row, and yet off: somebody else was faster, and did the same.
            if set(changed) == {0} and off:
                return Effect.GONE
        but = "" if off else ", and verify sees the number still"
        raise Ambiguous(f"{statements.called(kind)} changed {sum(changed)} rows{but}; nothing was kept.")

    def _flag(self, handle: str, number: Number, *, keep: bool = True) -> Effect:
        """Mark one row that has the number still; `keep=False` is a rehearsal."""
        statements, own_id = self._record(handle)
        if statements.flag is None:
            raise Unsupported
        with self._connected() as connection:
            spelled = self._stored(connection, statements, own_id=own_id, number=number)
            if not spelled:
                return Effect.GONE
            _begin(connection)
            filled = {"handle": own_id, "stored": spelled[0], "now": self._now()}
            changed = connection.execute(statements.flag, filled).rowcount
            connection.commit() if keep and changed == 1 else connection.rollback()
        if changed != 1:
            raise Ambiguous(f"{statements.called('flag')} changed {changed} rows; nothing was kept.")
        return Effect.DONE

    def _stored(
        self, connection: sa.Connection, statements: Statements, *, own_id: str, number: Number
    ) -> list[object]:
        """
        Read in which spellings this record keeps this number now; none when it does not keep it.

        Raises `UnknownRecord` where no record can have this handle.
        """
        try:
            rows = connection.execute(statements.verify, {"handle": own_id}).mappings().all()
        except sa.exc.DataError:
            # Not even a value of the column's type: no record has it, and to wait would be to wait for ever.
            raise UnknownRecord from None
        kept: list[object] = [
            row["number"]
            for row in rows
            # A database that compares 7 with "7 or 1" may call them the same.
            if self.matching.same(row["number"], number) and str(row.get("handle", own_id)) == own_id
        ]
        if len(set(kept)) < len(kept):
            raise Ambiguous(f"{statements.called('verify')} finds more than one row; nothing was changed.")
        return kept

    def _record(self, handle: str) -> tuple[Statements, str]:
        kind, _, own_id = handle.partition("-")
        if kind not in self.statements or not own_id:
            raise UnknownRecord
        return self.statements[kind], own_id

    def _now(self) -> str:
        return self.now().astimezone(self.zone).isoformat(timespec="seconds")

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        """Connect; what the driver says is told apart here, and not passed on: it may hold values."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except (OperationalError, InterfaceError):
            raise StoreDown from None
        except DBAPIError as failed:
            raise (StoreDown if failed.connection_invalidated else StoreRefuses) from None
        except SQLAlchemyError:
            raise StoreRefuses from None


def _engine(store: SqlStore) -> sa.Engine:
    password = secret("password", env=store.password_env, file=store.password_file)
    url = store.url if password is None else store.url.set(password=password)
    # Parameters are numbers and handles: no exception may carry them.
    return sa.create_engine(url, hide_parameters=True, connect_args=_CONNECT[url.get_backend_name()])


def _begin(connection: sa.Connection) -> None:
    """Begin a change: in SQLite with its write lock, so that two writers wait and neither fails half-way."""
    connection.exec_driver_sql(_BEGIN[connection.dialect.name])


@contextmanager
def _explained(called: str) -> Iterator[None]:
    """Say which statement the database does not take, and why; it was run without any values."""
    try:
        yield
    except (ProgrammingError, OperationalError) as failed:
        if failed.connection_invalidated:
            raise
        raise Unsound(f"{called} is not taken by the database: {str(failed.orig).splitlines()[0]}.") from None
