"""
Marks: where a long list goes on, also after a restart, and from when on changes are listed after its end.

A server's `meta.lastModified` is the marker of changes, believed only as far as it is proven: it must ever
differ from `meta.created`, and the account that was changed last must be among the changes again. Where it is
not so, all accounts are listed anew.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from jiebang.agent.connectors import instants
from jiebang.agent.connectors.contract import Listed, Page
from jiebang.agent.connectors.scim.accounts import Account, numbers, own_id, own_ids, told
from jiebang.agent.connectors.scim.http import ScimHttp
from jiebang.agent.connectors.scim.lists import Moved, Place, Step, walk, whole
from jiebang.agent.errors import StoreDown, StoreTrouble

_SLACK = timedelta(minutes=5)
"""How far apart the clocks of a server and of its database may be."""


_AT_ONCE = timedelta(seconds=1)
"""How long a server may take to create an account: what it writes in the meantime is no change."""


class _NoEnd(Exception):  # noqa: N818 - named as what happened
    """A list has not come to an end that can be believed."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a list was taken, and what is known for the one after it."""

    behind: int = 0
    last: str | None = None
    began: str | None = None
    """When this list was begun, by the server's own clock."""
    newest: str | None = None
    """The latest `meta.lastModified` that was seen, as the server writes it, and whose it is."""
    witness: str | None = None
    since: str | None = None
    """What was changed since then is listed; all accounts, where it is `None`."""
    moves: bool = False
    """Whether any account was seen that was changed after it was created: some servers never tell."""
    wanted: str | None = None
    """Whose change must be in this list, or the server does not list changes at all."""
    ended: bool = False

    def text(self) -> str:
        """Write it down."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})

    def following(self) -> "Mark":
        """Where the list after this one begins: with what was changed since, or from the start."""
        began, newest = _instant(self.began), _instant(self.newest)
        if not self.ended:
            return self
        if began is None or newest is None or not self.moves:
            return Mark()
        early = began - _SLACK
        since = self.newest if newest <= early else early.strftime("%Y-%m-%dT%H:%M:%SZ")
        return Mark(
            newest=self.newest, witness=self.witness, since=since, moves=True,
            wanted=self.witness,
        )  # fmt: skip

    def after(self, step: Step) -> "Mark":
        """Where the list goes on after some more of its accounts."""
        latest = max(step.accounts, key=_changed_at)
        newer = _changed_at(latest) > (_instant(self.newest) or _NEVER)
        return replace(
            self, behind=step.place.behind, last=step.place.last,
            began=self.began or (None if step.at is None else step.at.isoformat()),
            newest=told(latest, "lastModified") if newer else self.newest,
            witness=own_id(latest) if newer else self.witness,
            moves=self.moves or any(map(_moved, step.accounts)),
            wanted=None if self.wanted in own_ids(step.accounts) else self.wanted,
        )  # fmt: skip


def read(text: str | None) -> Mark:
    """Read what was written down; what cannot be read begins from the start."""
    try:
        return Mark(**json.loads(text)) if text else Mark()
    except (ValueError, TypeError):
        return Mark()


async def pages(http: ScimHttp, *, paged: bool, mark: str | None, prefix: str) -> AsyncGenerator[Page]:
    """List accounts from a mark on; the last page has none, and its mark is that of the end."""
    # A mark that leads to no end is given up, and all is listed from the start: once.
    for start in dict.fromkeys((read(mark).following(), Mark())):
        try:
            async for page in _list(http, start, paged=paged, prefix=prefix):
                yield page
        except _NoEnd:
            continue
        return
    raise StoreDown("The SCIM server's list keeps changing while it is read.")


async def _list(http: ScimHttp, mark: Mark, *, paged: bool, prefix: str) -> AsyncIterator[Page]:
    """Go on with one list to its end; raises `_NoEnd` where it cannot be known to have come there."""
    question = None if mark.since is None else f"meta.lastModified ge {json.dumps(mark.since)}"
    place = Place(mark.behind, mark.last)
    try:
        async for step in walk(http, place, question=question) if paged else _once(http, question):
            mark = mark.after(step)
            yield Page(accounts=tuple(_listed(one, prefix) for one in step.accounts), mark=mark.text())
    except Moved:
        raise _NoEnd from None
    except StoreTrouble:
        # It may be that the server does not know this filter; whether it is down, the next request tells.
        if mark.since is None:
            raise
        raise _NoEnd from None
    if mark.wanted is not None:
        raise _NoEnd
    yield Page(accounts=(), mark=replace(mark, ended=True).text())


async def _once(http: ScimHttp, question: str | None) -> AsyncIterator[Step]:
    listing = await whole(http, question=question)
    if listing.accounts:
        yield Step(listing.accounts, Place(), listing.total, listing.at)


def _listed(account: Account, prefix: str) -> Listed:
    return Listed(handle=prefix + own_id(account), numbers=numbers(account))


_NEVER = datetime.min.replace(tzinfo=UTC)


def _moved(account: Account) -> bool:
    created = _instant(told(account, "created"))
    return created is not None and _changed_at(account) > created + _AT_ONCE


def _changed_at(account: Account) -> datetime:
    return _instant(told(account, "lastModified")) or _NEVER


def _instant(text: str | None) -> datetime | None:
    known = instants.read(text, zone=UTC)
    return known and known[0]
