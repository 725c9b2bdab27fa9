"""The worker: sends texts, posts letters, expires what is overdue, erases what was kept, seals."""

import asyncio
from collections.abc import Awaitable, Callable
from random import SystemRandom

import aiohttp
import structlog
from sqlalchemy.exc import SQLAlchemyError

from jiebang.domain.errors import OrderMoved
from jiebang.domain.text import Code, Text
from jiebang.flows.ask_canaries import ask_canaries
from jiebang.flows.forget_orders import forget_orders
from jiebang.flows.lease_texts import lease_texts
from jiebang.flows.seal_journal import seal_journal
from jiebang.flows.settle_texts import settle_texts
from jiebang.flows.suspect_platforms import suspect_platforms
from jiebang.flows.sweep import sweep
from jiebang.house import House
from jiebang.portal.moments import zone_of
from jiebang.pushing import push_once, push_session
from jiebang.store.signals import SIGNALS
from jiebang.store.texts import TEXTS
from jiebang.wire.codes import code_for
from jiebang.wire.sms import Gateway, TextNotTaken, code_text, reminder_text

_log = structlog.get_logger("jiebang.worker")
_CHANCE = SystemRandom()
"""When a platform is asked about a canary number is nobody's to foresee."""
_LOOK_SECONDS = 0.5
"""How long what another process has left may wait."""
_SWEEP_SECONDS = 60
_MOST_TEXTS = 50
_GATEWAY_TIMEOUT = aiohttp.ClientTimeout(total=10)


async def run(house: House, sms_url: str | None) -> None:
    """Work until cancelled. Without an SMS gateway no code is sent, and the log says so."""
    if sms_url is None:
        _log.warning("no SMS gateway is set: no codes will be sent")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_sweep_always(house))
        tasks.create_task(_seal_always(house))
        tasks.create_task(_push_always(house))
        if sms_url is not None:
            tasks.create_task(_send_always(house, sms_url))


async def _send_always(house: House, sms_url: str) -> None:
    async with aiohttp.ClientSession(timeout=_GATEWAY_TIMEOUT) as session:
        gateway = Gateway(url=sms_url, session=session)
        await _always(house, TEXTS, work=lambda: _send(house, gateway))


async def _push_always(house: House) -> None:
    async with push_session(house) as session:
        await _always(house, SIGNALS, work=lambda: push_once(house, session))


async def _always(house: House, what: str, *, work: Callable[[], Awaitable[bool]]) -> None:
    """Work while there is more, and again when the bell rings or it is time to look, until cancelled."""
    with house.database.bell.listen(what) as bell:
        while True:
            try:
                more = await work()
            except SQLAlchemyError as failed:
                _log.warning("work put off", what=what, failure=type(failed).__name__)
                more = False
            if not more:
                await bell.heard(_LOOK_SECONDS)


async def _send(house: House, gateway: Gateway) -> bool:
    """Send one batch of texts; whether there may be more."""
    leased = await asyncio.to_thread(lease_texts, house.database, now=house.now(), most=_MOST_TEXTS)
    sent = await asyncio.gather(*(_sent(house, gateway, text=text) for text in leased))
    settled = [text_id for text, was in zip(leased, sent, strict=True) if was for text_id in text.ids]
    if settled:
        await asyncio.to_thread(settle_texts, house.database, settled, now=house.now())
    return len(leased) == _MOST_TEXTS


async def _sent(house: House, gateway: Gateway, *, text: Text) -> bool:
    try:
        await gateway.send(text.number, _written(house, text))
    except TextNotTaken:
        _log.warning("the SMS gateway did not take a text", text=text.ids[0])
        return False
    return True


def _written(house: House, text: Text) -> str:
    if isinstance(text, Code):
        code = code_for(text.proof.id, secret=house.key.secret("codes"))
        return code_text(code, life=house.policy.code_life)
    there = text.leave_at.astimezone(zone_of(text.number))
    return reminder_text(text.platforms, at=there, url=house.issuer)


async def _sweep_always(house: House) -> None:
    while True:
        try:
            await asyncio.to_thread(_sweep, house)
            await asyncio.to_thread(suspect_platforms, house.database, now=house.now(), policy=house.policy)
            await asyncio.to_thread(
                ask_canaries, house.database, now=house.now(), policy=house.policy, chance=_CHANCE.random
            )
        except (OrderMoved, SQLAlchemyError) as failed:
            # An order that moved while it was swept is not overdue any more; the next round sees.
            _log.warning("sweep put off", failure=type(failed).__name__)
        await asyncio.sleep(_SWEEP_SECONDS)


def _sweep(house: House) -> None:
    sweep(house.database, now=house.now(), policy=house.policy)
    secret = house.number_secret
    while forget_orders(house.database, now=house.now(), policy=house.policy, secret=secret):
        pass
    house.database.tidy()


async def _seal_always(house: House) -> None:
    while True:
        try:
            while await asyncio.to_thread(
                seal_journal, house.database, now=house.now(), sign=house.sealer.seal
            ):
                pass
        except SQLAlchemyError as failed:
            _log.warning("sealing put off", failure=type(failed).__name__)
        await asyncio.sleep(house.policy.seal_every.total_seconds())
