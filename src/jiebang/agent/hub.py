"""The hub's door for platforms, seen from outside: discovery, access tokens, and calls."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import aiohttp
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from jiebang.agent.errors import HubDown, HubRefuses, HubStrange
from jiebang.domain.policy import BATCH_MOST, Policy
from jiebang.wire.keys import Key, public_keys
from jiebang.wire.oauth import ASSERTION_TYPE, sign_assertion

Json: TypeAlias = Any
"""Whatever JSON can say."""
PATIENCE = timedelta(seconds=30)
_RENEW_BEFORE = timedelta(seconds=60)
"""A token is renewed this long before it runs out, or after half its life where that is shorter."""
_NOT_NOW = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_BATCH_BYTES = Policy().body_most - 1024
"""A little less than the hub takes, for what stands around the items."""
_UNREADABLE = {400, 413, 422}
_PLACES = ("token_endpoint", "jwks_uri", "configuration_endpoint")
_MOST_BYTES = 8 << 20
"""Several times what a hundred letters take, and little enough for the smallest machine."""
_PLAIN = {"Accept-Encoding": "identity"}
"""Nothing is unpacked: what is small on the way could be endless here."""
_CODE = re.compile(r"[A-Za-z_.:-]{1,64}")
"""What a code looks like; a hub's own words are not for this agent's log."""
_NO_CODE = "unexplained"
_NAME = re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,255}(/[A-Za-z0-9._~/-]{0,255})?")
"""What a hub can call itself."""


@dataclass(kw_only=True)
class Hub:
    """One hub, and this platform's standing with it."""

    url: str
    platform: str
    key: Key = field(repr=False)
    session: aiohttp.ClientSession
    now: Callable[[], datetime]
    _places: dict[str, str] | None = None
    _token: str | None = field(default=None, repr=False)
    _renew_at: datetime | None = None

    async def places(self) -> Mapping[str, str]:
        """Where everything is: the metadata of RFC 8414 and of SSF 1.0, once; both must name this hub."""
        if self._places is None:
            found: dict[str, Any] = {}
            for name in ("oauth-authorization-server", "ssf-configuration"):
                found |= await self._described(name)
            self._places = {name: self.own(found.get(name)) for name in _PLACES}
        return self._places

    async def _described(self, name: str) -> dict[str, Any]:
        """Fetch one of the documents in which the hub says where everything is; raises `HubStrange`."""
        try:
            said = await self._send("GET", f"{self.url}/.well-known/{name}")
        except HubRefuses as refused:
            raise HubStrange(self._no_hub(refused.status)) from None
        issuer = said.get("issuer") if isinstance(said, dict) else None
        if issuer == self.url:
            return as_object(said)
        if isinstance(issuer, str) and _NAME.fullmatch(issuer):
            raise HubStrange(
                "Who answers calls itself otherwise: `hub` must be what it calls itself.", name=issuer
            )
        raise HubStrange(self._no_hub(HTTPStatus.OK))

    def _no_hub(self, status: int) -> str:
        return (
            f"What answers at {self.url} is no hub, and says {status}: `hub` must be the hub's own address."
        )

    def own(self, url: object) -> str:
        """Take an address that the hub names, if it is the hub's own: nobody sends this agent elsewhere."""
        if not isinstance(url, str) or _origin(url) != _origin(self.url):
            raise HubDown("The hub names an address that is not its own.")
        return url

    async def keys(self) -> KeySet:
        """Fetch the hub's public keys as they are now."""
        jwks = await self._send("GET", (await self.places())["jwks_uri"])
        try:
            return public_keys(jwks)
        except (ValueError, JoseError):
            raise HubDown("The hub's keys cannot be read.") from None

    async def token(self, *, fresh: bool = False) -> str:
        """Give an access token that is good for a while; `fresh` when the hub did not take the last one."""
        now = self.now()
        if fresh or self._renew_at is None or now >= self._renew_at:
            form = {
                "grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": sign_assertion(self.platform, self.url, key=self.key, now=now),
            }  # fmt: skip
            place = (await self.places())["token_endpoint"]
            try:
                self._token, life = _granted(await self._send("POST", place, data=form))
            except HubRefuses as refused:
                # Said of this platform, and of nothing that it was about to hand in.
                raise HubStrange(self._not_known(refused)) from None
            self._renew_at = now + max(life - _RENEW_BEFORE, life / 2)
        return str(self._token)

    def _not_known(self, refused: HubRefuses) -> str:
        if refused.status != HTTPStatus.UNAUTHORIZED:
            return f"The hub grants no token, and says {refused.status} {refused.code}."
        return (
            f"The hub does not know {self.platform} with the key {self.key.id[:8]}…, or the clock here is"
            " wrong: `platform` must be the id that the hub's operator gave you, and `key_file` the key that"
            " they have the public half of."
        )

    async def call(
        self, method: str, url: str, *, said: Mapping[str, Any] | None = None, patience: timedelta = PATIENCE
    ) -> Json:
        """Call the hub as this platform; raises `HubDown` or `HubRefuses`."""
        for last in (False, True):
            headers = {"Authorization": f"Bearer {await self.token(fresh=last)}"}
            try:
                return await self._send(method, url, json=said, headers=headers, patience=patience)
            except HubRefuses as refused:
                # The hub may have a new key; one new token tells.
                if last or refused.status != HTTPStatus.UNAUTHORIZED:
                    raise
        raise AssertionError  # the second turn returns or raises

    async def hand_in(self, what: str, items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Post `answers` or `outcomes` in batches; gives what the hub said to each, in the same order."""
        verdicts: list[Mapping[str, Any]] = []
        for batch in _batches(items):
            verdicts += await self._hand_in(what, batch)
        return verdicts

    async def _hand_in(self, what: str, batch: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Post one batch. One item that the hub cannot read must not hold up the others: each goes alone."""
        try:
            said = await self.call("POST", f"{self.url}/platform/v1/{what}", said={what: batch})
        except HubRefuses as refused:
            if refused.status not in _UNREADABLE:
                raise
            if len(batch) == 1:
                # What gives no code is a proxy's word: a hub says what it cannot read (RFC 9457).
                if refused.code == _NO_CODE:
                    raise
                return [{"status": "refused", "refusal": {"code": refused.code}}]
            return [verdict for item in batch for verdict in await self._hand_in(what, [item])]
        verdicts = as_object(said).get("results")
        if not isinstance(verdicts, list) or len(verdicts) != len(batch):
            raise HubDown("The hub did not answer to every item.")
        return [_verdict(one) for one in verdicts]

    async def _send(self, method: str, url: str, *, patience: timedelta = PATIENCE, **content: Json) -> Json:
        """Send one request; follows no redirect, and reads no more than `_MOST_BYTES`."""
        timeout = aiohttp.ClientTimeout(total=patience.total_seconds(), sock_connect=5)
        content["headers"] = _PLAIN | content.get("headers", {})
        try:
            async with self.session.request(
                method, self.own(url), timeout=timeout, allow_redirects=False, auto_decompress=False,
                **content,
            ) as answer:  # fmt: skip
                body, status = await _bounded(answer), answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            raise HubDown from None
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _NOT_NOW:
            raise HubDown(f"The hub says {status}.")
        try:
            said = _read(body)
        except (ValueError, RecursionError):
            # It may be a proxy's word, for a minute: nothing of it is the hub's.
            raise HubDown(self._no_hub(status)) from None
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            raise HubRefuses(status, _code(said))
        return said


def _origin(url: str) -> tuple[str | None, str | None, int | None]:
    """Say whom an address leads to; all `None` where it can lead to nobody."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None, None, None
    return parts.scheme, parts.hostname, port


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    """Read an answer's body, and stop where no sound hub would go on."""
    said = bytearray()
    async for piece in answer.content.iter_any():
        said += piece
        if len(said) > _MOST_BYTES:
            raise HubDown("The hub's answer is too large.")
    return bytes(said)


def _read(said: bytes) -> Json:
    return json.loads(said) if said else None


def as_object(said: Json) -> dict[str, Any]:
    """Take what must be a JSON object; raises `HubDown` for anything else."""
    if not isinstance(said, dict):
        raise HubDown("The hub does not say what it must.")
    return said


def _granted(said: Json) -> tuple[str, timedelta]:
    """Read an access token and how long it is good for, a day at the most."""
    token, seconds = as_object(said).get("access_token"), said.get("expires_in")
    if not isinstance(token, str) or type(seconds) not in {int, float}:
        raise HubDown("The hub grants a token that cannot be read.")
    return token, timedelta(seconds=min(max(0, seconds), 86_400))


def _verdict(said: Json) -> Mapping[str, Any]:
    """Read what the hub says to one item; of a refusal its code is kept, and nothing else."""
    status = as_object(said).get("status")
    refused = {"code": _code(said.get("refusal"))}
    return {"status": "refused", "refusal": refused} if status == "refused" else {"status": str(status)}


def _code(said: object) -> str:
    """Find the hub's own word for a refusal: a problem's `code` (RFC 9457), OAuth's `error`, SSF's `err`."""
    named = [said.get(name) for name in ("code", "error", "err")] if isinstance(said, dict) else []
    return next((name for name in named if isinstance(name, str) and _CODE.fullmatch(name)), _NO_CODE)


def _batches(items: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Cut a batch before it is longer or larger than the hub takes."""
    batch: list[Mapping[str, Any]] = []
    size = 0
    for item in items:
        weight = len(json.dumps(item)) + len(", ")
        if batch and (len(batch) == BATCH_MOST or size + weight > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += weight
    if batch:
        yield batch
