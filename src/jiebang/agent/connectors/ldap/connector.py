"""
Account stores behind LDAP v3 (RFC 4511), and Active Directory.

A number is taken off by deleting exactly the value that was read: the directory itself compares, and an
attribute is never written over.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from datetime import datetime
from typing import Protocol

from jiebang.agent.connectors.afterwards import Afterwards, look
from jiebang.agent.connectors.contract import Effect, Found, Page, Record
from jiebang.agent.connectors.ldap.accounts import Accounts, Stored
from jiebang.agent.connectors.ldap.closing import (
    Steps,
    check_seen,
    disabled,
    drop,
    is_closed,
    marked,
    taken_off,
)
from jiebang.agent.connectors.ldap.connections import Connections
from jiebang.agent.connectors.ldap.directory import Directory, Entry
from jiebang.agent.connectors.ldap.listing import listed
from jiebang.agent.connectors.ldap.showing import check_numbers_shown, check_some_shown
from jiebang.agent.connectors.ldap.sound import check_sound
from jiebang.agent.connectors.ldap.store import LdapStore
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.errors import (
    Ambiguous,
    HalfDone,
    StoreDown,
    StoreRefuses,
    StoreTrouble,
    Unsound,
    Unsupported,
)
from jiebang.domain.binding import OrderKind
from jiebang.domain.number import Number

_TRIES = 3
"""How often a change is tried when somebody else changes the same account at the same time."""
_NOT_DELETED = "The number was taken off and put back, in one piece; to delete the entry was not tried."
_STAYS_IN_GROUPS = (
    " connector.groups names nothing: a deleted account stays in its groups, unless the directory sees to it."
)
_NO_ACCOUNTS = re.compile(
    r"^ldaps?://[^/]*/(?:CN=Configuration|DC=(?:Domain|Forest)DnsZones),", re.IGNORECASE
)
"""Parts of every domain of Active Directory that hold no accounts, and are named as if elsewhere."""


class _Write(Protocol):
    """Writes to one entry that has the number; `False` when it is not as it was read."""

    def __call__(self, directory: Directory, entry: Entry, *, stored: Stored) -> bool: ...


class LdapConnector:
    """An account store behind LDAP, reached over a few connections."""

    width = 4
    takes_back = False

    def __init__(self, store: LdapStore, matching: Matching, *, now: Callable[[], datetime]) -> None:
        self.store = store
        self.matching = matching
        self.now = now
        self.accounts = Accounts(store, matching)
        self.connections = Connections(store)

    async def check(self) -> None:
        """See that the places and attributes that the configuration names are there; raises `Unsound`."""
        await asyncio.to_thread(self._check)

    async def find(self, number: Number) -> Found:
        """Search for every spelling in every attribute, and match again whatever came back."""
        return await asyncio.to_thread(self._find, number)

    async def holds(self, handle: str, number: Number) -> bool:
        """Whether this account uses the number now."""
        return await asyncio.to_thread(self._holds, handle, number)

    async def read(self, handle: str, number: Number) -> Record | None:
        """Read this one account as it is now; `None` when it does not use the number."""
        return await asyncio.to_thread(self._record, handle, number)

    async def unbind(self, handle: str, number: Number) -> Effect:
        """Delete from one account every value that is this number, and no other."""
        return await asyncio.to_thread(self._change, handle, number, kind=OrderKind.UNBIND)

    async def deregister(self, handle: str, number: Number) -> Effect:
        """Delete one account, or disable it and take the number off, as the configuration says."""
        return await asyncio.to_thread(self._change, handle, number, kind=OrderKind.DEREGISTER)

    async def flag(self, handle: str, number: Number) -> Effect:
        """Add the configured value to one account that has the number still."""
        return await asyncio.to_thread(self._flag, handle, number)

    async def rehearse(self, handle: str, number: Number) -> str:
        """
        Take the number off and put it back, in one piece, and the same with the marks that are configured.

        Gives words where deleting an entry is not tried.

        The directory writes down when: for the canary alone, whose past nobody asks for.
        """
        return await asyncio.to_thread(self._rehearse, handle, number)

    async def pages(self, mark: str | None) -> AsyncGenerator[Page]:
        """List all accounts, or those changed since; see `listing`."""
        pages = listed(self.connections, self.accounts, mark=mark, now=self.now())
        try:
            while (page := await asyncio.to_thread(next, pages, None)) is not None:
                yield page
        finally:
            pages.close()

    async def close(self) -> None:
        """Close the connections."""
        self.connections.close()

    def _check(self) -> None:
        with self.connections.lease() as directory:
            check_sound(directory, self.store)
        try:
            with self.connections.lease() as directory:
                check_some_shown(directory, self.accounts)
        except Unsound:
            raise
        except StoreTrouble:
            # Not every directory lists its accounts, and it need not: then the canary alone is to prove it.
            return

    def _find(self, number: Number) -> Found:
        question = self.accounts.with_number(number)
        with self.connections.lease() as directory:
            found = directory.search(
                self.store.tree, question, wanted=self.accounts.wanted, most=self.matching.most + 1
            )
            self.matching.check_cap(len(found.entries))
            if found.cut:
                raise StoreRefuses("The directory gives fewer entries at once than most_records.")
            own = [entry for entry in found.entries if self.accounts.stored(entry, number)]
            records = [self.accounts.as_record(entry, number, directory=directory) for entry in own]
        if len({record.handle for record in records}) < len(records):
            raise Ambiguous("The directory gave one account twice for one number; nothing was answered.")
        return Found(
            records=tuple(records), strangers=len(found.entries) - len(records),
            complete=all(_NO_ACCOUNTS.match(uri) for uri in found.elsewhere),
        )  # fmt: skip

    def _holds(self, handle: str, number: Number) -> bool:
        named = self.accounts.named(handle)
        with self.connections.lease() as directory:
            entry = self._read(directory, handle, named=named)
        return entry is not None and bool(self.accounts.stored(entry, number))

    def _record(self, handle: str, number: Number) -> Record | None:
        named = self.accounts.named(handle)
        with self.connections.lease() as directory:
            entry = self._read(directory, handle, named=named)
            if entry is None or not self.accounts.stored(entry, number):
                return None
            return self.accounts.as_record(entry, number, directory=directory)

    def _change(self, handle: str, number: Number, *, kind: OrderKind) -> Effect:
        """Read, compare, change what was read and nothing newer, and look again."""
        if kind not in self.store.can:
            raise Unsupported
        write = self._close if kind is OrderKind.DEREGISTER else self._take_off
        return self._done(handle, number, write=write, kind=kind)

    def _flag(self, handle: str, number: Number) -> Effect:
        if self.store.flag is None:
            raise Unsupported
        return self._done(handle, number, write=self._mark, kind=None)

    def _done(self, handle: str, number: Number, *, write: _Write, kind: OrderKind | None) -> Effect:
        """Write to one account that has the number, and look what became of it where that is an order."""
        named = self.accounts.named(handle)
        with self.connections.lease() as directory:
            for _ in range(_TRIES):
                entry = self._read(directory, handle, named=named)
                stored = self.accounts.stored(entry, number) if entry else []
                if entry is None or not stored:
                    return Effect.GONE
                if write(directory, entry, stored=stored):
                    if kind is not None:
                        after = self._read_after(directory, handle, before=entry)
                        became = self._afterwards(directory, entry, after=after, number=number)
                        look(kind, became, who="The directory")
                    return Effect.DONE
        raise StoreDown("Somebody else keeps changing the same account.")

    def _read_after(self, directory: Directory, handle: str, *, before: Entry) -> Entry | None:
        """Read one account where it was, account or not any more; or wherever in the tree it is now."""
        place, called = self.accounts.place(before), self.accounts.called(handle)
        try:
            after = directory.read(place, self.accounts.wanted, question=called)
            if after is None:
                return self._read(directory, handle, named=self.accounts.named(handle))
            return self._same(after, handle)
        except Ambiguous as unclear:
            raise HalfDone(str(unclear)) from None

    def _afterwards(
        self, directory: Directory, before: Entry, *, after: Entry | None, number: Number
    ) -> Afterwards | None:
        if after is None:
            return None
        return Afterwards(
            has_number=bool(self.accounts.stored(after, number)),
            is_closed=is_closed(directory, after, accounts=self.accounts),
            lost_others=not self.accounts.others(before, number) <= self.accounts.others(after, number),
        )  # fmt: skip

    def _take_off(self, directory: Directory, entry: Entry, *, stored: Stored) -> bool:
        only_if = self.accounts.unchanged(entry, stored)
        return directory.modify(self.accounts.place(entry), taken_off(stored), only_if=only_if)

    def _close(self, directory: Directory, entry: Entry, *, stored: Stored) -> bool:
        only_if = self.accounts.unchanged(entry, stored)
        if self.store.deregister == "delete":
            return drop(directory, entry, accounts=self.accounts, only_if=only_if)
        changes = taken_off(stored) | disabled(self.accounts, entry)
        return directory.modify(self.accounts.place(entry), changes, only_if=only_if)

    def _mark(self, directory: Directory, entry: Entry, *, stored: Stored) -> bool:
        marks = marked(self.accounts, entry)
        only_if = self.accounts.unchanged(entry, stored)
        return marks is None or directory.modify(self.accounts.place(entry), marks, only_if=only_if)

    def _rehearse(self, handle: str, number: Number) -> str:
        named = self.accounts.named(handle)
        deletes = OrderKind.DEREGISTER in self.store.can and self.store.deregister == "delete"
        with self.connections.lease() as directory:
            entry = self._read(directory, handle, named=named)
            stored = self.accounts.stored(entry, number) if entry else []
            if entry is None or not stored:
                raise Ambiguous("The account does not have the number any more.")
            check_numbers_shown(directory, entry, accounts=self.accounts)
            changes: Mapping[str, Steps] = taken_off(stored, back=True)
            if OrderKind.DEREGISTER in self.store.can and not deletes:
                check_seen(directory, entry, accounts=self.accounts)
                changes = {**changes, **disabled(self.accounts, entry, really=False)}
            # What may be closed by an attribute may be flagged by it.
            changes = {**(marked(self.accounts, entry, back=True) or {}), **changes}
            was_closed = is_closed(directory, entry, accounts=self.accounts)
            tried = directory.modify(self.accounts.place(entry), changes)
            after = self._read(directory, handle, named=named)
            if not tried or after is None or not self.accounts.stored(after, number):
                raise Ambiguous("The directory did not take the number off and put it back in one piece.")
            if is_closed(directory, after, accounts=self.accounts) != was_closed:
                raise HalfDone("A closing was only tried, and the account is not open or closed as it was.")
        if not deletes:
            return ""
        return _NOT_DELETED if self.store.groups or self.store.is_ad else _NOT_DELETED + _STAYS_IN_GROUPS

    def _read(self, directory: Directory, handle: str, *, named: str) -> Entry | None:
        """Read one account by its handle, wherever in the tree it is now."""
        found = directory.search(self.store.tree, named, wanted=self.accounts.wanted, most=2)
        if len(found.entries) > 1:
            raise Ambiguous("The directory has several accounts of one handle.")
        return self._same(found.entries[0], handle) if found.entries else None

    def _same(self, entry: Entry, handle: str) -> Entry:
        if self.accounts.handle(entry) != handle:
            raise Ambiguous("The directory gave another account than the one it was asked for.")
        return entry
