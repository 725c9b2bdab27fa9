"""
Account stores in SQL databases: the statements come from the configuration, the care from here.

Whatever changes anything compares the record with what was just read, expects to change exactly one row,
looks again in the same transaction, and only then keeps it.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DataError

from jiebang.agent.connectors.contract import Effect, Found, Page, Record
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.sql.database import Database, explained, named
from jiebang.agent.connectors.sql.listing import Listing
from jiebang.agent.connectors.sql.records import each_once
from jiebang.agent.connectors.sql.seen import Seen, complaint, others_like, seen
from jiebang.agent.connectors.sql.statements import Statements, count_changed, run
from jiebang.agent.connectors.sql.store import SqlStore
from jiebang.agent.connectors.together import Together
from jiebang.agent.errors import Ambiguous, HalfDone, UnknownRecord, Unsound, Unsupported
from jiebang.domain.binding import OrderKind
from jiebang.domain.number import Number

Made = TypeVar("Made")


class SqlConnector:
    """An account store in an SQL database, reached by named statements."""

    takes_back = True

    def __init__(self, store: SqlStore, matching: Matching, *, now: Callable[[], datetime]) -> None:
        self.database = Database(store)
        self.matching = matching
        self.zone = store.timezone
        self.now = now
        self.statements = {record.kind.value: Statements(record) for record in store.record}
        self.width = self.database.width
        self._threads = ThreadPoolExecutor(self.width + 1, thread_name_prefix="store")
        self._finding = Together(self._find, self._threads, width=self.width)

    async def check(self) -> None:
        """Run each statement for a record that cannot exist: it must have its columns, and do nothing."""
        await self._aside(self._check)

    async def find(self, number: Number) -> Found:
        """Find the records that use the number, in one connection for all kinds."""
        return await self._finding.ask(number)

    def pages(self, mark: str | None) -> AsyncGenerator[Page]:
        """List the accounts of all kinds; see `Listing`."""
        listed = list(self.statements.values())
        return Listing(
            connecting=self.database.connected, statements=listed, zone=self.zone, now=self.now
        ).pages(mark)

    async def read(self, handle: str, number: Number) -> Record | None:
        """Read this one record by the statement `read`."""
        return await self._aside(self._read, handle, number)

    async def holds(self, handle: str, number: Number) -> bool:
        """Whether this record uses the number now."""
        return await self._aside(self._holds, handle, number)

    async def unbind(self, handle: str, number: Number) -> Effect:
        """Run the statement `unbind` on exactly one row."""
        return await self._aside(self._change, handle, number, kind=OrderKind.UNBIND)

    async def deregister(self, handle: str, number: Number) -> Effect:
        """Run the statement `deregister` on exactly one row."""
        return await self._aside(self._change, handle, number, kind=OrderKind.DEREGISTER)

    async def flag(self, handle: str, number: Number) -> Effect:
        """Run the statement `flag` on exactly one row."""
        return await self._aside(self._flag, handle, number)

    async def rehearse(self, handle: str, number: Number) -> str:
        """Run every change on one row, look whether it took, and roll it back; see that each compares."""
        statements, _ = self._record(handle)
        if not await self.holds(handle, number):
            raise Ambiguous(f"{statements.called('verify')} does not see the number where find finds it.")
        for kind in statements.changes:
            await self._aside(self._change, handle, number, kind=kind, keep=False)
        if statements.flag is not None:
            await self._aside(self._flag, handle, number, keep=False)
        await self._aside(self._compare, handle, number)
        # Tables of MariaDB's may know no transactions (MyISAM, Aria): there nothing is ever rolled back.
        if not await self.holds(handle, number):
            raise HalfDone("What was tried was not rolled back: the table knows no transactions.")
        return ""

    async def close(self) -> None:
        """Close the connections."""
        await asyncio.to_thread(self._threads.shutdown)
        self.database.close()

    async def _aside(self, work: Callable[..., Made], /, *given: object, **named: object) -> Made:
        """
        Do something in a thread: a store that is slow must not stand in the way of everything.

        There are as many threads as changes at once are good for the store, and one more for questions: more
        of them would only take turns at the interpreter, and pay for each turn.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(work, *given, **named))

    def _check(self) -> None:
        for statements in self.statements.values():
            with self.database.connected() as connection:
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
            with explained(statements.called(name)):
                found = connection.execute(statement, filled)
            statements.check_columns(name, found.keys())
            if name == "verify" and self.database.takes_alike and "handle" not in found.keys():  # noqa: SIM118 - no mapping
                raise Unsound(f"{statements.called(name)} lacks the column handle: MariaDB takes 7x for 7.")
            if found.first() is not None:
                raise Unsound(f"{statements.called(name)} finds rows where there can be none.")
        for called, change in statements.writing():
            with self.database.changing() as trying, explained(called):
                changed = count_changed(trying.execute(change, nothing | {"now": self._now()}))
            if changed != 0:
                raise Unsound(f"{called} changes rows where there can be none.")

    def _find(self, number: Number) -> Found:
        records: list[Record] = []
        strangers, spelled = 0, self.matching.spelled(number)
        with self.database.connected() as connection:
            for statements in self.statements.values():
                search, filled = statements.search(connection.dialect, spelled)
                with named(statements.called("find")):
                    rows = connection.exec_driver_sql(search, filled).mappings()
                    # One more than the cap is enough to know; a store may hold millions.
                    taken = rows.fetchmany(self.matching.most + 1)
                self.matching.check_cap(len(taken))
                own = [row for row in taken if self.matching.same(row["number"], number)]
                strangers += len(taken) - len(own)
                records += each_once(own, statements, called=statements.called("find"), zone=self.zone)
        return Found(records=tuple(records), strangers=strangers)

    def _read(self, handle: str, number: Number) -> Record | None:
        statements, own_id = self._record(handle)
        if statements.read is None:
            raise Unsound(f"{statements.called('read')} is missing.")
        with self.database.connected() as connection, named(statements.called("read")):
            rows = connection.execute(statements.read, {"handle": own_id}).mappings()
            taken = rows.fetchmany(self.matching.most + 1)
        self.matching.check_cap(len(taken))
        own = [row for row in taken if self.matching.same(row["number"], number)]
        if any(str(row["handle"]) != own_id for row in taken):
            raise Ambiguous(f"{statements.called('read')} gives another record.")
        records = each_once(own, statements, called=statements.called("read"), zone=self.zone)
        return records[0] if records else None

    def _holds(self, handle: str, number: Number) -> bool:
        statements, own_id = self._record(handle)
        with self.database.connected() as connection:
            return bool(self._seen(connection, statements, own_id=own_id, number=number).spelled)

    def _change(self, handle: str, number: Number, *, kind: OrderKind, keep: bool = True) -> Effect:
        """
        Compare and change one record, and look again before it is kept; `keep=False` is a rehearsal.

        Where the record has the number in several spellings, all go or none does.
        """
        statements, own_id = self._record(handle)
        if kind not in statements.changes:
            raise Unsupported
        called = statements.called(kind)
        with self.database.changing() as connection:
            before = self._seen(connection, statements, own_id=own_id, number=number)
            if not before.spelled:
                return Effect.GONE
            changed = run(
                connection, statements.changes[kind], called=called, spelled=before.spelled,
                filled={"handle": own_id, "now": self._now()},
            )  # fmt: skip
            after = self._seen(connection, statements, own_id=own_id, number=number)
            # No row, and yet off: somebody else was faster, and did the same.
            if not changed and not after.spelled:
                return Effect.GONE
            if not changed or after.spelled:
                but = ", and verify sees the number still" if after.spelled else ""
                raise Ambiguous(f"{called} changed {changed} rows{but}; nothing was kept.")
            if kind is OrderKind.UNBIND:
                self._check_what_is_left(statements, before, after=after)
            if keep:
                connection.commit()
        return Effect.DONE

    def _check_what_is_left(self, statements: Statements, before: Seen, *, after: Seen) -> None:
        wrong = complaint(before, after, matching=self.matching, released=statements.record.released)
        if wrong is not None:
            raise Ambiguous(f"{statements.called(OrderKind.UNBIND)}: {wrong}; nothing was kept.")

    def _flag(self, handle: str, number: Number, *, keep: bool = True) -> Effect:
        """Mark one row that has the number still; `keep=False` is a rehearsal."""
        statements, own_id = self._record(handle)
        if statements.flag is None:
            raise Unsupported
        with self.database.changing() as connection:
            before = self._seen(connection, statements, own_id=own_id, number=number)
            if not before.spelled:
                return Effect.GONE
            changed, filled = 0, {"handle": own_id, "now": self._now()}
            for stored in before.spelled:
                with named(statements.called("flag")):
                    changed = count_changed(connection.execute(statements.flag, filled | {"stored": stored}))
                if changed != 0:
                    break
            if changed != 1:
                raise Ambiguous(f"{statements.called('flag')} changed {changed} rows; nothing was kept.")
            if keep:
                connection.commit()
        return Effect.DONE

    def _compare(self, handle: str, number: Number) -> None:
        """Run what must compare with a number that the record has not; raises `Unsound` if a row changes."""
        statements, own_id = self._record(handle)
        with self.database.changing() as connection:
            before = self._seen(connection, statements, own_id=own_id, number=number)
            for stored in others_like(before, matching=self.matching):
                filled = {"handle": own_id, "stored": stored, "now": self._now()}
                for called, change in statements.comparing():
                    with named(called):
                        changed = count_changed(connection.execute(change, filled))
                    if changed:
                        raise Unsound(f"{called} changes a record that has another number than :stored.")

    def _seen(
        self, connection: sa.Connection, statements: Statements, *, own_id: str, number: Number
    ) -> Seen:
        """Look what this record has now; raises `UnknownRecord` for an id that no record can have."""
        called = statements.called("verify")
        with named(called):
            try:
                rows = connection.execute(statements.verify, {"handle": own_id}).mappings().all()
            except (DataError, UnicodeError):
                # Not even of the column's type: no record has it, and to wait would be to wait for ever.
                raise UnknownRecord from None
        # A database that compares 7 with "7 or 1" may call them the same.
        own = [row for row in rows if str(row.get("handle", own_id)) == own_id]
        return seen(own, number, matching=self.matching, called=called)

    def _record(self, handle: str) -> tuple[Statements, str]:
        kind, _, own_id = handle.partition("-")
        if kind not in self.statements or not own_id:
            raise UnknownRecord
        return self.statements[kind], own_id

    def _now(self) -> str:
        return self.now().astimezone(self.zone).isoformat(timespec="seconds")
