"""
Account stores behind SCIM 2.0 (RFC 7643, RFC 7644).

SCIM says when an account was created and never when its number was bound, so no record here is more exact.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from datetime import UTC, datetime

import structlog

from jiebang.agent.connectors import instants
from jiebang.agent.connectors.contract import NOTHING_TRIED, Effect, Found, Page, Record
from jiebang.agent.connectors.labels import masked
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.scim import marks, proofs
from jiebang.agent.connectors.scim.accounts import Account, numbers, own_id, stored, told
from jiebang.agent.connectors.scim.changes import Changes
from jiebang.agent.connectors.scim.filters import filtered
from jiebang.agent.connectors.scim.http import ScimHttp
from jiebang.agent.connectors.scim.lists import take_all
from jiebang.agent.connectors.scim.sharing import Shared
from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.agent.errors import StoreRefuses, UnknownRecord, Unsound, Unsupported
from jiebang.domain.binding import OrderKind, RecordKind
from jiebang.domain.number import Number

_ACCOUNT = f"{RecordKind.ACCOUNT}-"
_NONE_OF_ITS_OWN = (
    "A number that the account does not have was taken off, and nothing changed. SCIM cannot take a change"
    " back, so nothing else was tried."
)

ByNumber = Mapping[Number, list[Account]]

words = structlog.get_logger()


class ScimConnector:
    """An account store behind SCIM, reached over an open HTTP session."""

    width = 4
    takes_back = False

    def __init__(
        self, store: ScimStore, matching: Matching, *, now: Callable[[], datetime], indexed: bool = False
    ) -> None:
        """Take a store; `indexed` says that it is only listed and read, and never searched by number."""
        self.store = store
        self._indexed = indexed
        self.matching = matching
        self.http = ScimHttp(store)
        self._changes = Changes(self.http, store, matching=matching, now=now)
        self._everybody = Shared(self._list)

    async def check(self) -> None:
        """
        Prove without the canary that the server has not what cannot exist, and finds or lists as it is to.

        With an index it is not searched, and may have more accounts than can be listed for a question.
        """
        try:
            await proofs.check_nobody(self.http)
            if not self._indexed:
                await self._check_search()
        except StoreRefuses:
            if await self.http.is_there():
                raise
            raise Unsound(proofs.NOT_THERE) from None
        if self._indexed and not await self.http.is_there():
            raise Unsound(proofs.NOT_THERE)

    async def find(self, number: Number) -> Found:
        """Search for every spelling, or in a list of all, and match again every number that came back."""
        if self.store.find == "filter":
            found = await filtered(
                self.http, self.store, spellings=self.matching.spelled(number), matching=self.matching
            )
        else:
            found = (await self._everybody.get()).get(number, [])
            self.matching.check_cap(len(found))
        own = [account for account in found if stored(account, number, by=self.matching)]
        if twice := sum(self._has_twice(account, number) for account in own):
            words.warning("agent:store:number-twice", accounts=twice)
        records = tuple(self._as_record(account, number) for account in own)
        return Found(records=records, strangers=len(found) - len(own))

    async def holds(self, handle: str, number: Number) -> bool:
        """Whether this account uses the number now."""
        return await self.read(handle, number) is not None

    async def read(self, handle: str, number: Number) -> Record | None:
        """Read this one record as it is now; `None` when it does not use the number."""
        reply = await self.http.account(_own_id(handle))
        if reply is None or not stored(reply.said, number, by=self.matching):
            return None
        return self._as_record(reply.said, number)

    def pages(self, mark: str | None) -> AsyncGenerator[Page]:
        """List all accounts, go on after a mark, or list what was changed since the end of a list."""
        return marks.pages(self.http, paged=self.store.find != "list", mark=mark, prefix=_ACCOUNT)

    async def unbind(self, handle: str, number: Number) -> Effect:
        """Remove from one account every value that is this number, in whatever spelling it stands there."""
        return await self._changes.make(OrderKind.UNBIND, _own_id(handle), number=number)

    async def deregister(self, handle: str, number: Number) -> Effect:
        """Delete one account, or deactivate it and take the number off, as the configuration says."""
        return await self._changes.make(OrderKind.DEREGISTER, _own_id(handle), number=number)

    async def flag(self, handle: str, number: Number) -> Effect:
        """SCIM has no attribute that would mean it: nothing can be marked."""
        del handle, number
        raise Unsupported

    async def rehearse(self, handle: str, number: Number) -> str:
        """
        Take off a number that is not there: nothing may change.

        SCIM has no way to take a change back, and so the other half is left open: that the number goes.
        """
        del number
        return _NONE_OF_ITS_OWN if await self._changes.rehearse(_own_id(handle)) else NOTHING_TRIED

    async def close(self) -> None:
        """Close the connections."""
        await self._everybody.close()
        await self.http.close()

    async def _check_search(self) -> None:
        if self.store.find == "filter":
            await proofs.check_filter(self.http, self.store)
        else:
            await self._everybody.get()

    async def _list(self) -> ByNumber:
        paged = self.store.find == "pages"
        accounts = await take_all(self.http, paged=paged, most=self.store.most_accounts)
        return await asyncio.to_thread(self._by_number, accounts)

    def _by_number(self, accounts: Iterable[Account]) -> ByNumber:
        """Read every number of every account once; an account that has one twice is there once."""
        there: dict[Number, dict[str, Account]] = defaultdict(dict)
        for account in accounts:
            for value in numbers(account):
                number = self.matching.read(value)
                if number is not None:
                    there[number][own_id(account)] = account
        return {number: list(some.values()) for number, some in there.items()}

    def _has_twice(self, account: Account, number: Number) -> bool:
        """Whether an account has the number in several places; all of them go with an unbind."""
        return sum(self.matching.same(value, number) for value in numbers(account)) > 1

    def _as_record(self, account: Account, number: Number) -> Record:
        name = account.get("userName")
        # A login name is a way in of its own (RFC 7643 §4.1.1), unless it is the number once more.
        other = bool(name) and not self.matching.same(name, number)
        return Record(
            handle=_ACCOUNT + own_id(account), kind=RecordKind.ACCOUNT,
            record_class=self.store.record_class, label=masked(account.get("displayName") or name),
            bound=instants.bound(None, told(account, "created"), zone=UTC),
            other_logins=1 if other else None,
            can=self.store.can, conditions=self.store.conditions,
        )  # fmt: skip


def _own_id(handle: str) -> str:
    own = handle.removeprefix(_ACCOUNT)
    # A path would give dots a meaning of their own.
    if own == handle or own in {"", ".", ".."}:
        raise UnknownRecord
    return own
