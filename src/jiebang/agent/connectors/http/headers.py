"""Headers: what a reply's `Link` says (RFC 8288), however its server writes it."""

import re
from collections.abc import Iterator, Sequence

from jiebang.agent.errors import StoreRefuses

_PARAMETER = r"""\s*;\s*([^\s"<>;,=]*)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"<>;,]*)))?"""
_LINK = re.compile(rf"<([^<>]*)>((?:{_PARAMETER})*)")
_NEXT = re.compile(r"\bnext\b", re.IGNORECASE)


def next_address(headers: Sequence[str]) -> str | None:
    """
    Find the link to the next page; `None` where no link is one.

    Raises `StoreRefuses` where the next page is spoken of all the same: a list would end there unnoticed.
    """
    links = [(link[1], _relation(link[2])) for header in headers for link in _LINK.finditer(header)]
    for address, relation in links:
        if "next" in relation.lower().split():
            return address
    unread = [_LINK.sub("", header) for header in headers]
    if any(_NEXT.search(text) for text in [*unread, *(relation for _, relation in links)]):
        raise StoreRefuses("The server's header Link speaks of a next page, and no link in it leads there.")
    return None


def _relation(parameters: str) -> str:
    """Read what a link is for; only the first of several counts."""
    return next((value for name, value in _read(parameters) if name.lower() == "rel"), "")


def _read(parameters: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(_PARAMETER, parameters):
        name, *values = found.groups(default="")
        yield name, "".join(values)
