"""The web application of a hub: the machines' door and the holders' door, on one house."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial

import structlog
from fastapi import FastAPI, Response
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from jiebang import __version__
from jiebang.api import (
    camara,
    carrier,
    clearances,
    description,
    holders,
    journal,
    lists,
    nowhere,
    oauth,
    platform,
    poll,
    problems,
    recycled,
    replays,
    statements,
    streams,
    subjects,
)
from jiebang.api.access import Access, metrics
from jiebang.api.allowance import Allowance
from jiebang.api.escalated import Escalated
from jiebang.api.limits import BodyLimit
from jiebang.api.suspected import Suspected
from jiebang.domain.evidence import Evidence
from jiebang.house import House
from jiebang.portal import site
from jiebang.store import mailbox, signals
from jiebang.wire.carriers import Carriers, Source

_log = structlog.get_logger("jiebang.app")
_WATCH_SECONDS = 0.2
"""How long a letter that another process has left may go unheard by this one."""

_ABOUT = """\
The machines' door of a Jiebang hub. Platforms take signed letters from a stream (OpenID Shared Signals
Framework 1.0, RFC 8936 poll), answer questions and say what became of orders. Fronts act for holders who have
shown them their number. Tokens: OAuth 2 client credentials with private_key_jwt. Problems: RFC 9457."""


def create(house: House, *, sources: Sequence[Source] = ()) -> FastAPI:
    """Put both doors on a house; `sources` are carriers that can be asked what the hub does not know."""
    app = FastAPI(
        title="Jiebang",
        version=__version__,
        description=_ABOUT,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.house = house
    app.state.allowance = Allowance(house)
    app.state.carriers = Carriers(sources=sources, key=house.key, now=house.now)
    app.state.evidence_page = partial(_evidence_page, sign=house.sealer.signature)
    problems.install(app)
    description.install(app)
    machines = (oauth, streams, subjects, poll, platform, carrier, clearances, statements)
    parts = (*machines, recycled, replays, lists, journal)
    doors = [*(part.router for part in parts), *holders.ROUTERS]
    # What is asked most comes first, and not in a router of its own: addresses are tried one after the other.
    app.router.routes.extend(camara.router.routes)
    for router in (*doors, nowhere.around(*doors)):
        app.include_router(router)
    registry = CollectorRegistry()
    registry.register(Escalated(house.database))
    registry.register(Suspected(house.database))
    app.add_api_route("/metrics", metrics(registry), include_in_schema=False)
    app.add_api_route("/healthz", healthz, include_in_schema=False)
    app.mount("/", site.create(house, app.state.carriers))
    app.add_middleware(BodyLimit, most=house.policy.body_most)
    app.add_middleware(Access, registry=registry, clock=time.perf_counter)
    return app


def healthz() -> Response:
    """Say that the hub is ready."""
    return Response("ready\n", media_type="text/plain")


def _evidence_page(evidence: Evidence, *, sign: Callable[[str], str]) -> bytes:
    """Write the portal's pages, for fronts as well: the machines' door knows no words for people."""
    from jiebang.portal.evidence_page import page  # noqa: PLC0415 - 150 ms to load, and few ask for pages

    return page(evidence, sign=sign)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    house: House = app.state.house
    # What is there now stays: looking for waste among it, again and again, would hold every answer up.
    gc.collect()
    gc.freeze()
    watching = asyncio.create_task(_watch_mailbox(house))
    yield
    watching.cancel()
    await app.state.carriers.close()
    house.database.close()


async def _watch_mailbox(house: House) -> None:
    """Ring this process's bell for letters that other processes have left, or whose time has come."""
    seen, heard = house.now(), 0
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        until = house.now()
        try:
            # A little overlap: a transaction that began before the last look may have ended after it.
            due, newest = await run_in_threadpool(_due, house, seen - timedelta(seconds=1), until=until)
        except SQLAlchemyError as failed:
            _log.warning("mailbox not watched", failure=type(failed).__name__)
            continue
        # Signals are kept in the order of their places, so that a newer place is all there is to see.
        house.database.bell.ring(due | ({signals.SIGNALS} if newest > heard else set()))
        seen, heard = until, newest


def _due(house: House, after: datetime, *, until: datetime) -> tuple[set[str], int]:
    """Name the platforms with letters that have come due, and the place of the newest signal."""
    with house.database.read() as connection:
        return mailbox.due_between(connection, after, until=until), signals.newest(connection)
