"""
A pretend hub in a process of its own: `python -m bench.letters_apart FOLDER COUNT`.

It makes letters up as they are polled for, a hundred at a time, each signed: nine questions and an order,
over and over. It keeps those of one poll, until they are confirmed, and nothing else. In FOLDER it leaves its
address, and at each poll a line: how many letters were confirmed, and when.
"""

import asyncio
import itertools
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from jiebang.domain.letter import Event, Letter
from jiebang.domain.number import Number
from jiebang.wire import keys
from jiebang.wire.tokens import Route, sign_letters

PLATFORM = "par_shop"
NOW = datetime.now(UTC)
_EVERY = 10
_POLLED = 100
_PAUSE_SECONDS = 0.2


class PretendHub:
    """Has COUNT letters behind it for one platform, and says of everything it is told that it is recorded."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.count = folder, count
        self.key = keys.make()
        self.serials = iter(range(count))
        self.waiting: dict[str, str] = {}
        self.confirmed = 0

    async def serve(self) -> None:
        """Listen until this process is ended."""
        app = web.Application(client_max_size=2**24)
        app.add_routes([
            web.get("/.well-known/{name}", self._places),
            web.get("/jwks.json", self._keys),
            web.post("/oauth/token", self._token),
            web.get("/ssf/stream", self._streams),
            web.post("/ssf/poll", self._poll),
            web.post("/platform/v1/{what}", self._take),
        ])  # fmt: skip
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        (self.folder / "address").write_text(self.url)
        await asyncio.Event().wait()

    async def _places(self, _request: web.Request) -> web.Response:
        return web.json_response({
            "issuer": self.url, "token_endpoint": f"{self.url}/oauth/token",
            "jwks_uri": f"{self.url}/jwks.json", "configuration_endpoint": f"{self.url}/ssf/stream",
        })  # fmt: skip

    async def _keys(self, _request: web.Request) -> web.Response:
        return web.json_response(self.key.public_set())

    async def _token(self, _request: web.Request) -> web.Response:
        return web.json_response({"access_token": "token", "expires_in": 600})

    async def _streams(self, _request: web.Request) -> web.Response:
        place = {"delivery": {"endpoint_url": f"{self.url}/ssf/poll"}, "stream_id": "str_1"}
        return web.json_response([place])

    async def _poll(self, request: web.Request) -> web.Response:
        said = await request.json()
        for jti in [*said.get("ack", []), *said.get("setErrs", {})]:
            self.confirmed += self.waiting.pop(jti, None) is not None
        with (self.folder / "confirmed").open("a") as progress:
            progress.write(f"{self.confirmed} {time.monotonic()}\n")
        fresh = [
            self._letter(serial) for serial in itertools.islice(self.serials, _POLLED - len(self.waiting))
        ]
        route = Route(issuer=self.url, audience=PLATFORM, stream_id="str_1")
        self.waiting |= sign_letters(fresh, route, key=self.key)
        if not self.waiting:
            await asyncio.sleep(_PAUSE_SECONDS)
        return web.json_response({"sets": self.waiting})

    def _letter(self, serial: int) -> Letter:
        said = {"due": "2030-01-01T00:00:00+00:00"}
        event, what = Event.BINDINGS_ASKED, {"query_id": f"qry_{serial}"}
        if serial % _EVERY == 0:
            event = Event.UNBIND_ORDERED
            what = {"order_id": f"ord_{serial}", "handle": f"account-{serial % 1000}"}
        return Letter(
            jti=f"set_{serial}", platform_id=PLATFORM, event=event, said=said | what,
            written_at=NOW, leave_at=NOW, number=Number(f"+86138{serial % 10**8:08}"),
        )  # fmt: skip

    async def _take(self, request: web.Request) -> web.Response:
        items = (await request.json())[request.match_info["what"]]
        return web.json_response({"results": [{"status": "recorded"}] * len(items)})


if __name__ == "__main__":
    asyncio.run(PretendHub(Path(sys.argv[1]), int(sys.argv[2])).serve())
