"""A limit on what a request may weigh, enforced while it arrives."""

from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jiebang.api.problems import problem


class _TooLarge(Exception):  # noqa: N818 - never leaves this file
    """The body has grown over the limit."""


class BodyLimit:
    """Refuses with 413 a body of more than `most` bytes, whether it says its length or not."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        """Guard an application."""
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: PLR0917 - ASGI's
        """Pass a request on while it is small enough."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if not said.isdigit() or int(said) > self._most:
            return await _refusal()(scope, receive, send)
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            return await self._app(scope, self._counted(receive), sending)
        except _TooLarge:
            if begun:
                raise
            return await _refusal()(scope, receive, send)

    def _counted(self, receive: Receive) -> Receive:
        arrived = 0

        async def counting() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > self._most:
                raise _TooLarge
            return message

        return counting


def _refusal() -> ASGIApp:
    return problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        code="too_large",
        title="The request is larger than this hub takes; nothing was changed.",
    )
