"""What came in and how it went: a log line and a metric for each request, by route and never by address."""

from collections.abc import Callable

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
        self._requests = Counter(
            "jiebang_requests",
            "Requests by route and status.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "jiebang_request_seconds",
            "Seconds until a request was answered.",
            ["method", "route"],
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: PLR0917 - ASGI's
        """Pass a request on, and note how it went."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun, status = self._clock(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            took = self._clock() - begun
            route = getattr(scope.get("route"), "path", "unknown")
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            self._requests.labels(method, route, str(status)).inc()
            self._seconds.labels(method, route).observe(took)
            _log.info("request", method=method, route=route, status=status, ms=round(took * 1000, 1))


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def metrics(registry: CollectorRegistry) -> Callable[[Request], Response]:
    """Build the page that Prometheus reads."""

    def page(_request: Request) -> Response:
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")

    return page
