"""
Listing an SQL store's accounts for an index, a page at a time: the store is never held for longer than one.

A page's mark is where each kind's list has come: the last row's own mark, and its handle where the statement
tells rows with one mark apart by it. A list of changes goes on with the record that was changed last: where
that is not there any more, the store may have gone back to what it was earlier, and all is listed.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, tzinfo
from itertools import groupby, pairwise
from typing import NamedTuple

import sqlalchemy as sa

from jiebang.agent.connectors.contract import Listed, Page
from jiebang.agent.connectors.sql.statements import Statements
from jiebang.agent.errors import Unsound

_ROWS = 1_000
_LATE = timedelta(minutes=10)
"""Longer than a store's transactions take: what is kept now may be marked with when it was begun."""
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")


class _Row(NamedTuple):
    handle: str
    number: str | None
    mark: str


@dataclass(slots=True)
class _Place:
    """Where the lists have come: in which kind, and with which parameters each goes on, if not anew."""

    kind: str | None = None
    at: dict[str, list[str]] = field(default_factory=dict)
    before: dict[str, list[str]] = field(default_factory=dict)
    """With which each would go on before its last record."""
    wanted: dict[str, str] = field(default_factory=dict)
    """Which record of each must be met, or the store is not the one that was listed."""

    def step(self, kind: str, accounts: Sequence[Sequence[_Row]], *, before: Sequence[str]) -> None:
        """Go on behind a page's records."""
        last = [[own[-1].mark, own[-1].handle] for own in accounts[-2:]]
        self.before[kind], self.at[kind] = [list(before), *last][-2:]
        if self.wanted.get(kind) in {own[0].handle for own in accounts}:
            del self.wanted[kind]

    def forget(self, kind: str) -> None:
        """Begin a list anew."""
        for kept in (self.at, self.before, self.wanted):
            kept.pop(kind, None)

    def written(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The lists of all kinds of record, one after another."""

    connecting: Callable[[], AbstractContextManager[sa.Connection]]
    statements: Sequence[Statements]
    zone: tzinfo
    now: Callable[[], datetime]

    async def pages(self, mark: str | None) -> AsyncGenerator[Page]:
        """List page by page; a kind's list ends with a page without accounts, after which it begins anew."""
        place = _Place() if mark is None else _Place(**json.loads(mark))
        kinds = [one.record.kind.value for one in self.statements]
        first = kinds.index(place.kind) if place.kind in kinds else 0
        for at, statements in enumerate(self.statements[first:], first + 1):
            place.kind = statements.record.kind.value
            async for page in self._of_kind(statements, place):
                yield page
            if place.kind in place.wanted:
                place.forget(place.kind)
                async for page in self._of_kind(statements, place):
                    yield page
            self._end(statements, place)
            place.kind = kinds[at] if at < len(kinds) else None
            yield Page(accounts=(), mark=place.written())

    async def _of_kind(self, statements: Statements, place: _Place) -> AsyncGenerator[Page]:
        kind, more = statements.record.kind.value, True
        while more:
            before = place.at.get(kind) or list(statements.record.list_from)
            rows = await asyncio.to_thread(self._rows, statements, before)
            more = len(rows) == _ROWS
            accounts = [list(own) for _, own in groupby(rows, key=lambda row: row.handle)]
            if more:
                # The last account may have more rows than fit on the page; it comes again with the next.
                accounts.pop()
            _check_marks(statements, accounts, before=before, more=more)
            if accounts:
                place.step(kind, accounts, before=before)
                yield Page(accounts=tuple(_listed(kind, own) for own in accounts), mark=place.written())

    def _rows(self, statements: Statements, before: Sequence[str]) -> list[_Row]:
        if statements.list is None:
            raise Unsound(f"{statements.called('list')} is missing.")
        names = ("mark", "handle") if statements.lists_by_handle else ("mark",)
        with self.connecting() as connection:
            found = connection.execute(
                statements.list, dict(zip(names, before, strict=False)) | {"most": _ROWS}
            )
            rows = found.columns("handle", "number", "mark").all()
        if any(mark is None for _, _, mark in rows):
            raise Unsound(
                f"{statements.called('list')} gives a mark that is none, or infinity; leave it out."
            )
        return [_Row(str(handle), number and str(number), str(mark)) for handle, number, mark in rows]

    def _end(self, statements: Statements, place: _Place) -> None:
        """Say where the next pass begins: at the beginning, or a little before the latest change."""
        kind, record = statements.record.kind.value, statements.record
        if record.list_by == "place":
            place.forget(kind)
        elif kind in place.at:
            mark, place.wanted[kind] = place.at[kind]
            early = self._not_too_late(mark)
            place.at[kind] = place.before[kind] if early is None else [early, record.list_from[1]]

    def _not_too_late(self, mark: str) -> str | None:
        """Go back to when whatever is now being changed was begun; `None` for a mark that is early enough."""
        if not _TIME.match(mark):
            return None
        at = datetime.fromisoformat(mark)
        latest = (self.now() - _LATE).astimezone(at.tzinfo or self.zone)
        if at.replace(tzinfo=at.tzinfo or self.zone) <= latest:
            return None
        return latest.replace(tzinfo=at.tzinfo).isoformat(sep=mark[10])


def _check_marks(
    statements: Statements, accounts: Sequence[Sequence[_Row]], *, before: Sequence[str], more: bool
) -> None:
    """Refuse with `Unsound` a statement that would leave accounts out, or never come to an end."""
    called = statements.called("list")
    # Marks are kept beside the index, where no number may stand.
    if any(row.mark == row.number for own in accounts for row in own):
        raise Unsound(f"{called} gives the number as its mark; list by something else.")
    if not statements.lists_by_handle and any(
        one[-1].mark == other[0].mark for one, other in pairwise(accounts)
    ):
        raise Unsound(f"{called} gives one mark to two records; order by the handle too, and use :handle.")
    if more and (not accounts or [accounts[-1][-1].mark, accounts[-1][-1].handle][: len(before)] == before):
        raise Unsound(f"{called} does not go on after :mark.")


def _listed(kind: str, rows: Sequence[_Row]) -> Listed:
    numbers = tuple(row.number for row in rows if row.number)
    return Listed(handle=f"{kind}-{rows[0].handle}", numbers=numbers)
