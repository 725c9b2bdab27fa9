"""A limit on what a request may weigh: Starlette counts as it arrives; we refuse it as a problem."""

from http import HTTPStatus

from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jiebang.api.problems import TOO_LARGE, written


class BodyLimit:
    """Refuses with 413, as a problem, a body of more than `most` bytes, whether it says its length or not."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        """Guard an application."""
        self._limited = RequestBodyLimitMiddleware(app, max_body_size=most)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: PLR0917 - ASGI's
        """Pass a request on while it is small enough."""
        too_large = False

        async def sending(message: Message) -> None:
            nonlocal too_large
            if message["type"] == "http.response.start":
                too_large = message["status"] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            if not too_large:
                await send(message)

        await self._limited(scope, receive, sending)
        if too_large:
            await _REFUSAL(scope, receive, send)


_REFUSAL = written(TOO_LARGE)
