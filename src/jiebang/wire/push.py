"""Letters posted to a platform (RFC 8935): one token in one POST, taken with 202."""

from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus

import aiohttp

from jiebang.wire.replies import read_object

_UNREADABLE = {"invalid_request", "invalid_key", "invalid_issuer", "invalid_audience"}
"""What a receiver says of a letter that it can never read (RFC 8935 §2.4); the rest is said of us."""


class Taken(Enum):
    """What became of one letter."""

    YES = "yes"
    UNREADABLE = "unreadable"
    LATER = "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """One platform's door for letters, on an open HTTP session."""

    url: str
    authorization: str | None = field(repr=False)
    session: aiohttp.ClientSession

    async def post(self, token: str) -> Taken:
        """Post one letter; nothing that is answered is kept or logged."""
        headers = {"Content-Type": "application/secevent+jwt", "Accept": "application/json"}
        if self.authorization is not None:
            headers["Authorization"] = self.authorization
        try:
            async with self.session.post(
                self.url, data=token.encode(), headers=headers, allow_redirects=False
            ) as answer:
                if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
                    return Taken.YES
                said = await read_object(answer) if answer.status == HTTPStatus.BAD_REQUEST else {}
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return Taken.LATER
        return Taken.UNREADABLE if str(said.get("err")) in _UNREADABLE else Taken.LATER
