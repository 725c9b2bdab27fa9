"""
The agent's main loop: poll, deal, confirm; and once a second, whatever has come due.

This is where the agent's clock is read, and nowhere else.
"""

import asyncio
import signal
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from secrets import SystemRandom

import aiohttp
import structlog

from jiebang.agent import canary, trial
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
from jiebang.agent.ledger_file import is_there
from jiebang.agent.mailbox import SIGNALS, WANTED, Mailbox, Post
from jiebang.agent.notice import Notice
from jiebang.agent.objections import Objection, Objections
from jiebang.agent.overlooked import prove_spellings
from jiebang.agent.settling import Settled, settle
from jiebang.agent.signal_book import SignalBook
from jiebang.agent.spending import Spending
from jiebang.agent.status import Status, read_status
from jiebang.agent.tallies import Fact, Tallies, Tally
from jiebang.agent.trial import Trial
from jiebang.agent.upkeep import Upkeep, measuring
from jiebang.agent.watch import Watch
from jiebang.domain.binding import OrderKind
from jiebang.domain.number import Number
from jiebang.domain.order import Denial
from jiebang.domain.outcome import Said
from jiebang.wire import keys

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_LONGEST_REST = 300.0
"""Between two tries to list all accounts: each of them may be many requests to a store that is in use."""
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
        with measuring(config, desk.ledger, now=now) as measured:
            await _work(desk, Upkeep(desk=desk, config=config, measured=measured), until=stop)


async def _work(desk: Desk, upkeep: Upkeep, *, until: asyncio.Event) -> None:
    words.info("agent:self:started", platform=desk.hub.platform)
    await desk.begin_again()
    desk.tallies.happened(Fact.STARTED, now())
    desk.tallies.happened(Fact.CANARY, now())
    turns = [_listen(desk), _tend(desk), _keep_on(upkeep.turn, pause_between=_TICK)]
    if upkeep.config.index is not None:
        every = upkeep.config.index.refresh.total_seconds()
        turns.append(_freshen(desk.connector, every=every))
    work = [asyncio.create_task(one) for one in turns]
    await until.wait()
    # Whatever is cut off here is in the ledger, or comes again.
    for one in work:
        one.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    desk.tallies.flush()
    words.info("agent:self:stopped")


def object_to(config: Config, order_id: str, *, said: str | None) -> Objection:
    """Write into the ledger that an account's owner objects to an order; a running agent tells the hub."""
    with closing(Ledger(config.ledger)) as ledger:
        came_of_it = Objections(ledger).object(order_id, words=said, now=now())
        if came_of_it is Objection.TAKEN:
            tallies = Tallies(ledger)
            tallies.count(Tally.ORDER, f"{OrderKind.UNBIND}:{Said.DENIED}:{Denial.OBJECTION}")
            tallies.flush()
        return came_of_it


def settle_again(
    config: Config, order_id: str, *, reason: Denial | None = None, said: str | None = None
) -> Settled:
    """Write into the ledger what people say came of an order; a running agent tells the hub."""
    with closing(_kept_ledger(config)) as ledger:
        return settle(ledger, order_id, now=now(), reason=reason, words=said)


def status(config: Config) -> Status:
    """Read how the agent stands, whether it runs or not; raises `ConfigInvalid` when it never ran."""
    with closing(_kept_ledger(config)) as ledger:
        return read_status(ledger, config.budget, now=now())


def release(config: Config) -> tuple[int, int]:
    """Let go of all orders and signals that are held; gives how many. A running agent acts at once."""
    with closing(_kept_ledger(config)) as ledger:
        return Spending(ledger, config.budget).release(now()), SignalBook(ledger).release(now())


async def attempt(config: Config, number: Number) -> Trial:
    """Show what would be answered and done about a number; neither hub nor ledger hear of it."""
    async with opened(config, now=now) as connector:
        return await trial.attempt(connector, number, clean=config.clean)


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
        failed = sum(proven.verdict is canary.Verdict.FAILED for proven in proofs)
        if not failed:
            proofs += [proven async for proven in prove_spellings(config, desk.connector)]
        desk.tallies.happened(Fact.CANARY, now(), counted=failed)
        desk.tallies.flush()
        return proofs + [proven async for proven in canary.prove_hub(desk.hub)]


def _kept_ledger(config: Config) -> Ledger:
    if not is_there(config.ledger):
        raise ConfigInvalid(f"There is no ledger yet at {config.ledger}: the agent never ran.")
    return Ledger(config.ledger)


@asynccontextmanager
async def _desk(config: Config) -> AsyncIterator[Desk]:
    try:
        key = keys.read(config.key_file)
    except FileNotFoundError:
        raise ConfigInvalid(f"key_file {config.key_file} is not there; try `jiebang key make`.") from None
    except OSError as wrong:
        raise ConfigInvalid(f"key_file {config.key_file} cannot be read: {wrong.strerror}.") from None
    except ValueError:
        raise ConfigInvalid(f"key_file {config.key_file} holds no key; try `jiebang key make`.") from None
    ledger = Ledger(config.ledger)
    try:
        async with aiohttp.ClientSession() as session, opened(config, now=now) as connector:
            hub = Hub(url=config.hub, platform=config.platform, key=key, session=session, now=now)
            yield Desk(
                hub=hub, connector=connector, ledger=ledger, now=now, clean=config.clean,
                canary=config.canary, notice=_notice(config, session), budget=config.budget,
                watch=Watch(config, connector, now=now),
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
        _count(post, desk)
        latest = await deal_with(post.letters, desk)
        dealt = Dealt(latest.done, post.complaints | latest.complaints)
        for one in dealt.complaints.values():
            desk.tallies.count(Tally.COMPLAINT, one["err"])
        return len(dealt.done) + len(dealt.complaints) >= len(post.letters)

    await _keep_on(_turn, pause_between=0)


def _count(post: Post, desk: Desk) -> None:
    desk.tallies.happened(Fact.POLLED, now(), counted=len(post.letters) + len(post.complaints))
    desk.tallies.happened(Fact.MORE, now(), counted=int(post.more))


async def _tend(desk: Desk) -> None:
    """Look after the canary, act on what has come due, and tell what could not be told."""

    async def _turn() -> bool:
        await desk.believes()
        await act_on_due(desk)
        await clean_on_due(desk)
        return True

    await _keep_on(_turn, pause_between=_TICK)


async def _freshen(connector: Connector, *, every: float) -> None:
    """Go on filling the index, and then with whatever has changed; a list that fails is let alone longer."""

    async def _turn() -> bool:
        if isinstance(connector, IndexedConnector):
            progress = await connector.fill(anew=False, told=lambda _: None)
            if progress is not None:
                words.info("agent:index:fresh", seen=progress.seen, unreadable=progress.unreadable)
        return True

    await _keep_on(_turn, pause_between=every, longest=max(_LONGEST_PAUSE, min(every, _LONGEST_REST)))


async def _keep_on(
    turn: Callable[[], Awaitable[bool]], *, pause_between: float, longest: float = _LONGEST_PAUSE
) -> None:
    """Take turn after turn; pause longer and longer, with jitter, while they do not succeed."""
    pause = _FIRST_PAUSE
    while True:
        succeeded = await _tried(turn)
        pause = _FIRST_PAUSE if succeeded else min(pause * 2, longest)
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
