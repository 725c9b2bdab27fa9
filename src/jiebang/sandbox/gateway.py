"""An SMS gateway that delivers nothing: it takes texts on loopback, keeps them, and shows them."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from jiebang.sandbox.program import until
from jiebang.sandbox.web import Door

_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it would have reached a telephone."""

    to: str
    text: str

    @property
    def code(self) -> str | None:
        """The one-time code in it."""
        found = _CODE.search(self.text)
        return found[0] if found else None


class SmsGateway:
    """The pretended gateway; `shown` is called with every text, on a thread of its own."""

    def __init__(self, *, port: int, shown: Callable[[Text], None] = lambda _: None) -> None:
        app = web.Application()
        app.router.add_post("/texts", self._take)
        self._door = Door(app, port=port)
        self._shown = shown
        self.url = f"{self._door.url}/texts"
        self.texts: list[Text] = []

    def open(self) -> None:
        """Start to take texts."""
        self._door.open()

    def close(self) -> None:
        """Take no more texts."""
        self._door.close()

    def next_code(self, number: str, *, after: int = 0) -> str:
        """Wait for the next code that is sent to a number, once `after` texts are there already."""

        def arrived() -> str | None:
            return next((text.code for text in self.texts[after:] if text.to == number and text.code), None)

        return until("a one-time code by SMS", arrived)

    async def _take(self, request: web.Request) -> web.Response:
        try:
            said = json.loads(await request.read())
            text = Text(to=str(said["to"]), text=str(said["text"]))
        except (ValueError, KeyError, TypeError):
            return web.Response(status=400)
        self.texts.append(text)
        self._shown(text)
        return web.Response(status=202)
