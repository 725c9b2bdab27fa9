"""What came in and how it went: a log line and a metric for each request, by route and never by address."""

import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jiebang.api.problems import FAULT, written

_log = structlog.get_logger("jiebang.access")


class Access:
    """
    Counts and logs requests around an application.

    Only the route's pattern is ever written, not the address that was asked for: whatever a
    stranger types into an address stays out of logs and metrics.
    """

    def __init__(self, app: ASGIApp, *, registry: CollectorRegistry, clock: Callable[[], float]) -> None:
        """Watch an application; `clock` counts seconds."""
        self._app, self._clock = app, clock
        requests = Counter(
            "jiebang_requests",
            "Requests by route and status.",
            ["method", "route", "status"],
            registry=registry,
        )
        seconds = Histogram(
            "jiebang_request_seconds",
            "Seconds until a request was answered.",
            ["method", "route"],
            registry=registry,
        )
        self._requests, self._seconds = cache(requests.labels), cache(seconds.labels)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: PLR0917 - ASGI's
        """Pass a request on, and note how it went."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun, status, begun_to_answer = self._clock(), 500, False

        async def sending(message: Message) -> None:
            nonlocal status, begun_to_answer
            if message["type"] == "http.response.start":
                status, begun_to_answer = int(message["status"]), True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as bug:  # noqa: BLE001 - told here, since what others write of it may hold a number
            _tell(bug)
            if not begun_to_answer:
                await _BROKEN(scope, receive, sending)
        finally:
            took = self._clock() - begun
            route = getattr(scope.get("route"), "path", "unknown")
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            self._requests(method, route, status).inc()
            self._seconds(method, route).observe(took)
            _log.info("request", method=method, route=route, status=status, ms=round(took * 1000, 1))


def _tell(bug: Exception) -> None:
    """Log where a fault is and of what kind, never its words."""
    places = [f"{Path(at.filename).name}:{at.lineno}" for at in traceback.extract_tb(bug.__traceback__)]
    _log.error("fault", kind=type(bug).__name__, places=places[-6:])


_BROKEN = written(FAULT)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def metrics(registry: CollectorRegistry) -> Callable[[], Response]:
    """Build the page that Prometheus reads."""

    def page() -> Response:
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")

    return page
