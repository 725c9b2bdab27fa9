"""One connection to a directory: the four requests that are made of it, every value escaped."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import ldap3
from ldap3.core import results
from ldap3.core.exceptions import (
    LDAPAssertionFailedResult,
    LDAPNoSuchAttributeResult,
    LDAPNoSuchObjectResult,
)
from ldap3.operation.search import compile_filter, parse_filter
from ldap3.utils.asn1 import encode  # type: ignore[attr-defined]  # the stubs leave it out
from ldap3.utils.conv import escape_bytes

from jiebang.agent.connectors.ldap.troubles import check_code, told_apart

Changes: TypeAlias = Mapping[str, Sequence[tuple[Any, Sequence[bytes | str]]]]
"""What becomes of attributes, in this order and in one piece: an operation of the library, and values."""
_ASSERTION = "1.3.6.1.1.12"
_PAGED = "1.2.840.113556.1.4.319"
NONE = ("1.1",)
"""Asks for no attribute at all (RFC 4511 §4.5.1.8)."""


def equals(attribute: str, value: bytes | str) -> str:
    """
    Write a filter that compares an attribute with a value.

    Each octet is written as an escape: no character of a value has a meaning, not even a space at its end,
    which the library would cut off.
    """
    return f"({attribute}={escape_bytes(value)})"


def both(*filters: str) -> str:
    """Write a filter that all of these make together."""
    return f"(&{''.join(filters)})"


def either(filters: Iterable[str]) -> str:
    """Write a filter that is true where one of these is."""
    return f"(|{''.join(filters)})"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a directory, as it was read."""

    dn: str = field(repr=False)
    attributes: Mapping[str, Sequence[bytes]] = field(repr=False)
    """Values by attribute, as the directory writes its name: options may follow it (RFC 4512 §2.5)."""

    def under(self, name: str) -> Iterator[tuple[str, bytes]]:
        """Give an attribute's values, each with the whole name under which it stands."""
        for written, values in self.attributes.items():
            if written.partition(";")[0].lower() == name.lower():
                yield from ((written, value) for value in values)

    def text(self, name: str) -> str | None:
        """Give an attribute's first value as text; `None` where it has none, or none that is text."""
        for _, value in self.under(name):
            try:
                return value.decode()
            except UnicodeDecodeError:
                return None
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What a search brought."""

    entries: Sequence[Entry]
    elsewhere: Sequence[str] = ()
    """Addresses of other servers that have other parts of the tree."""
    cut: bool = False
    """Whether there is more than was given."""
    cookie: bytes = b""
    """Where the next page begins; empty after the last one."""


class Directory:
    """One open connection, which one thread uses at a time."""

    def __init__(self, connection: ldap3.Connection, *, patience: int) -> None:
        """Take an open connection, on which an answer may take so many seconds."""
        self.connection = connection
        self._search_seconds = max(1, patience * 4 // 5)
        """After these the directory is to say that a search has not come to its end."""

    @cached_property
    def controls(self) -> frozenset[str]:
        """Which extensions the directory knows; none where it does not tell."""
        root = self.read("", ("supportedControl",))
        return (
            frozenset(value.decode() for _, value in root.under("supportedControl")) if root else frozenset()
        )

    def read(self, dn: str, wanted: Sequence[str], *, question: str = "(objectClass=*)") -> Entry | None:
        """Read the entry of this name, if a filter fits it; `None` when there is none."""
        with told_apart():
            try:
                found = self._sought(dn, question, search_scope=ldap3.BASE, attributes=list(wanted))
            except LDAPNoSuchObjectResult:
                return None
        return found.entries[0] if found.entries else None

    def search(self, tree: str, question: str, *, wanted: Sequence[str], most: int) -> Sought:
        """Search for at most so many entries."""
        with told_apart():
            return self._sought(tree, question, attributes=list(wanted), size_limit=most)

    def page(self, tree: str, question: str, *, wanted: Sequence[str], size: int, cookie: bytes) -> Sought:
        """Take one page of all that there is (RFC 2696); its cookie is good on this connection only."""
        place: dict[str, Any] = {"paged_size": size, "paged_cookie": cookie or None}
        with told_apart():
            return self._sought(tree, question, attributes=list(wanted), paged_criticality=True, **place)

    def modify(self, dn: str, changes: Changes, *, only_if: str | None = None) -> bool:
        """
        Change one entry in one piece; `False` when it is not as it was read.

        `only_if` is a filter that must fit the entry, where the directory can see to it (RFC 4528).
        """
        controls = self._asserted(only_if)
        return self._written(lambda: self.connection.modify(dn, dict(changes), controls=controls))

    def drop(self, dn: str, *, only_if: str) -> bool:
        """Delete one entry; `False` when it is not as it was read, or gone."""
        controls = self._asserted(only_if)
        return self._written(lambda: self.connection.delete(dn, controls=controls))

    def close(self) -> None:
        """Hang up."""
        self.connection.strategy.close()

    def _asserted(self, only_if: str | None) -> list[tuple[str, bool, bytes]] | None:
        if only_if is None or _ASSERTION not in self.controls:
            return None
        tree = parse_filter(only_if, None, False, False, None, False)  # noqa: FBT003 - the library's order
        return [(_ASSERTION, True, encode(compile_filter(tree.elements[0])))]

    def _written(self, write: Callable[[], object]) -> bool:
        with told_apart():
            try:
                write()
            except (LDAPAssertionFailedResult, LDAPNoSuchAttributeResult, LDAPNoSuchObjectResult):
                return False
            check_code(self.connection.result)
        return True

    def _sought(self, tree: str, question: str, **asked: Any) -> Sought:  # noqa: ANN401 - as the library takes it
        """Search, and leave out what is no entry."""
        asked |= {"time_limit": self._search_seconds, "dereference_aliases": "NEVER"}
        self.connection.search(tree, question, **asked)
        result, response = self.connection.result, self.connection.response or []
        check_code(result)
        entries = [
            Entry(said["dn"], said["raw_attributes"]) for said in response if said["type"] == "searchResEntry"
        ]
        refs = [uri for said in response if said["type"] == "searchResRef" for uri in said["uri"]]
        paged = (result.get("controls") or {}).get(_PAGED) or {}
        return Sought(
            entries=entries, elsewhere=refs, cut=result["result"] == results.RESULT_SIZE_LIMIT_EXCEEDED,
            cookie=(paged.get("value") or {}).get("cookie") or b"",
        )  # fmt: skip
