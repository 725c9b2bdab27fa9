"""Searching: accounts by a number, one by its id, or all of them; what a server says of each is read here."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from jiebang.agent.connectors.http import paging
from jiebang.agent.connectors.http.accounts import Account, Accounts
from jiebang.agent.connectors.http.asking import Asking, Purpose
from jiebang.agent.connectors.http.shape import Requests, Search
from jiebang.agent.connectors.http.templates import Values
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.errors import Ambiguous, StoreRefuses
from jiebang.domain.number import Number

_READS_AT_ONCE = 8

Came = TypeVar("Came")


@dataclass(frozen=True, slots=True, kw_only=True)
class Searching:
    """The reading half of a file of requests."""

    asked: Requests
    asking: Asking
    accounts: Accounts
    matching: Matching

    async def by_number(self, search: Search, number: Number) -> list[Account]:
        """
        Search by every spelling; gives each account once, as it is now, whatever number it has.

        Accounts that are closed, or went away in between, are left out. Raises `TooManyRecords`.
        """
        spelled = self.matching.spelled(number)
        nodes = [
            node for found in await _together(self._nodes(search, one) for one in spelled) for node in found
        ]
        if search.ids is not None:
            ids = {self.accounts.checked_id(node) for node in nodes}
            self.matching.check_cap(len(ids))
            return await self.each(ids)
        read = {account.own_id: account for account in (self.accounts.read(node, taken={}) for node in nodes)}
        self.matching.check_cap(len(read))
        return [account for account in read.values() if not account.closed]

    async def each(self, ids: Iterable[str]) -> list[Account]:
        """Read accounts, a few at once; those that are gone or closed are left out."""
        room = asyncio.Semaphore(_READS_AT_ONCE)

        async def _one(own_id: str) -> Account | None:
            async with room:
                return await self.by_id(own_id)

        read = await _together(_one(own_id) for own_id in ids)
        return [account for account in read if account is not None]

    async def by_id(self, own_id: str) -> Account | None:
        """
        Read one account; `None` when it is gone or closed.

        Raises `Ambiguous` where the server gives another one.
        """
        values: Values = {"id": own_id}
        taken: Values = {}
        account: Any = {}
        for step in self.asked.read.steps:
            told = await self.asking.ask(step, {**values, **taken}, purpose=Purpose.READ)
            if told.gone:
                return None
            taken = {**taken, **told.taken}
            if step.keep is not None:
                account[step.keep] = told.said
            else:
                account = told.said
        return self._opened(account, taken, own_id=own_id)

    def turned(self, search: Search, values: Values, *, begin: paging.Place) -> AsyncIterator[paging.Turned]:
        """Give all pages of a search, from one on."""
        return paging.turned(self.asking, search, values=values, begin=begin)

    def _opened(self, said: object, taken: Values, *, own_id: str) -> Account | None:
        nodes = self.asked.read.account.nodes(said)
        if len(nodes) != 1:
            raise StoreRefuses("The server's reply has no account where read.account leads to.")
        account = self.accounts.read(nodes[0], taken=taken)
        if account.own_id != own_id:
            raise Ambiguous("The server gave another account than the one it was asked for.")
        return None if account.closed else account

    async def _nodes(self, search: Search, spelled: str) -> list[Any]:
        """Take every page of what the server finds for one spelling, up to what the cap allows."""
        found: list[Any] = []
        turned = 0
        async for page in self.turned(search, {"number": spelled}, begin=paging.first(search)):
            found += page.nodes
            turned += 1
            if len(found) > self.matching.most:
                break
            if search.pages is not None and turned >= search.pages.most and page.following is not None:
                raise StoreRefuses("The server finds more pages for one number than pages.most allows.")
        return found


async def _together(waits: Iterable[Coroutine[Any, Any, Came]]) -> list[Came]:
    """Wait for all at once; for one alone no task is made."""
    several = list(waits)
    return [await several[0]] if len(several) == 1 else list(await asyncio.gather(*several))
