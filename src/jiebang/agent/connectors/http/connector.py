"""
Account stores behind HTTP and JSON: the requests come from a file, the care from here.

Whatever changes anything reads the account first, compares its numbers with the order's, and reads it again
afterwards. No filter is believed: what a search brings is matched again on this side.
"""

from collections.abc import Callable
from datetime import datetime

import structlog

from jiebang.agent.connectors.afterwards import Afterwards, look
from jiebang.agent.connectors.contract import NOTHING_TRIED, Effect, Found, Record
from jiebang.agent.connectors.http.accounts import Account, Accounts
from jiebang.agent.connectors.http.asking import Asking, Conflict, Purpose
from jiebang.agent.connectors.http.changing import Changing
from jiebang.agent.connectors.http.searching import Searching
from jiebang.agent.connectors.http.shape import Change
from jiebang.agent.connectors.http.store import HttpStore
from jiebang.agent.connectors.http.templates import Values
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.promises import Promises
from jiebang.agent.errors import Ambiguous, Declined, HalfDone, StoreDown, Unsound, Unsupported
from jiebang.domain.binding import OrderKind
from jiebang.domain.number import Number

_TRIES = 3
"""How often a change is tried when somebody else changes the same account at the same time."""

words = structlog.get_logger()


class HttpConnector:
    """An account store that is asked as a file of requests says."""

    width = 4
    takes_back = False

    def __init__(self, store: HttpStore, matching: Matching, *, now: Callable[[], datetime]) -> None:
        self.store = store
        self.asked = store.asked
        self.asking = Asking(store, now=now)
        self.accounts = Accounts(store, matching)
        self.promises = Promises(now)
        self.search = Searching(
            asked=store.asked, asking=self.asking, accounts=self.accounts, matching=matching
        )

    async def check(self) -> None:
        """Run the section `check`, and read an account that cannot exist."""
        values: Values = {}
        for step in self.asked.check.steps:
            told = await self.asking.ask(step, values, purpose=Purpose.PROVE)
            if told.gone:
                raise Unsound("The server does not have what the section check asks for.")
            values = {**values, **told.taken}
        absent = self.asked.check.absent
        if absent is not None and await self.search.by_id(absent) is not None:
            raise Unsound("The server finds an account that cannot exist.")

    async def find(self, number: Number) -> Found:
        """Search for every spelling, and match again every number of every account that came back."""
        if self.asked.find is None:
            raise Unsound("The requests have no section find: without an index nothing can be found.")
        seen = await self.search.by_number(self.asked.find, number)
        held = [(account, self.accounts.held(account, number)) for account in seen]
        own = [self.accounts.record(account, kept, number=number) for account, kept in held if kept]
        return Found(records=tuple(own), strangers=len(seen) - len(own))

    async def holds(self, handle: str, number: Number) -> bool:
        """Whether this account uses the number now."""
        return await self.read(handle, number) is not None

    async def read(self, handle: str, number: Number) -> Record | None:
        """Read this one record as it is now; `None` when it does not use the number."""
        account = await self.search.by_id(self.accounts.own_id(handle))
        held = self.accounts.held(account, number) if account is not None else []
        return self.accounts.record(account, held, number=number) if account is not None and held else None

    async def unbind(self, handle: str, number: Number) -> Effect:
        """Run the section `unbind` on one account, and see that the number is off."""
        return await self._change(handle, number, kind=OrderKind.UNBIND)

    async def deregister(self, handle: str, number: Number) -> Effect:
        """Run the section `deregister` on one account, and see that it is closed or gone."""
        return await self._change(handle, number, kind=OrderKind.DEREGISTER)

    async def flag(self, handle: str, number: Number) -> Effect:
        """Run the section `flag` on one account that has the number still."""
        change = self.asked.flag
        if change is None:
            raise Unsupported
        account = await self.search.by_id(self.accounts.own_id(handle))
        held = self.accounts.held(account, number) if account is not None else []
        if account is None or not held:
            return Effect.GONE
        try:
            await Changing(self.asking).run(change, account, held=held)
        except Conflict:
            raise StoreDown("Somebody else has just changed the same account.") from None
        return Effect.DONE

    async def rehearse(self, handle: str, number: Number) -> str:
        """Nothing that was sent can be taken back: nothing is tried."""
        del handle, number
        return NOTHING_TRIED

    async def close(self) -> None:
        """Close the connections."""
        await self.asking.close()

    def _offered(self, kind: OrderKind) -> Change:
        change: Change | None = getattr(self.asked, kind)
        if kind not in self.store.can or change is None:
            raise Unsupported
        return change

    async def _change(self, handle: str, number: Number, *, kind: OrderKind) -> Effect:
        """Read, compare, change, and look again; from the beginning where somebody else came in between."""
        change, own_id = self._offered(kind), self.accounts.own_id(handle)
        begun, changing = False, Changing(self.asking)
        try:
            for _ in range(_TRIES):
                account = await self.search.by_id(own_id)
                held = self.accounts.held(account, number) if account is not None else []
                if account is None or not held:
                    return self._gone(kind, account, number=number)
                self.promises.check(kind, own_id, number=number)
                begun = True
                try:
                    await changing.run(change, account, held=held)
                except Conflict:
                    continue
                except Declined as declined:
                    return await self._declined(kind, account, number=number, changing=changing, why=declined)
                after = self._afterwards(account, await self.search.by_id(own_id), number=number)
                if changing.accepted and after is not None and after.falls_short(kind):
                    self.promises.take(kind, own_id, number=number)
                look(kind, after, who="The server")
                return Effect.DONE
        except Ambiguous as unclear:
            if begun:
                raise HalfDone(str(unclear)) from None
            raise
        raise StoreDown("Somebody else keeps changing the same account.")

    def _gone(self, kind: OrderKind, account: Account | None, *, number: Number) -> Effect:
        """Say that the number is gone; an account that was to be closed has to be gone as well."""
        if account is not None:
            self.promises.check_open(kind, account.own_id, number=number)
        return Effect.GONE

    async def _declined(
        self, kind: OrderKind, before: Account, *, number: Number, changing: Changing, why: Declined
    ) -> Effect:
        """Look at an account that the server declines to change; raises `Declined` where nothing was done."""
        after = self._afterwards(before, await self.search.by_id(before.own_id), number=number)
        if not changing.changed:
            if after is not None and after.has_number:
                raise why
            # Off all the same: somebody else was faster, and did it.
            return Effect.GONE
        try:
            look(kind, after, who="Before that it")
        except HalfDone as half:
            raise HalfDone(f"{why} {half}") from None
        words.error("agent:store:alarm", why=str(why))
        return Effect.DONE

    def _afterwards(self, before: Account, after: Account | None, *, number: Number) -> Afterwards | None:
        if after is None:
            return None
        return Afterwards(
            has_number=bool(self.accounts.held(after, number)), is_closed=False,
            lost_others=not self.accounts.others(before, number) <= self.accounts.others(after, number),
        )  # fmt: skip
