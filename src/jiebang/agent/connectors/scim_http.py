"""SCIM over HTTP (RFC 7644 §3): five requests, every value encoded, no redirect followed."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from jiebang.agent.config import ScimStore, secret
from jiebang.agent.errors import StoreDown, StoreRefuses

_MEDIA = "application/scim+json"
_MESSAGES = "urn:ietf:params:scim:api:messages:2.0"
_PATIENCE = aiohttp.ClientTimeout(total=20, sock_connect=5)
_NOT_NOW = {
    HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS,
    # A token that has run out is for the operator to renew; no order is denied for it.
    HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the server said: an account, or that there is none (404), or that there is a newer one (412)."""

    status: int
    said: Mapping[str, Any]
    etag: str | None

    @property
    def version(self) -> str | None:
        """The account's version, to change this one and no newer; `None` where the server counts none."""
        version = self.etag or (self.said.get("meta") or {}).get("version")
        return str(version) if version else None


class ScimHttp:
    """One server's `/Users`."""

    def __init__(self, store: ScimStore) -> None:
        token = secret("bearer_token", env=store.bearer_token_env, file=store.bearer_token_file)
        headers = {"Accept": _MEDIA} | ({"Authorization": f"Bearer {token}"} if token else {})
        self.accounts = f"{store.url}/Users"
        self.by_post = store.search == "post"
        self.session = aiohttp.ClientSession(headers=headers, timeout=_PATIENCE)

    async def close(self) -> None:
        """Close the connections."""
        await self.session.close()

    async def search(self, question: str, *, start: int, most: int) -> Mapping[str, Any]:
        """Ask for one page of the accounts that a filter fits."""
        asked: dict[str, Any] = {"filter": question, "startIndex": start, "count": most}
        if self.by_post:
            body = {"schemas": [f"{_MESSAGES}:SearchRequest"], **asked}
            return (await self._send("POST", "/.search", body=body)).said
        return (await self._send("GET", f"?{urlencode(asked, quote_via=quote)}")).said

    async def get(self, own_id: str) -> Reply:
        """Read one account; 404 is an answer."""
        return await self._send("GET", f"/{quote(own_id, safe='')}", fine=(HTTPStatus.NOT_FOUND,))

    async def patch(self, own_id: str, steps: Sequence[Mapping[str, Any]], *, version: str | None) -> bool:
        """Change one account in one piece; `False` when it is no longer the version that was read."""
        body = {"schemas": [f"{_MESSAGES}:PatchOp"], "Operations": list(steps)}
        return await self._written("PATCH", own_id, body=body, version=version)

    async def delete(self, own_id: str, *, version: str | None) -> bool:
        """Delete one account; `False` when it is no longer the version that was read."""
        return await self._written("DELETE", own_id, body=None, version=version)

    async def _written(
        self, method: str, own_id: str, *, body: Mapping[str, Any] | None, version: str | None
    ) -> bool:
        path = f"/{quote(own_id, safe='')}"
        fine = (HTTPStatus.NOT_FOUND, HTTPStatus.PRECONDITION_FAILED)
        reply = await self._send(method, path, body=body, version=version, fine=fine)
        return reply.status != HTTPStatus.PRECONDITION_FAILED

    async def _send(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        version: str | None = None,
        fine: Collection[int] = (),
    ) -> Reply:
        headers = {"Content-Type": _MEDIA} if body is not None else {}
        headers |= {"If-Match": version} if version else {}
        try:
            async with self.session.request(
                method, URL(self.accounts + path, encoded=True), headers=headers, allow_redirects=False,
                data=None if body is None else json.dumps(body),
            ) as answer:  # fmt: skip
                said = await answer.read() if answer.ok else b""
                return _reply(answer.status, said, etag=answer.headers.get("ETag"), fine=fine)
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise StoreDown from None


def _reply(status: int, said: bytes, *, etag: str | None, fine: Collection[int]) -> Reply:
    """Judge a response; its body may hold anything, so no word of it goes into what is raised."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _NOT_NOW:
        raise StoreDown(f"The SCIM server says {status}.")
    if status not in fine and not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise StoreRefuses(f"The SCIM server refuses with {status}.")
    try:
        content = json.loads(said or b"{}")
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise StoreRefuses("The SCIM server does not answer in JSON.")
    return Reply(status=status, said=content, etag=etag)
