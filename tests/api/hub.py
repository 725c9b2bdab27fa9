"""A hub behind its machines' door: a real one, called over HTTP, that may answer only as OpenAPI says."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jiebang.app import create
from jiebang.domain.party import Party, Role
from jiebang.domain.policy import Policy
from jiebang.flows.add_party import add_party
from jiebang.flows.load_changes import load_changes
from jiebang.house import House
from jiebang.store.database import Database
from jiebang.wire import keys
from jiebang.wire.keys import Key
from jiebang.wire.oauth import ASSERTION_TYPE, sign_assertion
from tests.build import HISTORY, POLICY

ISSUER = "https://hub.example"
SHOP, SOCIAL, CARRIER = "par_shop", "par_social", "par_carrier"
FRONT, OTHER_FRONT = "par_app", "par_counter"
_ROLES = {
    SHOP: Role.PLATFORM, SOCIAL: Role.PLATFORM, CARRIER: Role.CARRIER,
    FRONT: Role.FRONT, OTHER_FRONT: Role.FRONT,
}  # fmt: skip
Body: TypeAlias = bytes | Iterator[bytes] | None
_DESCRIPTION: dict[str, Any] = {}
HELD = timedelta(seconds=20)
"""How long these hubs hold a poll: far longer than a test waits, so that whoever returns was woken."""


@dataclass(slots=True)
class Clock:
    """The time of day, as far ahead as it has been turned."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        """Read it."""
        return datetime.now(UTC) + self.ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """A hub, its parties' keys, and a way to call it."""

    house: House
    calls: TestClient
    keys: dict[str, Key]
    clock: Clock
    _tokens: dict[str, str] = field(default_factory=dict)

    def grant(self, party_id: str, **more: str) -> Response:
        """Ask for a token as a party does; `more` says what is said otherwise."""
        assertion = sign_assertion(party_id, ISSUER, key=self.keys[party_id], now=self.clock())
        said = {
            "grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion, **more,
        }  # fmt: skip
        return self.calls.post("/oauth/token", data=said)

    def token(self, party_id: str) -> str:
        """Give a party's token with all that it may do."""
        if party_id not in self._tokens:
            self._tokens[party_id] = self.grant(party_id).json()["access_token"]
        return self._tokens[party_id]

    def forget_tokens(self) -> None:
        """Have every party ask for a new token: time has passed."""
        self._tokens.clear()

    def call(
        self,
        method: str,
        path: str,
        said: object = None,
        *,
        body: Body = None,
        by: str = SHOP,
        proof: str | None = None,
    ) -> Response:
        """Call as a party that has shown itself; what is said goes as JSON, a body as it is."""
        headers = {"Authorization": f"Bearer {self.token(by)}"}
        if proof is not None:
            headers["Jiebang-Proof"] = proof
        if body is not None:
            headers["Content-Type"] = "application/json"
        return self.calls.request(method, path, headers=headers, json=said, content=body)

    def stream(self, by: str = SHOP) -> str:
        """Open a party's stream."""
        return str(self.call("POST", "/ssf/stream", {}, by=by).json()["stream_id"])

    def poll(self, stream_id: str, by: str = SHOP, **said: object) -> dict[str, Any]:
        """Poll a stream, at once unless told otherwise, and read what it gives."""
        given = self.call("POST", f"/ssf/poll/{stream_id}", {"returnImmediately": True, **said}, by=by)
        assert given.status_code == 200
        return dict(given.json())


@contextmanager
def opened(database_url: str, policy: Policy = POLICY) -> Iterator[Hub]:
    """Open a hub with a shop, a social network, a carrier, two fronts, and the history of one number."""
    database, clock = Database(database_url), Clock()
    house = House(
        database=database, policy=policy, key=keys.make(), issuer=ISSUER, now=clock, secure_cookies=True
    )
    held = {party_id: keys.make() for party_id in _ROLES}
    for party_id, role in _ROLES.items():
        party = Party(id=party_id, role=role, name=party_id, jwks=held[party_id].public_set())
        add_party(database, party, now=clock())
    load_changes(database, CARRIER, changes=HISTORY, now=datetime(2026, 11, 24, tzinfo=UTC), policy=policy)
    app = create(house)
    promised = Promised(app, _described(app))
    with TestClient(promised, base_url=ISSUER) as calls:
        yield Hub(house=house, calls=calls, keys=held, clock=clock)
    assert promised.broken == [], "OpenAPI does not say that this can be answered"


def _described(app: FastAPI) -> dict[str, Any]:
    # A hub describes itself in a tenth of a second and always alike, so that the first speaks for all.
    if not _DESCRIPTION:
        _DESCRIPTION.update(app.openapi())
    return _DESCRIPTION


class Promised:
    """Listens to all that an application answers, and notes what its own OpenAPI description does not say."""

    def __init__(self, app: FastAPI, described: dict[str, Any]) -> None:
        self.app: ASGIApp = app
        self.broken: list[str] = []
        self.said = {_pattern(path): ways for path, ways in described["paths"].items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on, and compare what comes back."""

        async def comparing(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._compare(scope, status=message["status"], headers=dict(message["headers"]))
            await send(message)

        await self.app(scope, receive, comparing if scope["type"] == "http" else send)

    def _compare(self, scope: Scope, *, status: int, headers: dict[bytes, bytes]) -> None:
        ways = [ways for path, ways in self.said.items() if path.fullmatch(scope["path"])]
        way = ways[0].get(scope["method"].lower()) if ways else None
        if way is None:
            return
        kind = headers.get(b"content-type", b"").decode()
        promised = way["responses"].get(str(status))
        if promised is None or kind not in promised.get("content", {kind: None}):
            self.broken.append(f"{scope['method']} {scope['path']}: {status} {kind}")


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", path))
