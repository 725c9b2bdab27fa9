"""SCIM over HTTP (RFC 7644 §3): few requests, every value encoded."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from jiebang.agent.connectors.scim.accounts import Listing, read_list, told
from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.agent.connectors.web import Reply, Web
from jiebang.agent.errors import Ambiguous, StoreTrouble
from jiebang.agent.secrets import secret

_MEDIA = "application/scim+json"
_MESSAGES = "urn:ietf:params:scim:api:messages:2.0"
_NEWER, _GONE = HTTPStatus.PRECONDITION_FAILED, HTTPStatus.NOT_FOUND
_DECLINED = {
    HTTPStatus.BAD_REQUEST, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.CONFLICT,
    HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.NOT_IMPLEMENTED,
}  # fmt: skip


class Written(StrEnum):
    """What a server said to a change; whether that is true is another matter."""

    TAKEN = "taken"
    ACCEPTED = "accepted"
    """Taken, to be done later: what was made of it can be seen only then."""
    NEWER = "newer"
    """The account is no longer the version that was read."""
    DECLINED = "declined"


def version(reply: Reply) -> str | None:
    """Which version of an account this is, to change it and no newer; `None` where the server counts none."""
    return reply.etag or told(reply.said, "version")


class ScimHttp:
    """One server's `/Users`."""

    def __init__(self, store: ScimStore) -> None:
        token = secret("bearer_token", env=store.bearer_token_env, file=store.bearer_token_file)
        self.accounts = f"{store.url}/Users"
        self.describes = f"{store.url}/ServiceProviderConfig"
        self.by_post = store.search == "post"
        headers = {"Accept": _MEDIA} | ({"Authorization": f"Bearer {token}"} if token else {})
        self.web = Web(headers, patience=store.patience)

    async def close(self) -> None:
        """Close the connections."""
        await self.web.close()

    async def search(self, question: str, *, start: int, most: int) -> Listing:
        """Ask for one page of the accounts that a filter fits, in the way that keeps numbers out of logs."""
        asked: dict[str, Any] = {"filter": question, "startIndex": start, "count": most}
        if not self.by_post:
            return await self._list(asked)
        body = {"schemas": [f"{_MESSAGES}:SearchRequest"], **asked}
        return read_list(await self._send("POST", "/.search", body=body))

    async def page(self, start: int, most: int, *, question: str | None = None) -> Listing:
        """Ask for one page of all accounts, or of those that a filter fits in which there is no number."""
        asked: dict[str, Any] = {} if question is None else {"filter": question}
        return await self._list({**asked, "startIndex": start, "count": most})

    async def whole(self, question: str | None = None) -> Listing:
        """Ask for all accounts at once."""
        return await self._list({} if question is None else {"filter": question})

    async def says_it_can(self, what: str) -> bool | None:
        """Read what the server says of itself (RFC 7644 §4); a hint for people, and never believed."""
        try:
            said = (await self.web.send("GET", self.describes)).said.get(what)
        except StoreTrouble:
            return None
        can = said.get("supported") if isinstance(said, dict) else None
        return can if isinstance(can, bool) else None

    async def is_there(self) -> bool:
        """Whether there are accounts below the address; also where the server does not say."""
        try:
            reply = await self._send("GET", "?startIndex=1&count=1", fine=(_GONE,))
        except StoreTrouble:
            return True
        return reply.status != _GONE

    async def account(self, own_id: str) -> Reply | None:
        """Read one account; `None` when there is none. Raises `Ambiguous` when another one comes back."""
        reply = await self._send("GET", f"/{quote(own_id, safe='')}", fine=(_GONE,))
        if reply.status == _GONE:
            return None
        # Some write their ids as numbers; a list of accounts is read so as well.
        if str(reply.said.get("id")) != own_id:
            raise Ambiguous("The SCIM server gave another account than the one it was asked for.")
        return reply

    async def patch(self, own_id: str, steps: Sequence[Mapping[str, Any]], *, version: str | None) -> Written:
        """Change one account in one piece, if it is still the version that was read."""
        body = {"schemas": [f"{_MESSAGES}:PatchOp"], "Operations": list(steps)}
        return await self._written("PATCH", own_id, body=body, version=version)

    async def delete(self, own_id: str, *, version: str | None) -> Written:
        """Delete one account, if it is still the version that was read."""
        return await self._written("DELETE", own_id, body=None, version=version)

    async def _written(
        self, method: str, own_id: str, *, body: Mapping[str, Any] | None, version: str | None
    ) -> Written:
        path = f"/{quote(own_id, safe='')}"
        fine = {_GONE, _NEWER, *_DECLINED}
        reply = await self._send(method, path, body=body, version=version, fine=fine)
        if reply.status == _NEWER:
            return Written.NEWER
        if reply.status in _DECLINED:
            return Written.DECLINED
        return Written.ACCEPTED if reply.status == HTTPStatus.ACCEPTED else Written.TAKEN

    async def _list(self, asked: Mapping[str, Any]) -> Listing:
        return read_list(await self._send("GET", f"?{urlencode(asked, quote_via=quote)}" if asked else ""))

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
