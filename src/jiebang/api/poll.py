"""A platform polls its stream (RFC 8936): confirms what it has, and waits for what comes."""

import asyncio
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Security
from starlette.concurrency import run_in_threadpool

from jiebang.api.callers import InHouse, caller
from jiebang.api.description import told
from jiebang.api.stream_shapes import Poll, Polled
from jiebang.domain.errors import UnknownStream
from jiebang.flows.poll_letters import Handed, poll_letters
from jiebang.flows.poll_letters import Poll as Said
from jiebang.house import House
from jiebang.store.signals import SIGNALS
from jiebang.wire.oauth import Grant
from jiebang.wire.tokens import Route, sign_letters

router = APIRouter(tags=["Shared Signals"])


@router.post("/ssf/poll/{stream_id}", response_model_exclude_none=True, responses=told(UnknownStream))
async def poll(
    body: Poll,
    house: InHouse,
    *,
    grant: Annotated[Grant, Security(caller, scopes=["ssf.read", "ssf.manage"])],
    stream_id: Annotated[str, Path(max_length=64)],
) -> Polled:
    """Confirm letters and take those that wait; an empty mailbox is waited at, unless you say otherwise."""
    waits = body.max_events and not body.return_immediately
    until = house.now() + (house.policy.poll_wait if waits else timedelta(0))
    said = Said(
        stream_id=stream_id,
        confirmed=body.ack,
        unreadable=body.set_errs,
        most=min(body.max_events, house.policy.poll_most),
    )
    with house.database.bell.listen(grant.party_id, SIGNALS) as bell:
        handed = await run_in_threadpool(_take, house, grant, said=said)
        while not handed.letters and (handed.more or house.now() < until):
            try:
                # Where more waits than one look could read, there is nothing to wait for.
                await bell.heard(0 if handed.more else (until - house.now()).total_seconds())
            except asyncio.CancelledError:
                break  # the hub is ending: an answer with nothing brings the platform back to another
            handed = await run_in_threadpool(_take, house, grant, said=said.again)
    route = Route(issuer=house.issuer, audience=grant.party_id, stream_id=stream_id)
    return await run_in_threadpool(_signed, house, route, handed=handed)


def _take(house: House, grant: Grant, *, said: Said) -> Handed:
    return poll_letters(
        house.database, grant.party_id, poll=said, now=house.now(), secret=house.subject_secret
    )


def _signed(house: House, route: Route, *, handed: Handed) -> Polled:
    sets = sign_letters(handed.letters, route, key=house.key)
    return Polled(sets=sets, more_available=True if handed.more else None)
