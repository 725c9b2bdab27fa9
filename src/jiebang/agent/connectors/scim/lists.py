"""
Lists of accounts (RFC 7644 §3.4.2.4); none is believed unless it adds up.

While its pages are taken, accounts come and go, and what lies behind them moves. So each page is asked for
from the last account of the one before: where that stands elsewhere now, the list has moved, and it is looked
for nearby. A page with nothing behind that account is the end, whatever total was told.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from jiebang.agent.connectors.scim.accounts import Account, Listing, own_ids
from jiebang.agent.connectors.scim.http import ScimHttp
from jiebang.agent.errors import Ambiguous, StoreDown, Unsound

PAGE = 100
"""Accounts that are asked for in one page; a server may give fewer."""
_NEARBY = 100
"""How many accounts may go between two pages of a list that is followed all the same."""
_TRIES = 3
"""How often a list is taken anew when it does not hold still."""


class Moved(Exception):  # noqa: N818 - named as what happened
    """A list has moved further between two pages than it can be followed."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a list was taken: so many accounts are behind, and this is the last of them."""

    behind: int = 0
    last: str | None = None


class Step(NamedTuple):
    """The next accounts of a list, the place behind them, and how many there are, as the server says."""

    accounts: list[Account]
    place: Place
    total: int
    at: datetime | None = None


async def walk(http: ScimHttp, place: Place = Place(), *, question: str | None = None) -> AsyncIterator[Step]:
    """
    Take a list page by page, from a place on; each account that stays is in it once.

    Raises `Moved`, or `Unsound` when there are fewer accounts than the server says.
    """
    while True:
        step = await _after(http, place, question=question)
        if not step.accounts:
            if step.total > step.place.behind:
                raise Unsound("The SCIM server gives fewer accounts than it says that there are.")
            return
        yield step
        place = step.place


async def take_all(http: ScimHttp, *, paged: bool, most: int) -> list[Account]:
    """Take all accounts at once or page by page; raises `Unsound` when they are more than `most`."""
    twice = False
    for _ in range(_TRIES):
        try:
            accounts = await (_every_page(http, most) if paged else _at_once(http, most))
        except Moved:
            twice = False
            continue
        twice = len(set(own_ids(accounts))) < len(accounts)
        if not twice:
            return accounts
    if twice:
        raise Ambiguous("The SCIM server gives one account twice in one list; nothing was answered.")
    raise StoreDown("The SCIM server's list keeps changing while it is read.")


async def whole(http: ScimHttp, *, question: str | None = None) -> Listing:
    """Take a list that comes at once; raises `Unsound` when it is a part of one."""
    listing = await http.whole(question)
    if listing.total != len(listing.accounts):
        raise Unsound('The SCIM server gives a part of its accounts at once; set connector.find = "pages".')
    return listing


async def _at_once(http: ScimHttp, most: int) -> list[Account]:
    listing = await whole(http)
    _check_cap(listing.total, most)
    return listing.accounts


async def _every_page(http: ScimHttp, most: int) -> list[Account]:
    accounts: list[Account] = []
    async for step in walk(http):
        _check_cap(max(step.total, step.place.behind), most)
        accounts += step.accounts
    return accounts


def _check_cap(count: int, most: int) -> None:
    if count > most:
        raise Unsound(
            f"The SCIM server lists more than connector.most_accounts ({most}): they are too many to be"
            " fetched for every question. Make an index, or raise the limit."
        )


async def _after(http: ScimHttp, place: Place, *, question: str | None) -> Step:
    """Find the last account of the page before, and take what is behind it."""
    if place.last is None:
        return _step(await http.page(1, PAGE, question=question), behind=0)
    start, page = await _around(http, place, question=question)
    ids = own_ids(page.accounts)
    at = max(at for at, own in enumerate(ids) if own == place.last)
    rest = Listing(page.accounts[at + 1 :], page.total, page.at)
    found = Place(start + at, place.last)
    if rest.accounts or page.total <= found.behind:
        return _step(rest, behind=found.behind, last=found.last)
    # A server that gives one account a page has no room for the one that was seen already.
    page = await http.page(found.behind + 1, PAGE, question=question)
    if set(ids) & set(own_ids(page.accounts)):
        raise Unsound("The SCIM server gives the same page again and again: it knows no startIndex.")
    return _step(page, behind=found.behind, last=found.last)


async def _around(http: ScimHttp, place: Place, *, question: str | None) -> tuple[int, Listing]:
    """Take the page in which the last account is, and say where that begins; raises `Moved`."""
    start = place.behind
    while True:
        page = await http.page(start, PAGE, question=question)
        if place.last in own_ids(page.accounts):
            return start, page
        if start == 1 or place.behind - start >= _NEARBY:
            raise Moved
        # Accounts went, and what is left has come nearer to the beginning.
        start = max(1, start - (len(page.accounts) or PAGE))


def _step(page: Listing, *, behind: int, last: str | None = None) -> Step:
    ids = own_ids(page.accounts)
    return Step(page.accounts, Place(behind + len(ids), ids[-1] if ids else last), page.total, page.at)
