"""One pass over a store's list: what is listed goes into the index in parts, each with the mark after it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jiebang.agent.connectors.contract import Listed, Lister
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.errors import Unsound
from jiebang.agent.index.entries import Account
from jiebang.agent.index.file import IndexFile
from jiebang.agent.index.key import IndexKey
from jiebang.domain.number import Number

_PART = 20_000
"""Accounts that are kept at once: fewer cost more each, and more are listed again by whoever was killed."""
_PATIENCE = timedelta(seconds=5)
"""A slow store's accounts are kept this often, however few there are."""
_DROPPED = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What a pass over the store works with."""

    lister: Lister
    file: IndexFile
    key: IndexKey
    matching: Matching
    canary: Number
    now: Callable[[], datetime]

    async def complete(self, *, anew: bool, told: Callable[[int], None]) -> None:
        """
        List to the end, going on where a pass was broken off; `anew` begins one over all accounts.

        `told` hears how many accounts were listed so far. Raises `StoreTrouble`; then the next pass goes
        on from the last part.
        """
        progress = await asyncio.to_thread(self.file.progress)
        if anew or progress.begun_at is None:
            await asyncio.to_thread(self.file.begin, self.now(), anew=anew or progress.fresh_at is None)
            progress = await asyncio.to_thread(self.file.progress)
        seen, part = progress.seen, _Part(since=self.now())
        async for page in self.lister.pages(progress.mark):
            part.accounts += page.accounts
            part.mark = page.mark
            if len(part.accounts) >= _PART or self.now() - part.since >= _PATIENCE:
                await asyncio.to_thread(self._keep, part)
                seen, part = seen + len(part.accounts), _Part(since=self.now())
                told(seen)
        if part.mark is not None:
            await asyncio.to_thread(self._keep, part)
            told(seen + len(part.accounts))
        if progress.anew and not await asyncio.to_thread(self.file.has_met, self.key.number(self.canary)):
            raise Unsound(
                "The list of all accounts came to its end without the canary: it is not taken for whole. Put"
                " the canary into the store, or mend the list and scan anew."
            )
        if progress.anew:
            while await asyncio.to_thread(self.file.drop_unseen, most=_DROPPED):
                pass
        await asyncio.to_thread(self.file.end)

    def _keep(self, part: "_Part") -> None:
        accounts, unreadable = self._hashed(part.accounts)
        self.file.take(accounts, mark=part.mark, unreadable=unreadable)

    def _hashed(self, listed: Sequence[Listed]) -> tuple[list[Account], int]:
        """Hash what was listed; says how many numbers cannot be read as one."""
        accounts, unreadable = [], 0
        for one in listed:
            read = [self.matching.read(number) for number in one.numbers]
            numbers = frozenset(self.key.number(number) for number in read if number is not None)
            accounts.append(Account(handle=one.handle, tag=self.key.handle(one.handle), numbers=numbers))
            unreadable += read.count(None)
        return accounts, unreadable


@dataclass(slots=True)
class _Part:
    """Pages that are kept together."""

    since: datetime
    accounts: list[Listed] = field(default_factory=list)
    mark: str | None = None
