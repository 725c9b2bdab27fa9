"""Reaching a store over HTTP: no redirect is followed, and nothing that a server says goes into an error."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from jiebang.agent.errors import StoreDown, StoreRefuses

_CONNECTED_SECONDS = 5
_MOST_BYTES = 32 * 2**20
"""More in one answer would be a list of all accounts where one was asked for, or a server gone wrong."""
NOT_NOW = {
    HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS,
    # A token that has run out is for the operator to renew; no order is denied for it.
    HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a server said: a JSON object, and the status that came with it."""

    status: int
    said: Mapping[str, Any]
    etag: str | None
    at: datetime | None
    """When it was said, by the server's own clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What a server said, as it said it."""

    status: int
    said: bytes
    headers: CIMultiDictProxy[str]
    """Whatever the case of their names; one may be there several times."""
    addresses: Mapping[str, str]
    """Those in its header `Link`, by what each is said to be (RFC 8288)."""


class Web:
    """One server, over connections that are kept open."""

    def __init__(self, headers: Mapping[str, str], *, patience: int) -> None:
        """Prepare headers for each request, and the seconds that an answer may take."""
        # What one answer sets must not go along with a request for another account.
        jar = aiohttp.DummyCookieJar()
        timeout = aiohttp.ClientTimeout(total=patience, sock_connect=_CONNECTED_SECONDS)
        self.session = aiohttp.ClientSession(headers=headers, timeout=timeout, cookie_jar=jar)

    async def close(self) -> None:
        """Close the connections."""
        await self.session.close()

    async def send(
        self,
        method: str,
        url: str,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        fine: Collection[int] = (),
    ) -> Reply:
        """
        Send one request to an address that is encoded already, with a body in JSON, if any.

        Raises `StoreDown` for what may be right later, `StoreRefuses` for every other status that is
        neither a success nor `fine`.
        """
        content = None if body is None else json.dumps(body).encode()
        return _reply(await self.exchange(method, url, content=content, headers=headers or {}), fine=fine)

    async def exchange(
        self, method: str, url: str, *, content: bytes | None, headers: Mapping[str, str]
    ) -> Exchange:
        """
        Send one request to an address that is encoded already, and take whatever comes back.

        Raises `StoreDown` where nobody answers, `StoreRefuses` for an answer without end.
        """
        try:
            async with self.session.request(
                method, URL(url, encoded=True), headers=headers, allow_redirects=False, data=content
            ) as answer:
                return Exchange(
                    status=answer.status, said=await _read(answer), headers=answer.headers,
                    addresses=_addresses(answer),
                )  # fmt: skip
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise StoreDown from None


def _addresses(answer: aiohttp.ClientResponse) -> Mapping[str, str]:
    try:
        return {relation: str(found["url"]) for relation, found in answer.links.items()}
    except ValueError:
        return {}


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    said = bytearray()
    async for piece in answer.content.iter_any():
        said += piece
        if len(said) > _MOST_BYTES:
            raise StoreRefuses("The server's answer is longer than any can be.")
    return bytes(said)


def instant(date: str | None) -> datetime | None:
    """Read the time in a header (RFC 9110 §5.6.7); one that says no zone tells nothing."""
    try:
        at = parsedate_to_datetime(date) if date else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def _reply(came: Exchange, *, fine: Collection[int]) -> Reply:
    """Judge a response; its body may hold anything, so no word of it goes into what is raised."""
    status = came.status
    if status not in fine and (status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in NOT_NOW):
        raise StoreDown(f"The server says {status}.")
    if status not in fine and not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise StoreRefuses(f"The server refuses with {status}.")
    try:
        # What a server adds to a status that is no success, or none yet, is nothing that was asked for.
        asked_for = status < HTTPStatus.BAD_REQUEST and status != HTTPStatus.ACCEPTED
        content = json.loads((came.said if asked_for else b"") or b"{}")
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise StoreRefuses("The server does not answer in JSON.")
    return Reply(
        status=status, said=content, etag=came.headers.get("ETag"), at=instant(came.headers.get("Date"))
    )
