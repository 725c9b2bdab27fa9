"""
Tokens: the token endpoint of an inspection.

A wrong assertion is noted, and a token given all the same, so that everything else can be tried.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import web
from joserfc.jwk import KeySet

from jiebang.domain.errors import BadToken
from jiebang.domain.party import SCOPES, Role
from jiebang.sandbox.conformance.pen import Pen
from jiebang.wire.oauth import ASSERTION_TYPE, read_assertion

_LIFE = timedelta(minutes=10)
_LONGEST = timedelta(seconds=300)
_BEARER = "Bearer "


@dataclass(slots=True, kw_only=True)
class Tokens:
    """Who may call, and whether they asked as they must."""

    pen: Pen
    keys: KeySet
    note: Callable[[str, str], None]
    given: int = 0
    good: set[str] = field(default_factory=set)
    """Those that are taken."""
    _used: set[str] = field(default_factory=set)

    def routes(self) -> Sequence[web.RouteDef]:
        """Say where tokens are had."""
        return [
            web.get("/.well-known/oauth-authorization-server", self._metadata),
            web.get("/jwks.json", self._jwks),
            web.post("/oauth/token", self._give),
        ]

    def forget(self) -> set[str]:
        """Take back every token that was given, and say which those were."""
        forgotten, self.good = self.good, set()
        return forgotten

    def allow(self, request: web.Request) -> bool:
        """Whether a call carries a token that is good now."""
        said = request.headers.get("Authorization", "")
        if not said.startswith(_BEARER):
            self.note("bearer", f"{request.method} {request.path.split('/')[1]}: without a token")
            return False
        return said.removeprefix(_BEARER) in self.good

    async def _metadata(self, _request: web.Request) -> web.Response:
        url = self.pen.issuer
        return web.json_response({
            "issuer": url, "token_endpoint": f"{url}/oauth/token", "jwks_uri": f"{url}/jwks.json",
            "scopes_supported": sorted(SCOPES[Role.PLATFORM]),
            "response_types_supported": [], "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        })  # fmt: skip

    async def _jwks(self, _request: web.Request) -> web.Response:
        return web.json_response(self.pen.key.public_set())

    async def _give(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form.get("grant_type") != "client_credentials":
            self.note("assertion", "grant_type is not client_credentials")
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            self.note("assertion", "client_assertion_type is not that of a JWT (RFC 7523)")
        self._judge(str(form.get("client_assertion")))
        self.given += 1
        token = secrets.token_urlsafe(16)
        self.good.add(token)
        granted = {"access_token": token, "token_type": "Bearer", "expires_in": int(_LIFE.total_seconds())}
        return web.json_response(granted, headers={"Cache-Control": "no-store"})

    def _judge(self, said: str) -> None:
        url = self.pen.issuer
        try:
            read = read_assertion(
                said,
                self.keys,
                audiences=(url, f"{url}/oauth/token"),
                now=datetime.now(UTC),
                longest=_LONGEST,
            )
        except BadToken:
            self.note(
                "assertion", "not signed by the platform's key with ES256 for this hub, now and for 300 s"
            )
            return
        if read.party_id != self.pen.platform:
            self.note("assertion", "iss and sub are not the platform's id")
        if read.jti in self._used:
            self.note("assertion", "a jti was used twice")
        self._used.add(read.jti)
