"""What stands in a SCIM account (RFC 7643 §4.1) and in a list of them; nothing in it is taken for granted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.web import Reply
from jiebang.agent.errors import Unsound
from jiebang.domain.number import Number

Account = Mapping[str, Any]


class Listing(NamedTuple):
    """One list response: the accounts in it, and how many there are in all, as the server says."""

    accounts: list[Account]
    total: int
    at: datetime | None = None
    """When it was told, by the server's own clock."""


def read_list(reply: Reply) -> Listing:
    """Read a list response (RFC 7644 §3.4.2); raises `Unsound` for what is none."""
    said = reply.said
    total, accounts = said.get("totalResults", 0), said.get("Resources") or []
    if not isinstance(total, int) or not isinstance(accounts, list):
        raise Unsound("The SCIM server's list is none.")
    if not all(isinstance(account, dict) and account.get("id") for account in accounts):
        raise Unsound("The SCIM server's list holds accounts without an id.")
    return Listing(accounts, total, reply.at)


def own_id(account: Account) -> str:
    """Give the name by which the server knows an account."""
    return str(account["id"])


def own_ids(accounts: list[Account]) -> list[str]:
    """Give the names of accounts, in their order."""
    return [own_id(account) for account in accounts]


def numbers(account: Account) -> tuple[str, ...]:
    """List the numbers of an account exactly as they stand there."""
    entries = account.get("phoneNumbers")
    values = (
        [entry.get("value") for entry in entries if isinstance(entry, dict)]
        if isinstance(entries, list)
        else []
    )
    return tuple(str(value) for value in values if value)


def told(account: Account, name: str) -> str | None:
    """Read one of the texts in an account's `meta`; `None` where there is none."""
    meta = account.get("meta")
    text = meta.get(name) if isinstance(meta, dict) else None
    return text if isinstance(text, str) and text else None


def stored(account: Account, number: Number, *, by: Matching) -> list[str]:
    """The values of an account that are this number, exactly as they stand there, none twice."""
    return list(dict.fromkeys(value for value in numbers(account) if by.same(value, number)))
