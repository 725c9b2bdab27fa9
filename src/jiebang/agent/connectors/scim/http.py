"""SCIM over HTTP (RFC 7644 §3): five requests, every value encoded."""

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.agent.connectors.web import Reply, Web
from jiebang.agent.secrets import secret

_MEDIA = "application/scim+json"
_MESSAGES = "urn:ietf:params:scim:api:messages:2.0"


def version(reply: Reply) -> str | None:
    """Which version of an account this is, to change it and no newer; `None` where the server counts none."""
    told = reply.etag or (reply.said.get("meta") or {}).get("version")
    return str(told) if told else None


class ScimHttp:
    """One server's `/Users`."""

    def __init__(self, store: ScimStore) -> None:
        token = secret("bearer_token", env=store.bearer_token_env, file=store.bearer_token_file)
        self.accounts = f"{store.url}/Users"
        self.by_post = store.search == "post"
        self.web = Web({"Accept": _MEDIA} | ({"Authorization": f"Bearer {token}"} if token else {}))

    async def close(self) -> None:
        """Close the connections."""
        await self.web.close()

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
        return await self.web.send(method, self.accounts + path, body=body, headers=headers, fine=fine)
