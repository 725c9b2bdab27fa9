"""Pages: going through a search's reply to its end, or to where it goes in circles."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jiebang.agent.connectors.http.asking import Asking, Told
from jiebang.agent.connectors.http.paths import Scalar
from jiebang.agent.connectors.http.shape import Pages, Search
from jiebang.agent.connectors.http.templates import Values
from jiebang.agent.errors import StoreRefuses

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
    """
    path = search.ids or search.accounts
    place: Place | None = begin
    before: str | None = None
    while place is not None:
        told = await asking.ask(search.steps[0], {**values, **place})
        nodes = path.nodes(told.said) if path is not None and not told.gone else []
        # Of numbered pages the last is followed by an empty one, or by itself once more.
        shown = repr(nodes) if "page" in place or "offset" in place else None
        if shown is not None and shown == before:
            return
        following = _following(search.pages, place, told=told, count=len(nodes))
        if following is not None and following == place:
            raise StoreRefuses("The server's pages go in circles.")
        yield Turned(nodes=nodes, told=told, following=following)
        place, before = following, shown


def _following(pages: Pages | None, place: Place, *, told: Told, count: int) -> Place | None:
    """Say which page comes next."""
    if pages is None or told.gone:
        return None
    if pages.by == "next":
        token = _token(pages, told)
        return None if token in {None, ""} else {"next": token}
    if count == 0:
        return None
    at = place[pages.by]
    return {pages.by: int(at or 0) + (1 if pages.by == "page" else count)}


def _token(pages: Pages, told: Told) -> Scalar | None:
    if pages.next is not None:
        return pages.next.value(told.said)
    said = told.headers.get(pages.next_header or "")
    if said is None or pages.next_query is None:
        return said
    return next(iter(parse_qs(urlsplit(said).query).get(pages.next_query, [])), None)
