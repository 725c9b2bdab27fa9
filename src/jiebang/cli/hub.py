"""`jiebang serve` and `jiebang worker`: a hub, as one process or as many."""

import asyncio
import signal
from typing import Annotated

import typer
import uvicorn

from jiebang import worker as hub_worker
from jiebang.cli.opened import house, settings
from jiebang.cli.terminal import refuse, speak_json
from jiebang.config import Settings
from jiebang.house import House
from jiebang.store.migrate import upgrade
from jiebang.wire.carriers import NotSources, Source, read_sources

app = typer.Typer()


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1; put a TLS proxy in front of it.")] = 8000,
    *,
    with_worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Run the worker in this process as well.")
    ] = True,
) -> None:
    """
    Run a hub: the portal, the machine surface and the worker.

    On SQLite this one process is all of it. On PostgreSQL run as many as you like, with --no-worker
    if you run [bold]jiebang worker[/bold] by itself. The database is brought up to date first.
    """
    speak_json()
    found = settings()
    opened = house(found, current=False)
    upgrade(opened.database)
    asyncio.run(_serve(opened, found, port=port, with_worker=with_worker))


@app.command()
def worker() -> None:
    """
    Run a worker by itself: it sends codes by SMS, expires orders, erases what was kept long enough.

    Any number may run; each takes what no living other one has.
    """
    speak_json()
    found = settings()
    asyncio.run(_until_told(house(found), found))


def _sources(found: Settings) -> list[Source]:
    """Read which carriers can be asked."""
    if found.carriers_file is None:
        return []
    try:
        return read_sources(found.carriers_file)
    except (NotSources, OSError):
        refuse(f"JIEBANG_CARRIERS_FILE: {found.carriers_file} is no list of carriers: docs/run/carrier.md")


async def _serve(opened: House, found: Settings, *, port: int, with_worker: bool) -> None:
    from jiebang.app import create

    server = uvicorn.Server(
        uvicorn.Config(
            create(opened, sources=_sources(found)),
            host="127.0.0.1",
            port=port,
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=1,
        )
    )
    working = asyncio.create_task(hub_worker.run(opened, _sms_url(found))) if with_worker else None
    try:
        await server.serve()
    finally:
        if working is not None:
            working.cancel()


async def _until_told(opened: House, found: Settings) -> None:
    working = asyncio.create_task(hub_worker.run(opened, _sms_url(found)))
    for told in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(told, working.cancel)
    try:
        await working
    except asyncio.CancelledError:
        opened.database.close()


def _sms_url(found: Settings) -> str | None:
    return None if found.sms_url is None else str(found.sms_url)
