"""
A connector for stores that cannot search by number: the index names accounts, and the store has the word.

What the index says is a reason to read an account and nothing else. What it does not say counts as "none"
only while it is known to be whole and fresh.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from jiebang.agent.connectors.contract import Effect, Found, Lister, Record
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.sampling import some
from jiebang.agent.errors import UnknownRecord
from jiebang.agent.index.file import IndexFile, Progress
from jiebang.agent.index.filling import Filling
from jiebang.agent.index.key import kept_key
from jiebang.agent.index.part import Index
from jiebang.domain.number import Number


class IndexedConnector:
    """A store, searched through an index beside it; everything else passes through."""

    def __init__(
        self, lister: Lister, index: Index, *, matching: Matching, source: str, canary: Number,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self.width, self.takes_back = lister.width, lister.takes_back
        self._lister, self._index, self._matching = lister, index, matching
        self._canary, self._now = canary, now
        self._key = kept_key(index.key_file)
        self.file = IndexFile(index.file, self._key, reading=f"{matching.reading} {source}")

    async def find(self, number: Number) -> Found:
        """Read each account that the index names, as it is now."""
        # Asked before: what is listed in between must not make this answer look surer than it was.
        complete = self._is_fresh(await asyncio.to_thread(self.file.progress))
        handles = await asyncio.to_thread(
            self.file.handles, self._key.number(number), most=self._matching.most + 1
        )
        self._matching.check_cap(len(handles))
        read = [await self._read(handle, number) for handle in handles]
        return Found(records=tuple(record for record in read if record is not None), complete=complete)

    async def fill(self, *, anew: bool, told: Callable[[int], None]) -> Progress | None:
        """
        List the store to its end, or go on with what has changed; `None` while another process does so.

        `anew` lists all accounts once more; it is done by itself when that was long ago.
        """
        with self.file.alone() as can:
            if not can:
                return None
            filling = Filling(
                lister=self._lister, file=self.file, key=self._key, matching=self._matching,
                canary=self._canary, now=self._now,
            )  # fmt: skip
            await filling.complete(anew=anew or self._is_old(self.file.progress()), told=told)
            return self.file.progress()

    async def check(self) -> None:
        """Prove that the store is as the configuration says, lists its accounts, and reads one of them."""
        await self._lister.check()
        listed = await some(self._lister)
        numbers = ((one.handle, self._matching.read(text)) for one in listed for text in one.numbers)
        for handle, number in numbers:
            if number is not None:
                await self._read(handle, number)
                return

    async def holds(self, handle: str, number: Number) -> bool:
        """Whether this record uses the number now."""
        return await self._lister.holds(handle, number)

    async def unbind(self, handle: str, number: Number) -> Effect:
        """Take the number off this one record; the index hears of it when the store is listed."""
        return await self._lister.unbind(handle, number)

    async def deregister(self, handle: str, number: Number) -> Effect:
        """Close this one account."""
        return await self._lister.deregister(handle, number)

    async def flag(self, handle: str, number: Number) -> Effect:
        """Mark this one record for people to look at."""
        return await self._lister.flag(handle, number)

    async def rehearse(self, handle: str, number: Number) -> str:
        """Try on a record whatever can be ordered for it, and take it back; gives what could not be tried."""
        return await self._lister.rehearse(handle, number)

    async def close(self) -> None:
        """Let go of the store and of the index."""
        self.file.close()
        await self._lister.close()

    async def _read(self, handle: str, number: Number) -> Record | None:
        try:
            return await self._lister.read(handle, number)
        except UnknownRecord:
            return None  # of a kind that the configuration had when it was listed

    def _is_fresh(self, progress: Progress) -> bool:
        if progress.fresh_at is None:
            return False
        # What the clock has not come to says nothing of its age: it was set back.
        return timedelta(0) <= self._now() - progress.fresh_at <= self._index.stale_after

    def _is_old(self, progress: Progress) -> bool:
        """Whether all accounts should be listed once more; a pass that is under way is gone on with."""
        if progress.begun_at is not None or progress.anew_at is None:
            return False
        return abs(self._now() - progress.anew_at) >= self._index.anew_after
