"""HTTP as the pretenders need it: one call out at a time, and doors that listen in a thread."""

import asyncio
import json
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from jiebang.sandbox.program import NotAsTold

_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Read the first header of that name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def json(self) -> Any:  # noqa: ANN401 - whatever the other side has written
        """Read the body as JSON."""
        return json.loads(self.body)


def call(
    method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Reply:
    """
    Make one call over plain HTTP, on a connection of its own; follows nothing, keeps nothing.

    Raises `NotAsTold` when nobody answers.
    """
    parts = urlsplit(url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request(method, target, body, dict(headers or {}))
        answer = connection.getresponse()
        return Reply(status=answer.status, headers=answer.getheaders(), body=answer.read())
    except (OSError, HTTPException) as silence:
        raise NotAsTold(f"{parts.netloc} does not answer ({type(silence).__name__})") from silence
    finally:
        connection.close()


def is_up(url: str) -> bool | None:
    """Say `True` once a GET of this address is answered well, and `None` before."""
    try:
        return call("GET", url).status < 300 or None  # noqa: PLR2004 - HTTP's own line between well and not
    except NotAsTold:
        return None


class Door:
    """An aiohttp application that listens on a loopback port, in a thread of its own."""

    def __init__(self, app: web.Application, *, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._app = app
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def open(self) -> None:
        """Start to listen; returns when it does, and raises `OSError` when it cannot."""
        self._thread.start()
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=0.2)
        self._soon(self._listen())

    def close(self) -> None:
        """Stop listening, where that is not done already, and end the thread."""
        if not self._thread.is_alive():
            return
        self._soon(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE_SECONDS)
        self._loop.close()

    async def _listen(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    def _soon(self, wanted: Any) -> None:  # noqa: ANN401 - any coroutine, whatever it returns
        done: Future[Any] = asyncio.run_coroutine_threadsafe(wanted, self._loop)
        done.result(_PATIENCE_SECONDS)
