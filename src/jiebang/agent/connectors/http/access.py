"""Access: how the agent shows a server who it is; the secret comes from the environment or a file."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from jiebang.agent.connectors.http.store import HttpStore
from jiebang.agent.connectors.web import Web
from jiebang.agent.errors import StoreDown

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_EARLY = timedelta(seconds=30)
"""A token is renewed this long before its end: a sequence of requests must not outlive it."""
_USUAL = 300


class Access:
    """Makes the header that each request carries."""

    def __init__(self, store: HttpStore, web: Web, *, own: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._secret = own
        self._web = web
        self._now = now
        self._token: str | None = None
        self._good_until: datetime | None = None
        self._renewing = asyncio.Lock()

    async def headers(self) -> Mapping[str, str]:
        """Give the header for one request; may raise `StoreDown` where no token is to be had."""
        access = self._store.asked.access
        match access.type:
            case "bearer":
                return {"Authorization": f"Bearer {self._secret}"}
            case "basic":
                return {"Authorization": f"Basic {self._pair()}"}
            case "header":
                return {access.header or "": self._secret}
            case "client_credentials":
                return {"Authorization": f"Bearer {await self._granted()}"}
            case _:
                return {}

    def forget(self) -> bool:
        """Take the token for no longer good; whether there was one that can be renewed."""
        had, self._token = self._token, None
        return had is not None

    async def _granted(self) -> str:
        async with self._renewing:
            if self._token is None or self._good_until is None or self._good_until <= self._now():
                self._token, life = await self._fetch()
                self._good_until = self._now() + timedelta(seconds=life) - _EARLY
            return self._token

    async def _fetch(self) -> tuple[str, float]:
        """Ask the token endpoint (RFC 6749 §4.4); gives the token, and how many seconds it is good."""
        access = self._store.asked.access
        where = self._store.token_url or f"{self._store.url}{access.path}"
        form = {"grant_type": "client_credentials"} | ({"scope": access.scope} if access.scope else {})
        headers = _FORM | {"Authorization": f"Basic {self._pair(encoded=True)}"}
        reply = await self._web.exchange("POST", where, content=urlencode(form).encode(), headers=headers)
        said = _json(reply.said)
        token, life = said.get("access_token"), said.get("expires_in", _USUAL)
        if reply.status != HTTPStatus.OK or not isinstance(token, str) or not token.isprintable():
            raise StoreDown(f"The token endpoint grants nothing; it says {reply.status}.")
        return token, float(life) if isinstance(life, int | float) else _USUAL

    def _pair(self, *, encoded: bool = False) -> str:
        """Write name and secret as HTTP does (RFC 7617); OAuth encodes each first (RFC 6749 §2.3.1)."""
        pair = [self._store.login or "", self._secret]
        return b64encode(
            ":".join(quote(part, safe="") if encoded else part for part in pair).encode()
        ).decode()


def _json(said: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(said)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
