"""Texts to a number, through the operator's SMS gateway: one JSON post, `{"to": …, "text": …}`."""

from dataclasses import dataclass

import aiohttp

from jiebang.domain.number import Number


class TextNotTaken(Exception):  # noqa: N818 - a state of the gateway, named as what happened
    """The SMS gateway did not take the text; it will be offered again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The operator's SMS gateway, on an open HTTP session."""

    url: str
    session: aiohttp.ClientSession

    async def send(self, number: Number, text: str) -> None:
        """Hand over a text; raises `TextNotTaken`, which says nothing of what was in it."""
        try:
            async with self.session.post(self.url, json={"to": number.e164, "text": text}) as answer:
                taken = answer.ok
        except (aiohttp.ClientError, TimeoutError) as refused:
            raise TextNotTaken from refused
        if not taken:
            raise TextNotTaken
