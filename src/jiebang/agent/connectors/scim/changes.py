"""
Changing SCIM accounts: one account, one value of it, and a look afterwards at all that it has.

Never is a list of numbers written: it would put back or take off what somebody else changed meanwhile.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from jiebang.agent.connectors.afterwards import Afterwards, look
from jiebang.agent.connectors.contract import Effect
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.promises import Promises
from jiebang.agent.connectors.scim.accounts import Account, numbers, stored
from jiebang.agent.connectors.scim.http import ScimHttp, Written, version
from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.agent.connectors.web import Reply
from jiebang.agent.errors import Ambiguous, HalfDone, StoreDown, Unsound, Unsupported
from jiebang.domain.binding import OrderKind
from jiebang.domain.number import Number

_TRIES = 3
"""How often a change is tried when somebody else changes the same account at the same time."""
_ABSENT = "+10000000000"
"""A value that no account can have: no numbering plan has this number."""


class Changes:
    """The two changes that can be ordered, each compared before and looked at after."""

    def __init__(
        self, http: ScimHttp, store: ScimStore, *, matching: Matching, now: Callable[[], datetime]
    ) -> None:
        self.http = http
        self.store = store
        self.matching = matching
        self.promises = Promises(now)

    async def make(self, kind: OrderKind, own_id: str, *, number: Number) -> Effect:
        """Read, compare, change what was read and nothing newer, and look again."""
        if kind not in self.store.can:
            raise Unsupported
        for _ in range(_TRIES):
            account = await self.http.account(own_id)
            own = stored(account.said, number, by=self.matching) if account else []
            if account is None or not own:
                if account is not None and account.said.get("active") is not False:
                    self.promises.check_open(kind, own_id, number=number)
                return Effect.GONE
            self.promises.check(kind, own_id, number=number)
            said = await self._write(kind, account, own_id=own_id, own=own)
            if said is not Written.NEWER:
                await self._look(kind, account.said, own_id=own_id, number=number, said=said)
                # Declined, and yet off: somebody else was faster, and did the same.
                return Effect.GONE if said is Written.DECLINED else Effect.DONE
        raise StoreDown("Somebody else keeps changing the same account.")

    async def rehearse(self, own_id: str) -> bool:
        """
        Take off a number that is not there; `False` where no order would take one off.

        Raises `Unsound` when that changes which numbers are there.
        """
        if OrderKind.UNBIND not in self.store.can and self.store.deregister == "delete":
            return False
        account = await self.http.account(own_id)
        if account is None:
            return False
        await self.http.patch(own_id, _removals([_ABSENT]), version=version(account))
        after = await self.http.account(own_id)
        if after is None or set(numbers(after.said)) != set(numbers(account.said)):
            raise Unsound(
                "The SCIM server takes off numbers that it was not told to: it knows no value filter."
            )
        return True

    async def _write(self, kind: OrderKind, account: Reply, *, own_id: str, own: Sequence[str]) -> Written:
        """Send one change for the version that was read."""
        if kind is OrderKind.DEREGISTER and self.store.deregister == "delete":
            return await self.http.delete(own_id, version=version(account))
        steps = _removals(own)
        if kind is OrderKind.DEREGISTER:
            steps.append({"op": "replace", "path": "active", "value": False})
        return await self.http.patch(own_id, steps, version=version(account))

    async def _look(
        self, kind: OrderKind, before: Account, *, own_id: str, number: Number, said: Written
    ) -> None:
        try:
            reply = await self.http.account(own_id)
        except Ambiguous as unclear:
            raise HalfDone(str(unclear)) from None
        account = None if reply is None else self._afterwards(before, reply.said, number=number)
        if account is not None and account.has_number and said is Written.DECLINED:
            raise Ambiguous("The SCIM server declines the change, and the account has the number still.")
        if account is not None and account.falls_short(kind) and said is Written.ACCEPTED:
            self.promises.take(kind, own_id, number=number)
        look(kind, account, who="The SCIM server")

    def _afterwards(self, before: Account, after: Account, *, number: Number) -> Afterwards:
        others = {value for value in numbers(before) if not self.matching.same(value, number)}
        return Afterwards(
            has_number=bool(stored(after, number, by=self.matching)),
            is_closed=after.get("active") is False, lost_others=not others <= set(numbers(after)),
        )  # fmt: skip


def _removals(values: Sequence[str]) -> list[Mapping[str, Any]]:
    return [
        {"op": "remove", "path": f"phoneNumbers[value eq {json.dumps(value, ensure_ascii=False)}]"}
        for value in values
    ]
