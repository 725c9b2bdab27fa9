"""
The agent's main loop: poll, deal, confirm; and once a second, whatever has come due.

This is where the agent's clock is read, and nowhere else.
"""

import asyncio
import signal
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from secrets import SystemRandom

import aiohttp
import structlog

from jiebang.agent import canary
from jiebang.agent.act import act_on_due
from jiebang.agent.clean import clean_on_due
from jiebang.agent.config import Config
from jiebang.agent.connectors.contract import Connector
from jiebang.agent.connectors.opening import opened
from jiebang.agent.desk import Desk
from jiebang.agent.dispatch import Dealt, deal_with
from jiebang.agent.errors import ConfigInvalid, StoreTrouble, Trouble
from jiebang.agent.hub import Hub
from jiebang.agent.index.connector import IndexedConnector
from jiebang.agent.index.file import Progress
from jiebang.agent.ledger import Ledger
from jiebang.agent.mailbox import SIGNALS, WANTED, Mailbox
from jiebang.agent.notice import Notice
from jiebang.agent.objections import Objection, Objections
from jiebang.wire import keys

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_TICK = 1.0
"""How often the ledger is asked what has come due: orders wait for days, and a second more is nothing."""

words = structlog.get_logger()


def now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


async def run(config: Config) -> None:
    """
    Run until SIGTERM or SIGINT. Raises `Trouble` when it may not start: the canary is not as it must be.

    The hub may be down at the start: then it is waited for.
    """
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with _desk(config) as desk:
        async for proven in canary.prove_store(config, desk.connector):
            if proven.verdict is canary.Verdict.FAILED:
                raise StoreTrouble(f"The agent does not start. Not proven: {proven.claim}. {proven.words}")
        words.info("agent:self:started", platform=config.platform)
        work = [asyncio.create_task(_listen(desk)), asyncio.create_task(_tend(desk))]
        if config.index is not None:
            every = config.index.refresh.total_seconds()
            work.append(asyncio.create_task(_freshen(desk.connector, every=every)))
        await stop.wait()
        # Whatever is cut off here is in the ledger, or comes again.
        for one in work:
            one.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        words.info("agent:self:stopped")


def object_to(config: Config, order_id: str, *, said: str | None) -> Objection:
    """Write into the ledger that an account's owner objects to an order; a running agent tells the hub."""
    ledger = Ledger(config.ledger)
    try:
        return Objections(ledger).object(order_id, words=said, now=now())
    finally:
        ledger.close()


async def fill_index(config: Config, *, anew: bool, told: Callable[[int], None]) -> Progress | None:
    """Fill the index, or make it fresh, to its end; `None` while another process does."""
    async with opened(config, now=now) as connector:
        if not isinstance(connector, IndexedConnector):
            raise ConfigInvalid("The configuration has no [index].")
        return await connector.fill(anew=anew, told=told)


async def check(config: Config) -> list[canary.Proven]:
    """Prove all that can be proven without answering anybody."""
    async with _desk(config) as desk:
        proofs = [proven async for proven in canary.prove_store(config, desk.connector)]
        return proofs + [proven async for proven in canary.prove_hub(desk.hub)]


@asynccontextmanager
async def _desk(config: Config) -> AsyncIterator[Desk]:
    try:
        key = keys.read(config.key_file)
    except (OSError, ValueError):
        raise ConfigInvalid(f"key_file {config.key_file} holds no key; try `jiebang key make`.") from None
    ledger = Ledger(config.ledger)
    try:
        async with aiohttp.ClientSession() as session, opened(config, now=now) as connector:
            hub = Hub(url=config.hub, platform=config.platform, key=key, session=session, now=now)
            yield Desk(
                hub=hub, connector=connector, ledger=ledger, now=now, clean=config.clean,
                canary=config.canary, notice=_notice(config, session),
            )  # fmt: skip
    finally:
        ledger.close()


def _notice(config: Config, session: aiohttp.ClientSession) -> Notice | None:
    to = config.objection
    return None if to is None else Notice(notify=to.notify, session=session, now=now)


async def _listen(desk: Desk) -> None:
    """Poll for letters, deal with them, and confirm them with the next poll, never earlier."""
    mailbox = Mailbox(desk.hub, WANTED if desk.clean is None else (*WANTED, *SIGNALS))
    dealt = Dealt()

    async def _turn() -> bool:
        nonlocal dealt
        post = await mailbox.poll(done=dealt.done, complaints=dealt.complaints)
        dealt = Dealt(complaints=post.complaints)
        latest = await deal_with(post.letters, desk)
        dealt = Dealt(latest.done, post.complaints | latest.complaints)
        return len(dealt.done) + len(dealt.complaints) >= len(post.letters)

    await _keep_on(_turn, pause_between=0)


async def _tend(desk: Desk) -> None:
    """Act on orders whose time has come and on signals that wait, and tell what could not be told."""

    async def _turn() -> bool:
        await act_on_due(desk)
        await clean_on_due(desk)
        return True

    await _keep_on(_turn, pause_between=_TICK)


async def _freshen(connector: Connector, *, every: float) -> None:
    """Go on filling the index, and then with whatever has changed."""

    async def _turn() -> bool:
        if isinstance(connector, IndexedConnector):
            progress = await connector.fill(anew=False, told=lambda _: None)
            if progress is not None:
                words.info("agent:index:fresh", seen=progress.seen, unreadable=progress.unreadable)
        return True

    await _keep_on(_turn, pause_between=every)


async def _keep_on(turn: Callable[[], Awaitable[bool]], *, pause_between: float) -> None:
    """Take turn after turn; pause longer and longer, with jitter, while they do not succeed."""
    pause = _FIRST_PAUSE
    while True:
        succeeded = await _tried(turn)
        pause = _FIRST_PAUSE if succeeded else min(pause * 2, _LONGEST_PAUSE)
        # Jitter, so that a thousand agents do not come back to a hub in the same instant.
        await asyncio.sleep(pause_between if succeeded else SystemRandom().uniform(pause / 2, pause))


async def _tried(turn: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await turn()
    except Trouble as trouble:
        words.warning("agent:turn:failed", why=str(trouble))
    except Exception as bug:  # noqa: BLE001 - one bad letter must not end the agent; it is not confirmed
        # Only where, never what: an exception's words may hold a number.
        place = traceback.extract_tb(bug.__traceback__)[-1]
        words.error("agent:turn:broken", kind=type(bug).__name__, file=place.filename, line=place.lineno)
    return False
