"""Pages: going through a search's reply to its end, or to where it goes in circles."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jiebang.agent.connectors.http.asking import Asking, Purpose, Told
from jiebang.agent.connectors.http.paths import Scalar
from jiebang.agent.connectors.http.shape import ADDRESSES, Pages, Search
from jiebang.agent.connectors.http.templates import Values
from jiebang.agent.errors import StoreRefuses

_TARGET = re.compile(r"<[^<>]*>")
Place = Mapping[str, Scalar | None]
"""Which page is meant: the one value that its request needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """One page: what stands in it, and where the search goes on."""

    nodes: list[Any] = field(repr=False)
    told: Told
    following: Place | None
    """`None`: it was the last."""


def first(search: Search) -> Place:
    """Say where a search begins."""
    match search.pages:
        case None:
            return {}
        case Pages(by="page") as pages:
            return {"page": pages.first}
        case Pages(by="offset"):
            return {"offset": 0}
        case _:
            return {"next": None}


async def turned(asking: Asking, search: Search, *, values: Values, begin: Place) -> AsyncIterator[Turned]:
    """
    Give page after page.

    A server that gives one page again and again has no more to give, or lies: it is not asked for ever.
    Raises `StoreRefuses` where the pages go in circles, however long these are.
    """
    path = search.ids or search.accounts
    place: Place | None = begin
    before: str | None = None
    circle = _Circle()
    while place is not None:
        told = await asking.ask(search.steps[0], {**values, **place}, purpose=Purpose.READ)
        nodes = path.nodes(told.said) if path is not None and not told.gone else []
        # Of numbered pages the last is followed by an empty one, or by itself once more.
        shown = repr(nodes) if "page" in place or "offset" in place else None
        if shown is not None and shown == before:
            return
        following = _following(search.pages, place, told=told, count=len(nodes))
        if following is not None and circle.closes(shown or repr(following)):
            raise StoreRefuses("The server's pages go in circles.")
        yield Turned(nodes=nodes, told=told, following=following)
        place, before = following, shown


class _Circle:
    """
    Finds out pages that go in circles, and remembers one of them (Brent's way to find a cycle).

    Which one is moved on after 1, 2, 4, 8 … pages: so it comes to lie within any circle, and to stay there
    for longer than the circle is.
    """

    def __init__(self) -> None:
        self._kept: str | None = None
        self._steps, self._until = 0, 1

    def closes(self, page: str) -> bool:
        """Take the next page, by what tells it from others; whether it was there before."""
        if page == self._kept:
            return True
        self._steps += 1
        if self._steps == self._until:
            self._kept, self._steps, self._until = page, 0, self._until * 2
        return False


def _following(pages: Pages | None, place: Place, *, told: Told, count: int) -> Place | None:
    """Say which page comes next."""
    if pages is None or told.gone or any(sign.shows(told.status, told.said) for sign in pages.last):
        return None
    if pages.by == "next":
        token = _token(pages, told)
        # No more is written as null, an empty text, 0 or false, from one interface to the next.
        return {"next": token} if token else None
    if count == 0:
        return None
    at = place[pages.by]
    return {pages.by: int(at or 0) + (1 if pages.by == "page" else count)}


def _token(pages: Pages, told: Told) -> Scalar | None:
    """Find the next page's token; of a link to it nothing else is taken, and the link is never followed."""
    header = (pages.next_header or "").lower()
    said: Scalar | None
    if pages.next is not None:
        said = pages.next.value(told.said)
    elif header == ADDRESSES:
        said = _next_address(told)
    else:
        said = told.headers.get(header)
    if said and pages.next_query is not None:
        return _part(str(said), pages.next_query)
    if str(said).startswith(("http://", "https://")):
        raise StoreRefuses(
            "The server gives a link to the next page; pages.next_query says what to take of it."
        )
    return said


def _next_address(told: Told) -> str | None:
    """Find the address of the next page; raises `StoreRefuses` where one is spoken of that cannot be read."""
    for relation, address in told.addresses.items():
        if "next" in relation.lower().split():
            return str(address)
    if any("next" in _TARGET.sub("", said).lower() for said in told.headers.getall("Link", [])):
        raise StoreRefuses("The server's header Link speaks of a next page, and no link in it leads there.")
    return None


def _part(address: str, name: str) -> str:
    """Take one part out of a link's query; a link without it leads nowhere, and is not the end."""
    try:
        return parse_qs(urlsplit(address).query)[name][0]
    except (KeyError, ValueError):
        raise StoreRefuses("The server's link to the next page has no part like pages.next_query.") from None
