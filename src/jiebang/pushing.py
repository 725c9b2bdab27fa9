"""Posting letters to platforms that do not poll: many streams side by side, each with a bounded width."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import aiohttp
import structlog

from jiebang.domain.errors import BadToken, UnknownStream
from jiebang.domain.stream import Push, Stream
from jiebang.flows.lease_pushes import lease_pushes
from jiebang.flows.poll_letters import Handed, Poll, poll_letters
from jiebang.flows.settle_push import settle_push
from jiebang.house import House
from jiebang.wire.push import Receiver, Taken
from jiebang.wire.tokens import Route, sign_letters

_log = structlog.get_logger("jiebang.pushing")
_MOST_STREAMS = 50
_MOST_LETTERS = 200
_WIDTH = 4
"""Posts to one platform at a time: a receiver that is slow is not overrun."""
_ROUNDS = 20
"""Batches for one stream before others have their turn, well within a lease."""
_TIMEOUT = aiohttp.ClientTimeout(total=10)


def push_session(house: House) -> aiohttp.ClientSession:
    """Open what letters are posted with; it reaches outside only, and keeps nothing that it is answered."""
    # How many posts are under way is bounded stream by stream, and streams by the lease.
    connector = aiohttp.TCPConnector(limit=0, socket_factory=house.outside.make_socket)
    return aiohttp.ClientSession(timeout=_TIMEOUT, connector=connector, cookie_jar=aiohttp.DummyCookieJar())


async def push_once(house: House, session: aiohttp.ClientSession) -> bool:
    """Post what waits on the streams that are due; whether there may be more of these."""
    leased = await asyncio.to_thread(
        lease_pushes, house.database, now=house.now(), most=_MOST_STREAMS, policy=house.policy
    )
    due = [(stream, stream.push) for stream in leased if stream.push is not None]
    await asyncio.gather(*(_push(house, session, stream=stream, to=to) for stream, to in due))
    return len(leased) == _MOST_STREAMS


@dataclass(slots=True)
class _Turn:
    """One stream's turn: it ends when nothing waits, when a letter is not taken, or when time is short."""

    house: House
    receiver: Receiver
    until: datetime
    failed: bool = False

    @property
    def over(self) -> bool:
        """Whether the rest is left for later."""
        return self.failed or self.house.now() > self.until

    async def post(self, tokens: Mapping[str, str]) -> dict[str, Taken]:
        """Post letters, a few side by side; of those that are left for later, none."""
        ends: dict[str, Taken] = {}
        left = iter(tokens.items())

        async def one_after_another() -> None:
            # A task for each letter, waiting for its turn, would cost a tenth of the whole.
            for jti, token in left:
                ends[jti] = await self._end(token)

        await asyncio.gather(*(one_after_another() for _ in range(_WIDTH)))
        return ends

    async def _end(self, token: str) -> Taken:
        end = Taken.LATER if self.over else await self.receiver.post(token)
        self.failed = self.failed or (end is Taken.LATER and not self.over)
        return end


async def _push(house: House, session: aiohttp.ClientSession, *, stream: Stream, to: Push) -> None:
    """Post one stream's letters, batch after batch, and say when to look again."""
    until = house.now() + house.policy.push_lease / 2
    receiver = Receiver(url=to.url, authorization=_unlocked(house, stream, to=to), session=session)
    turn = _Turn(house, receiver, until)
    said = Poll(stream_id=stream.id, most=_MOST_LETTERS)
    try:
        for _ in range(_ROUNDS):
            handed, tokens = await asyncio.to_thread(_take, house, stream, said=said)
            said = _said(stream, await turn.post(tokens))
            if turn.over or not (handed.letters or handed.more):
                break
        await asyncio.to_thread(_take, house, stream, said=replace(said, most=0))
    except UnknownStream:
        return  # it was closed in the meantime
    if turn.failed:
        _log.warning("a platform does not take letters", platform=stream.platform_id)
    await asyncio.to_thread(
        settle_push, house.database, stream.id, failed=turn.failed, now=house.now(), policy=house.policy
    )


def _unlocked(house: House, stream: Stream, *, to: Push) -> str | None:
    try:
        return None if to.locked is None else house.safe.unlock(to.locked, place=to.url)
    except BadToken:
        # The platform will not take letters without it, and has to say it again.
        _log.warning("what a platform has entrusted cannot be unlocked", platform=stream.platform_id)
        return None


def _said(stream: Stream, ends: Mapping[str, Taken]) -> Poll:
    """Confirm what was taken, complain in the platform's name of what it cannot read, and ask for more."""
    return Poll(
        stream_id=stream.id,
        confirmed=[jti for jti, end in ends.items() if end is Taken.YES],
        unreadable=[jti for jti, end in ends.items() if end is Taken.UNREADABLE],
        most=_MOST_LETTERS,
    )


def _take(house: House, stream: Stream, *, said: Poll) -> tuple[Handed, dict[str, str]]:
    handed = poll_letters(
        house.database, stream.platform_id, poll=said, now=house.now(), secret=house.subject_secret
    )
    route = Route(issuer=house.issuer, audience=stream.platform_id, stream_id=stream.id)
    return handed, sign_letters(handed.letters, route, key=house.key)
