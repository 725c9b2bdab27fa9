"""Accounts as entries: what they are asked for, named by, and what a holder may see of them."""

import uuid
from collections.abc import Sequence
from datetime import UTC
from typing import TypeAlias

from jiebang.agent.connectors import instants
from jiebang.agent.connectors.contract import Listed, Record
from jiebang.agent.connectors.labels import masked
from jiebang.agent.connectors.ldap.directory import Directory, Entry, both, either, equals
from jiebang.agent.connectors.ldap.store import CONTROL, ENTRY_UUID, GUID, LdapStore
from jiebang.agent.connectors.ldap.written import STAMPS, instant, logged, stamped
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.errors import Ambiguous, UnknownRecord
from jiebang.domain.binding import Bound, RecordKind
from jiebang.domain.number import Number

_ACCOUNT = f"{RecordKind.ACCOUNT}-"
_UUID_HANDLES = {GUID.lower(), ENTRY_UUID.lower()}

Stored: TypeAlias = Sequence[tuple[str, bytes]]
"""Values of an account that are one number, exactly as they stand there, each with its attribute's name."""


class Accounts:
    """What the configuration says of accounts, put to use."""

    def __init__(self, store: LdapStore, matching: Matching) -> None:
        self.store = store
        self.matching = matching
        self.wanted = _wanted(store)
        self._is_guid = store.handle.lower() == GUID.lower()

    def with_number(self, number: Number) -> str:
        """Write the filter that fits accounts with the number, in any attribute and any spelling."""
        spelled = self.matching.spelled(number)
        return both(
            self.store.accounts, either(equals(name, text) for name in self.store.numbers for text in spelled)
        )

    def named(self, handle: str) -> str:
        """Write the filter that fits the account with this handle; raises `UnknownRecord` when none can."""
        return both(self.store.accounts, self.called(handle))

    def called(self, handle: str) -> str:
        """
        Write the filter that fits any entry with this handle, an account or not.

        A change may have taken away what made it an account: `accounts` may want that it has a number.
        """
        own_id = handle.removeprefix(_ACCOUNT)
        if own_id in {handle, ""}:
            raise UnknownRecord
        if self.store.handle.lower() not in _UUID_HANDLES:
            return equals(self.store.handle, own_id)
        try:
            own = uuid.UUID(own_id)
        except ValueError:
            raise UnknownRecord from None
        # There are other ways to write a UUID, and only one is the handle that was given out.
        if str(own) != own_id:
            raise UnknownRecord
        value = own.bytes_le if self._is_guid else own_id
        return equals(self.store.handle, value)

    def handle(self, entry: Entry) -> str:
        """Give an account's handle; raises `Ambiguous` when the directory does not show one."""
        value = next((value for _, value in entry.under(self.store.handle)), b"")
        if self._is_guid and len(value) == 16:  # noqa: PLR2004 - a GUID's octets
            return _ACCOUNT + str(uuid.UUID(bytes_le=value))
        text = "" if self._is_guid else entry.text(self.store.handle)
        if not text:
            raise Ambiguous(
                f"The directory shows no {self.store.handle} of an account: nothing can be ordered."
            )
        return _ACCOUNT + text

    def place(self, entry: Entry) -> str:
        """Give the name to write to; Active Directory takes one that stays when an entry moves."""
        return f"<GUID={self.handle(entry).removeprefix(_ACCOUNT)}>" if self._is_guid else entry.dn

    def stored(self, entry: Entry, number: Number) -> Stored:
        """The values of an account that are this number, as they stand there, with their attributes."""
        return [
            (name, value)
            for attribute in self.store.numbers
            for name, value in entry.under(attribute)
            if self._same(value, number)
        ]

    def others(self, entry: Entry, number: Number) -> set[bytes]:
        """The values in the places of an account's numbers that are not this one."""
        stand = {value for attribute in self.store.numbers for _, value in entry.under(attribute)}
        return stand - {value for _, value in self.stored(entry, number)}

    def unchanged(self, entry: Entry, stored: Stored) -> str:
        """Write the filter that fits an account as long as it is the same one and has the number."""
        own = self.named(self.handle(entry))
        return both(own, *(equals(name, value) for name, value in stored))

    def as_listed(self, entry: Entry) -> Listed:
        """Give an account as a list has it."""
        numbers = tuple(
            value.decode(errors="replace") for name in self.store.numbers for _, value in entry.under(name)
        )
        return Listed(handle=self.handle(entry), numbers=numbers)

    def as_record(self, entry: Entry, number: Number, *, directory: Directory) -> Record:
        """Give an account as its holder may see it."""
        label = next((text for name in self.store.label if (text := entry.text(name))), None)
        used = instant(entry.text(self.store.last_used)) if self.store.last_used else None
        return Record(
            handle=self.handle(entry), kind=RecordKind.ACCOUNT, record_class=self.store.record_class,
            label=masked(label), bound=self._bound(entry, number, directory=directory), last_used=used,
            other_logins=self._other_logins(entry, number),
            can=self.store.can, conditions=self.store.conditions,
        )  # fmt: skip

    def _bound(self, entry: Entry, number: Number, *, directory: Directory) -> Bound:
        stored = self.stored(entry, number)
        kept: object = None
        if self.store.bound_at is not None:
            text = entry.text(self.store.bound_at)
            kept = instant(text) or text
        elif self.store.accesslog is not None:
            kept = logged(
                directory, self.store.accesslog, own_id=self.handle(entry).removeprefix(_ACCOUNT),
                stored=stored, same=lambda text: self.matching.same(text, number),
            )  # fmt: skip
        elif self.store.is_ad and (stamp := stamped(entry, [name for name, _ in stored])) is not None:
            return stamp
        created = entry.text(self.store.created_at)
        return instants.bound(kept, instant(created) or created, zone=UTC)

    def _other_logins(self, entry: Entry, number: Number) -> int | None:
        """Count the ways in that are not this number; `None` where the configuration names none."""
        if not self.store.logins:
            return None
        values = {(name, value) for login in self.store.logins for name, value in entry.under(login)}
        return sum(not self._same(value, number) for _, value in values)

    def _same(self, value: bytes, number: Number) -> bool:
        try:
            return self.matching.same(value.decode(), number)
        except UnicodeDecodeError:
            return False


def _wanted(store: LdapStore) -> tuple[str, ...]:
    """List the attributes that are asked for, and no others."""
    names = [*store.numbers, store.handle, *store.label, *store.logins, store.created_at]
    names += [name for name in (store.bound_at, store.last_used) if name]
    names += [STAMPS, CONTROL] if store.is_ad else []
    names += [mark.attribute for mark in (store.disable, store.flag) if mark]
    names += ["uid"] if any(name.lower() == "memberuid" for name in store.groups) else []
    return tuple(dict.fromkeys(names))
