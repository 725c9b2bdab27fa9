"""Listing all accounts behind an HTTP interface, for an index: all at first, then what was changed since."""

import json
from collections.abc import AsyncGenerator
from typing import Any

from jiebang.agent.connectors.contract import Listed, Page
from jiebang.agent.connectors.http import paging
from jiebang.agent.connectors.http.connector import HttpConnector
from jiebang.agent.connectors.http.paths import Scalar
from jiebang.agent.connectors.http.shape import Listing
from jiebang.agent.errors import Unsupported


class HttpLister(HttpConnector):
    """An account store whose file of requests has a section `list`."""

    async def pages(self, mark: str | None) -> AsyncGenerator[Page]:
        """
        List all accounts, or go on after a page's mark; after the end, with what was changed since.

        A mark holds which page comes next, and how new the list said that it was when it was begun.
        """
        listing = self.asked.list
        if listing is None:
            raise Unsupported
        kept: dict[str, Any] = json.loads(mark) if mark else {}
        since, newness = kept.get("since"), kept.get("newness")
        begin: paging.Place = kept.get("place") or paging.first(listing)
        async for page in self.search.turned(listing, {"since": since}, begin=begin):
            newness = newness or _newness(listing, page)
            after = {"since": since, "newness": newness, "place": page.following}
            if page.following is None:
                after = {"since": newness or since}
            yield Page(accounts=await self._listed(listing, page), mark=json.dumps(after))

    async def _listed(self, listing: Listing, page: paging.Turned) -> tuple[Listed, ...]:
        """Read a page's accounts; one that is gone or closed is listed without a number."""
        if listing.ids is None:
            read = [self.accounts.read(node, taken={}) for node in page.nodes]
            return tuple(self.accounts.listed(account) for account in read)
        ids = dict.fromkeys(self.accounts.checked_id(node) for node in page.nodes)
        found = {account.own_id: account for account in await self.search.each(ids)}
        return tuple(
            self.accounts.listed(found[own_id])
            if own_id in found
            else Listed(handle=self.accounts.handle(own_id), numbers=())
            for own_id in ids
        )


def _newness(listing: Listing, page: paging.Turned) -> Scalar | None:
    if listing.since is not None:
        return listing.since.value(page.told.said)
    return page.told.headers.get(listing.since_header) if listing.since_header is not None else None
