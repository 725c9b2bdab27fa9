"""
Account stores behind SCIM 2.0 (RFC 7643, RFC 7644).

SCIM says when an account was created and never when its number was bound, so no record here is more exact.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from jiebang.agent.connectors import instants
from jiebang.agent.connectors.contract import Effect, Found, Record
from jiebang.agent.connectors.labels import masked
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.scim.http import ScimHttp, version
from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.agent.connectors.web import Reply
from jiebang.agent.errors import Ambiguous, StoreDown, UnknownRecord, Unsound, Unsupported
from jiebang.domain.binding import OrderKind, RecordKind
from jiebang.domain.number import Number

_ACCOUNT = f"{RecordKind.ACCOUNT}-"
_TRIES = 3
"""How often a change is tried when somebody else changes the same account at the same time."""

Account = Mapping[str, Any]


class ScimConnector:
    """An account store behind SCIM, reached over an open HTTP session."""

    width = 4

    def __init__(self, store: ScimStore, matching: Matching) -> None:
        self.store = store
        self.matching = matching
        self.http = ScimHttp(store)

    async def check(self) -> None:
        """Ask for a record that cannot exist: the server must know it not, and not refuse the question."""
        if (await self.http.get("00000000-0000-0000-0000-000000000000")).status != 404:  # noqa: PLR2004 - not found
            raise Unsound("The SCIM server finds an account that cannot exist.")

    async def find(self, number: Number) -> Found:
        """Search for every spelling, and match again every number of every account that came back."""
        searches = [self._search(spelled) for spelled in self.matching.spelled(number)]
        pages = await asyncio.gather(*searches)
        seen = {str(account.get("id")): account for accounts in pages for account in accounts}
        self.matching.check_cap(len(seen))
        own = [self._as_record(account, number) for account in seen.values() if self._stored(account, number)]
        return Found(records=tuple(own), strangers=len(seen) - len(own))

    async def holds(self, handle: str, number: Number) -> bool:
        """Whether this account uses the number now."""
        reply = await self._read(_own_id(handle))
        return reply is not None and bool(self._stored(reply.said, number))

    async def unbind(self, handle: str, number: Number) -> Effect:
        """Remove from one account every value that is this number, in whatever spelling it stands there."""
        return await self._change(handle, number, kind=OrderKind.UNBIND)

    async def deregister(self, handle: str, number: Number) -> Effect:
        """Delete one account, or deactivate it and take the number off, as the configuration says."""
        return await self._change(handle, number, kind=OrderKind.DEREGISTER)

    async def flag(self, handle: str, number: Number) -> Effect:
        """SCIM has no attribute that would mean it: nothing can be marked."""
        del handle, number
        raise Unsupported

    async def rehearse(self, handle: str, number: Number) -> bool:
        """SCIM has no way to take a change back: nothing is tried."""
        del handle, number
        return False

    async def close(self) -> None:
        """Close the connections."""
        await self.http.close()

    async def _change(self, handle: str, number: Number, *, kind: OrderKind) -> Effect:
        """Read, compare, change what was read and nothing newer, and look again."""
        if kind not in self.store.can:
            raise Unsupported
        own_id = _own_id(handle)
        for _ in range(_TRIES):
            account = await self._read(own_id)
            stored = self._stored(account.said, number) if account else []
            if account is None or not stored:
                return Effect.GONE
            taken = await self._write(kind, account, own_id=own_id, stored=stored)
            if taken and not await self.holds(handle, number):
                return Effect.DONE
            if taken:
                raise Ambiguous("The SCIM server took the change, and the account has the number still.")
        raise StoreDown("Somebody else keeps changing the same account.")

    async def _write(self, kind: OrderKind, account: Reply, *, own_id: str, stored: Sequence[str]) -> bool:
        """Send one change for the version that was read; `False` when there is a newer one (412)."""
        if kind is OrderKind.DEREGISTER and self.store.deregister == "delete":
            return await self.http.delete(own_id, version=version(account))
        steps: list[dict[str, Any]] = [
            {"op": "remove", "path": f"phoneNumbers[value eq {json.dumps(value, ensure_ascii=False)}]"}
            for value in stored
        ]
        if kind is OrderKind.DEREGISTER:
            steps.append({"op": "replace", "path": "active", "value": False})
        return await self.http.patch(own_id, steps, version=version(account))

    async def _read(self, own_id: str) -> Reply | None:
        reply = await self.http.get(own_id)
        if reply.status == 404:  # noqa: PLR2004 - not found
            return None
        if reply.said.get("id") != own_id:
            raise Ambiguous("The SCIM server gave another account than the one it was asked for.")
        return reply

    async def _search(self, spelled: str) -> list[Account]:
        """Take every page of what the server finds, up to one account more than the cap allows."""
        value = json.dumps(spelled, ensure_ascii=False)
        question = (
            f"phoneNumbers[value eq {value}]"
            if self.store.filter == "bracket"
            else f"phoneNumbers.value eq {value}"
        )
        found: list[Account] = []
        while True:
            page = await self.http.search(question, start=len(found) + 1, most=self.matching.most + 1)
            total, accounts = page.get("totalResults", 0), page.get("Resources", [])
            self.matching.check_cap(total)
            found += accounts
            if len(found) >= total or not accounts:
                return found

    def _stored(self, account: Account, number: Number) -> list[str]:
        """The values of an account that are this number, exactly as they stand there, none twice."""
        values = [entry.get("value") for entry in account.get("phoneNumbers") or []]
        return list(dict.fromkeys(str(value) for value in values if self.matching.same(value, number)))

    def _as_record(self, account: Account, number: Number) -> Record:
        name = account.get("userName")
        # A login name is a way in of its own (RFC 7643 §4.1.1), unless it is the number once more.
        other = bool(name) and not self.matching.same(name, number)
        created = (account.get("meta") or {}).get("created")
        return Record(
            handle=_ACCOUNT + str(account.get("id")), kind=RecordKind.ACCOUNT,
            record_class=self.store.record_class, label=masked(account.get("displayName") or name),
            bound=instants.bound(None, created, zone=UTC),
            other_logins=1 if other else None,
            can=self.store.can, conditions=self.store.conditions,
        )  # fmt: skip


def _own_id(handle: str) -> str:
    own_id = handle.removeprefix(_ACCOUNT)
    # A path would give dots a meaning of their own.
    if own_id == handle or own_id in {"", ".", ".."}:
        raise UnknownRecord
    return own_id
